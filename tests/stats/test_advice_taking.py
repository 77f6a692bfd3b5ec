"""Weights of advice by hand, and how often the intervals hold the truth of users who differ."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, binomtest, t

from auditkit.core.evidence import Tally
from auditkit.stats.advice_taking import mean_weight, nearer, weight_difference, weight_of_advice
from auditkit.stats.logs import Log


def log_of(user: list[str], n: list[int] | None = None) -> Log:
    """A log whose cells are numbered, so that weights can be given by hand."""
    return Log(Tally.of({"unit": user, "item": [f"{k:04}" for k in range(len(user))]}, n=n))


def test_weights_by_hand() -> None:
    told = weight_of_advice(
        [50, 50, 50, 50, 50, np.nan, 50], [80, 20, 80, 80, 50, 80, 80], [65, 35, 95, 40, 60, 60, np.nan]
    )
    assert told[:4].tolist() == [0.5, 0.5, 1.0, 0.0]
    assert np.isnan(told[4:]).all()
    assert nearer([50, 50, 50], [80, 80, 60], [66, 64, 55]).tolist() == [True, False, False]


def test_the_mean_over_users_is_the_textbooks_t() -> None:
    """Users of one size: the mean of their means, s/√G, t on G - 1."""
    rng = np.random.default_rng(1)
    x, users = rng.uniform(0, 1, 40), np.repeat(np.arange(8), 5)
    log = log_of([str(u) for u in users])
    place = [int(log.tally.levels_of("item")[k]) for k in log.tally.codes[:, log.tally.index("item")]]
    weights = x[place]
    e = mean_weight(log, weights, np.ones(40, bool))
    means = x.reshape(8, 5).mean(1)
    half = t.ppf(0.975, 7) * means.std(ddof=1) / np.sqrt(8)
    assert e.value == pytest.approx(means.mean())
    assert e.interval(0.95)[:2] == pytest.approx((means.mean() - half, means.mean() + half))
    assert e.clusters == 8
    among = np.isin(np.array(place) % 5, (0, 1))
    apart = weight_difference(log, weights, among, ~among)
    own = x.reshape(8, 5)[:, :2].mean(1) - x.reshape(8, 5)[:, 2:].mean(1)  # pairs of a user
    half = t.ppf(0.975, 7) * own.std(ddof=1) / np.sqrt(8)
    assert apart.interval(0.95)[:2] == pytest.approx((own.mean() - half, own.mean() + half))


def test_where_nothing_varies_bounds_reach_as_far_as_was_not_seen() -> None:
    log = log_of(["a", "b", "c", "d"])
    low, high, _ = mean_weight(log, np.zeros(4), np.ones(4, bool)).interval(0.90)
    assert low == 0
    assert high == pytest.approx(1 - 0.05 ** (1 / 4))
    flat = weight_difference(log, np.zeros(4), np.array([1, 1, 0, 0], bool), np.array([0, 0, 1, 1], bool))
    assert flat.value == 0
    assert flat.interval(0.95)[:2] == (None, None)


def test_nothing_to_take_is_said() -> None:
    log, nobody = log_of(["a", "b"]), np.zeros(2, bool)
    assert mean_weight(log, np.ones(2), nobody).reason == "no advice to take in part"
    assert weight_difference(log, np.ones(2), ~nobody, nobody).value is None
    assert mean_weight(log, np.full(2, np.nan), ~nobody).value is None


def test_without_users_each_decision_stands_for_itself_however_it_is_counted() -> None:
    cells = Log(Tally.of({"item": ["a", "b", "c"]}, n=[3, 2, 5]))
    rows = Log(Tally.of({"item": [f"{k}" for k in range(10)]}))
    x = np.array([0.2, 0.9, 0.4])
    one, other = mean_weight(cells, x, np.ones(3, bool)), mean_weight(rows, np.repeat(x, [3, 2, 5]), np.ones(10, bool))
    assert one.interval(0.95) == pytest.approx(other.interval(0.95))
    assert one.n == 10


def test_intervals_hold_the_truth_of_users_of_unlike_sizes() -> None:
    """25 users with 4 to 40 decisions each, their own weights Beta(2, 3); nearer advice weighs .1 more."""
    rng, draws, held = np.random.default_rng(3), 600, np.zeros(2)
    for _ in range(draws):
        sizes = rng.integers(4, 41, 25)
        user = np.repeat(np.arange(25), sizes)
        own, better = rng.beta(2, 3, 25)[user] * 0.8, rng.random(len(user)) < 0.6
        x = np.clip(own + 0.1 * better + rng.uniform(-0.05, 0.05, len(user)), None, None)
        log = Log(Tally.of({"unit": [f"{u:02}" for u in user], "item": [f"{k:04}" for k in range(len(user))]}))
        told = (mean_weight(log, x, np.ones(len(x), bool)), weight_difference(log, x, better, ~better))
        for k, (e, truth) in enumerate(zip(told, (0.4 * 0.8 + 0.06, 0.1), strict=True)):
            low, high, _ = e.interval(0.95)
            assert low is not None
            assert high is not None
            held[k] += low <= truth <= high
    assert all(binomtest(int(k), draws, 0.95, "less").pvalue > 1e-3 for k in held)


@pytest.mark.parametrize(("users", "p"), [(40, 0.12), (100, 0.03), (100, 0.97), (100, 0.2)])
def test_users_who_take_all_or_nothing_are_held_as_often_as_it_says(users: int, p: float) -> None:
    """Every count of users at 1: by t alone .15 missed at 95 % (100 users at .03), and .033 at 99.9 % (40 at .12)."""
    log, missed = log_of([f"{k:03}" for k in range(users)]), dict.fromkeys((0.95, 0.99, 0.999), 0.0)
    for hits, odds in enumerate(binom.pmf(np.arange(users + 1), users, p)):
        e = mean_weight(log, (np.arange(users) < hits).astype(float), np.ones(users, bool))
        for level in missed:
            missed[level] += odds * (not e.interval(level).low <= p <= e.interval(level).high)
    assert all(share <= 1 - level for level, share in missed.items())


def test_a_side_on_which_hardly_anybody_moves_has_no_bounds() -> None:
    """Fifty users decide ten times each at .5, and ten once at .1: a third of the intervals missed."""
    rng, held = np.random.default_rng(4), 0
    user = np.r_[np.repeat(np.arange(50), 10), np.arange(10)]
    log = log_of([f"{u:02}" for u in user])
    place = np.array([int(log.tally.levels_of("item")[k]) for k in log.tally.codes[:, log.tally.index("item")]])
    for _ in range(200):
        x = (rng.random(len(user)) < np.where(np.arange(len(user)) < 500, 0.5, 0.1)).astype(float)
        low, high, _ = weight_difference(log, x[place], place < 500, place >= 500).interval(0.95)
        held += (low is None or low <= 0.4) and (high is None or high >= 0.4)
    assert held >= 190
    for moved, told in ((4, False), (5, True), (6, False)):  # of ten: four off 0, five off both, and four off 1
        x = np.r_[rng.random(500) < 0.5, np.arange(10) < moved].astype(float)
        e = weight_difference(log, x[place], place < 500, place >= 500)
        assert (e.interval(0.95).low is not None, "fewer than 5 users" in e.method) == (told, not told)
