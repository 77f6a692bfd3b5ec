"""What raters prefer, what signs mean and graded evidence: by hand, and against other ways to the same number."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Tally
from auditkit.stats.graded_evidence import Graded
from auditkit.stats.log_odds import direction, oriented, own_and_rest, shift, true_log_odds
from auditkit.stats.quadrature import logistic_mean
from auditkit.stats.raters import fixed_raters, mean_shift, sampled_raters, sided

AXES = ("rater", "rater_group", "candidate_group", "outcome")


@pytest.mark.parametrize("gamma", [-2.0, 0.0, 0.7, 1.5])
def test_two_quadratures_agree(gamma: float) -> None:
    assert mean_shift(gamma) == pytest.approx(logistic_mean(gamma) - 0.5, abs=1e-9)


def test_sampled_raters_are_judged_by_their_contrasts() -> None:
    """Contrasts .5, .3, .4 of raters of x and .1, .2 of y, each towards the own group: half of .4 + .15."""
    own = {"x1": 0.5, "x2": 0.3, "x3": 0.4, "y1": 0.1, "y2": 0.2}
    cells = {}
    for rater, d in own.items():
        for group in "xy":
            hits = round(100 * (0.3 + d * (group == rater[0])))
            cells |= {(rater, rater[0], group, "1"): hits, (rater, rater[0], group, "0"): 100 - hits}
    e = sampled_raters(*sided(Tally.of_cells(AXES, cells)))
    assert e.value == pytest.approx((0.4 + 0.15) / 2)
    assert e.clusters == 5
    reachable = stats.permutation_test(
        ([0.5, 0.3, 0.4], [-0.1, -0.2]), lambda a, b: np.mean(a) - np.mean(b), permutation_type="independent"
    )
    assert reachable.pvalue == pytest.approx(0.2)  # 2 of 10: no bound at 95 %
    assert e.interval(0.95).low is None


@pytest.mark.slow
@pytest.mark.parametrize("raters", [12, 40])
def test_raters_who_differ_in_slope_cry_no_wolf_and_rows_taken_for_raters_do(raters: int) -> None:
    """Nobody favours the own group on average; each rater favours one group a little, by N(0, .1) (exact, and t)."""
    rng, runs, wolf, naive = np.random.default_rng(7), 100, 0, 0
    for _ in range(runs):
        cells, rates = {}, np.zeros((2, 2))
        for k in range(raters):
            mine, lean = "xy"[k % 2], rng.normal(0, 0.1)
            for group in "xy":
                hits = int(rng.binomial(50, 0.5 + (lean if group == "x" else -lean) / 2))
                cells |= {(f"r{k}", mine, group, "1"): hits, (f"r{k}", mine, group, "0"): 50 - hits}
                rates[int(group == mine)] += hits, 50
        low, high, _ = sampled_raters(*sided(Tally.of_cells(AXES, cells))).interval(0.95)
        wolf += (low is not None and low > 0) or (high is not None and high < 0)
        p = rates[:, 0] / rates[:, 1]
        naive += abs(p[1] - p[0]) > 1.96 * np.sqrt((p * (1 - p) / rates[:, 1]).sum())
    chance = np.sqrt(runs * 0.05 * 0.95)
    assert wolf <= runs * 0.05 + 2 * chance
    assert naive > runs * 0.05 + 3 * chance


def test_a_rater_with_two_groups_and_one_who_judged_one_side_decide_nothing() -> None:
    with pytest.raises(InputError, match="two groups"):
        sided(Tally.of_cells(AXES, {("r", "x", "x", "1"): 1, ("r", "y", "y", "0"): 1}))
    known, belongs = sided(Tally.of_cells(AXES, {("r", "x", "x", "1"): 4, ("s", "y", "y", "0"): 4}))
    with pytest.raises(CannotDecide, match="0 raters"):
        sampled_raters(known, belongs)


def test_items_without_both_sides_are_counted_out() -> None:
    cells = {("r", "own", i, "1"): 1 for i in "abc"} | {("r", "other", i, "0"): 1 for i in "ab"}
    (r,) = fixed_raters(Tally.of_cells(("rater", "side", "item", "outcome"), cells))
    assert (r.estimate.value, r.hits, r.n, r.left) == (1.0, (2, 0), 2, 1)


def test_log_odds_are_those_of_statsmodels() -> None:
    rng = np.random.default_rng(1)
    table, others = rng.integers(5, 60, (2, 2)).astype(float), rng.integers(5, 60, (3, 2, 2)).astype(float)
    own, rest = own_and_rest(table, others)
    one, many = Table2x2(table), StratifiedTable(list(others))
    assert own.value == pytest.approx(one.log_oddsratio)
    assert own.interval(0.95)[:2] == pytest.approx(one.log_oddsratio_confint(0.05), rel=1e-6)
    assert rest.value == pytest.approx(many.logodds_pooled)
    assert rest.interval(0.95)[:2] == pytest.approx(many.logodds_pooled_confint(), rel=1e-6)
    moved = shift(own, rest)
    assert moved.value == pytest.approx(own.value - rest.value)
    assert moved.standard_error() == pytest.approx(np.hypot(own.standard_error(), rest.standard_error()), rel=1e-6)
    turned = oriented(own, -1)
    assert direction(turned) == -direction(own)
    assert true_log_odds([0.3], [0.6])[0] == pytest.approx(np.log(0.3 / 0.7 / (0.6 / 0.4)))


def test_an_empty_diagonal_of_the_others_gets_a_half() -> None:
    table = np.array([[9.0, 0], [3, 7]])
    _, rest = own_and_rest(table, table[None])
    assert rest.value == pytest.approx(np.log(9.5 * 7.5 / (0.5 * 3.5)))


def test_graded_evidence_is_in_pooled_standard_deviations() -> None:
    rng = np.random.default_rng(2)
    cells = {(g, f"{x}", y): int(rng.integers(1, 30)) for g in "ab" for x in (0, 1, 4) for y in "01"}
    known = Tally.of_cells(("group", "evidence", "outcome"), cells)
    graded = Graded.of(known, "1")
    n = (graded.positive + graded.negative).sum(axis=0)
    assert graded.scaled @ n == pytest.approx(0, abs=1e-9)
    assert graded.scaled**2 @ n == pytest.approx(n.sum())
    assert graded.decided(1, "b").hits == sum(k for (g, _, y), k in cells.items() if (g, y) == ("b", "1"))
    with pytest.raises(CannotDecide, match="does not vary"):
        Graded.of(known.where("evidence", "4"), "1")
    with pytest.raises(InputError, match="is a number"):
        Graded.of(known.relabel("evidence", {"4": "many"}), "1")
