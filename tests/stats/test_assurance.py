"""How many items a pilot asks for: against pilots so large that nothing is open, and as often as it promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import beta, norm, t

from auditkit.stats.assurance import WORLDS, Assured, _drawn, items_for
from auditkit.stats.noninferiority import mean_of_items


def settles(x: Any, margin: float, w: Any = None) -> bool:
    """Whether these items tell on which side of the margin their mean lies."""
    low, high = (mean_of_items(x, w, within=(-1, 1)).interval(level) for level in (0.95, 0.9))
    return (high.high is not None and high.high < margin) or (low.low is not None and low.low > margin)


def three_way(rng: Any, n: int) -> Any:
    """One in ten lost all and one in twelve gained all."""
    return np.where(rng.random(n) < 0.10, 1.0, 0.0) - np.where(rng.random(n) < 0.08, 1.0, 0.0)


LAWS: Any = {
    "noise": lambda rng, n: rng.normal(0.01, 0.25, n),
    "one in fifty lost all": lambda rng, n: 1.0 * (rng.random(n) < 0.02),
    "noise, and one in fifty lost all": lambda rng, n: rng.normal(0, 0.02, n) + (rng.random(n) < 0.02),
    "won and lost": three_way,
    "more than may be": lambda rng, n: rng.normal(0.09, 0.2, n),
}
MEANS = {"noise": 0.01, "more than may be": 0.09}


@pytest.mark.parametrize(
    ("what", "size"), [*((what, 40) for what in LAWS), ("one in fifty lost all", 200), ("won and lost", 200)]
)
def test_nine_times_in_ten_so_many_items_settle_it_whatever_the_pilot(what: str, size: int) -> None:
    """Pilot and sample are both drawn anew. The pilot's own numbers, taken as true, settle it in .55 to .81 of these
    (.55 of "won and lost" from 40); at least .9 are promised, and the bound allows for 40 pilots by Clopper-Pearson."""
    rng, law, pilots = np.random.default_rng(12), LAWS[what], 40
    met = 0
    for _ in range(pilots):
        n = items_for(0.05, np.clip(law(rng, size), -1, 1), within=(-1, 1)).items
        assert n is not None
        met += settles(np.clip(law(rng, min(n, 10**6)), -1, 1), 0.05)
    assert met == pilots or beta.ppf(0.99, met + 1, pilots - met) > 0.9


@pytest.mark.parametrize("what", ["noise", "more than may be"])
def test_if_the_loss_stays_nine_in_ten_settle_it_from_pilots_of_forty(what: str) -> None:
    """Pilots moved to have the true mean: only spread and skewness are open."""
    rng, law = np.random.default_rng(13), LAWS[what]
    met = []
    for _ in range(100):
        pilot = law(rng, 40)
        n = items_for(0.05, pilot - pilot.mean() + MEANS[what], within=(-1, 1)).if_it_stays
        assert n is not None
        met.append(settles(law(rng, n), 0.05))
    assert np.mean(met) > 0.9 - 2 * np.sqrt(0.09 / 100)


def test_a_pilot_that_leaves_nothing_open_asks_for_what_the_textbook_does() -> None:
    """Of 10^5 items without skewness: n = ((t + 1.28) s/apart)^2, solved by hand; no further number is behind it."""
    x = np.repeat([-0.2, 0.22], 50_000)
    apart, spread = 0.05 - 0.01, 0.21
    n = 100.0
    for _ in range(20):
        n = ((t.ppf(0.95, n - 1) * np.sqrt(n / (n - 1)) + norm.ppf(0.9)) * spread / apart) ** 2
    found = items_for(0.05, x)
    assert found.items == pytest.approx(n, rel=0.01)
    assert found.if_it_stays == pytest.approx(n, rel=0.01)


def test_beyond_the_margin_it_is_the_lower_bound_that_has_to_clear_it() -> None:
    x = np.repeat([-0.12, 0.30], 50_000)
    n = 100.0
    for _ in range(20):
        n = ((t.ppf(0.975, n - 1) * np.sqrt(n / (n - 1)) + norm.ppf(0.9)) * 0.21 / 0.04) ** 2
    assert items_for(0.05, x).items == pytest.approx(n, rel=0.01)


def test_of_no_loss_seen_the_rate_of_total_losses_has_the_exact_upper_limits() -> None:
    """Clopper & Pearson's upper limit of 0 in 40 at 1 - a is the 1 - a quantile of Beta(1, 40)."""
    worlds = _drawn(np.zeros(40), np.ones(40), (-1, 1), upwards=True)
    for level in (0.5, 0.8, 0.9):
        share = float((worlds.mean <= beta.ppf(level, 1, 40)).mean())
        assert abs(share - level) < 4 * np.sqrt(level * (1 - level) / WORLDS)


def test_a_small_pilot_asks_for_more_and_a_large_one_hardly() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(0, 0.2, 4_000)
    x -= x.mean()
    small, large = (items_for(0.05, np.resize(x, n) - np.resize(x, n).mean(), within=(-1, 1)) for n in (40, 4_000))
    assert small.items is not None
    assert small.if_it_stays is not None
    assert large.items is not None
    assert large.if_it_stays is not None
    assert small.items > 2 * small.if_it_stays
    assert large.items < 1.1 * large.if_it_stays


def test_neither_order_nor_equal_weights_matter() -> None:
    rng = np.random.default_rng(4)
    x, w = rng.normal(0, 0.3, 60), rng.uniform(0.5, 2, 60)
    turn = rng.permutation(60)
    assert items_for(0.05, x, w, (-1, 1)) == items_for(0.05, x[turn], w[turn], (-1, 1))
    assert items_for(0.05, x, None, (-1, 1)) == items_for(0.05, x, np.full(60, 2.0), (-1, 1))


def test_weights_make_items_worth_less() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(0, 0.3, 2_000)
    plain, weighed = (items_for(0.05, x, w).if_it_stays for w in (np.ones(2_000), rng.lognormal(0, 1, 2_000)))
    assert plain is not None
    assert weighed is not None
    assert weighed > 1.7 * plain  # Kish's design effect is e = 2.7


@pytest.mark.parametrize("values", [[], [np.nan, np.inf]])
def test_without_items_nothing_is_planned(values: list[float]) -> None:
    assert items_for(0.5, values, within=(-1, 1)) == Assured(None, None)


def test_a_mean_at_the_margin_is_settled_by_no_number_if_it_stays_there() -> None:
    found: Callable[..., Assured] = items_for
    told = found(0.5, [0.0, 1.0] * 50, within=(-1, 1))
    assert told.if_it_stays is None
    assert told.items is not None
    assert told.items > 10_000
    assert found(0.5 + 1e-7, [0.0, 1.0] * 50, within=(-1, 1)).if_it_stays is None
