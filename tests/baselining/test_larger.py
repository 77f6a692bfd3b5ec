"""How many units would settle a change that is compared unit by unit, and what is said where nobody changed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from auditkit.core.judgement import Outcome, Verdict
from auditkit.core.report import Report
from auditkit.gating import gate
from auditkit.rules import NoWorse, Policy
from auditkit.stats.proportions import clopper_pearson
from tests.baselining.people import counted

Four = tuple[int, int, int, int]
"""People of a group who are chosen by both releases, by the first alone, by the second alone, and by neither."""


def reports(a: Four, b: Four) -> tuple[Report, Report]:
    """The first release and the second."""
    group = ["a"] * sum(a) + ["b"] * sum(b)
    names = [f"person {k}" for k in range(len(group))]
    first, second = ([p for some in (a, b) for p in np.repeat(of, some)] for of in ([1, 1, 0, 0], [1, 0, 1, 0]))
    return counted(group, first, names), counted(group, second, names)


def judged(both: tuple[Report, Report], margin: float) -> Verdict:
    policy = Policy((NoWorse(margin, estimand="selection rate difference"),), "none")
    (said,) = (one for one in gate(both[1], policy, baseline=both[0]).verdicts if one.rule == "no_worse")
    return said


def test_nobody_who_changed_is_told_in_words() -> None:
    said = judged(reports((35, 0, 0, 35), (10, 0, 0, 20)), 0.02)
    most = 100 * clopper_pearson(0, 30).upper[1, 0]
    assert said.outcome is Outcome.INCONCLUSIVE
    assert "None of the 100 units of both reports changed" in said.sentence
    assert f"like the 30 of the smaller side up to {most:.2g} % may (95 %). About" in said.sentence
    assert f"({said.needed:,} in all, 100 now" in said.sentence
    assert "None of" not in judged(reports((34, 1, 0, 35), (10, 0, 0, 20)), 0.02).sentence


def test_where_nobody_changes_so_many_rule_the_margin_out_and_half_of_them_do_not() -> None:
    """What may have changed unseen shrinks as 1/n: of the 30 to 3/n, which is no more than .02 of 150."""
    needed = judged(reports((35, 0, 0, 35), (10, 0, 0, 20)), 0.02).needed
    assert needed is not None
    for times, outcome in ((needed / 100, Outcome.PASS), (0.4 * needed / 100, Outcome.INCONCLUSIVE)):
        k = math.ceil(times)
        assert judged(reports((35 * k, 0, 0, 35 * k), (10 * k, 0, 0, 20 * k)), 0.02).outcome is outcome
    assert 3 / 0.02 < 0.3 * needed < 2.5 * 3 / 0.02


@pytest.mark.slow
@pytest.mark.parametrize(
    ("a", "b", "margin", "outcome"),
    [
        ((39, 1, 1, 59), (39, 1, 1, 59), 0.02, Outcome.PASS),
        ((30, 0, 3, 267), (30, 0, 3, 267), 0.01, Outcome.PASS),
        ((20, 0, 5, 75), (20, 0, 0, 80), 0.01, Outcome.FAIL),
    ],
)
def test_so_many_as_are_asked_for_settle_it(a: Four, b: Four, margin: float, outcome: Outcome) -> None:
    """In worlds in which as large a share changes as was seen, four in five samples of that size are decided so."""
    first = judged(reports(a, b), margin)
    assert first.outcome is Outcome.INCONCLUSIVE
    assert first.needed is not None
    times, rng, hits, draws = first.needed / (sum(a) + sum(b)), np.random.default_rng(4), 0, 20
    for _ in range(draws):
        drawn = [rng.multinomial(math.ceil(sum(of) * times), np.array(of) / sum(of)).tolist() for of in (a, b)]
        hits += judged(reports(*map(tuple, drawn)), margin).outcome is outcome
    assert hits / draws >= 0.8
