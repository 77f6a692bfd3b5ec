"""A run stops as soon as its question is settled, and what it then says holds."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

import auditkit
from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding, Reference
from auditkit.core.judgement import Outcome
from auditkit.core.report import Recipe, Report
from auditkit.detectors import reporting, selection
from auditkit.eliciting import elicit
from auditkit.lab.worlds.figures.painter import Painter
from auditkit.lab.worlds.figures.people import CALLINGS, World
from auditkit.lab.worlds.figures.reader import Exact, Noisy
from auditkit.lab.worlds.figures.references import references, stereotypes
from auditkit.probes import Occupations
from auditkit.rules import Policy, Within
from auditkit.stakes import questions_of, stopped
from auditkit.stats.stopping import Gate

DETECTOR = reporting.GeneratorFrequency(references("skin"), stereotypes("skin"))
COLUMNS = {"group": "skin", "context": "occupation"}
PROBE = Occupations(tuple(CALLINGS), templates=10, repeats=20)
MARGIN = 0.05


def fixed(variance: float) -> float:
    """The larger of the designs that PASS at 0 and FAIL at twice the margin with 95 % power, at alpha .05."""
    passing = (norm.ppf(0.95) + norm.ppf(0.975)) ** 2 * variance / MARGIN**2
    failing = (norm.ppf(0.975) + norm.ppf(0.95)) ** 2 * variance / MARGIN**2
    return max(passing, failing)


def stakes(dose: float, n: int, rng: np.random.Generator) -> Floats:
    """What n answers of the world stake, one draw a prompt: closed form, no picture is drawn."""
    jobs = list(CALLINGS)
    asked = rng.integers(len(jobs), size=n)
    world = World(dose)
    darker = rng.random(n) < np.array([world.share(job, "skin") for job in jobs])[asked]
    table = {
        (job, level): DETECTOR.stake({"group": level, "context": job})
        for job in jobs
        for level in ("lighter", "darker")
    }
    return np.array([table[jobs[k], "darker" if dark else "lighter"] for k, dark in zip(asked, darker, strict=True)])


@pytest.mark.parametrize(("dose", "most", "verdict"), [(0.9, 0.10, Outcome.FAIL), (0.0, 0.75, Outcome.PASS)])
def test_stopping_saves_what_it_promises(dose: float, most: float, verdict: Outcome) -> None:
    [question] = questions_of((DETECTOR, COLUMNS), Policy(), tuple(PROBE))
    design, rng, at, right = fixed(0.25), np.random.default_rng(5), [], 0
    for _ in range(60):
        gate = question.gate.update(stakes(dose, 4000, rng))
        at.append(gate.decided_at or np.inf)
        right += gate.outcome is verdict
    assert np.median(at) <= most * design
    assert right >= 58


@pytest.mark.slow
@pytest.mark.parametrize("edge", [MARGIN, -MARGIN])
def test_on_the_edge_of_the_margin_a_verdict_is_wrong_at_most_one_time_in_twenty(edge: float) -> None:
    """The worst world there is: every occupation exactly as far from its reference as is tolerable."""
    [question] = questions_of((DETECTOR, COLUMNS), Policy(), tuple(PROBE))
    rng, jobs = np.random.default_rng(6), list(CALLINGS)
    expected = [stereotypes("skin")[job] for job in jobs]
    q = np.array([references("skin")[job].shares()[level] for job, level in zip(jobs, expected, strict=True)])
    wrong = {Outcome.PASS: 0, Outcome.FAIL: 0}
    for _ in range(400):
        k = rng.integers(len(jobs), size=3000)
        outcome = question.gate.update((rng.random(3000) < q[k] + edge) - q[k]).outcome
        if outcome in wrong:
            wrong[outcome] += 1
    assert max(wrong.values()) <= 400 * 0.05 + 2 * np.sqrt(400 * 0.05 * 0.95)


def test_a_settled_run_stops_tells_and_resumes(tmp_path: Path) -> None:
    asked = {"questions": (DETECTOR, COLUMNS), "budget": 1000, "batch": 8}
    run = elicit(PROBE, Painter(World(0.9)), Exact(("skin", "length")), into=tmp_path, **asked)
    assert len(run) < 200
    again = elicit(PROBE, Painter(World(0.9)), Exact(("skin", "length")), into=tmp_path, **asked)
    assert again.to_frame().equals(run.to_frame())
    report = auditkit.audit(run, DETECTOR, group="skin", context="occupation")
    [headline] = [finding for finding in report.findings if finding.margin]
    assert Report.from_json(report.to_json()) == report
    judged = auditkit.gate(report, Policy((Within(code="reporting.generator_frequency"),)))
    assert judged.outcome is Outcome.FAIL
    assert headline.estimate.method == "betting confidence sequence"
    [wager] = headline.estimate.wagers
    assert wager.e_fail >= 20
    assert judged.verdicts[0].p == pytest.approx(1 / wager.e_fail)


def test_what_was_not_the_question_gets_no_verdict(tmp_path: Path) -> None:
    """How many answers there are hung on the skin that was seen: an interval for a chosen number would err."""
    run = elicit(PROBE, Painter(World(0.9)), Exact(("skin", "length")), into=tmp_path, budget=1000,
                 questions=(DETECTOR, COLUMNS))  # fmt: skip
    other = reporting.GeneratorFrequency(references("length"), stereotypes("length"))
    report = auditkit.audit(run, other, group="length", context="occupation")
    [verdict] = [v for v in auditkit.gate(report, Within(code="reporting.generator_frequency")).verdicts if v.key]
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "another question was settled" in verdict.sentence


def capped(report: Report) -> dict[str, set[str]]:
    """Which verdicts are withheld of each estimand of a report."""
    return {f.estimand: {cap.withholds for cap in f.caps} for f in report.findings}


def test_no_policy_judges_by_an_interval_for_a_number_that_was_chosen(tmp_path: Path) -> None:
    """A finding that its detector only tells is judged where a policy sets a margin for it."""
    run = elicit(PROBE, Painter(World(0.9)), Exact(("skin", "length")), into=tmp_path, budget=1000,
                 questions=(DETECTOR, COLUMNS))  # fmt: skip

    def audited(one: reporting.GeneratorFrequency, **roles: str) -> Report:
        return auditkit.audit(run, one, **(COLUMNS | roles))

    report, both = audited(DETECTOR), {"PASS", "FAIL"}
    assert capped(report).pop("directed amplification") == set()
    assert [caps for estimand, caps in capped(report).items() if estimand != "directed amplification"] == [both] * 3
    told = auditkit.gate(report, Within(margin=0.01, code="reporting.*", estimand="share minus reference"))
    assert {v.outcome for v in told.verdicts if v.key} == {Outcome.INCONCLUSIVE}
    # bets on one question say nothing of the same finding asked otherwise, of other concepts, or of fewer rows
    sampled = dataclasses.replace(DETECTOR, estimand="a sample of prompts")
    turned = dataclasses.replace(DETECTOR, stereotype="lighter")
    others = (audited(sampled, unit="prompt"), audited(turned), audited(DETECTOR, context="template"))
    assert [capped(other).get("directed amplification", both) for other in others] == [both] * 3
    fewer = auditkit.audit(run.to_frame().head(len(run) // 2), DETECTOR, **COLUMNS)
    assert capped(fewer) == dict.fromkeys(capped(report), both)


def test_what_is_told_is_what_was_bet_on_whoever_read_it_before(tmp_path: Path) -> None:
    """The bets are those of the last sitting, and so is the column."""
    readers = Exact(("skin",)), Noisy("skin", {"darker": 0.4})
    for reader in (*readers, readers[0]):
        asked = {"questions": (DETECTOR, COLUMNS), "budget": 100}
        run = elicit(PROBE, Painter(World(0.9)), reader, into=tmp_path, **asked)
        [question] = run.design["settled"]
        shown = run.to_frame()[["skin", "occupation"]].head(question["sequence"]["n"])
        stakes = [DETECTOR.stake({"group": skin, "context": job}) for skin, job in shown.itertuples(index=False)]
        assert np.mean(stakes) == pytest.approx(auditkit.audit(run, DETECTOR, **COLUMNS).findings[0].estimate.value)


def test_intervals_for_a_chosen_number_err_and_are_not_heeded() -> None:
    """A gap of .10 is on the edge of the policy's margin; the run stops when it is surely beyond .08."""
    plain = reporting.GeneratorFrequency(Reference({"a": 0.5, "b": 0.5}, "a coin", "a mint"), stereotype="a")
    gate = Gate.on(-0.08, 0.08, support=plain.support(), variance=0.25)
    rng, wrong, heeded, runs = np.random.default_rng(8), 0, 0, 200
    policy = Policy((Within(margin=0.10, code="reporting.*", estimand="share minus reference"),))
    for _ in range(runs):
        shown = rng.random(1000) < 0.6
        at = gate.update(shown - 0.5).decided_at or 1000
        if shown[:at].mean() < 0.6 + 1.5 * np.sqrt(0.24 / at):
            continue  # no interval lies beyond: spared for time
        counted = {(level,): int((shown[:at] == (level == "a")).sum()) for level in "ab"}
        told = plain.examine(Tally.of_cells(("group",), counted))
        [gap] = [f for f in told if isinstance(f, Finding) and f.estimand == "share minus reference"]
        beyond = gap.interval(0.95).high if gap.level == "b" else -(gap.interval(0.95).low or 0)
        if beyond < -0.10:
            wrong += 1
            report = Report((stopped(gap, "", at, [{"code": "another"}]),), (), Recipe("coins", at, {}, (), {}, {}))
            heeded += auditkit.gate(report, policy).outcome is Outcome.FAIL
    assert wrong > runs * 0.05 + 2 * np.sqrt(runs * 0.05 * 0.95)
    assert heeded == 0


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"context": "occupation"},
        {"group": ["skin"]},
        {"group": "skin", "context": "job"},
        {"group": "skin", "contxt": "x"},
    ],
)
def test_a_question_of_no_column_is_refused_before_anything_is_drawn(columns: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"a factor of the prompts.* The factors are: occupation, template"):
        questions_of((DETECTOR, columns), Policy(), tuple(PROBE))


def test_a_question_that_nobody_can_bet_on_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a detector that can bet"):
        elicit(PROBE, Painter(), Exact(), into=tmp_path, questions=(selection.Refusal(), COLUMNS))
    with pytest.raises(InputError, match="judges no difference"):
        elicit(PROBE, Painter(), Exact(), into=tmp_path, questions=(DETECTOR, COLUMNS),
               until=Within(code="disparity.*"))  # fmt: skip
