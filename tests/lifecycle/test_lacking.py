"""What is missing more often of one group is told on exact limits: by enumeration, of groups of very different size."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from auditkit.core.estimate import Estimate
from auditkit.lifecycle.mitigating.lacking import difference, lacking, told_lacking
from auditkit.lifecycle.mitigating.people import people
from auditkit.stats.proportions import rates, wilson
from tests.lifecycle.applicants import world


def tells(e: Estimate, sure: float) -> bool:
    low, high, _ = e.interval(sure)
    return low is not None and high is not None and not low <= 0 <= high


@pytest.mark.parametrize(("n", "m", "p"), [(30, 1000, 0.005), (30, 1000, 0.02), (50, 2000, 0.01)])
def test_a_difference_that_is_none_is_told_less_often_than_is_said(n: int, m: int, p: float) -> None:
    """Of one feature at 95 % and of thirty together; on Wilson's limits .09 and .35, where p is .005."""
    few, many = (np.flatnonzero(binom.pmf(np.arange(size + 1), size, p) > 1e-7) for size in (n, m))
    told = dict.fromkeys((1, 30), 0.0)
    for a, b in product(few, many):
        e, weight = difference(rates(a, n), rates(b, m)), binom.pmf(a, n, p) * binom.pmf(b, m, p)
        for features in told:
            told[features] += weight * tells(e, 1 - 0.05 / features)
    assert all(1 - (1 - rate) ** features < 0.025 for features, rate in told.items())
    assert told[1] > 0


def test_it_is_one_of_rates_and_tells_what_is_there() -> None:
    e = difference(rates(12, 30), rates(20, 1000))
    assert e.value == pytest.approx(0.38)
    assert tells(e, 1 - 0.05 / 30)
    low, high, _ = e.interval(0.95)
    near = wilson(rates([12, 20], [30, 1000]))
    assert low is not None and high is not None  # noqa: PT018  # for mypy
    assert low < e.value - 0.9 * (near.value[0] - near.lower[2, 0])
    assert high > e.value + 0.9 * (near.upper[2, 0] - near.value[0])


def test_what_is_missing_more_often_of_one_group_is_a_finding() -> None:
    rows = world()
    gone = (rows.team == "blue") & (rows.index % 3 == 0)
    everyone = people(rows[["age", "town"]].assign(town=rows.town.mask(gone)), rows.hired, rows.team)
    told = " ".join(told_lacking(everyone, {}, ["town"]))
    assert f"town is missing in {gone.sum()} of 1,200 rows, which are read as a level of their own." in told
    assert "town is missing more often of blue than of red, by +0.3" in told
    assert lacking(people(rows[["age"]], rows.hired, rows.team)) == {}


def test_differences_of_missing_values_are_rarely_told_where_there_are_none() -> None:
    """At 95 % over all features and pairs together: of 60 worlds few tell one, and most where one is planted."""
    rng, told = np.random.default_rng(5), {0.0: 0, 0.2: 0}
    y, team = np.tile([0, 1], 300), rng.choice(["a", "b", "c"], 600)
    for more in told:
        for _ in range(60):
            p = 0.1 + more * (team == "c")
            X = pd.DataFrame({name: np.where(rng.random(600) < p, np.nan, 1.0) for name in ("u", "v")})
            told[more] += any("more often" in one for one in told_lacking(people(X, y, team), {}, ()))
    assert told[0.0] <= 8  # more than 8 of 60 have a probability of 0.3 % at 5 %
    assert told[0.2] > 50
