"""The D score: by hand, by pandas along the published steps, and in its exact expectation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, pearsonr, ttest_1samp

from auditkit.stats.latencies import (
    Trials,
    d_scores,
    expected_d,
    mean_of_people,
    spearman_brown,
    split_half,
)


def trials(latency, late, stage=None, error=None, person=None):
    n = len(latency)
    zeros = np.zeros(n, int)
    wrong = None if error is None else np.asarray(error, bool)
    return Trials(
        np.asarray(latency, float),
        zeros if person is None else np.asarray(person),
        zeros if stage is None else np.asarray(stage),
        np.asarray(late, bool),
        wrong,
    )


def test_by_hand():
    """Greenwald, Nosek & Banaji 2003, table 4, one person, an error in the incompatible practice block.

    Practice: compatible 600, 700, 800; incompatible 900, 1000 and an error at 700. SD of the six as timed: mean 783.33,
    squares sum to 108,333.33, /5, root 147.196. The error becomes 950 + 600 = 1550: the block's mean is 1150. So
    (1150 - 700)/147.196 = 3.0571. Test: 500, 700 against 700, 900: SD 163.299, 200/163.299 = 1.2247.
    """
    latency = [600, 700, 800, 900, 1000, 700, 500, 700, 700, 900]
    late = [0, 0, 0, 1, 1, 1, 0, 0, 1, 1]
    error = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    d = d_scores(trials(latency, late, [0] * 6 + [1] * 4, error)).d
    assert d == pytest.approx([(3.05715 + 1.22474) / 2], abs=1e-4)


def by_the_table(frame, penalty=600.0):
    """The published steps, one after the other, for one person."""
    if (frame.latency < 300).mean() > 0.10:  # step 2, people
        return np.nan
    frame = frame[frame.latency <= 10_000]  # step 2, trials
    quotients = []
    for _, stage in frame.groupby("stage"):
        if set(stage.late) != {0, 1}:
            return np.nan
        sd = stage.latency.std()  # step 6
        means = []
        for side in (0, 1):
            block = stage[stage.late == side]
            correct = block.latency[block.error == 0].mean()  # step 5
            means.append(block.latency.where(block.error == 0, correct + penalty).mean())  # steps 7 and 9
        quotients.append((means[1] - means[0]) / sd)  # steps 10 and 11
    return np.mean(quotients)  # step 12


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_every_step_of_the_published_table(seed):
    rng = np.random.default_rng(seed)
    n = 240
    frame = pd.DataFrame(
        {
            "person": np.repeat(np.arange(6), 40),
            "stage": np.tile(np.repeat([0, 1], 20), 6),
            "late": np.tile([0, 1], n // 2),
            "latency": np.where(rng.random(n) < 0.03, 12_000, rng.gamma(6, 130, n))
            * np.where(rng.random(n) < 0.05, 0.2, 1),
            "error": (rng.random(n) < 0.1).astype(int),
        }
    )
    ours = d_scores(trials(frame.latency, frame.late, frame.stage.to_numpy(), frame.error, frame.person.to_numpy()))
    peer = [by_the_table(part) for _, part in frame.groupby("person")]
    assert ours.d == pytest.approx(peer, nan_ok=True)
    assert ours.too_slow == (frame.latency > 10_000).sum()


def test_who_hurries_and_who_lacks_a_block_has_no_score():
    hasty, steady = [250] * 2 + [700] * 8, [290] + [700, 800] * 4 + [650]
    late = [0, 1] * 5
    s = d_scores(trials(hasty + steady + [700.0, 710.0], late + late + [0, 0], person=[0] * 10 + [1] * 10 + [2] * 2))
    assert np.isnan(s.d).tolist() == [True, False, True]
    assert (s.too_fast, s.incomplete) == (1, 1)
    assert np.isnan(d_scores(trials([600, 700, 800, 900], [0, 0, 1, 1], error=[0, 0, 1, 1])).d).all()
    assert np.isnan(d_scores(trials([600] * 4, [0, 0, 1, 1])).d).all()
    assert len(d_scores(trials([], [])).d) == 0


def test_without_errors_given_nothing_is_replaced():
    """A pooled single block is 2 (m - 1)-free: D = difference / SD of all."""
    d = d_scores(trials([600, 700, 800, 900], [0, 0, 1, 1])).d[0]
    assert d == pytest.approx(200 / np.std([600, 700, 800, 900], ddof=1))


@given(st.lists(st.floats(400, 5000), min_size=8, max_size=8), st.floats(0.8, 1.9))
def test_a_faster_clock_leaves_d_where_it_was(latency, factor):
    late = [0, 1] * 4
    one, two = (d_scores(trials(np.array(latency) * f, late)).d for f in (1, factor))
    assert np.allclose(one, two, equal_nan=True, atol=1e-5)


def simulated(rng, people, stages, shift, spread):
    delta = shift + spread * rng.standard_normal(people)
    late = np.concatenate([np.arange(2 * m) % 2 for m in stages])
    latency = 800 + 50 * (rng.standard_normal((people, len(late))) + late * delta[:, None])
    stage = np.repeat(np.arange(len(stages)), [2 * m for m in stages])
    person = np.arange(people).repeat(len(late))
    tiled = (np.tile(part, people) for part in (late, stage, np.arange(len(late))))
    late, stage, position = tiled
    return trials(latency.ravel(), late, stage, person=person), position


@pytest.mark.parametrize(("shift", "spread"), [(0.0, 0.5), (0.7, 0.3), (-1.5, 0.1)])
def test_the_expected_d_is_that_of_very_many_people(shift, spread):
    t, position = simulated(np.random.default_rng(1), 20_000, (6, 10), shift, spread)
    mean, reliability = expected_d((6, 10), shift, spread)
    e = mean_of_people(d_scores(t).d)
    assert e.lower[-1] <= mean <= e.upper[-1]
    half = split_half(t, position)
    assert half.lower[-1] <= reliability <= half.upper[-1]


def test_halves_alternate_and_copies_stay_together():
    t, position = simulated(np.random.default_rng(2), 50, (6, 10), 0.3, 0.4)
    twice = Trials(*(np.tile(part, 2) for part in t[:4]))
    copied = split_half(twice, np.tile(position, 2)).value
    assert copied == pytest.approx(split_half(t, position).value, rel=0.01)  # n - 1 is not n; copies apart would give 1
    block = t.block * 1000 + position
    order = np.argsort(block)
    even = np.zeros(len(order), bool)
    for b in np.unique(t.block):
        mine = order[t.block[order] == b]
        even[mine[1::2]] = True
    halves = [d_scores(t.taken(side)).d for side in (even, ~even)]
    r = pearsonr(*halves).statistic
    assert split_half(t, position).value == pytest.approx(2 * r / (1 + r))


def test_reliability_is_fishers_interval_stepped_up():
    rng = np.random.default_rng(3)
    x = rng.standard_normal(40)
    y = x + rng.standard_normal(40)
    low, high = pearsonr(x, y).confidence_interval(0.95)
    e = spearman_brown(x, y)
    assert e.interval(0.95)[:2] == pytest.approx([2 * low / (1 + low), 2 * high / (1 + high)])
    assert spearman_brown([1, 2, 3], [1, 2, 3]).value is None
    assert spearman_brown([1, 1, 1, 1], [1, 2, 3, 4]).value is None


def test_the_mean_is_students():
    x = np.random.default_rng(4).standard_normal(12)
    low, high = ttest_1samp(x, 0).confidence_interval(0.95)
    assert mean_of_people([*x, np.nan]).interval(0.95)[:2] == pytest.approx((low, high))
    assert mean_of_people([0.3]).lower[0] is None
    assert mean_of_people([]).reason == "nobody has a score"


@pytest.mark.slow
def test_the_reliability_covers():
    rng, held, runs = np.random.default_rng(5), 0, 1000
    _, truth = expected_d((6, 10), 0.4, 0.4)
    for _ in range(runs):
        low, high, _ = split_half(*simulated(rng, 60, (6, 10), 0.4, 0.4)).interval(0.95)
        held += low <= truth <= high
    assert binom.cdf(held, runs, 0.935) > 1e-4
    assert binom.sf(held - 1, runs, 0.975) > 1e-4
