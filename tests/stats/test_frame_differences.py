"""Differences from a frame: one by one against the moments, and the largest against every sample there is."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import binom, hypergeom
from scipy.stats import t as student

from auditkit.core.estimate import LEVELS
from auditkit.core.rows import Rows
from auditkit.stats import frame_differences as module
from auditkit.stats.exact import share_at_least, share_at_most
from auditkit.stats.frame_differences import covariates, frame_differences, largest_frame_difference

SURELY = 1e-4


def rng(*seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def sampled(n: int, size: int, draw: np.random.Generator) -> np.ndarray:
    chosen = np.zeros(n, bool)
    chosen[draw.choice(n, size, replace=False)] = True
    return chosen


def test_each_is_that_of_its_own_rows() -> None:
    draw = rng(1)
    x, chosen = draw.exponential(size=(60, 2)), sampled(60, 15, draw)
    x[:9, 1] = np.nan
    for column, told in zip(x.T, frame_differences(x, chosen), strict=True):
        there = ~np.isnan(column)
        all_, ours = column[there], column[there & chosen]
        value = (ours.mean() - all_.mean()) / all_.std(ddof=1)
        se = np.sqrt((1 - len(ours) / len(all_)) / len(ours)) * max(ours.std(ddof=1) / all_.std(ddof=1), 1)
        half = student.ppf(0.975, len(ours) - 1) * se
        assert (told.estimate.value, told.selected, told.frame) == (pytest.approx(value), len(ours), len(all_))
        assert list(told.estimate.interval(0.95)[:2]) == pytest.approx([value - half, value + half])


def statistic(x: np.ndarray, at: list[int]) -> np.ndarray:
    """|SMD| / r of each covariate, by its definition."""
    sd = x.std(axis=0, ddof=1)
    return np.abs(x[at].mean(axis=0) - x.mean(axis=0)) / sd / np.maximum(x[at].std(axis=0, ddof=1) / sd, 1)


@pytest.mark.parametrize("size", [4, 9])
def test_the_search_is_paid_as_every_sample_says(size: int) -> None:
    """Of all samples of 4 and of 9 out of 13: the lower limit is above 0 where fewer than 1 - level are as extreme."""
    draw = rng(2, size)
    x = draw.lognormal(0, 1, size=(13, 3))
    every = np.array([statistic(x, list(at)).max() for at in combinations(range(13), size)])
    for at in ([*range(size)], [*np.argsort(-x[:, 1])[:size]]):
        chosen = np.isin(np.arange(13), at)
        p = float((every >= statistic(x, at).max() - 1e-12).mean())
        e = largest_frame_difference(x, chosen, draw).estimate
        for level in (0.8, 0.9, 0.95):
            if abs(p - (1 - level)) > 4 * np.sqrt(level * (1 - level) / module.DRAWS):
                assert (e.interval(level).low > 0) is (p < 1 - level)


def test_what_chance_makes_of_it_is_the_mean_of_every_sample() -> None:
    draw = rng(3)
    x = draw.standard_normal((12, 4))
    sd = x.std(axis=0, ddof=1)
    every = [np.abs((x[list(at)].mean(axis=0) - x.mean(axis=0)) / sd).max() for at in combinations(range(12), 5)]
    told = largest_frame_difference(x, sampled(12, 5, draw), draw)
    assert told.expected == pytest.approx(np.mean(every), abs=5 * np.std(every) / np.sqrt(module.DRAWS))


def test_it_lies_inside_a_margin_where_all_of_them_do() -> None:
    draw = rng(4)
    x, chosen = draw.standard_normal((400, 5)), sampled(400, 100, draw)
    told = largest_frame_difference(x, chosen, draw)
    ones = [d.estimate for d in frame_differences(x, chosen)]
    assert told.estimate.value == abs(ones[told.which].value) == max(abs(e.value) for e in ones)
    for level in LEVELS:
        ends = [abs(end) for e in ones for end in e.interval(level)[:2]]
        assert told.estimate.interval(level).high == max(ends)
    assert list(told.estimate.lower) == sorted(told.estimate.lower, reverse=True)


def test_high_levels_are_bonferroni_t() -> None:
    draw = rng(5)
    x, chosen = draw.standard_normal((500, 3)), np.arange(500) < 50
    x[chosen] += 1
    e = largest_frame_difference(x, chosen, draw).estimate
    se = np.sqrt((1 - 0.1) / 50) * np.maximum(x[chosen].std(axis=0, ddof=1) / x.std(axis=0, ddof=1), 1)
    for level in LEVELS[5:]:
        c = student.ppf(1 - (1 - level) / 6, 49)
        bounds = [d.estimate.value for d in frame_differences(x, chosen)] - c * se
        assert e.interval(level).low == pytest.approx(max(bounds.max(), 0))


def test_fewer_than_two_covariates_search_nothing() -> None:
    x = np.c_[np.arange(20.0), np.ones(20)]
    assert largest_frame_difference(x, np.arange(20) < 5, rng(6)) is None
    assert largest_frame_difference(x[:, [0, 0]], np.ones(20, bool), rng(6)) is None


@pytest.mark.parametrize("world", ["correlated", "heavy tails", "most are taken", "half is missing"])
def test_a_random_sample_is_found_out_no_more_often_than_it_says(world: str) -> None:
    """And not much less often: a randomisation test has its level, whatever the covariates."""
    draw = rng(7, len(world))
    x = 0.6 * draw.standard_normal((120, 1)) + 0.8 * draw.standard_normal((120, 6))
    x = np.exp(1.5 * x) if world == "heavy tails" else x
    x[draw.random(120) < (0.5 if world == "half is missing" else 0), 0] = np.nan
    size = 100 if world == "most are taken" else 20
    told = [largest_frame_difference(x, sampled(120, size, draw), draw).estimate for _ in range(400)]
    for level in (0.8, 0.95):
        found = sum(e.interval(level).low > 0 for e in told)
        assert share_at_least(found, 400, 1 - level) > SURELY
        assert share_at_most(found, 400, 1 - level) > SURELY


@pytest.mark.parametrize("theta", [(0.3, 0.15, 0.0), (0.3, 0.3, 0.3), (0.1, -0.1, 0.1)])
def test_coverage_of_a_mechanism(theta: tuple[float, ...]) -> None:
    """The first fifth by speed: of corr(x, speed) · φ(z)/f, and mean 1.40 in the fastest fifth."""
    draw, lead = rng(8), 1.3998096
    slope = np.array(theta) / lead
    held = 0
    for _ in range(150):
        x = draw.standard_normal((500, 3))
        speed = x @ slope + np.sqrt(1 - slope @ slope) * draw.standard_normal(500)
        low, high, _ = largest_frame_difference(x, np.argsort(-speed).argsort() < 100, draw).estimate.interval(0.95)
        held += low <= np.abs(theta).max() <= high
    assert share_at_most(held, 150, 0.95) > SURELY


def test_beyond_what_is_drawn_the_limit_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = rng(9)
    x = draw.standard_normal((2_000, 4)) @ draw.standard_normal((4, 4))
    chosen = np.arange(2_000) < 400
    permuted = largest_frame_difference(x, chosen, rng(10))
    monkeypatch.setattr(module, "_SUMMED", 0)
    limiting = largest_frame_difference(x, chosen, rng(10))
    assert limiting.expected == pytest.approx(permuted.expected, rel=0.05)
    for level in LEVELS[:5]:
        one, other = (told.estimate.value - told.estimate.interval(level).low for told in (permuted, limiting))
        assert one == pytest.approx(other, rel=0.1)


def test_truths_are_numbers_and_words_are_named() -> None:
    columns = {"feature:old": ["True", "False", "(missing)"], "feature:city": ["x", "y", "x"]}
    names = {"feature:old": "old", "feature:city": "city"}
    rows = Rows.of(columns, {"feature": [[1.0], [2.0], [3.0]]}, names, {"feature": ["pay"]})
    told = covariates(rows)
    assert (told.names, told.words) == (("pay", "old"), ("city",))
    by_pay = told.values[np.argsort(told.values[:, 0])]
    assert np.array_equal(by_pay, [[1, 1], [2, 0], [3, np.nan]], equal_nan=True)


def of_hits(hits: int, selected: int, every: int, n: int) -> list[tuple[float, float]]:
    """The interval at each level where so many of the selected have a trait that `every` of n rows have."""
    x = np.zeros((n, 1))
    x[:hits] = x[selected : selected + every - hits] = 1
    e = frame_differences(x, np.arange(n) < selected)[0].estimate
    return list(zip(e.lower, e.upper, strict=True))


@pytest.mark.parametrize("share", [0.0005, 0.002, 0.005])
def test_a_rare_trait_is_held_as_often_as_it_says(share: float) -> None:
    """Every count of 1,000 selected of 20,000, at a difference of .101: by t .05 to .12 missed at 95 %."""
    truth, every, n = 0.101, round(20_000 * share), 20_000
    sd = np.sqrt(share * (1 - share) * n / (n - 1))
    odds = binom.pmf(np.arange(every + 1), 1_000, share + truth * sd)
    told = [of_hits(hits, 1_000, every, n) for hits in range(every + 1)]
    for k, level in enumerate(LEVELS):
        assert sum(p for p, ends in zip(odds, told, strict=True) if ends[k][0] > truth) <= (1 - level) / 2
        assert sum(p for p, ends in zip(odds, told, strict=True) if ends[k][1] < truth) <= (1 - level) / 2


@pytest.mark.parametrize("selected", [40, 100, 160, 200])
def test_of_a_frame_that_is_mostly_taken_the_rest_is_told(selected: int) -> None:
    """Every simple random sample of 200 rows with 10 of a trait, whose difference is 0; of a census nothing varies."""
    odds = hypergeom.pmf(np.arange(11), 200, 10, selected)
    told = [of_hits(hits, selected, 10, 200) if odds[hits] > 0 else None for hits in range(11)]
    for k, level in enumerate(LEVELS):
        missed = sum(p for p, ends in zip(odds, told, strict=True) if ends and not ends[k][0] <= 1e-12 >= -ends[k][1])
        assert missed <= 1 - level
    assert selected < 200 or np.ptp(told[10]) == pytest.approx(0)


def test_what_two_values_are_called_does_not_matter() -> None:
    draw = rng(11)
    x, chosen = (draw.random((300, 1)) < 0.03).astype(float), sampled(300, 40, draw)
    one, other = (frame_differences(scaled, chosen)[0].estimate for scaled in (x, 5 - 3 * x))
    assert list(one.lower) == pytest.approx([-end for end in other.upper])
