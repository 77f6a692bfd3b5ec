"""Verdicts as JUnit XML: what every build server shows as a table of tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from xml.etree import ElementTree as Xml

from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Report
from auditkit.formats.verdicts import POLICY, Told, Weight, told
from auditkit.formats.words import quiet


def junit(report: Report, judgement: Judgement) -> str:
    """One suite a detector, one case a verdict; the suite `policy` holds what is about no finding, and the hashes.

    A FAIL is a failure; what could not be decided or assessed is an error, since it turns the pipeline too; what the
    policy only warns of, and what somebody accepted, is skipped, with the reason. A case keeps its name in every run.
    """
    suites: dict[str, list[Told]] = {POLICY: []}
    for one in told(report, judgement):
        suites.setdefault(one.code, []).append(one)
    tags = {code: [_tag(one) for one in cases] for code, cases in suites.items()}
    root = Xml.Element("testsuites", {"name": "auditkit", **_counted(tag for some in tags.values() for tag in some)})
    for code, cases in suites.items():
        suite = _suite(code, cases, tags[code])
        if code == POLICY:
            suite.insert(0, _properties(judgement))
            _say(suite, "system-out", [f"{notice.about}: {notice.sentence}" for notice in judgement.notices])
        root.append(suite)
    Xml.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'


def _tag(one: Told) -> str:
    if one.weight is Weight.NONE:
        return ""
    if one.weight is not Weight.ERROR:
        return "skipped"
    return "failure" if one.verdict.outcome is Outcome.FAIL else "error"


def _counted(tags: Iterable[str]) -> Mapping[str, str]:
    counts = Counter(tags)
    return {
        "tests": str(counts.total()),
        "failures": str(counts["failure"]),
        "errors": str(counts["error"]),
    }


def _suite(code: str, cases: Sequence[Told], tags: Sequence[str]) -> Xml.Element:
    suite = Xml.Element("testsuite", {"name": code, **_counted(tags), "skipped": str(tags.count("skipped"))})
    for one, tag in zip(cases, tags, strict=True):
        case = Xml.SubElement(suite, "testcase", classname=code, name=f"{quiet(one.verdict.rule)}: {one.name}")
        if tag:
            message = one.answered or one.why[0]
            because = Xml.SubElement(case, tag, type=one.verdict.outcome.value, message=message)
            because.text = "\n".join(one.why)
        else:
            _say(case, "system-out", one.why)
    return suite


def _properties(judgement: Judgement) -> Xml.Element:
    """What a reader needs to know which policy judged which report, against which baseline."""
    facts = {"outcome": judgement.outcome.value, "exit_code": str(judgement.exit_code)}
    facts |= {"policy_hash": judgement.policy_hash, "report_hash": judgement.report_hash}
    facts |= {"baseline_hash": judgement.baseline_hash, "policy_from": judgement.policy_from}
    facts |= {"unjudged": str(len(judgement.unjudged))}
    element = Xml.Element("properties")
    for name, value in facts.items():
        if value:
            Xml.SubElement(element, "property", name=name, value=quiet(value))
    return element


def _say(parent: Xml.Element, tag: str, lines: Sequence[str]) -> None:
    if lines:
        Xml.SubElement(parent, tag).text = "\n".join(map(quiet, lines))
