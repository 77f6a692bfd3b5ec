"""Night after night a gate errs no more often than it says, and a confidence curve is read for what it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from auditkit.core.estimate import LEVELS, QUANTILES, Estimate, estimates
from auditkit.stats.contrasts import mover_ratio, newcombe
from auditkit.stats.nights import BETS, SHY, WORST, Purse, confidence_sequence, shyness, z_above, z_below, z_of
from auditkit.stats.proportions import rates, wilson

NIGHTS = 30
MARGIN = 0.05


def normal(value: float, se: float, known: int = len(LEVELS)) -> Estimate:
    cut = (None,) * (len(LEVELS) - known)
    lower = tuple(value - q * se for q in QUANTILES[:known]) + cut
    upper = tuple(value + q * se for q in QUANTILES[:known]) + cut
    return Estimate(value, lower, upper, 100, 100.0, "normal")


@given(st.floats(-1, 1), st.floats(0.01, 1), st.floats(-4.4, 4.4))
def test_a_normal_curve_says_how_many_standard_errors(value: float, se: float, z: float) -> None:
    e = normal(value, se)
    assert z_below(e, value + z * se) == pytest.approx(z, abs=1e-6)
    assert z_above(e, value + z * se) == pytest.approx(-z, abs=1e-6)


def test_beyond_the_last_bound_nothing_more_is_claimed_and_nothing_is_forgiven() -> None:
    e = normal(0.0, 1.0, known=3)
    assert z_below(e, 9.0) == QUANTILES[2]
    assert z_above(e, -9.0) == QUANTILES[2]
    assert z_below(e, -5.0) == pytest.approx(-5.0)
    assert z_above(e, 5.0) == pytest.approx(-5.0)
    assert z_below(e, -50.0) == WORST == z_above(e, 50.0)


def test_an_estimate_without_bounds_says_nothing() -> None:
    assert z_below(Estimate.undefined("no rows"), 0.1) is None
    assert z_above(Estimate(0.2, (None,) * 9, (None,) * 9, 3, 3.0, "too few"), 0.1) is None


def test_a_value_that_is_null_beside_a_bound_lies_beyond_it() -> None:
    e = Estimate(None, tuple(2.0 - 0.1 * q for q in QUANTILES), (None,) * 9, 9, 9.0, "ratio to a rate of 0")
    assert z_below(e, 4.0, "ratio") == pytest.approx(-QUANTILES[0])
    assert z_above(e, 4.0, "ratio") == 0.0
    assert (z_above(e, 1.25, "ratio") or 0.0) > 4


def test_a_bound_that_lies_on_the_edge_is_read_against_the_bettor() -> None:
    """A share's lower bounds all at 0: nothing says that it is above 0 but the levels at which the bound leaves it."""
    e = Estimate(0.2, (0.1, *(0.0,) * 8), tuple(0.2 + 0.1 * q for q in QUANTILES), 9, 9.0, "clipped")
    assert z_above(e, 0.0) == pytest.approx(QUANTILES[1])
    flat = Estimate(0.0, (0.0,) * 9, tuple(0.1 * q for q in QUANTILES), 9, 9.0, "clipped")
    assert z_above(flat, 0.0) == pytest.approx(0.0)
    assert z_below(flat, 0.0) == pytest.approx(-QUANTILES[-1])


@given(st.integers(2, 60), st.data(), st.sampled_from(["difference", "ratio"]))
def test_the_two_readings_never_claim_more_than_the_curve_together(n: int, data: st.DataObject, scale: str) -> None:
    x, y = (data.draw(st.integers(0, n)) for _ in range(2))
    curve = (newcombe if scale == "difference" else mover_ratio)(wilson(rates(x, n)), wilson(rates(y, n)))
    e = estimates(*curve, n=2 * n, n_eff=n, method="m")[0]
    edge = data.draw(st.floats(-0.9, 0.9) if scale == "difference" else st.floats(0.1, 9.0))
    below, above = z_below(e, edge, scale), z_above(e, edge, scale)
    if below is None or above is None:
        return
    assert WORST <= below <= QUANTILES[-1]
    assert below + above <= 1e-9
    p = e.p_below(edge)
    if p < 0.2:  # the same level, where both read the same chord
        assert below == pytest.approx(norm.isf(p / 2), abs=0.05 if scale == "difference" else 0.2)


@pytest.mark.parametrize(("hits", "n", "rate"), [(10, 100, 0.1), (5, 100, 0.05), (9, 30, 0.3)])
def test_the_parabola_does_not_err_the_same_way_every_night(hits: int, n: int, rate: float) -> None:
    """The mean z of a share on the edge is 0; on the chord it would drift by .02 to .05 a night."""
    z = share(n, rate, z_below)
    p = binom.pmf(np.arange(n + 1), n, rate)
    assert abs(p @ z) < 0.01


def test_a_purse_is_a_martingale_where_z_is_normal_but_for_what_it_is_shy_of() -> None:
    z = np.linspace(-12, 14, 40_001)
    weight = norm.pdf(z) * (z[1] - z[0])
    start = Purse.of(1).after([1.0]).after([0.4])
    held = np.array(start.logs[0])[:, None] + np.array(BETS)[:, None] * z - np.array(BETS)[:, None] ** 2 / 2
    now = np.exp(start.logs[0]).mean()
    assert np.exp(held).mean(axis=0) @ weight == pytest.approx(now, rel=1e-6)
    after = start.after([2.0 + SHY])
    assert after.peak == pytest.approx(max(start.peak, np.interp(2.0, z, np.exp(held).mean(axis=0))), rel=1e-4)


@pytest.mark.parametrize("late", [0.0, 0.25, 0.9])
def test_what_waits_is_part_of_the_stake(late: float) -> None:
    """Over a standard normal night what is bet and what waits come to what there was: a martingale, whatever waits."""
    z = np.linspace(-12, 14, 40_001)
    weight = norm.pdf(z) * (z[1] - z[0])
    purse = Purse.of(1, late)
    for night in range(1, 6):
        start = np.exp(purse.logs[0]) * (night > 1) + ((1 - late) if night == 1 else late / (night * (night - 1)))
        held = start[:, None] * np.exp(np.array(BETS)[:, None] * z - np.array(BETS)[:, None] ** 2 / 2)
        before = 1.0 if night == 1 else np.exp(purse.logs[0]).mean() + late / (night - 1)
        assert held.mean(axis=0) @ weight + late / night == pytest.approx(before, rel=1e-6)
        purse = purse.after([0.3 * night])
        again = start * np.exp(np.array(BETS) * (0.3 * night - SHY) - np.array(BETS) ** 2 / 2)
        assert np.exp(purse.logs[0]) == pytest.approx(again)


def test_a_change_after_a_hundred_nights_is_told_soon() -> None:
    """With all of the stake bet from the first night it would take another hundred."""
    waits, rushed = Purse.of(2, 0.25), Purse.of(2)
    for _ in range(100):
        waits, rushed = waits.after([-0.7, -0.7]), rushed.after([-0.7, -0.7])
    nights = 0
    while waits.peak < 20:
        waits, nights = waits.after([2.5, -4.0]), nights + 1
        rushed = rushed.after([2.5, -4.0])
    assert nights <= 7
    assert rushed.peak < 2


@given(st.lists(st.floats(-4, 4), min_size=1, max_size=20))
def test_the_capital_does_not_depend_on_the_order_and_the_peak_never_falls(z: list[float]) -> None:
    purse, peaks = Purse.of(1), []
    for one in z:
        purse = purse.after([one])
        peaks.append(purse.peak)
    assert peaks == sorted(peaks)
    assert peaks[0] >= 1.0
    backwards = Purse.of(1)
    for one in reversed(z):
        backwards = backwards.after([one])
    assert backwards.logs[0] == pytest.approx(purse.logs[0], abs=1e-9)
    assert backwards.nights == purse.nights


def test_two_claims_are_averaged() -> None:
    alone, both = Purse.of(1).after([4.0]), Purse.of(2).after([4.0, -4.0])
    assert both.peak == pytest.approx(alone.peak / 2, rel=0.05)


def test_the_interval_and_the_purse_say_the_same() -> None:
    """20 times the stake is where the 90 % interval ends."""
    for nights in (1, 2, 7, 30, 400):
        reach = confidence_sequence(nights)[LEVELS.index(0.90)]
        held = np.exp(np.array(BETS) * (reach - SHY * nights) - nights * np.array(BETS) ** 2 / 2).mean()
        assert held == pytest.approx(20, rel=1e-6)
    assert all(a < b for a, b in zip(confidence_sequence(9), confidence_sequence(9)[1:], strict=False))


def test_a_night_that_was_bet_on_counts_by_its_e_value() -> None:
    assert z_of(20) == pytest.approx(norm.isf(0.05))
    assert z_of(1) == WORST
    assert z_of(0.4) == WORST
    assert math.isfinite(z_of(1e300))


@cache
def share(n: int, edge: float, read: Callable[[Estimate, float], float | None]) -> np.ndarray:
    hits = np.arange(n + 1)
    told = estimates(*wilson(rates(hits, np.full(n + 1, n))), n=n, n_eff=n, method="Wilson")
    return np.array([read(e, edge) for e in told], float)


@cache
def gap(n: int, m: int, scale: str, edge: float) -> tuple[np.ndarray, np.ndarray]:
    """z below and above the edge for every pair of counts (n + 1, m + 1); no night where there is no bound."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(n + 1), np.arange(m + 1), indexing="ij"))
    a, b = wilson(rates(x, np.full(x.shape, n))), wilson(rates(y, np.full(y.shape, m)))
    told = estimates(*(newcombe if scale == "difference" else mover_ratio)(a, b), n=n + m, n_eff=n, method="m")
    both = [[read(e, edge, scale) for e in told] for read in (z_below, z_above)]
    return tuple(np.array(z, float).reshape(n + 1, m + 1) for z in both)  # type: ignore[return-value]


def log_capital(sums: np.ndarray, nights: np.ndarray) -> np.ndarray:
    """Many purses at once, written anew: (..., T) sums of z, (..., T) numbers of nights."""
    logs = [bet * (sums - SHY * nights) - nights * bet**2 / 2 for bet in BETS]
    return np.logaddexp.reduce(logs, axis=0) - math.log(len(BETS))


def waiting(*z: np.ndarray) -> np.ndarray:
    """The capital of many purses at once, a quarter of the stake waiting: z (R, T) for each claim."""
    bets = np.array(BETS)[:, None]
    held = np.zeros((len(z), len(BETS), len(z[0])))
    out = np.empty(z[0].shape)
    for t in range(1, out.shape[1] + 1):
        night = np.stack([one[:, t - 1] for one in z])[:, None, :]
        held = (held + (0.75 if t == 1 else 0.25 / (t * (t - 1)))) * np.exp(bets * (night - SHY) - bets**2 / 2)
        out[:, t - 1] = held.mean(axis=(0, 1)) + 0.25 / t
    return out


def ever(z: np.ndarray, at: float) -> float:
    """In what share of histories (R, T) the capital ever reaches `at`; a night that says nothing is none."""
    said = np.isfinite(z)
    held = log_capital(np.where(said, z, 0.0).cumsum(axis=-1), said.cumsum(axis=-1))
    return float((held.max(axis=-1) >= math.log(at)).mean())


def ever_waiting(z: np.ndarray, at: float) -> float:
    """The same of the bets on being outside."""
    return float((waiting(np.where(np.isfinite(z), z, 0.0)).max(axis=-1) >= at).mean())


def test_many_purses_at_once_are_the_purse() -> None:
    z = np.random.default_rng(0).normal(0.3, 1, 12)
    purse = Purse.of(1)
    for one in z:
        purse = purse.after([float(one)])
    held = log_capital(z.cumsum(), np.arange(1, 13))
    assert purse.log_peak == pytest.approx(max(0.0, held.max()))


HISTORIES = 4_000
EDGES = [
    (n, m, rate, scale, edge)
    for n, m in ((5, 5), (15, 15), (50, 50), (10, 90))
    for rate in (0.1, 0.3, 0.5)
    for scale, edge in (("difference", MARGIN), ("difference", -MARGIN), ("ratio", 0.8), ("ratio", 1.25))
]


def wrong(n: int, m: int, rate: float, scale: str, edge: float, histories: int) -> tuple[float, float]:
    """On the edge itself: how often a bettor ever holds 20 for being inside, and for being outside."""
    rng = np.random.default_rng([n, m, int(100 * rate), int(1e6 * abs(edge))])
    p = rate + edge if scale == "difference" else rate * edge
    x, y = rng.binomial(n, p, (histories, NIGHTS)), rng.binomial(m, rate, (histories, NIGHTS))
    below, above = gap(n, m, scale, edge)
    return ever(below[x, y], 20), ever_waiting(above[x, y], 20)


@pytest.mark.parametrize("case", [(15, 15, 0.5, "difference", MARGIN), (50, 50, 0.3, "ratio", 0.8)])
def test_on_the_edge_no_verdict_is_wrong_too_often_in_thirty_nights_quick(
    case: tuple[int, int, float, str, float],
) -> None:
    assert max(wrong(*case, histories=2_000)) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("case", EDGES, ids=str)
def test_on_the_edge_no_verdict_is_wrong_too_often_in_thirty_nights(case: tuple[int, int, float, str, float]) -> None:
    """Each side by itself; a FAIL is bet on both edges with half the stake each, and so errs about half as often."""
    inside, outside = wrong(*case, histories=HISTORIES)
    assert inside <= 0.05
    assert outside <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize(("n", "rate"), [(30, 0.05), (30, 0.1), (100, 0.05), (300, 0.05)])
def test_a_rare_share_is_not_wrong_too_often_in_a_year_of_nights(n: int, rate: float) -> None:
    """The hardest case: skewed, against a reference, with one to five expected hits a night."""
    hits = np.random.default_rng([n, 9]).binomial(n, rate, (2_000, 365))
    assert ever_waiting(share(n, rate, z_above)[hits], 20) <= 0.05
    assert ever(share(n, rate, z_below)[hits], 20) <= 0.05


@pytest.mark.parametrize(("n", "m", "rate", "by"), [(60, 6, 0.02, 0.1), (40, 5, 0.1, 0.1), (200, 20, 0.01, 0.05)])
def test_a_small_group_beside_a_large_one_does_not_pass_wrongly_in_two_hundred_nights(
    n: int, m: int, rate: float, by: float
) -> None:
    """Where the night is small its skewness errs the same way every night: 8 to 12 % of histories but for shyness."""
    rng = np.random.default_rng([n, m])
    z = gap(n, m, "difference", by)[0][rng.binomial(n, rate + by, (2_000, 200)), rng.binomial(m, rate, (2_000, 200))]
    assert ever(z, 20) > 0.055
    assert ever(z - (shyness(m) - SHY), 20) <= 0.05


def red(rng: np.random.Generator, n: int, histories: int, checks: int, rate: float, by: float) -> np.ndarray:
    """Of each history whether any check of a suite ever fails, where every check's gap is `by`: Holm's first step."""
    x, y = (rng.binomial(n, p, (histories * checks, NIGHTS)) for p in (rate + by, rate))
    outward = waiting(*(gap(n, n, "difference", edge)[side][x, y] for edge, side in ((MARGIN, 1), (-MARGIN, 0))))
    return (outward.max(axis=1) >= 20 * checks).reshape(histories, checks).any(axis=1)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "by"), [(50, MARGIN), (100, MARGIN), (100, 0.0)])
def test_a_suite_of_fifty_checks_is_red_in_at_most_one_history_of_twenty(n: int, by: float) -> None:
    """2,000 histories of thirty nights, even where the truth of every check is its margin; naive: .77 and more."""
    rng = np.random.default_rng([n, int(100 * by)])
    share = np.concatenate([red(rng, n, 200, 50, 0.3, by) for _ in range(10)]).mean()
    assert share <= 0.05


@pytest.mark.slow
def test_naive_nights_are_red_as_the_specification_says() -> None:
    """The comparison: one fair check a night at p < .05, and fifty at Bonferroni's level."""
    rng = np.random.default_rng(77)
    below, above = gap(100, 100, "difference", 0.0)
    z = np.maximum(below, above)[tuple(rng.binomial(100, 0.5, (2, 2_000, NIGHTS)))]
    assert (z > norm.isf(0.025)).any(axis=1).mean() == pytest.approx(0.77, abs=0.05)
    z = np.maximum(below, above)[tuple(rng.binomial(100, 0.5, (2, 600, NIGHTS * 50)))]
    assert (z > norm.isf(0.025 / 50)).any(axis=1).mean() == pytest.approx(0.78, abs=0.05)


def first(reached: np.ndarray) -> np.ndarray:
    return np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, 10_000)


def test_the_price_of_looking_every_night() -> None:
    """Nights of 200 rows, margin .05: a gap of 15 points fails, an equal pair passes, about twice as late as the one
    pooled report that is as likely to decide as not (2 and 10 nights)."""
    rng = np.random.default_rng(6)
    n, nights = 100, np.arange(1, 61)
    below, above = gap(n, n, "difference", MARGIN)
    x, y = (rng.binomial(n, p, (1_000, 60)) for p in (0.45, 0.30))
    outward = waiting(above[x, y], gap(n, n, "difference", -MARGIN)[0][x, y])
    assert 3 <= np.median(first(outward >= 20)) <= 7
    x, y = (rng.binomial(n, 0.3, (1_000, 60)) for _ in range(2))
    inward = [log_capital(z[x, y].cumsum(axis=1), nights) for z in (below, gap(n, n, "difference", -MARGIN)[1])]
    passed = np.maximum(*(first(path >= math.log(20)) for path in inward))
    assert 14 <= np.median(passed) <= 24
