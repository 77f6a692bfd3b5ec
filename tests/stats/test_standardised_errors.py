"""Mean absolute errors in SD: against the influence function and another jackknife, and their coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, t

from auditkit.core.evidence import Tally
from auditkit.stats.logs import Log
from auditkit.stats.standardised_errors import standardised_contrast


def table(y: np.ndarray, off: np.ndarray, stratum: np.ndarray, **more: list[str]) -> Tally:
    columns = {"outcome": [repr(float(v)) for v in y], "prediction": [repr(float(v)) for v in y + off]}
    return Tally.of({**columns, "intensity": [str(s) for s in stratum], **more})


def gap(tally: Tally, w: tuple[float, float] = (1.0, -1.0)) -> object:
    log = Log(tally)
    parts = [(a, log.at("intensity", level)) for a, level in zip(w, ("0", "1"), strict=True)]
    return standardised_contrast(tally, parts, np.ones(len(tally), bool))


def drawn(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcomes N(0, 1 + s), errors Laplace of mean size .5 + .25 (1 - s), half of the items at each s."""
    s = np.arange(n) % 2
    return rng.normal(0, np.sqrt(1.0 + s)), rng.laplace(0, 0.75 - 0.25 * s), s


def test_the_value_and_the_error_are_those_of_the_influence_function() -> None:
    y, off, s = drawn(np.random.default_rng(1), 4_000)
    e = gap(table(y, off, s))
    size, sd = np.abs(off), y.std()
    means = [size[s == k].mean() for k in (0, 1)]
    theta = (means[0] - means[1]) / sd
    assert e.value == pytest.approx(theta)
    psi = (np.where(s == 0, size - means[0], means[1] - size) * 2 / sd) - theta * ((y - y.mean()) ** 2 - sd**2) / (
        2 * sd**2
    )
    half = t.ppf(0.975, 1_999) * psi.std() / np.sqrt(4_000)
    assert e.interval(0.95)[:2] == pytest.approx((theta - half, theta + half), abs=0.01 * half)


def test_units_are_left_out_whole() -> None:
    """Each unit's rows taken out of the table itself, one unit after another."""
    rng = np.random.default_rng(2)
    y, off, s = drawn(rng, 300)
    unit = rng.integers(0, 25, 300)
    e = gap(table(y, off, s, unit=[f"{u:02}" for u in unit]))
    left = np.array([gap(table(y[unit != u], off[unit != u], s[unit != u])).value for u in range(25)])
    se = np.sqrt(24 / 25 * ((left - left.mean()) ** 2).sum())
    sizes = [np.bincount(unit[s == k]) for k in (0, 1)]
    df = min(part.sum() ** 2 / (part @ part) for part in sizes) - 1
    assert e.interval(0.95).high - e.value == pytest.approx(t.ppf(0.975, df) * se)
    assert e.clusters == 25


def test_counted_rows_are_rows_and_weights_widen() -> None:
    y, off, s = (
        np.tile([1.0, 2.0, 3.0, 5.0], 20),
        np.tile([1.0, 0.0, 2.0, 0.0, 1.0, 0.5, 0.0, 1.0], 10),
        np.tile([0, 1], 40),
    )
    plain = table(y, off, s)
    assert len(plain) < 80
    named = table(y, off, s, unit=[f"{k:02}" for k in range(80)])
    assert gap(plain).interval(0.95)[:2] == pytest.approx(gap(named).interval(0.95)[:2])
    columns = {"outcome": [f"{v:g}" for v in y], "prediction": [f"{v:g}" for v in y + off], "intensity": s.astype(str)}
    w = np.random.default_rng(3).lognormal(0, 1, 80)
    weighed = gap(Tally.of({k: list(c) for k, c in columns.items()}, w=w.tolist(), w2=(w**2).tolist()))
    assert weighed.method == "jackknife, weights"
    spread = np.ptp(weighed.interval(0.95)[:2]) / np.ptp(gap(plain).interval(0.95)[:2])
    assert spread > 1.2


def test_a_reference_that_is_a_sample_is_less_sure() -> None:
    y, off, s = drawn(np.random.default_rng(4), 2_000)
    tally = table(y, off, s)
    log, every = Log(tally), np.ones(len(tally), bool)
    parts = [(0.8, log.at("intensity", "0")), (0.2, log.at("intensity", "1")), (-1.0, every)]
    told = [standardised_contrast(tally, parts, every, d) for d in (None, ([0.8, 0.2], 50))]
    means = np.array([np.abs(off[s == k]).mean() for k in (0, 1)])
    extra = 0.8 * 0.2 * (means[0] - means[1]) ** 2 / 50 / y.var()
    ses = [np.ptp(e.interval(0.95)[:2]) / 2 / t.ppf(0.975, e.n_eff - 1) for e in told]
    assert ses[1] ** 2 - ses[0] ** 2 == pytest.approx(extra, rel=1e-6)
    assert told[0].value == pytest.approx((0.8 * means[0] + 0.2 * means[1] - means.mean()) / y.std())


def test_what_is_undefined_says_why() -> None:
    assert gap(table(np.array([1.0, 2.5]), np.ones(2), np.zeros(2, int))).reason == "a stratum has no rows"
    same = gap(table(np.full(6, 2.0), np.arange(6.0), np.arange(6) % 2))
    assert same.value is None
    assert same.reason == "the outcomes do not vary"


@pytest.mark.parametrize("n", [60, 400])
def test_intervals_hold_the_truth_as_often_as_they_say(n: int) -> None:
    """(.75 - .5)/√1.5 in closed form; errors are as skewed as absolute Laplace draws are."""
    rng, draws, truth, held = np.random.default_rng(5), 500, 0.25 / np.sqrt(1.5), 0
    for _ in range(draws):
        low, high, _ = gap(table(*drawn(rng, n))).interval(0.95)
        held += low <= truth <= high
    assert binomtest(held, draws, 0.95, "less").pvalue > 1e-3


@pytest.mark.parametrize("named", [False, True])
def test_where_hardly_anybody_errs_there_are_no_limits(named: bool) -> None:
    """Thirty a side, .05 and .01 of them wrong: .15 of the intervals had no width, and .21 missed."""
    y, s = np.tile([0.0, 1.0], 30), np.repeat([0, 1], 30)
    more = {"unit": [f"{k:02}" for k in range(60)]} if named else {}
    for wrong, told in (((5, 5), True), ((5, 4), False), ((0, 9), False), ((0, 0), False)):
        off = np.r_[np.arange(30) < wrong[0], np.arange(30) < wrong[1]].astype(float)
        e = gap(table(y, off, s, **more))
        assert e.value == pytest.approx((wrong[0] - wrong[1]) / 30 / 0.5)
        assert all((end is not None) is told for end in e.lower + e.upper)
        assert ("fewer than 5 units of a part err" in e.method) is not told
