"""Betting: the capital by hand, the state to the bit, verdicts at their time, units and late starts."""

import json
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom

from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.stats.betting_units import cluster_means, pairs
from auditkit.stats.capital import FRACTIONS, Capital
from auditkit.stats.monitoring import Monitor
from auditkit.stats.sequences import ConfidenceSequence
from auditkit.stats.stopping import Gate

streams = st.lists(st.floats(0, 1), max_size=60)
binary = st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=80)
sides = st.sampled_from(["above", "below"])


def by_hand(x, m, side, bets, weights):
    """The capital as a plain product, in ordinary numbers."""
    sign = 1 if side == "above" else -1
    return sum(w * math.prod(1 + sign * bet * (v - m) for v in x) for bet, w in zip(bets, weights, strict=True))


def may_exceed(count, n, p):
    """Whether so many of n is believable where each happens with probability at most p."""
    return binom.sf(count - 1, n, p) >= 1e-4


@given(streams, st.floats(0.05, 0.95), sides)
def test_capital_is_the_product_of_its_bets(x, m, side):
    reach = m if side == "above" else 1 - m
    capital = Capital.against(m, side).update(x)
    bets = [f / reach for f in np.geomspace(0.004, 0.95, 16)]
    expected = by_hand(x, m, side, bets, [1 / 16] * 16)
    assert capital.e_value == pytest.approx(expected, rel=1e-9)
    running = [1.0, *(by_hand(x[:t], m, side, bets, [1 / 16] * 16) for t in range(1, len(x) + 1))]
    assert capital.peak == pytest.approx(max(running), rel=1e-9)
    assert capital.n == len(x)


@given(streams, sides)
def test_the_tuned_bet_has_half_the_stake(x, side):
    alternative = 0.6 if side == "above" else 0.4
    tuned = Capital.against(0.5, side, alternative=alternative, variance=0.24).update(x)
    mixture = Capital.against(0.5, side).update(x).e_value
    alone = by_hand(x, 0.5, side, [0.1 / 0.24], [1])
    assert tuned.e_value == pytest.approx((mixture + alone) / 2, rel=1e-9)


def test_an_extreme_design_never_bets_more_than_the_mixture():
    capital = Capital.against(0.5, "above", alternative=0.99, variance=1e-6)
    assert capital.bets[-1] == FRACTIONS[-1] / 0.5
    assert math.isfinite(capital.update([0.0] * 1000).log_e)


@given(st.floats(0.1, 0.9), st.floats(0.02, 0.98), sides, st.integers(1, 9))
def test_capital_never_grows_on_average_while_the_claim_holds(m, p, side, n):
    """Every stream of n binary values, weighed by its probability: a supermartingale by enumeration."""
    assume(p <= m if side == "above" else p >= m)
    every = (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(float)
    weight = np.prod(np.where(every == 1, p, 1 - p), axis=1)
    path = np.exp(Capital.against(m, side).log_path(every))
    means = weight @ path
    assert means[0] <= 1 + 1e-9
    assert (np.diff(means) <= 1e-9).all()


@given(streams, st.integers(0, 60), st.integers(0, 60))
def test_two_nights_are_one_to_the_bit(x, cut, start):
    x = np.array(x)
    two = np.array([0.35, 0.45])
    for fresh in (
        Capital.against(0.4, "below", alternative=0.2, variance=0.1),
        Gate.on(*two, variance=0.24, longest=50),
        Gate.on(*two, gate="zone"),
        Monitor.on(*two, horizon=40, block=7),
        ConfidenceSequence(),
    ):
        begun = fresh.update(x[:start])
        whole = begun.update(x[start:])
        stored = type(fresh).from_dict(json.loads(json.dumps(begun.to_dict(), allow_nan=False)))
        rest = x[start:]
        assert stored.update(rest[:cut]).update(rest[cut:]) == whole
        one_by_one = stored
        for value in rest:
            one_by_one = one_by_one.update(value)
        assert one_by_one == whole


def test_a_long_night_is_many_short_ones_to_the_bit():
    x = np.random.default_rng(2).random(9001)
    whole = Capital.against(0.5, "above").update(x)
    parts = Capital.against(0.5, "above")
    for part in np.array_split(x, 13):
        parts = parts.update(part)
    assert parts == whole
    assert whole.log_path([[]]).shape == (1, 0)


def test_many_streams_at_once_are_each_of_them_alone():
    x = np.random.default_rng(3).random((2, 3, 40))
    for fresh in (Capital.against(0.6, "below").update(x[0, 0]), Monitor.on(0.3, 0.7, horizon=100, block=15)):
        paths = fresh.log_path(x)
        assert paths.shape == x.shape
        assert all(paths[i][-1] == fresh.update(x[i]).log_e for i in np.ndindex(2, 3))
    gate = Gate.on(0.2, 0.8)
    passed, failed = gate.times(np.tile(x, 30))
    assert passed.shape == (2, 3)
    done = gate.update(np.tile(x[1, 2], 30))
    assert done.decided_at == min(passed[1, 2], failed[1, 2])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Capital.against(0.0, "above"),
        lambda: Capital.against(1.0, "below"),
        lambda: Capital.against(math.nan, "above"),
        lambda: Capital.against(0.5, "left"),
        lambda: Capital.against(0.5, "above", alternative=0.4, variance=0.2),
        lambda: Capital.against(0.5, "above", alternative=0.6, variance=0.0),
        lambda: Capital.against(0.5, "above").update([0.2, math.nan]),
        lambda: Capital.against(0.5, "above").update(1.01),
        lambda: Capital.from_dict({"boundary": 0.5}),
        lambda: Capital.from_dict(Capital.against(0.5, "above").to_dict() | {"log_e": math.nan}),
        lambda: Capital.from_dict(Capital.against(0.5, "above").to_dict() | {"bets": [3.0] * 16}),
        lambda: Gate.on(None, None),
        lambda: Gate.on(0.5, 0.4),
        lambda: Gate.on(0.4, 0.5, acceptable=0.6),
        lambda: Gate.on(None, 0.4, gate="zone"),
        lambda: Gate.on(None, 0.4, variance=0.2),
        lambda: Gate.on(0.4, 0.5, alpha=0.0),
        lambda: Gate.on(0.4, 0.5, gate="corridor"),
        lambda: Gate.on(0.1, 0.95, gate="zone"),  # its mirror image lies outside the support
        lambda: Gate.from_dict({}),
        lambda: Monitor.on(0.4, 0.5, horizon=0),
        lambda: Monitor.from_dict({"started": 3}),
        lambda: cluster_means([1, 0], ["a"]),
    ],
)
def test_what_makes_no_sense_is_said(make):
    with pytest.raises(InputError, match=r"\w+ .*\."):
        make()


def test_pass_takes_each_edge_at_its_own_time():
    gate = Gate.on(0.3, 0.7)
    against_high = gate.update([0.0] * 12)
    assert against_high.inward[1].peak >= 20 > against_high.inward[0].peak
    x = np.r_[np.zeros(12), np.ones(12), np.tile([0.0, 1.0], 100)]
    done = gate.update(x)
    times = [next(t for t in range(1, len(x)) if c.update(x[:t]).peak >= 20) for c in gate.inward]
    assert (done.outcome, done.decided_at) == (Outcome.PASS, max(times))
    assert done.inward[1].log_e != done.inward[1].log_peak  # it had fallen back by then


def test_first_verdict_stands_while_the_evidence_moves_on():
    done = Gate.on(0.3, 0.5).update([1.0] * 40)
    later = done.update([0.0, 1.0, 0.0, 0.0, 1.0] * 200)
    assert done.outcome is later.outcome is Outcome.FAIL
    assert done.decided_at == later.decided_at
    assert later.e_fail < done.e_fail <= later.e_fail_peak
    assert later.n == 1040


def test_fail_is_the_average_of_both_ways_out():
    gate = Gate.on(0.3, 0.5).update([1.0, 1.0, 0.0])
    up, down = (Capital.against(m, side).update([1.0, 1.0, 0.0]) for m, side in ((0.5, "above"), (0.3, "below")))
    assert gate.e_fail == pytest.approx((up.e_value + down.e_value) / 2)
    one = Gate.on(None, 0.5).update([1.0, 1.0, 0.0])
    assert one.e_fail == pytest.approx(up.e_value)


def test_nothing_is_read_beyond_the_longest_stream():
    gate = Gate.on(0.3, 0.5, longest=10)
    assert gate.outcome is Outcome.NOT_ASSESSED
    assert gate.update([]).outcome is Outcome.NOT_ASSESSED
    ended = gate.update([0.0, 1.0] * 4).update([0.0] * 100)
    assert (ended.n, ended.outcome, ended.decided_at) == (10, Outcome.INCONCLUSIVE, None)
    assert ended.update([1.0] * 100) == ended


def test_a_zone_says_what_it_does_not_promise():
    zone, margin = (Gate.on(0.35, 0.45, gate=kind) for kind in ("zone", "margin"))
    assert "a truth in between, as at the margin itself, gets either verdict" in zone.meaning
    assert "at most 0.3 or at least 0.5" in zone.meaning
    assert "either verdict" not in margin.meaning
    assert "at most 0.35 or at least 0.45" in margin.meaning
    one = Gate.on(None, 0.05, acceptable=0.02, gate="zone")
    assert "PASS: the mean is not at least 0.08. FAIL: it is not at most 0.02." in one.meaning
    assert [c.boundary for c in (*one.inward, *one.outward)] == pytest.approx([0.08, 0.02])


@given(binary, st.floats(0.05, 0.95))
def test_a_mirrored_stream_gets_the_mirrored_evidence(x, m):
    x = np.array(x)
    above, below = Capital.against(m, "above").update(x), Capital.against(1 - m, "below").update(1 - x)
    assert above.log_e == pytest.approx(below.log_e, abs=1e-6)


@given(streams.filter(len), sides)
def test_a_change_of_units_changes_nothing(x, side):
    x = np.array(x)
    plain, scaled = Capital.against(0.4, side).update(x), Capital.against(-0.6, side, (-3, 3)).update(6 * x - 3)
    assert plain.log_e == pytest.approx(scaled.log_e, abs=1e-9)


def test_pairs_wait_for_the_other_group():
    a, b = np.random.default_rng(4).random((2, 30))
    once = pairs(a, b).differences()
    night = pairs(a[:20], b[:7])
    assert len(night.first_left) == 13
    next_night = pairs(np.r_[night.first_left, a[20:]], np.r_[night.second_left, b[7:]])
    assert (np.r_[night.differences(), next_night.differences()] == once).all()
    assert len(pairs([], []).differences()) == 0


def test_ratio_scores_are_at_zero_where_the_ratio_is():
    a, b = np.tile([1.0, 0.0, 1.0, 0.0, 0.0], 20), np.tile([0.0, 1.0], 50)
    scores = pairs(a, b).ratio_scores(0.8)
    assert scores.mean() == pytest.approx(0)
    assert (scores.min(), scores.max()) == pytest.approx((-0.8, 1.0))
    assert Gate.on(0, None, support=(-0.8, 1)).update(scores).outcome is Outcome.INCONCLUSIVE


def test_cluster_means_keep_the_order_of_arrival_and_weigh_alike():
    values, clusters = [1, 1, 1, 0, 0, 1], ["z", "z", "z", "a", "m", "a"]
    assert cluster_means(values, clusters).tolist() == [1.0, 0.5, 0.0]
    assert np.mean(cluster_means(values, clusters)) == 0.5 != np.mean(values)
    assert cluster_means([], []).tolist() == []


def test_a_monitor_is_the_mean_over_its_starts():
    x = np.random.default_rng(5).random(50)
    fresh = Monitor.on(None, 0.45, horizon=35, block=10)
    monitor, side = fresh.update(x), fresh.sides[0]
    alone = Capital(0.45, "above", 0.0, 1.0, side.bets, side.weights, side.logs)
    starts = [alone.update(x[b:]).e_value for b in (0, 10, 20, 30)]
    assert monitor.e_value == pytest.approx(np.mean(starts))
    assert monitor.sides[0].started == 4
    early = fresh.update(x[:10])
    assert early.sides[0].started == 1
    assert early.e_value == pytest.approx((alone.update(x[:10]).e_value + 3) / 4)


def test_an_alarm_stays():
    monitor = Monitor.on(0.2, 0.6, horizon=400, block=100).update([0.0, 1.0] * 120)
    assert monitor.alarm_at is None
    alarmed = monitor.update([1.0] * 60)
    assert 240 < alarmed.alarm_at <= 300
    assert alarmed.update([0.0, 1.0] * 500).alarm_at == alarmed.alarm_at


def bernoulli(rng, p, *shape):
    return (rng.random(shape) < p).astype(float)


def test_a_truth_at_the_edge_rarely_gets_a_wrong_verdict_however_often_one_looks():
    x = bernoulli(np.random.default_rng(8), 0.45, 150, 1500)
    for kind in (None, 0.24):
        passed, failed = Gate.on(0.35, 0.45, variance=kind).times(x)
        assert may_exceed(np.isfinite(passed).sum(), len(x), 0.05)
        assert may_exceed(np.isfinite(failed).sum(), len(x), 0.05)


def test_rows_that_share_a_prompt_are_not_a_betting_unit_but_their_means_are():
    rng = np.random.default_rng(9)
    prompts = rng.beta(0.45 * 9, 0.55 * 9, (150, 100, 1))  # intraclass correlation 1/(1 + 9) = .10
    rows = (rng.random((150, 100, 20)) < prompts).astype(float)
    gate = Gate.on(0.35, 0.45)
    assert not may_exceed(np.isfinite(gate.times(rows.reshape(150, -1))[0]).sum(), 150, 0.05)
    labels = np.repeat(np.arange(100), 20)
    means = np.array([cluster_means(row.ravel(), labels) for row in rows])
    assert may_exceed(np.isfinite(gate.times(means)[0]).sum(), 150, 0.05)


@pytest.mark.parametrize(("p", "untuned", "tuned"), [(0.4, 1138, 871), (0.5, 862, 669)])
def test_the_tuned_bet_saves_a_quarter(p, untuned, tuned):
    x = bernoulli(np.random.default_rng(10), p, 100, 2600)
    for variance, published in ((None, untuned), (0.24, tuned)):
        passed, failed = Gate.on(0.35, 0.45, variance=variance).times(x)
        assert np.median(np.minimum(passed, failed)) == pytest.approx(published, rel=0.25)  # a hundred streams: +-7 %


def test_a_mixture_over_all_bets_is_the_beta_binomial_of_another_implementation():
    """A uniform prior on p is a mixture of bets (p - m)/(m(1 - m)); Gauss-Legendre is exact for polynomials in p."""
    ville = pytest.importorskip("ville")
    m, x = 0.3, bernoulli(np.random.default_rng(7), 0.4, 100)
    nodes, weights = np.polynomial.legendre.leggauss(64)
    shares, weights = tuple((nodes + 1) / 2), tuple(weights / 2)
    above = Capital(m, "above", 0, 1, tuple(s / m for s in shares), weights, (0.0,) * 64).update(x)
    below = Capital(m, "below", 0, 1, tuple(s / (1 - m) for s in shares), weights, (0.0,) * 64).update(x)
    theirs = ville.BernoulliTest(m, prior=(1, 1)).fit(x).e_values_[-1]
    assert (1 - m) * above.e_value + m * below.e_value == pytest.approx(theirs, rel=1e-9)
