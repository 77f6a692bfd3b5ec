"""A moved curve covers its null as often as it says, and keeps its width."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from auditkit.core.estimate import LEVELS, QUANTILES, Estimate, Wager, estimates
from auditkit.core.finding import Count, Finding, Margin
from auditkit.rehearsing.moved import moved
from auditkit.stats.contrasts import mover_ratio, newcombe
from auditkit.stats.proportions import rates, wilson

RATES = wilson(rates(40, 100)), wilson(rates(20, 90))
GAP = estimates(*newcombe(*RATES), n=190, n_eff=90, method="Newcombe")[0]
RATIO = estimates(*mover_ratio(*RATES), n=190, n_eff=90, method="MOVER-R")[0]


def finding(estimate: Estimate, **more: object) -> Finding:
    parts = {
        "code": "c",
        "estimand": "gap",
        "level": "a",
        "versus": "b",
        "sentence": "s",
        "margin": Margin.within(0.05),
    }
    return Finding(**{**parts, "estimate": estimate, **more})  # type: ignore[arg-type]


@given(st.floats(-4.4, 4.4), st.sampled_from(["difference", "ratio"]))
def test_the_null_lies_where_the_curve_is_at_z(z: float, scale: str) -> None:
    null = 1.0 if scale == "ratio" else 0.0
    fair = moved(finding(GAP if scale == "difference" else RATIO, scale=scale, null=null), z).estimate
    assert fair.value is not None
    assert (fair.value > null) == (z > 0) or abs(z) < 1e-9
    for level, q in zip(LEVELS, QUANTILES, strict=True):
        low, high, _ = fair.interval(level)
        assert low is not None
        assert high is not None
        if abs(abs(z) - q) > 1e-6:
            assert (low > null) == (z > q)
            assert (high < null) == (z < -q)


def test_widths_are_kept() -> None:
    fair = moved(finding(GAP), 1.2).estimate
    for side in ("lower", "upper"):
        shift = np.array(getattr(fair, side), float) - np.array(getattr(GAP, side), float)
        assert np.ptp(shift) < 1e-12
    fair = moved(finding(RATIO, scale="ratio", null=1.0), 1.2).estimate
    times = np.array(fair.lower, float) / np.array(RATIO.lower, float)
    assert np.ptp(times) < 1e-12


def test_a_normal_curve_draws_normal_values() -> None:
    e = Estimate(0.4, tuple(0.4 - 0.1 * q for q in QUANTILES), tuple(0.4 + 0.1 * q for q in QUANTILES), 9, 9.0, "m")
    assert moved(finding(e, null=0.1), 1.5).estimate.value == pytest.approx(0.25)
    assert moved(finding(e, null=0.1), -6.0).estimate.value == pytest.approx(-0.5)


def test_a_curve_that_is_cut_goes_on_as_it_went() -> None:
    cut = Estimate(0.4, (0.2, 0.1, *(None,) * 7), (0.6, 0.7, *(None,) * 7), 9, 9.0, "few draws")
    fair = moved(finding(cut), 3.0).estimate
    slope = 0.1 / (QUANTILES[1] - QUANTILES[0])
    assert fair.value == pytest.approx(0.3 + slope * (3.0 - QUANTILES[1]))
    assert fair.lower[2:] == (None,) * 7
    one_sided = Estimate(0.4, (None,) * 9, tuple(0.4 + 0.1 * q for q in QUANTILES), 9, 9.0, "m")
    assert moved(finding(one_sided), 2.0).estimate.value == pytest.approx(0.2)
    alone = Estimate(0.4, (None,) * 9, (None,) * 9, 9, 9.0, "no interval")
    assert moved(finding(alone), 2.0).estimate.value == 0.0


def test_a_distance_keeps_what_noise_alone_makes_of_it() -> None:
    e = Estimate(0.3, tuple(0.3 - 0.05 * q for q in QUANTILES), tuple(0.3 + 0.05 * q for q in QUANTILES), 9, 9.0, "m")
    distance = finding(e, margin=Margin.at_most(0.1), null_expectation=0.04)
    draws = [moved(distance, z).estimate for z in norm.ppf(np.linspace(0.005, 0.995, 200))]
    assert min(d.value for d in draws if d.value is not None) == 0.04
    assert all(bound is not None and bound >= 0 for d in draws for bound in d.lower)
    above = [d.lower[LEVELS.index(0.95)] for d in draws]
    assert np.mean([bound > 0 for bound in above if bound is not None]) == pytest.approx(0.025, abs=0.01)


def test_nothing_of_the_real_report_is_left_that_could_contradict_it() -> None:
    counts = (Count("a", 40, 100, 0.4), Count("b", 20, 90, 0.22))
    bet = replace(GAP, wagers=(Wager(-0.05, 0.05, 1.0, 900.0),))
    fair = moved(finding(bet, counts=counts, recount=True), 0.3)
    assert fair.counts == ()
    assert not fair.recount
    assert fair.estimate.wagers == ()
    undefined = Estimate.undefined("no rows")
    assert moved(finding(undefined), 1.0).estimate == undefined
