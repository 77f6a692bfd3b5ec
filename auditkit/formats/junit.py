"""Verdicts as JUnit XML: what every build server shows as a table of tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as Xml

from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Report
from auditkit.formats.cases import POLICY, Cased, Weight, cased
from auditkit.formats.cases import Case as Told
from auditkit.formats.words import quiet


class Case(NamedTuple):
    """One test: its name, the tag of what went wrong (or none), of which type and with which message; and all lines."""

    name: str
    tag: str
    type: str
    message: str
    lines: Sequence[str]


def junit(report: Report, judgement: Judgement) -> str:
    """One suite a detector, one case a verdict; the suite `policy` holds what is about no finding, and the hashes.

    A FAIL is a failure; what could not be decided or assessed is an error, since it turns the pipeline too; what the
    policy only warns of, and what somebody accepted, is skipped, with the reason. A case keeps its name in every run.
    """
    return junit_cases(cased(report, judgement))


def junit_cases(all_told: Cased) -> str:
    """Cases as JUnit XML, as `junit` has them; the suite `policy` holds what is told of the whole."""
    suites: dict[str, list[Case]] = {POLICY: []}
    for one in all_told.cases:
        message = one.answered or one.why[0]
        case = Case(f"{quiet(one.rule)}: {one.name}", _tag(one), one.outcome.value, message, one.why)
        suites.setdefault(one.suite, []).append(case)
    facts = {"outcome": all_told.outcome.value, "exit_code": str(all_told.exit_code), **all_told.facts}
    return document(suites, POLICY, facts, [f"{notice.about}: {notice.sentence}" for notice in all_told.notices])


def document(
    suites: Mapping[str, Sequence[Case]], about: str, facts: Mapping[str, str], said: Sequence[str] = ()
) -> str:
    """Suites of cases as XML; in the suite `about` stand the facts of the whole, by their names, and what is said."""
    counts = _counted(case.tag for cases in suites.values() for case in cases)
    root = Xml.Element("testsuites", {"name": "auditkit", **counts})
    for code, cases in suites.items():
        suite = _suite(code, cases)
        if code == about:
            suite.insert(0, _properties(facts))
            _say(suite, "system-out", said)
        root.append(suite)
    Xml.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'


def _tag(one: Told) -> str:
    if one.weight is Weight.NONE:
        return ""
    if one.weight is not Weight.ERROR:
        return "skipped"
    return "failure" if one.outcome is Outcome.FAIL else "error"


def _counted(tags: Iterable[str]) -> Mapping[str, str]:
    counts = Counter(tags)
    return {
        "tests": str(counts.total()),
        "failures": str(counts["failure"]),
        "errors": str(counts["error"]),
    }


def _suite(code: str, cases: Sequence[Case]) -> Xml.Element:
    tags = [case.tag for case in cases]
    suite = Xml.Element("testsuite", {"name": code, **_counted(tags), "skipped": str(tags.count("skipped"))})
    for one in cases:
        case = Xml.SubElement(suite, "testcase", classname=code, name=one.name)
        if one.tag:
            because = Xml.SubElement(case, one.tag, type=one.type, message=one.message)
            because.text = "\n".join(one.lines)
        else:
            _say(case, "system-out", one.lines)
    return suite


def _properties(facts: Mapping[str, str]) -> Xml.Element:
    """What a reader needs to know which policy judged which report, against which baseline."""
    element = Xml.Element("properties")
    for name, value in facts.items():
        if value:
            Xml.SubElement(element, "property", name=name, value=quiet(value))
    return element


def _say(parent: Xml.Element, tag: str, lines: Sequence[str]) -> None:
    if lines:
        Xml.SubElement(parent, tag).text = "\n".join(map(quiet, lines))
