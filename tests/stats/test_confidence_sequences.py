"""Confidence sequences: never narrower than the capital allows, exact where they can be, and covering at every look."""

import math

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy.stats import binom

from auditkit.core.errors import InputError
from auditkit.core.estimate import LEVELS
from auditkit.stats.sequences import FRACTIONS, ConfidenceSequence

streams = st.lists(st.floats(0, 1), min_size=1, max_size=60)


def may_exceed(count, n, p):
    """Whether so many of n is believable where each happens with probability at most p."""
    return binom.sf(count - 1, n, p) >= 1e-4


def least_capital(x, m, fractions):
    return np.mean([np.prod(1 + f / m * (x - m)) for f in fractions])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.sampled_from(LEVELS))
@example([0.0, 0.99999, 0.99999, 0.99999], 0.8)  # moments that cancel but for five digits
def test_the_interval_is_never_narrower_than_the_capital_itself_allows(x, level):
    x = np.array(x)
    e = ConfidenceSequence().update(x).estimate()
    low, high, _ = e.interval(level)
    assert 0 <= low <= e.value <= high <= 1
    if low > 1e-6:
        assert least_capital(x, low, FRACTIONS) >= 2 / (1 - level) * (1 - 1e-6)
    if high < 1 - 1e-6:
        assert least_capital(1 - x, 1 - high, FRACTIONS) >= 2 / (1 - level) * (1 - 1e-6)


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=80))
def test_for_the_ends_and_one_more_value_the_interval_is_the_capital_itself(x):
    x = np.array(x)
    low = ConfidenceSequence().update(x).estimate().interval(0.95).low
    assume(low > 1e-6)
    assert least_capital(x, low, FRACTIONS) == pytest.approx(40, rel=1e-6)


@given(streams, st.randoms())
def test_the_interval_mirrors_scales_and_does_not_mind_order(x, random):
    e = ConfidenceSequence().update(x).estimate()
    mirrored = ConfidenceSequence().update(1 - np.array(x)).estimate()
    assert np.allclose(e.lower, 1 - np.array(mirrored.upper), atol=1e-9)
    scaled = ConfidenceSequence(-1, 3).update(4 * np.array(x) - 1).estimate()
    assert np.allclose(scaled.upper, 4 * np.array(e.upper) - 1, atol=1e-7)
    random.shuffle(x)
    assert np.allclose(ConfidenceSequence().update(x).estimate().lower, e.lower, atol=1e-9)
    assert all(np.diff(e.lower) <= 1e-12)
    assert all(np.diff(e.upper) >= -1e-12)


def test_streams_that_say_little_still_have_an_interval():
    assert ConfidenceSequence().estimate().reason == "no observations"
    nothing = ConfidenceSequence().update([0.0] * 50).estimate()
    assert (nothing.value, nothing.interval(0.95).low) == (0.0, 0.0)
    assert 1 - 0.025 ** (1 / 50) < nothing.interval(0.95).high < 0.15  # at best the exact bound of one look
    constant = ConfidenceSequence().update([0.3] * 2000).estimate().interval(0.95)
    assert constant.low < 0.3 < constant.high
    assert constant.high - constant.low < 0.01
    one = ConfidenceSequence(-1, 1).update(0.0).estimate().interval(0.95)
    assert -1 < one.low < -0.9 < 0.9 < one.high < 1


def test_the_interval_keeps_shrinking_with_a_million_rows():
    widths = []
    for n in (10_000, 1_000_000, 10_000_000):
        low, high, _ = ConfidenceSequence(0, 1, n, (0.4 * n,) * 3, (0.6 * n,) * 3).estimate().interval(0.95)
        widths.append((high - low) * math.sqrt(n))
    assert max(widths) / min(widths) < 1.35


def test_one_curve_covers_at_every_look():
    rng = np.random.default_rng(6)
    looks = np.unique(np.geomspace(5, 1500, 9).astype(int))
    missed, replications = np.zeros(2), 100
    for _ in range(replications):
        x, sequence, done = (rng.random(looks[-1]) < 0.1).astype(float), ConfidenceSequence(), 0
        outside = np.zeros(2, bool)
        for look in looks:
            sequence, done = sequence.update(x[done:look]), look
            e = sequence.estimate()
            outside |= [not low <= 0.1 <= high for low, high, _ in (e.interval(0.8), e.interval(0.95))]
        missed += outside
    assert may_exceed(missed[0], replications, 0.2)
    assert may_exceed(missed[1], replications, 0.05)


def test_widths_agree_with_another_implementation():
    ville = pytest.importorskip("ville")
    rng = np.random.default_rng(7)
    for x, bounds in (
        ((rng.random(2000) < 0.4).astype(float), (0, 1)),
        (rng.beta(10, 30, 2000), (0, 1)),
        (rng.choice([-1.0, 0.0, 1.0], 2000, p=[0.05, 0.9, 0.05]), (-1, 1)),
    ):
        low, high, _ = ConfidenceSequence(*bounds).update(x).estimate().interval(0.95)
        theirs = ville.BettingCS(bounds=bounds, alpha=0.05, grid=1000, intersect=False).update(x).interval()
        assert max(low, theirs[0]) < min(high, theirs[1])
        assert 0.6 < (high - low) / (theirs[1] - theirs[0]) < 1.4


@pytest.mark.parametrize(
    "make",
    [
        lambda: ConfidenceSequence(1.0, 1.0),
        lambda: ConfidenceSequence(0.0, math.inf),
        lambda: ConfidenceSequence().update([2.0]),
        lambda: ConfidenceSequence().update([0.5, math.nan]),
        lambda: ConfidenceSequence.from_dict({}),
        lambda: ConfidenceSequence.from_dict(ConfidenceSequence().to_dict() | {"from_low": [0.1]}),
        lambda: ConfidenceSequence.from_dict(ConfidenceSequence().to_dict() | {"from_low": [0.1, math.nan, 0.1]}),
    ],
)
def test_what_makes_no_sense_is_said(make):
    with pytest.raises(InputError, match=r"\w+ .*\."):
        make()
