"""What build servers read: valid by the published schemas whatever the data hold, and the verdicts of the gate."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import canned
import invented
import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from lxml import etree

from auditkit.core.judgement import Judgement, Notice, Outcome
from auditkit.formats.github import github
from auditkit.formats.junit import junit
from auditkit.formats.sarif import MOST, sarif

SCHEMAS = Path(__file__).with_name("schemas")
JUDGED = pytest.mark.parametrize("make", canned.EVERY.values(), ids=canned.EVERY)
FINDINGS = 50
MANY = settings(max_examples=10_000 // FINDINGS, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
FEW = settings(MANY, max_examples=6)


@cache
def sarif_schema() -> jsonschema.Draft4Validator:
    schema = json.loads((SCHEMAS / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator.check_schema(schema)
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


@cache
def junit_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd"))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from (key, *strings(part))
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)
    elif isinstance(value, str):
        yield value


def sarif_of(judged: canned.Judged) -> dict[str, Any]:
    text = sarif(*judged)
    text.encode("ascii")
    log = json.loads(text)
    sarif_schema().validate(log)
    for told in strings(log):
        assert told.isprintable()
        assert "](" not in told, "a viewer makes a link of it"
        assert "##[" not in told
    return log["runs"][0]


def junit_of(judged: canned.Judged) -> ElementTree.Element:
    text = junit(*judged)
    junit_schema().assertValid(etree.fromstring(text.encode("utf-8")))
    assert not {letter for letter in text if not letter.isprintable()} - {"\n"}
    assert not [line for line in text.splitlines() if line.strip().startswith("::") or "##[" in line]
    return ElementTree.fromstring(text)


def tags(root: ElementTree.Element) -> Counter[str]:
    return Counter(next((e.tag for e in case if e.tag != "system-out"), "passed") for case in root.iter("testcase"))


def same_verdicts(judged: canned.Judged) -> None:
    """Both formats count what the judgement holds, by what each verdict does to a pipeline."""
    _, judgement = judged
    accepted = [v for v in judgement.verdicts if v.accepted]
    open_ = Counter(v.outcome for v in judgement.verdicts if not v.accepted)
    warned = open_[Outcome.INCONCLUSIVE] if judgement.warn else 0
    errors = open_[Outcome.NOT_ASSESSED] + open_[Outcome.INCONCLUSIVE] - warned
    root, run = junit_of(judged), sarif_of(judged)
    told = {"passed": open_[Outcome.PASS], "failure": open_[Outcome.FAIL], "error": errors}
    assert tags(root) == Counter(told | {"skipped": len(accepted) + warned})
    assert root.attrib == {"name": "auditkit", "tests": str(len(judgement.verdicts))} | {
        "failures": str(open_[Outcome.FAIL]),
        "errors": str(errors),
    }
    levels = {"error": open_[Outcome.FAIL] + errors, "warning": warned, "note": len(accepted)}
    assert Counter(result["level"] for result in run["results"]) == Counter(levels)
    assert (levels["error"] > 0) == (judgement.exit_code != 0) or not judgement.verdicts
    prints = {result["partialFingerprints"]["auditkit/v1"] for result in run["results"]}
    assert prints == {v.fingerprint for v in judgement.verdicts if v.outcome is not Outcome.PASS}


@JUDGED
def test_both_are_valid_and_tell_the_same_verdicts(make) -> None:
    same_verdicts(make())


def unbroken(texts: list[str], seed: int) -> None:
    judged = invented.judged(texts, seed, FINDINGS)
    same_verdicts(judged)
    obeyed(github(*judged, token="t"), "t", judged[1])


@FEW
@given(invented.TEXTS, invented.SEEDS)
def test_hostile_text_breaks_none_quick(texts: list[str], seed: int) -> None:
    unbroken(texts, seed)


@pytest.mark.slow
@MANY
@given(invented.TEXTS, invented.SEEDS)
def test_hostile_text_breaks_none_in_ten_thousand_findings(texts: list[str], seed: int) -> None:
    unbroken(texts, seed)


def test_a_name_is_the_same_in_every_run_and_says_what_was_compared() -> None:
    report, judgement = canned.compas()
    said = [case.attrib["name"] for case in junit_of((report, judgement)).iter("testcase")]
    assert "within: false positive rate by race: African-American against Caucasian" in said
    moved = replace(report, findings=tuple(replace(f, estimate=canned.ratio(1.0, 0.1, 5)) for f in report.findings))
    verdicts = tuple(replace(v, sentence="Another.") if v.key else v for v in judgement.verdicts)
    again = junit_of((moved, replace(judgement, verdicts=verdicts)))
    assert [case.attrib["name"] for case in again.iter("testcase")] == said
    assert {suite.attrib["name"] for suite in again} == {"policy", "disparity.error_rates"}


def test_what_somebody_accepted_says_who_why_and_until_when() -> None:
    judged = canned.accepted()
    who = "Accepted by Ada Lovelace until 2027-01-31: The advert ran in one region only; it is withdrawn in January."
    case = next(case for case in junit_of(judged).iter("testcase") if case.find("skipped") is not None)
    skipped = case.find("skipped")
    assert skipped is not None
    assert skipped.attrib == {"type": "FAIL", "message": who}
    result = sarif_of(judged)["results"][0]
    assert result["suppressions"] == [{"kind": "external", "status": "accepted", "justification": who}]
    assert result["level"] == "note"
    assert result["properties"]["outcome"] == "FAIL"
    assert "::notice title=Fail%3A disparity.error_rates%2C within::selection rate by sex" in github(*judged)
    assert "::error" not in github(*judged)


@pytest.mark.parametrize("text", [sarif, junit], ids=["sarif", "junit"])
def test_the_whole_hashes_the_commit_and_every_notice_stand_in_both(text) -> None:
    report, judgement = canned.accepted()
    whole = text(report, judgement)
    for fact in (judgement.policy_hash, judgement.report_hash, judgement.baseline_hash, judgement.policy_from):
        assert fact in whole
    assert all(f"{notice.about}: {notice.sentence}" in whole for notice in judgement.notices)


def test_rules_are_named_by_detector_and_rule_and_results_point_at_them() -> None:
    run = sarif_of(canned.compas())
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["disparity.error_rates/within", "policy/assessed"]
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in run["results"])
    assert all({"shortDescription", "fullDescription", "help"} <= rule.keys() for rule in rules)
    place = run["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "report.json"
    said = "false positive rate by race: African-American against Caucasian"
    assert place["logicalLocations"][0]["fullyQualifiedName"] == said
    assert run["invocations"][0]["exitCode"] == 1


def test_sarif_keeps_the_gravest_5000_and_says_how_many_it_left_off() -> None:
    report, judgement = canned.all_pass()
    lesser = replace(judgement.verdicts[0], outcome=Outcome.INCONCLUSIVE)
    grave = replace(lesser, outcome=Outcome.FAIL)
    told = replace(judgement, verdicts=(grave, *[lesser] * (MOST + 6)))
    run = json.loads(sarif(report, told))["runs"][0]
    assert len(run["results"]) == MOST
    assert run["results"][0]["properties"]["outcome"] == "FAIL"
    assert run["properties"]["leftOff"] == 7
    assert "7 results are left off" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def obeyed(text: str, token: str, judgement: Judgement) -> list[tuple[str, str, str]]:
    """The commands that GitHub's runner takes from a log: it trims each line, and is deaf from stop-commands on."""
    lines = re.split(r"\r\n|\r|\n", text)
    stop, resume = lines.index(f"::stop-commands::{token}"), lines.index(f"::{token}::")
    assert stop < resume == len(lines) - 2, "nothing follows the token but the end of the log"
    inside = lines[stop + 1 : resume]
    assert not [line for line in inside if line.strip().startswith("::")]
    assert not [line for line in lines if "##[" in line]
    assert not {letter for letter in text if not letter.isprintable()} - {"\n"}
    said = []
    for line in lines[:stop]:
        found = re.fullmatch(r"::(error|warning|notice) title=([^:,]*)::(.*)", line)
        assert found is not None, line
        assert "::" not in found[3]
        said.append((found[1], unescaped(found[2]), unescaped(found[3])))
    assert max(Counter(kind for kind, _, _ in said).values()) <= 10
    assert said[0][0] == "notice"
    assert f"Exit code {judgement.exit_code}." in said[0][2]
    return said


def unescaped(text: str) -> str:
    """As the runner does it: line ends first, the per cent sign last."""
    for escape, letter in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, letter)
    return text


@JUDGED
def test_the_runner_obeys_what_auditkit_wrote_and_nothing_else(make) -> None:
    report, judgement = make()
    said = obeyed(github(report, judgement, token="c0ffee"), "c0ffee", judgement)
    assert not [part for _, *parts in said for part in parts if "\n" in part or "\r" in part]
    fails = min(10, sum(v.outcome is Outcome.FAIL and v.accepted is None for v in judgement.verdicts))
    errors = [title for kind, title, _ in said if kind == "error"]
    assert sum(title.startswith("Fail") for title in errors) == fails
    assert not judgement.passed or not errors


def test_the_token_is_another_every_time_and_cannot_be_known() -> None:
    drawn = {github(*canned.compas()).splitlines()[-1] for _ in range(20)}
    assert len(drawn) == 20
    assert all(re.fullmatch(r"::[0-9a-f]{64}::", line) for line in drawn)


def test_per_cent_signs_colons_and_commas_survive_the_runner() -> None:
    report, judgement = canned.all_pass()
    text = "100 %, a: b%0Ac"
    told = replace(judgement, notices=(Notice(text, text),))
    said = obeyed(github(report, told, token="t"), "t", told)
    assert ("notice", f"auditkit: {text}", text) in said


@pytest.mark.parametrize("name", ["json", "ll144.json", "annex_iv.json", "rmf_measure.json", "croissant", "sarif"])
def test_json_in_a_build_log_is_no_command_and_says_the_same(name: str) -> None:
    """A runner looks for `##[` anywhere in a line; in JSON an escape says the same."""
    from auditkit import audit, gate
    from auditkit.rendering import render

    made = audit(group=["##[error]x"] * 60 + ["b"] * 60, outcome=[1, 0, 0] * 40)
    text = render(made, gate(made), name)
    assert "##[" not in text
    assert ("##[error]x" in str(json.loads(text))) == (name not in ("croissant", "sarif"))
