"""A FAIL stands until a PASS clears it, whoever asks and however."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditkit.accumulating import State
from auditkit.core.estimate import Estimate
from auditkit.core.judgement import Outcome
from auditkit.rules import Policy, Within
from tests.accumulating.nightly import POLICY, drawn, judged, renamed, run_of, within

BAD = [drawn(seed, 0.25) for seed in range(4)]
FAIR = [drawn(seed, 0.0, 1_500) for seed in range(40, 52)]


def failed() -> State:
    state, judgement = run_of(BAD)
    assert within(judgement) is Outcome.FAIL
    return state


def test_a_fail_is_cleared_by_a_pass_and_by_nothing_else() -> None:
    state = failed()
    outcomes = []
    for report in FAIR:
        state, judgement = judged(state, replace(report, recipe=replace(report.recipe, subject="mended")))
        outcomes.append((within(judgement), judgement.exit_code))
    cleared = [outcome for outcome, _ in outcomes].index(Outcome.PASS)
    assert cleared >= 1
    assert set(outcomes[:cleared]) == {(Outcome.FAIL, 1)}
    assert set(outcomes[cleared:]) == {(Outcome.PASS, 0)}


def test_what_stands_says_since_when() -> None:
    state, judgement = judged(failed(), drawn(99, name="another"))
    (verdict,) = (v for v in judgement.verdicts if v.rule == "within")
    ago = state.reports - next(iter(state.standing.values())).report
    assert verdict.sentence.startswith(f"It failed {'1 report' if ago == 1 else f'{ago} reports'} ago, and no later")
    assert verdict.changes == ("later reports on which it passes",)


def test_the_same_model_too_can_clear_its_fail_and_fail_again() -> None:
    state, judgement = run_of(FAIR + [drawn(seed, 0.0, 1_500) for seed in range(60, 75)], state=failed())
    assert within(judgement) is Outcome.PASS
    state, judgement = run_of([drawn(seed, 0.3) for seed in range(80, 90)], state=state)
    assert within(judgement) is Outcome.FAIL


def test_a_pass_is_not_carried_to_another_model() -> None:
    state, judgement = run_of(FAIR)
    assert within(judgement) is Outcome.PASS
    _, judgement = judged(state, drawn(1, name="another"))
    assert within(judgement) is Outcome.INCONCLUSIVE


def test_not_assessed_is_no_pass_either() -> None:
    undefined = drawn(7)
    hidden = replace(undefined.findings[0], estimate=Estimate.undefined("no rows"), recount=False)
    _, judgement = judged(failed(), replace(undefined, findings=(hidden,)))
    assert within(judgement) is Outcome.FAIL


@pytest.mark.parametrize("how", ["renamed", "dropped", "not judged"])
def test_a_fail_that_nobody_asks_about_stands(how: str) -> None:
    report, policy = FAIR[0], POLICY
    if how == "renamed":
        report = renamed(report, "gender")
    elif how == "dropped":
        report = replace(report, findings=tuple(replace(f, level="c") for f in report.findings))
    else:
        policy = Policy((Within(0.05, code="selection.*"),))
    _, judgement = judged(failed(), report, policy)
    assert judgement.exit_code == 1
    (verdict,) = (v for v in judgement.verdicts if "asks about it any more" in v.sentence)
    assert verdict.outcome is Outcome.FAIL
    assert verdict.key == BAD[0].findings[0].key


def test_a_wider_margin_does_not_clear_what_failed_on_the_same_answers() -> None:
    state, wide, judgement = State(), Policy((Within(0.6),)), None
    for report in BAD:
        state, judgement = judged(state, report)
        if within(judgement) is Outcome.FAIL:
            break
    _, judgement = judged(state, report, wide)
    assert within(judgement) is Outcome.FAIL
    assert "at this report" in next(v.sentence for v in judgement.verdicts if v.rule == "within")
    for seed in range(20, 26):
        state, judgement = judged(state, drawn(seed, 0.25), wide)
    assert within(judgement) is Outcome.PASS  # later evidence, at the margin that somebody answers for


def test_a_later_fail_of_another_model_does_not_turn_an_earlier_commit_red() -> None:
    state, judgement = run_of(FAIR)
    assert judgement.exit_code == 0
    state, judgement = run_of([drawn(seed, 0.3, name="worse") for seed in range(5)], state=state)
    assert judgement.exit_code == 1
    assert judged(state, FAIR[-1])[1].exit_code == 0
    assert judged(state, drawn(33, 0.0, 1_500))[1].exit_code == 1  # but a new report is after the FAIL
