"""The confidence curve answers at every level, and says nothing where it knows nothing."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.estimate import LEVELS, QUANTILES, Estimate, estimates

Z = np.array(QUANTILES)


def normal(value: float, se: float, reach: int = len(LEVELS)) -> Estimate:
    lower = [value - z * se if i < reach else None for i, z in enumerate(Z)]
    upper = [value + z * se if i < reach else None for i, z in enumerate(Z)]
    return Estimate(value, tuple(lower), tuple(upper), 100, 100.0, "normal")


@given(st.floats(-1, 1), st.floats(0.01, 1), st.floats(0.05, 0.9999))
def test_a_normal_curve_is_exact_between_levels(value: float, se: float, level: float) -> None:
    z = NormalDist().inv_cdf((1 + level) / 2)
    low, high, _ = normal(value, se).interval(level)
    assert (low, high) == pytest.approx((value - z * se, value + z * se), abs=1e-9)


@given(st.floats(0.05, 0.5), st.floats(0.02, 0.3))
def test_p_is_where_the_bound_touches(excess: float, se: float) -> None:
    e = normal(0.05 + excess, se)
    expected = max(2 * (1 - NormalDist().cdf(excess / se)), 1 - LEVELS[-1])
    assert e.p_above(0.05) == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert normal(-0.05 - excess, se).p_below(-0.05) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_nothing_is_known_beyond_what_the_method_reaches() -> None:
    short = normal(1.0, 0.1, reach=3)
    assert short.interval(0.99).low is None
    assert short.p_above(0.0) == pytest.approx(0.05)
    assert normal(1.0, 0.1).interval(0.999999).low is None


def test_inside_is_no_evidence_against_the_margin() -> None:
    assert normal(0.01, 0.1).p_above(0.05) == 1.0


def test_the_infinite_and_the_undefined_are_null_with_a_reason() -> None:
    lower, upper = np.zeros((len(LEVELS), 2)), np.full((len(LEVELS), 2), np.inf)
    first, second = estimates([np.nan, 1.0], lower, upper, n=5, n_eff=5, method="m", reasons="no rows")
    assert (first.value, first.reason, second.reason) == (None, "no rows", None)
    assert second.interval(0.95) == (0.0, None, 0.95)
