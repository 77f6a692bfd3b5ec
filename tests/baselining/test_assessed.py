"""What a baseline told must still be told; what a search lists anew each time is no loss."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditkit.core.estimate import Estimate
from auditkit.core.finding import Finding, Margin, NotAssessed
from auditkit.core.judgement import Outcome, Verdict
from auditkit.formats.summary import summarise
from auditkit.gating import gate
from auditkit.rules import Assessed, NoWorse, Policy, Within
from auditkit.rules.assessed import EVERYTHING, JUDGED, missing
from tests.baselining.worlds import baseline, finding, report

A, B = finding(), finding(level="c")


def missed(*told: Finding, policy: Policy | None = None, before: tuple[Finding, ...] = (A, B)) -> list[Verdict]:
    judged = gate(report(*told), policy or Policy(), baseline=baseline(*before))
    return [verdict for verdict in judged.verdicts if verdict.outcome is Outcome.NOT_ASSESSED]


def test_what_vanished_is_not_assessed_and_turns_the_gate() -> None:
    assert gate(report(A)).exit_code == 0
    assert gate(report(A), baseline=baseline(A, B)).exit_code == 3
    (verdict,) = missed(A)
    assert (verdict.rule, verdict.key) == ("assessed", B.key)
    assert "of c against b has vanished since the baseline" in verdict.sentence


def test_nothing_is_missed_where_all_is_told() -> None:
    assert missed(A, B) == []
    assert missed(A, B, finding(level="new")) == []
    assert Assessed().ask(report(A, B), report(A, B))[0].outcome is Outcome.PASS


@pytest.mark.parametrize(("codes", "n"), [(("*",), 1), (("disparity.*",), 1), (("selection.*",), 0)])
def test_only_what_its_patterns_name(codes: tuple[str, ...], n: int) -> None:
    told = Assessed(codes).ask(report(A), report(A, B))
    assert sum(verdict.key is not None for verdict in told) == n


def test_two_rules_that_miss_the_same_say_so_once() -> None:
    (verdict,) = missed(A, policy=Policy((NoWorse(0.5),)))
    assert verdict.key == B.key
    (alone,) = missed(A, policy=Policy((NoWorse(0.5), Assessed(("disparity.error_rates*", "disparity.s*")))))[:1]
    assert alone.rule in ("no_worse", "assessed")


def test_no_worse_misses_what_assessed_does_not_name() -> None:
    narrow = Policy((NoWorse(0.5), Assessed(("disparity.error_rates",))))
    assert [verdict.rule for verdict in missed(A, policy=narrow) if verdict.key == B.key] == ["no_worse"]


def test_a_new_slice_is_no_better_than_an_unknown_one() -> None:
    (verdict,) = missed(A, B, finding(level="new"), policy=Policy((NoWorse(0.5),)))
    assert "is new: the baseline does not have it" in verdict.sentence


def test_what_a_search_lists_may_change_and_a_whole_estimand_may_not() -> None:
    listed = [finding(level=f"region={i}", estimand="divergence", margin=None) for i in range(4)]
    before = (A, listed[0], listed[1])
    assert missed(A, listed[2], listed[3], before=before) == []
    assert {v.key for v in missed(A, before=before)} == {listed[0].key, listed[1].key}
    calm = Policy((NoWorse(0.5),))
    assert missed(A, listed[2], listed[3], before=before, policy=calm) == []


VOID = Estimate.undefined("withheld, for a cell of fewer than 10 rows is in it or could be solved for from it")


@pytest.mark.parametrize("policy", [Policy(), Policy((Within(0.3, code="selection.*"),)), Policy((NoWorse(0.5),))])
def test_a_finding_without_a_value_was_asked_for_and_not_assessed(policy: Policy) -> None:
    void = replace(B, estimate=VOID)
    judged = gate(report(A, void), policy, baseline=baseline(A, B))
    (verdict,) = [one for one in judged.verdicts if one.key == void.key]
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert judged.exit_code == 3
    assert not any(one.rule == "assessed" and one.outcome is Outcome.PASS for one in judged.verdicts)


def test_a_bound_is_something_to_judge() -> None:
    bounded = replace(B, estimate=replace(VOID, lower=(0.2,) * len(VOID.lower), n_eff=500.0))
    (verdict,) = Assessed().ask(report(A, bounded), None)
    assert verdict.outcome is Outcome.PASS


def test_what_is_only_described_turns_nothing_and_is_not_passed_over() -> None:
    told = report(A, replace(B, margin=None, estimate=VOID))
    judged = gate(told)
    assert judged.exit_code == 0
    (said,) = [verdict.sentence for verdict in judged.verdicts if verdict.rule == "assessed"]
    assert said == JUDGED == summarise(told, judged).assured
    assert any("withheld" in sentence for sentence in summarise(told, judged).missing)
    assert summarise(report(A), gate(report(A))).assured == EVERYTHING


def test_what_was_not_assessed_is_counted_as_the_table_lists_it() -> None:
    """A difference and a ratio of the same two groups are two findings; what told no finding is one more."""
    ratio = replace(A, estimand="selection rate ratio", scale="ratio", null=1.0, margin=Margin.ratio(0.8))
    silent = NotAssessed("disparity.error_rates", "no predictions")
    told = report(B, *(replace(one, estimate=VOID) for one in (A, ratio)), not_assessed=(silent,))
    summary = summarise(told, gate(told))
    listed = sum(line.outcome is Outcome.NOT_ASSESSED for line in summary.lines)
    assert (listed, dict(summary.tally())[Outcome.NOT_ASSESSED]) == (2, 3)
    assert sum(len(silence.about) for silence in summary.silences) == 2


def test_what_is_said_of_an_undefined_estimate_counts_too() -> None:
    old = replace(B, margin=B.margin)
    assert [one.key for one in missing(report(A), report(A, old))] == [B.key]
    assert list(missing(report(A), None)) == []
