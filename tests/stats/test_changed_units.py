"""Sums of rare changes: limits that hold what they say, of few units, of none that changed and of one way alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from auditkit.core.estimate import LEVELS
from auditkit.stats.changed_units import net_change, rare_sum

AT = LEVELS.index(0.95)


@pytest.mark.parametrize("x", [0, 1, 4, 50])
def test_of_one_weight_the_limits_are_exact(x: int) -> None:
    """Garwood's: the rates at which so many or fewer, and so many or more, have half of what the level leaves."""
    arms, tail = rare_sum([0.1], [x], 0.1), (1 - 0.95) / 2
    assert stats.poisson.cdf(x, 10 * (0.1 * x + arms.above[AT])) == pytest.approx(tail)
    if x:
        assert stats.poisson.sf(x - 1, 10 * (0.1 * x - arms.below[AT])) == pytest.approx(tail)


def test_limits_grow_with_the_level_and_with_what_may_have_happened_unseen() -> None:
    arms, wider = (net_change([0.01, -0.02], [3, 1], 7e-4, heaviest) for heaviest in (0.02, 0.05))
    for narrow, wide in zip(arms, wider, strict=True):
        assert (np.diff(narrow) > 0).all()
        assert (wide > narrow).all()


def test_of_many_changes_the_limits_are_normal() -> None:
    """Of 4,000 of 10,000 who change one way the variance is binomial, and the change no further off for it."""
    n, x = 10_000, 4_000
    below, above = net_change([1 / n], [x], x * (1 - x / n) / n**2, 1 / n)
    usual = stats.norm.ppf(0.975) * math.sqrt(0.4 * 0.6 / n)
    assert below[AT] == pytest.approx(usual, rel=0.02)
    assert above[AT] == pytest.approx(usual, rel=0.03)


def test_of_most_who_change_one_way_the_far_limits_hold() -> None:
    """Exact, 88 of 100 by binomial chances: with a guard of 3 at every level it misses .015 at 99 %, .005 at 99.9 %."""
    n, q, missed = 100, 0.88, np.zeros((2, len(LEVELS)))
    for x in range(n + 1):
        below, above = net_change([1 / n], [x], x * (1 - x / n) / n**2, 1 / n)
        missed += stats.binom.pmf(x, n, q) * np.stack([x / n - below > q + 1e-12, x / n + above < q - 1e-12])
    for level in (0.9, 0.95, 0.99, 0.999):
        assert missed[:, LEVELS.index(level)].max() <= (1 - level) / 2, level


WORLDS = {
    "few people": ((15, 20), (0.1, 0.1), (0.1, 0.1)),
    "nobody": ((30, 70), (0.0, 0.0), (0.0, 0.0)),
    "one in a sample": ((30, 70, 40), (1 / 30, 0.0, 0.0), (0.0, 0.0, 0.0)),
    "hardly seen": ((30, 70), (2.9 / 30, 0.0), (0.0, 0.0)),
    "one way": ((200, 100, 300), (0.05, 0.0, 0.02), (0.0, 0.0, 0.0)),
    "each the other way": ((60, 400, 90), (0.0, 0.02, 0.05), (0.08, 0.0, 0.0)),
    "five groups": ((25, 40, 60, 300, 20), (0.05, 0.1, 0.0, 0.01, 0.2), (0.02, 0.0, 0.1, 0.02, 0.0)),
    "most": ((40, 60), (0.4, 0.0), (0.0, 0.4)),
}


def missed(n: tuple[int, ...], up: tuple[float, ...], down: tuple[float, ...], draws: int = 2_000) -> float:
    """How often the change of the gap between the first group and the rest lies outside its 95 % interval."""
    sizes, rng = np.array(n), np.random.default_rng(8)
    weight = np.where(np.arange(len(n)) == 0, 1 / n[0], -1 / sizes[1:].sum())
    parts = np.stack([up, down, 1 - np.add(up, down)], axis=1)
    drawn = np.stack([rng.multinomial(size, p, draws) for size, p in zip(n, parts, strict=True)], axis=1)
    truth = float(weight * sizes @ np.subtract(up, down))
    counts, often = np.unique(drawn[:, :, :2], axis=0, return_counts=True)
    out = 0
    for (x, y), times in zip(counts.transpose(0, 2, 1), often, strict=True):
        of = [slice(0, 1), slice(1, None)]
        net = [((x + y)[g].sum() - (x - y)[g].sum() ** 2 / sizes[g].sum()) / sizes[g].sum() ** 2 for g in of]
        below, above = net_change([*weight, *-weight], [*x, *y], sum(net), abs(weight).max())
        value = float(weight @ (x - y))
        out += times * (not value - below[AT] - 1e-12 <= truth <= value + above[AT] + 1e-12)
    return out / draws


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_the_change_of_a_gap_is_held_as_often_as_is_said(world: str) -> None:
    """Three standard errors of 2,000 draws are to spare of .05. Over 2,000 draws in each of 400 worlds (two to five
    groups of 10 to 3,000 people, of whom none to 40 % change either way, one way or none) at least .952 were held, .99
    on average, and at most .057 missed on either side of a 90 % interval."""
    assert missed(*WORLDS[world]) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 2_000)
