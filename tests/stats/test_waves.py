"""Waves of answering against least squares done otherwise, and coverage where the line holds."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import binom

from auditkit.core.evidence import Tally
from auditkit.stats.clusters import sample
from auditkit.stats.contrasts import compare
from auditkit.stats.waves import Waves, numbered


def waves(hits, n, silent=0, at=(1, 2, 3)):
    names = [str(t) for t in at for _ in (0, 1)]
    columns = {"position": names, "outcome": ["1", "0"] * len(at)}
    cells = [k for x, m in zip(hits, n, strict=True) for k in (x, m - x)]
    known = sample(Tally.of(columns, n=cells), "position", "outcome", ["1"], [str(t) for t in at])
    return Waves.of(known, list(at), sum(n) + silent)


def test_the_slope_is_least_squares_with_variances_by_wave():
    hits, n, at = np.array([200, 90, 40]), np.array([400, 220, 130]), np.array([1, 2, 5])
    y = np.concatenate([np.r_[np.ones(x), np.zeros(m - x)] for x, m in zip(hits, n, strict=True)])
    t = np.repeat(at, n)
    fit = sm.OLS(y, sm.add_constant(t)).fit()
    told = waves(hits, n, 300, (1, 2, 5))
    assert told.slope().value == pytest.approx(fit.params[1])
    assert told.extrapolated().value == pytest.approx(fit.predict([[1, 6]])[0])
    low, high, _ = told.slope().interval(0.95)
    p = hits / n
    c = n * (at - t.mean()) / ((t - t.mean()) ** 2).sum()
    assert (high - low) / 3.92 == pytest.approx(np.sqrt(c**2 @ (p * (1 - p) / n)), rel=0.01)
    assert told.silence == pytest.approx(300 / 1050)
    assert told.bias().value == pytest.approx(300 / 1050 * (y.mean() - fit.predict([[1, 6]])[0]))


def test_two_waves_are_the_difference_of_two_rates():
    told = waves([60, 70], [100, 120], 0, (1, 2))
    columns = {"g": ["1", "1", "2", "2"], "y": ["1", "0"] * 2}
    (pair,) = compare(sample(Tally.of(columns, n=[60, 40, 70, 50]), "g", "y", ["1"]))
    assert told.slope().interval(0.95)[:2] == pytest.approx(pair.difference.interval(0.95)[:2])


def test_the_rate_ahead_stays_a_rate():
    e = waves([50, 5], [100, 100], 10, (1, 2)).extrapolated()
    assert e.value == 0
    assert min(e.lower) == 0 <= max(e.upper) <= 1


def test_what_has_no_slope():
    assert waves([5], [10], 3, (1,)).slope().reason
    assert waves([5, 0], [10, 0], 3, (1, 2)).slope().reason
    assert waves([0, 0], [0, 0], 3, (1, 2)).bias().reason
    assert waves([5, 6], [10, 10], 0, (1, 2)).bias().reason == "nobody is silent"
    assert numbered(["1", "2.5"]) == [1.0, 2.5]
    assert numbered(["first", "second"]) is None


def test_covers_where_the_line_holds():
    """Slope, rate ahead and bias over 1,200 draws: .935 to .975, by the exact tail."""
    rng, runs, n = np.random.default_rng(20), 1200, 600
    shares, rates, asked = np.array([0.4, 0.2, 0.1]), np.array([0.5, 0.4, 0.3]), 0.3
    p = [*(shares * rates), *(shares * (1 - rates)), asked]
    truth = (-0.1, 0.2, asked * (shares @ rates / shares.sum() - 0.2))
    held = np.zeros(3, int)
    for drawn in rng.multinomial(n, p, runs):
        told = waves(drawn[:3].tolist(), (drawn[:3] + drawn[3:6]).tolist(), int(drawn[6]))
        for i, e in enumerate((told.slope(), told.extrapolated(), told.bias())):
            low, high, _ = e.interval(0.95)
            held[i] += low <= truth[i] <= high
    for k in held:
        assert binom.cdf(k, runs, 0.935) > 1e-4
        assert binom.sf(k - 1, runs, 0.975) > 1e-4
