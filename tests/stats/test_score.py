"""Miettinen-Nurminen against print, against its own definition, and by exact enumeration of its coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import xlogy
from scipy.stats import binom

from auditkit.core.estimate import LEVELS, QUANTILES
from auditkit.stats.score import constrained, miettinen_nurminen


@st.composite
def tables(draw):
    n1, n2 = draw(st.integers(1, 60)), draw(st.integers(1, 60))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


def bounds(estimates):
    lower = np.array([e.lower for e in estimates], float)
    return lower, np.array([e.upper for e in estimates], float)


def test_published():
    low, high, _ = miettinen_nurminen(56, 70, 48, 80)[0].interval(0.95)
    assert (round(low, 4), round(high, 4)) == (0.0528, 0.3382)


@given(tables(), st.floats(-0.99, 0.99))
def test_constrained_maximum_is_the_maximum(table, delta):
    x1, n1, x2, n2 = (np.array([float(v)]) for v in table)

    def likelihood(p2):
        p1 = np.clip(p2 + delta, 0, 1)
        return xlogy(x1, p1) + xlogy(n1 - x1, 1 - p1) + xlogy(x2, p2) + xlogy(n2 - x2, 1 - p2)

    p1, p2 = constrained(np.array([delta]), x1, n1, x2, n2)
    assert p1 - p2 == pytest.approx(delta)
    grid = np.linspace(max(0, -delta), min(1, 1 - delta), 2001)
    with np.errstate(divide="ignore", invalid="ignore"):
        assert likelihood(p2)[0] >= np.nanmax(likelihood(grid)) - 1e-6


@given(tables())
def test_bounds_solve_the_score_equation(table):
    x1, n1, x2, n2 = (np.array([float(v)]) for v in table)
    (estimate,) = miettinen_nurminen(*table)
    for z, side in [(z, b) for z, *pair in zip(QUANTILES, estimate.lower, estimate.upper, strict=True) for b in pair]:
        if abs(side) < 1 - 1e-9:
            p1, p2 = constrained(np.array([side]), x1, n1, x2, n2)
            variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * (n1 + n2) / (n1 + n2 - 1)
            assert (estimate.value - side) ** 2 == pytest.approx(float(z**2 * variance[0]), rel=1e-5, abs=1e-12)


@given(tables())
def test_swapping_groups_and_outcomes_flips_the_sign(table):
    x1, n1, x2, n2 = table
    (e,), (swapped,) = miettinen_nurminen(*table), miettinen_nurminen(x2, n2, x1, n1)
    (failures,) = miettinen_nurminen(n1 - x1, n1, n2 - x2, n2)
    for other in (swapped, failures):
        assert np.allclose(np.array(e.lower), -np.array(other.upper), atol=1e-7)
    assert np.all(np.diff(e.lower) <= 1e-12)
    assert e.lower[0] <= e.value <= e.upper[0]


def test_empty_groups_are_undefined_and_do_not_disturb_the_others():
    empty, whole = miettinen_nurminen([0, 56], [0, 70], [3, 48], [9, 80])
    assert empty.value is None
    assert empty.lower == empty.upper == (None,) * len(LEVELS)
    assert empty.reason == "a group has no rows"
    assert whole == miettinen_nurminen(56, 70, 48, 80)[0]


@pytest.mark.parametrize(
    ("n1", "n2", "p1", "p2"),
    [(10, 10, 0.1, 0.1), (10, 50, 0.05, 0.3), (20, 20, 0.5, 0.5), (25, 400, 0.9, 0.95), (5, 40, 0.2, 0.2)],
)
def test_exact_coverage(n1, n2, p1, p2):
    """The probability of every possible table, summed over those whose interval holds the truth: no simulation."""
    x1, x2 = (grid.ravel() for grid in np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1)))
    lower, upper = bounds(miettinen_nurminen(x1, n1, x2, n2))
    holds = (lower <= p1 - p2 + 1e-9) & (upper >= p1 - p2 - 1e-9)
    coverage = (binom.pmf(x1, n1, p1) * binom.pmf(x2, n2, p2)) @ holds
    assert 0.94 <= coverage[LEVELS.index(0.95)] <= 0.995
    assert coverage[LEVELS.index(0.99)] >= 0.98
