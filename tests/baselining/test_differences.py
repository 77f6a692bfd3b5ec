"""Every change that can turn a verdict is told, and where nothing changed nothing is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit import catalog
from auditkit.baselining import create
from auditkit.comparing import differences, policy_changes
from auditkit.core.baseline import Baseline
from auditkit.core.estimate import Wager
from auditkit.core.evidence import Tally
from auditkit.core.finding import Cap, Count, Finding, Margin, NotAssessed, Reference
from auditkit.core.judgement import Outcome
from auditkit.core.report import Report
from auditkit.gating import gate
from auditkit.rules import Assessed, Enough, NoWorse, Policy, Ratio, Within
from tests.baselining.worlds import RECIPE, baseline, estimate, finding, report

CODES = ["disparity.selection_rate", "reporting.frequency", "selection.composition", "implicit.association"]
CENSUS = Reference({"a": 0.5, "b": 0.5}, "the town", "its census")


@pytest.mark.parametrize("code", CODES)
def test_nothing_is_told_where_nothing_changed(code: str) -> None:
    detector = catalog.find(code).specimen()
    told = detector.examine(detector.plant(0.5, 400, np.random.default_rng(1)).evidence)
    made = report(*(item for item in told if isinstance(item, Finding)))
    kept = Baseline.from_json(create(made, Policy()).to_json())
    assert differences(Report.from_json(made.to_json()), Policy(), kept) == ()


def recipe(**more: Any) -> Callable[[Report], Report]:
    return lambda old: replace(old, recipe=replace(old.recipe, **more))


def first(**more: Any) -> Callable[[Report], Report]:
    return lambda old: replace(old, findings=(replace(old.findings[0], **more), *old.findings[1:]))


def roles(**more: tuple[str, ...] | None) -> Callable[[Report], Report]:
    played = {**RECIPE.roles, **more}
    return recipe(roles={role: columns for role, columns in played.items() if columns})


def detectors(*tables: dict[str, Any]) -> Callable[[Report], Report]:
    return recipe(detectors=tables)


(RATES,) = RECIPE.detectors
ERRORS = {"code": "disparity.error_rates", "positive": "yes"}
CHANGES: dict[str, tuple[Callable[[Report], Report], str, str]] = {
    "subject": (recipe(subject="lending"), "subject", "was hiring and is lending"),
    "rows": (recipe(rows=900), "rows", "900 rows, and the baseline on 1,000"),
    "more missing": (recipe(missing={"group (sex)": 90}), "rows", "90 of 1,000 rows have no group (sex)"),
    "newly missing": (recipe(missing={**RECIPE.missing, "outcome (hired)": 3}), "rows", "no outcome (hired)"),
    "column": (roles(group=("gender",)), "columns", "played by sex and is played by gender"),
    "another column beside it": (roles(group=("sex", "race")), "columns", "is played by sex, race"),
    "role dropped": (roles(unit=None), "columns", "No column plays the role unit any more; it was person"),
    "role added": (roles(context=("town",)), "columns", "The role context is new: town plays it"),
    "detector dropped": (detectors(RATES), "detectors", "disparity.error_rates (positive yes) is gone"),
    "detector added": (detectors(RATES, ERRORS, {"code": "x.y"}), "detectors", "The detector x.y is new"),
    "detector's field": (detectors({**RATES, "favourable": "no"}, ERRORS), "detectors", "favourable was yes and is no"),
    "detector's new field": (
        detectors({**RATES, "within": True}, ERRORS),
        "detectors",
        "within was not set and is true",
    ),
    "model": (recipe(sources=({**RECIPE.sources[0], "fingerprint": "cc"},)), "model", "fingerprint was aa and is cc"),
    "prompts": (recipe(sources=({**RECIPE.sources[0], "prompts": "cc"},)), "model", "prompts was bb and is cc"),
    "seed": (recipe(sources=({**RECIPE.sources[0], "seed": "2"},)), "model", "seed was 1 and is 2"),
    "crossed": (recipe(notes=RECIPE.notes[1:]), "data", "No longer said of the data: Groups are crossed"),
    "version": (recipe(versions={"auditkit": "0.2.0"}), "versions", "auditkit was 0.1.0 and is 0.2.0"),
    "margin": (first(margin=Margin.within(0.5)), "findings", "was ±0.05 and is ±0.5, in 1 finding"),
    "margin dropped": (first(margin=None), "findings", "was ±0.05 and is none"),
    "reference": (first(reference=CENSUS), "findings", "and is a 0.5, b 0.5 (the town, its census)"),
    "basis": (first(basis="perceived by CLIP"), "findings", "was recorded and is perceived by CLIP"),
    "null": (first(null=0.1), "findings", "value without bias of disparity.selection_rate was 0 and is 0.1"),
    "method": (first(estimate=replace(estimate(0, 0.01), method="bayes")), "findings", "was normal and is bayes"),
    "bets": (
        first(estimate=estimate(0, 0.01, wagers=(Wager(-0.05, 0.05, 1e9, 0.0),))),
        "findings",
        "margin that was bet on of disparity.selection_rate was not set and is ±0.05",
    ),
    "cap added": (
        first(caps=(Cap("FAIL", "8 of 9 disagree"),)),
        "findings",
        "now withholds FAIL, since 8 of 9 disagree",
    ),
    "group gone": (first(level="c", versus="d", counts=()), "groups", "New in sex: c, d"),
    "rows of a group": (
        first(counts=(Count("a", 20, 50, 0.4),)),
        "rows",
        "Fewer rows by more than 10 %: a of sex 500 → 50",
    ),
    "more rows of a group": (first(counts=(Count("a", 20, 560, 0.4),)), "rows", "More rows by more than 10 %"),
    "worth less": (first(estimate=estimate(0, 0.01, n_eff=90)), "rows", "worth less by more than 10 %"),
    "worth more": (first(estimate=estimate(0, 0.01, n_eff=900)), "rows", "worth more by more than 10 %"),
    "too few": (first(estimate=estimate(0, 0.01, 40, 20)), "rows", "Too few rows for a verdict"),
    "too few clusters": (first(estimate=estimate(0, 0.01, clusters=3)), "rows", "Too few rows for a verdict"),
    "finding gone": (lambda old: replace(old, findings=old.findings[1:]), "findings", "no longer tells 1 finding"),
    "finding new": (lambda old: replace(old, findings=(*old.findings, finding(level="z"))), "findings", "now tells 1"),
    "silence": (
        lambda old: replace(old, not_assessed=(NotAssessed("x.y", "no column"),)),
        "findings",
        "Newly not assessed",
    ),
}


@pytest.mark.parametrize(("change", "about", "said"), CHANGES.values(), ids=CHANGES.keys())
def test_each_change_is_told(change: Callable[[Report], Report], about: str, said: str) -> None:
    old = detectors(RATES, ERRORS)(report(finding(), finding(level="c", attribute="race")))
    kept = Baseline(old, Policy().to_dict())
    assert differences(old, Policy(), kept) == ()
    told = differences(change(old), Policy(), kept)
    assert any(notice.about == about and said in notice.sentence for notice in told), told


def test_a_silence_that_is_hushed_up_is_told() -> None:
    kept = baseline(finding(), not_assessed=(NotAssessed("x.y", "no column", "sex"),))
    (told,) = differences(report(finding()), Policy(), kept)
    assert "x.y of sex" in told.sentence


def test_levels_of_the_cells_are_compared_where_both_have_them() -> None:
    cells = [
        Tally.of_cells(("group", "unit"), dict.fromkeys(some, 5)) for some in ((("a", "1"), ("b", "2")), (("a", "3"),))
    ]
    kept = baseline(finding(level="x", versus="", counts=()), cells=cells[0])
    (told,) = differences(report(finding(level="x", versus="", counts=()), cells=cells[1]), Policy(), kept)
    assert told.sentence == "Gone from group: b."


def test_five_hundred_are_a_few_sentences_and_each_has_a_verdict() -> None:
    gone = [finding(level=f"g{i}") for i in range(500)]
    kept = baseline(finding(), *gone)
    told = differences(report(finding()), Policy(), kept)
    assert len(told) <= 4
    assert any("500 findings" in notice.sentence and "g11" in notice.sentence for notice in told)
    assert all(len(notice.sentence) < 1_500 for notice in told)
    judged = gate(report(finding()), baseline=kept)
    assert {v.key for v in judged.verdicts if v.outcome is Outcome.NOT_ASSESSED} == {one.key for one in gone}


def test_long_texts_are_cut_and_still_told_to_differ() -> None:
    old, new = ({"rules": [{"rule": "within", "code": "x" * 500 + middle + "x" * 500}]} for middle in "ab")
    (told,) = policy_changes(old, new)
    assert told.sentence.endswith("and is another.")
    assert len(told.sentence) < 200


RULES = st.one_of(
    st.builds(Within, st.none() | st.sampled_from([0.05, 0.1]), st.sampled_from(["*", "a.b"])),
    st.builds(Ratio, st.none() | st.sampled_from([0.8, 0.9])),
    st.builds(NoWorse, st.sampled_from([0.02, 0.03]), st.sampled_from(["*", "a.b"])),
    st.builds(Assessed, st.sampled_from([("*",), ("a.*", "b.*"), ("b.*", "a.*"), ("b.*",)])),
    st.builds(Enough, st.sampled_from([30, 40]), st.sampled_from([4, 5])),
)
POLICIES = st.builds(
    Policy,
    st.lists(RULES, min_size=1, max_size=5).map(tuple),
    st.sampled_from(["holm", "none"]),
    st.sampled_from(["fail", "warn"]),
)


@settings(max_examples=300)
@given(POLICIES, POLICIES)
def test_policies_differ_in_what_is_told_of_them(one: Policy, other: Policy) -> None:
    def rules(policy: Policy) -> list[str]:
        return sorted(map(repr, policy.to_dict()["rules"]))

    alike = (rules(one), one.multiplicity, one.inconclusive) == (rules(other), other.multiplicity, other.inconclusive)
    assert (policy_changes(one.to_dict(), other.to_dict()) == ()) == alike
    assert policy_changes(one.to_dict(), one.to_dict()) == ()


def test_a_plain_report_has_no_policy_to_compare() -> None:
    old = report(finding())
    (notice,) = differences(old, Policy((Within(0.5),)), Baseline(old))
    assert notice.about == "policy"
    assert "no change of the policy can be told" in notice.sentence


def test_a_silence_that_is_gone_is_told_although_its_detector_speaks() -> None:
    """Of another column: a report from which what was not assessed is deleted is no better for it."""
    was = NotAssessed("disparity.selection_rate", "too few rows", "race")
    old = replace(report(finding()), not_assessed=(was,))
    (notice,) = differences(replace(old, not_assessed=()), Policy(), Baseline(old, Policy().to_dict()))
    assert notice.sentence.startswith(
        "Was not assessed, and is not mentioned any more: disparity.selection_rate of race"
    )
    mended = report(finding(), finding(attribute="race"))
    told = differences(mended, Policy(), Baseline(old, Policy().to_dict()))
    assert not any("not mentioned" in notice.sentence for notice in told)
