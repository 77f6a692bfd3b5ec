"""Betting at length: error rates with a look after every observation, samples to a verdict, months of nights."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import binom

from auditkit.stats.betting_units import cluster_means, pairs
from auditkit.stats.monitoring import Monitor
from auditkit.stats.sequences import ConfidenceSequence
from auditkit.stats.stopping import Gate

pytestmark = pytest.mark.slow

ALPHA = 0.05


def may_exceed(count, n, p=ALPHA):
    """Whether so many of n is believable where each happens with probability at most p."""
    return binom.sf(count - 1, n, p) >= 1e-4


def median_is_within(values, published, share=0.15):
    """Whether the sample leaves a median within such a share of the published one believable (sign test)."""
    above, below = (values > (1 + share) * published).sum(), (values < (1 - share) * published).sum()
    return may_exceed(above, len(values), 0.5) and may_exceed(below, len(values), 0.5)


def rates(rng, p, shape):
    return (rng.random(shape) < p).astype(float)


def swaps(rng, gap, discordant, shape):
    """Paired differences: +1 and -1 with a given difference and a given sum of probabilities."""
    return rng.choice([1.0, -1.0, 0.0], shape, p=[(discordant + gap) / 2, (discordant - gap) / 2, 1 - discordant])


def two_groups(rng, p, q, shape):
    return pairs_of(rng, p, q, shape).differences().reshape(shape)


def ratio(rng, p, q, shape):
    return pairs_of(rng, p, q, shape).ratio_scores(0.8).reshape(shape)


def pairs_of(rng, p, q, shape):
    return pairs(rates(rng, p, shape), rates(rng, q, shape))


@dataclass
class Question:
    """A margin with its support, the acceptable value and the variance that a plan would assume, and the fixed n."""

    margin: tuple
    support: tuple
    acceptable: float
    variance: float
    fixed_n: int

    def gate(self, tuned=False, kind="margin"):
        variance = self.variance if tuned else None
        return Gate.on(*self.margin, support=self.support, acceptable=self.acceptable, variance=variance, gate=kind)


SHARE = Question((0.35, 0.45), (0, 1), 0.4, 0.24, 1300)
FLIP = Question((-0.03, 0.03), (-1, 1), 0.0, 0.10, 1681)
GROUPS = Question((-0.1, 0.1), (-1, 1), 0.0, 0.50, 650)
RATIO = Question((0, None), (-0.8, 1), 0.1, 0.41, 444)
RARE = Question((None, 0.05), (0, 1), 0.02, 0.02, 554)
WIDE = Question((0.3, 0.5), (0, 1), 0.4, 0.24, 312)

# What one observation looks like, and the published median samples to a verdict, untuned and half tuned. The published
# table leaves two things open, read here as they come nearest: the biased swaps have .12 and .30 discordant pairs, and
# the severe gap between two groups lies around one half.
TABLE = {
    "share .40": (SHARE, rates, (0.4,), 1138, 871),
    "share .50": (SHARE, rates, (0.5,), 862, 669),
    "share .70": (SHARE, rates, (0.7,), 34, 41),
    "share .95": (SHARE, rates, (0.95,), 8, 9),
    "swap 0": (FLIP, swaps, (0, 0.10), 1386, 994),
    "swap 0, quieter": (FLIP, swaps, (0, 0.03), 527, 499),
    "swap .06": (FLIP, swaps, (0.06, 0.12), 1130, 849),
    "swap .20": (FLIP, swaps, (0.20, 0.30), 96, 100),
    "groups 0": (GROUPS, two_groups, (0.5, 0.5), 612, 453),
    "groups .20": (GROUPS, two_groups, (0.6, 0.4), 448, 335),
    "groups .50": (GROUPS, two_groups, (0.75, 0.25), 34, 37),
    "ratio 1": (RATIO, ratio, (0.5, 0.5), 318, None),
    "ratio .6": (RATIO, ratio, (0.3, 0.5), 288, None),
    "rare .02": (RARE, rates, (0.02,), 346, None),
    "rare .09": (RARE, rates, (0.09,), 266, None),
    "wide .40": (WIDE, rates, (0.4,), 274, None),
    "wide .60": (WIDE, rates, (0.6,), 233, None),
}


def samples(name, tuned, seed=1):
    """Observations until either verdict in many streams."""
    question, draw, truth, *published = TABLE[name]
    length = 3 * max(p for p in published if p)
    x = draw(np.random.default_rng(seed), *truth, (max(600, 300_000 // length), length))
    return np.min(question.gate(tuned).times(x), axis=0)


@pytest.mark.parametrize("name", TABLE)
def test_median_samples_to_a_verdict(name):
    for tuned, published in zip((False, True), TABLE[name][3:], strict=True):
        if published is not None:
            assert median_is_within(samples(name, tuned), published)


EDGES = {
    "share": (SHARE, rates, (0.45,)),
    "swap": (FLIP, swaps, (0.03, 0.10)),
    "groups": (GROUPS, two_groups, (0.55, 0.45)),
    "ratio": (RATIO, ratio, (0.4, 0.5)),
    "rare": (RARE, rates, (0.05,)),
}


def wrong(name, tuned, replications=5000):
    """How many of the streams with the truth at the edge of the margin ever PASS, and how many ever FAIL."""
    question, draw, truth = EDGES[name]
    rng, counts = np.random.default_rng(2), np.zeros(2, int)
    for _ in range(replications // 500):
        x = draw(rng, *truth, (500, 2 * question.fixed_n))
        counts += [np.isfinite(times).sum() for times in question.gate(tuned).times(x)]
    return counts


@pytest.mark.parametrize("tuned", [False, True])
@pytest.mark.parametrize("name", EDGES)
def test_wrong_verdicts_at_the_edge_with_a_look_after_every_observation(name, tuned):
    passed, failed = wrong(name, tuned)
    assert may_exceed(passed, 5000)
    assert may_exceed(failed, 5000)


@pytest.mark.parametrize("tuned", [False, True])
def test_a_zone_errs_at_most_alpha_at_its_two_values_and_either_way_at_the_margin(tuned):
    rng, gate = np.random.default_rng(3), SHARE.gate(tuned, "zone")
    passed, failed = gate.times(rates(rng, 0.5, (2000, 900)))
    assert may_exceed((passed < failed).sum(), 2000)
    passed, failed = gate.times(rates(rng, 0.4, (2000, 900)))
    assert may_exceed((failed < passed).sum(), 2000)
    passed, failed = gate.times(rates(rng, 0.45, (1000, 900)))
    assert 0.3 < (passed < failed).mean() < 0.7
    assert 0.3 < (failed < passed).mean() < 0.7


def prompts(replications=1000, icc=0.10):
    """How many streams at the edge PASS: by rows in blocks of twenty to a prompt, and by the means of the prompts."""
    rng, labels, gate = np.random.default_rng(4), np.repeat(np.arange(130), 20), SHARE.gate()
    size = 1 / icc - 1
    own = rng.beta(0.45 * size, 0.55 * size, (replications, 130))
    rows = (rng.random((replications, 130, 20)) < own[..., None]).astype(float).reshape(replications, -1)
    means = np.array([cluster_means(row, labels) for row in rows])
    return [int(np.isfinite(gate.times(x)[0]).sum()) for x in (rows, means)]


def test_twenty_draws_per_prompt():
    rows, means = prompts()
    assert rows > 150
    assert not may_exceed(rows, 1000)
    assert may_exceed(means, 1000)


def delays(gap, after, replications=150):
    """Rows from a change to the alarm: two groups at .3, a gap after 5,000 pairs; blocks of 500 pairs, 20,000 rows."""
    rng, monitor = np.random.default_rng(5), Monitor.on(-0.05, 0.05, support=(-1, 1), horizon=10_000, block=500)
    found = []
    for _ in range(replications):
        first = np.r_[rates(rng, 0.3, 5000), rates(rng, 0.3 + gap, after)]
        alarm = monitor.update(pairs(first, rates(rng, 0.3, len(first))).differences()).alarm_at
        found.append(math.inf if alarm is None else 2 * (alarm - 5000))
    return np.array(found)


@pytest.mark.parametrize(("gap", "after", "published"), [(0.20, 1500, 650), (0.10, 6000, 4600)])
def test_a_late_change_is_found_in_time(gap, after, published):
    found = delays(gap, after)
    assert may_exceed((found <= 0).sum(), len(found))
    assert median_is_within(found, published)


def test_one_bettor_from_the_first_event_is_far_slower():
    rng, gate = np.random.default_rng(6), Gate.on(-0.05, 0.05, support=(-1, 1))
    first, second = rates(rng, np.r_[np.full(5000, 0.3), np.full(1500, 0.5)], (100, 6500)), rates(rng, 0.3, (100, 6500))
    alone = gate.times(first - second)[1] - 5000
    mixed = delays(0.20, 1500, 100) / 2
    assert np.median(alone) > 2 * np.median(mixed)


def test_a_monitor_at_the_edge_keeps_its_alarm_rate():
    rng, monitor = np.random.default_rng(7), Monitor.on(-0.1, 0.1, support=(-1, 1), horizon=3000, block=300)
    alarms = (monitor.log_path(two_groups(rng, 0.4, 0.3, (1000, 3000))).max(axis=1) >= -math.log(ALPHA)).sum()
    assert may_exceed(alarms, 1000)


def months(gap, replications=200, checks=50, nights=30, pairs_a_night=50):
    """The largest evidence of each month, of 50 gates at margin .10 that every night feeds with 50 pairs."""
    rng, largest = np.random.default_rng(8), []
    for _ in range(replications):
        x = two_groups(rng, 0.3 + gap, 0.3, (checks, nights * pairs_a_night))
        up, down = (bettor.log_path(x) for bettor in GROUPS.gate().outward)
        largest.append((np.logaddexp(up, down) - math.log(2)).max())
    return np.exp(largest)


@pytest.mark.parametrize("gap", [0.0, 0.1])
def test_a_month_of_nightly_runs_of_fifty_fair_checks_is_red_at_most_alpha_of_the_time(gap):
    peaks = months(gap)
    assert may_exceed((peaks >= 50 / ALPHA).sum(), len(peaks))  # e-Holm's first step over fifty checks
    if gap:  # at the edge the correction is what keeps the promise
        assert not may_exceed((peaks >= 1 / ALPHA).sum(), len(peaks))


@pytest.mark.parametrize(
    ("draw", "mean"), [(lambda rng, n: rates(rng, 0.03, n), 0.03), (lambda rng, n: rng.beta(0.2, 0.6, n), 0.25)]
)
def test_the_whole_curve_covers_at_every_look(draw, mean):
    rng, replications = np.random.default_rng(9), 300
    looks = np.unique(np.geomspace(4, 4000, 12).astype(int))
    levels, missed = (0.80, 0.90, 0.95, 0.99), np.zeros(4)
    for _ in range(replications):
        x, sequence, done, outside = draw(rng, looks[-1]), ConfidenceSequence(), 0, np.zeros(4, bool)
        for look in looks:
            sequence, done = sequence.update(x[done:look]), look
            e = sequence.estimate()
            outside |= [not low <= mean <= high for low, high, _ in map(e.interval, levels)]
        missed += outside
    assert all(may_exceed(count, replications, 1 - level) for count, level in zip(missed, levels, strict=True))
