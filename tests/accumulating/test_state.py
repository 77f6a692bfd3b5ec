"""Nights add up."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from auditkit.accumulating import State
from auditkit.accumulating import models as remembered
from auditkit.accumulating.histories import LATE
from auditkit.accumulating.histories import night as night_of
from auditkit.core.baseline import Baseline
from auditkit.core.estimate import Estimate, Wager
from auditkit.core.finding import Cap
from auditkit.core.judgement import Outcome
from auditkit.formats.words import interval
from auditkit.gating import gate
from auditkit.questioning import ask
from auditkit.rules import NoWorse, Policy, Within
from auditkit.stats.nights import Purse, shyness
from tests.accumulating.nightly import POLICY, RUN, drawn, judged, night, run_of, said, within

BAD = [drawn(seed, 0.25) for seed in range(4)]
FAIR = [drawn(seed, 0.0, 1_500) for seed in range(40, 52)]
WIDE = Policy((Within(0.2),))


def failed() -> State:
    state, judgement = run_of(BAD)
    assert within(judgement) is Outcome.FAIL
    return state


def test_nights_that_are_undecided_alone_decide_together() -> None:
    nights = [drawn(seed, 0.12) for seed in range(24)]
    assert {within(gate(one, POLICY)) for one in nights} == {Outcome.INCONCLUSIVE, Outcome.FAIL}
    alone = [within(gate(one, POLICY)) for one in nights]
    assert alone.count(Outcome.FAIL) < 12
    _, together = run_of(nights)
    assert within(together) is Outcome.FAIL
    sentence = next(v.sentence for v in together.verdicts if v.rule == "within")
    assert re.match(
        r"Of 22 reports together \+0\.1\d+ \[\+0\.\d+, \+0\.\d+\] at 90 %, 8,800 rows\. It lies beyond", sentence
    )


def test_a_verdict_names_the_number_of_all_reports_on_the_scale_of_its_finding() -> None:
    both = Policy.read({"rules": [{"rule": "within", "margin": 0.05}, {"rule": "ratio", "at_least": 0.8}]})
    _, judgement = run_of(FAIR[:3], both)
    told = [verdict for verdict in judgement.verdicts if verdict.rule != "assessed"]
    assert len(told) == 2
    for verdict in told:
        assert verdict.pass_interval is not None
        signed = verdict.rule == "within"
        shown = interval(verdict.pass_interval, "difference" if signed else "ratio", signed)
        value = verdict.sentence.removeprefix("Of 3 reports together ").split()[0]
        assert verdict.sentence.startswith(f"Of 3 reports together {value} {shown} at 90 %, 9,000 rows. ")
        low, high, _ = verdict.pass_interval
        assert low < float(value.replace("−", "-")) < high  # type: ignore[operator]
        assert signed == (value[0] in "+−")
    _, first = judged(State(), FAIR[0])
    assert next(v.sentence for v in first.verdicts if v.rule == "within").startswith("Of 1 report so far ")


def test_a_report_that_says_nothing_is_not_told_as_all_reports() -> None:
    state, _ = run_of(FAIR[:3])
    silent = replace(
        FAIR[4], findings=tuple(replace(f, estimate=Estimate.undefined("nobody")) for f in FAIR[4].findings)
    )
    _, judgement = judged(state, silent)
    assert all("together" not in verdict.sentence for verdict in judgement.verdicts)


def test_nights_that_are_named_by_night_are_told_of() -> None:
    state = State()
    for i in range(5):
        state, judgement = judged(state, drawn(i, name=f"n{i}.csv"))
        told = [notice.sentence for notice in judgement.notices if "The state holds" in notice.sentence]
        assert len(told) == (i > 0)
    assert told[0].startswith(
        "The state holds 4 other subjects (n0.csv, n1.csv, n2.csv, ...), each a model of its own."
    )
    assert 'subject = "..." under [data] of the plan, or audit(..., subject=...)' in told[0]
    known, again = judged(state, drawn(9, name="n0.csv"))
    assert "The state holds" not in said(again)
    assert len(known.models) == 5
    assert "1 other subject (n0.csv), a model of its own" in said(
        judged(judged(State(), drawn(0, name="n0.csv"))[0], drawn(1))[1]
    )


def test_a_model_that_is_known_by_its_runs_is_not_taken_for_a_night() -> None:
    state, _ = judged(State(), drawn(0, name="n0.csv"))
    assert "The state holds" not in said(judged(state, drawn(1, run=RUN))[1])


def test_the_subject_stays_in_the_file_and_is_cut(tmp_path: Path) -> None:
    state, _ = judged(State(), drawn(0, name="n" * 1_000 + "\ud800"))
    again = State.read(state.save(tmp_path / "state.json"))
    assert again == state
    assert [len(model.subject) for model in again.models.values()] == [remembered.TITLE]


def test_a_fair_model_passes_in_time() -> None:
    outcomes, state = [], State()
    for report in FAIR:
        state, judgement = judged(state, report)
        outcomes.append(within(judgement))
    assert outcomes[0] is Outcome.INCONCLUSIVE
    assert outcomes[-1] is Outcome.PASS
    assert judgement.exit_code == 0
    assert outcomes == sorted(outcomes, key=[Outcome.INCONCLUSIVE, Outcome.PASS].index)


def test_the_interval_that_is_shown_is_of_all_nights_and_agrees_with_the_verdict() -> None:
    _, judgement = run_of(FAIR)
    (verdict,) = (v for v in judgement.verdicts if v.rule == "within")
    assert verdict.pass_interval is not None
    assert verdict.pass_interval.inside(-0.05, 0.05)
    alone = gate(FAIR[-1], POLICY).verdicts
    width = next(v.pass_interval for v in alone if v.rule == "within")
    assert width is not None
    assert verdict.pass_interval.high - verdict.pass_interval.low < width.high - width.low  # type: ignore[operator]


def test_a_single_report_is_asked_for_more_than_without_a_state() -> None:
    """An interval just inside the margin passes alone; who looks every night needs 20 times the stake."""
    report = night(600, 603, 1_500)
    assert within(gate(report, POLICY)) is Outcome.PASS
    assert within(gate(report, POLICY, state=State())) is Outcome.INCONCLUSIVE


def test_a_report_that_fails_by_itself_does_not_pass_with_the_others() -> None:
    """The model behind a subject was changed and nobody said so: not green, and in time red."""
    state, judgement = run_of(FAIR)
    outcomes = []
    for seed in range(200, 208):
        state, judgement = judged(state, drawn(seed, 0.3))
        outcomes.append(within(judgement))
    assert outcomes[0] is Outcome.INCONCLUSIVE
    assert Outcome.PASS not in outcomes
    assert outcomes[-1] is Outcome.FAIL
    assert "the subject hiring stands for the model" in said(judgement)


def test_a_margin_that_changes_starts_anew_and_says_so() -> None:
    state, _ = run_of(FAIR[:5])
    state, judgement = judged(state, FAIR[5], WIDE)
    assert "5 reports judged it by another margin (−0.05 to 0.05)" in said(judgement)
    (verdict,) = (v for v in judgement.verdicts if v.rule == "within")
    assert "together" not in verdict.sentence
    back, judgement = judged(state, FAIR[6])
    assert "6 reports together" in next(v.sentence for v in judgement.verdicts if v.rule == "within")
    assert len(back.models) == 1


def test_another_configuration_of_the_detector_starts_anew() -> None:
    state, _ = run_of(FAIR[:5])
    recipe = replace(FAIR[5].recipe, detectors=({**FAIR[5].recipe.detectors[0], "versus": "a"},))
    _, judgement = judged(state, replace(FAIR[5], recipe=recipe))
    assert "together" not in next(v.sentence for v in judgement.verdicts if v.rule == "within")


def test_no_worse_is_judged_on_the_report_alone_and_says_so() -> None:
    policy = Policy((NoWorse(0.02),))
    baseline = Baseline(drawn(500, 0.0, 1_500))
    state = State()
    for report in FAIR[:4]:
        alone = gate(report, policy, baseline=baseline)
        state, judgement = judged(state, report, policy, baseline)
        assert [v.outcome for v in judgement.verdicts] == [v.outcome for v in alone.verdicts]
        assert [v.pass_interval for v in judgement.verdicts] == [v.pass_interval for v in alone.verdicts]
        assert "no_worse is judged on each report alone" in said(judgement)
    assert not any(model.histories for model in state.models.values())


def test_nights_that_were_bet_on_count_by_their_e_values() -> None:
    def bet(seed: int, e_pass: float, e_fail: float) -> object:
        report = drawn(seed)
        wager = (Wager(-0.05, 0.05, e_pass, e_fail),)
        finding = replace(report.findings[0], recount=False)
        return replace(report, findings=(replace(finding, estimate=replace(finding.estimate, wagers=wager)),))

    _, judgement = run_of([bet(seed, 25.0, 1.0) for seed in range(4)])  # type: ignore[misc]
    assert within(judgement) is Outcome.PASS
    _, judgement = run_of([bet(seed, 1.0, 25.0) for seed in range(6)])  # type: ignore[misc]
    assert within(judgement) is Outcome.FAIL
    _, judgement = run_of([bet(seed, 2.0, 2.0) for seed in range(30)])  # type: ignore[misc]
    assert within(judgement) is Outcome.INCONCLUSIVE


def test_enough_is_asked_of_all_nights_together() -> None:
    small = [drawn(seed, 0.6, 12) for seed in range(6)]
    first = gate(small[0], POLICY, state=State())
    assert "effective rows" in next(v.sentence for v in first.verdicts if v.rule == "within")
    _, judgement = run_of(small)
    assert within(judgement) is Outcome.FAIL


def test_a_verdict_that_is_withheld_does_not_pass_by_accumulation() -> None:
    def capped(seed: int) -> object:
        report = drawn(seed, 0.0, 1_500)
        return replace(report, findings=(replace(report.findings[0], caps=(Cap("PASS", "not identified"),)),))

    _, judgement = run_of([capped(seed) for seed in range(40, 52)])  # type: ignore[misc]
    assert within(judgement) is Outcome.INCONCLUSIVE


def test_an_edited_finding_leaves_no_trace() -> None:
    report = FAIR[0]
    forged = replace(
        report.findings[0],
        estimate=report.findings[0].estimate.__class__(0.0, (-0.001,) * 9, (0.001,) * 9, 3_000, 1_500.0, "Newcombe"),
    )
    state, judgement = judged(State(), replace(report, findings=(forged, *report.findings[1:])))
    assert within(judgement) is Outcome.NOT_ASSESSED
    assert not any(model.histories for model in state.models.values())


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditkit.accumulating.state.MODELS", 3)
    monkeypatch.setattr(remembered, "REPORTS", 5)
    state = failed()
    for seed in range(30):
        state, _ = judged(state, drawn(seed, name=f"model {seed % 10}"))
    state, _ = run_of([drawn(seed, 0.05, name="one") for seed in range(100, 110)], state=state)
    assert len(state.models) == 3
    assert max(len(model.reports) for model in state.models.values()) == 5
    assert state.standing  # a FAIL is not forgotten with its model
    assert state.reports == 44


def test_small_nights_are_bet_on_more_shyly() -> None:
    """A bet on nights of twelve rows a group takes more off each z than on nights of a thousand."""
    for n in (12, 1_000):
        report = drawn(3, 0.1, n)
        state, _ = judged(State(), report)
        (history,) = (h for model in state.models.values() for h in model.histories.values())
        (question,) = (q for q in ask(report, POLICY).questions if q.rule == "within")
        z = night_of(question)
        assert z is not None
        assert history.inward[0] == Purse.of(1).after(z[0][:1], shyness(n))
        assert history.outward == Purse.of(2, LATE).after(z[1], shyness(n))
