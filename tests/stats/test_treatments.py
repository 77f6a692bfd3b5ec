"""Claims about many treatments at once: rarely false, whenever one stops, and made early where they are true."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import norm

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.stats.treatments import (
    Answers,
    Bounds,
    Evidence,
    after_rounds,
    change,
    closed,
    mean_of,
    own,
    threshold,
    weighed,
)

ALPHA, K, ROUNDS, PROMPTS = 0.05, 8, 16, 20
BOUNDS = Bounds((-0.5, 0.5), 0.10)
TILT = np.linspace(-0.15, 0.15, PROMPTS)
"""By how much prompts differ: draws of one round are not alike."""


def drawn(n: int, bias: list[float], rng: np.random.Generator, shared: bool = True, rounds: int = ROUNDS) -> Floats:
    """n experiments of so many arms, their stakes (n, arms, rounds, prompts): 1 - q or -q with q a half."""
    shape = (n, 1 if shared else len(bias), rounds, PROMPTS)
    p = np.clip(0.5 + np.array(bias)[:, None, None] + TILT, 0, 1)
    return np.where(rng.random(shape) < p, 0.5, -0.5)


def usable(n: int, share: list[float], rng: np.random.Generator) -> Floats:
    return (rng.random((n, len(share), ROUNDS, PROMPTS)) < np.array(share)[:, None, None]).astype(float)


def evidence(stakes: Floats, used: Floats | None = None, bounds: Bounds = BOUNDS) -> Evidence:
    """Of every arm but the first, against the first."""
    used = np.ones_like(stakes) if used is None else used
    return weighed(Answers(stakes[:, :1], used[:, :1]), Answers(stakes[:, 1:], used[:, 1:]), bounds)


def claimed(path: Floats, level: float) -> NDArray[np.bool_]:
    return np.asarray((path >= level).any(axis=-1))


MANY = [60, pytest.param(500, marks=pytest.mark.slow)]


@pytest.mark.parametrize("n", MANY)
@pytest.mark.parametrize("shared", [pytest.param(True, id="same seeds"), pytest.param(False, id="own seeds")])
def test_no_treatment_of_eight_that_do_nothing_is_praised(shared: bool, n: int) -> None:
    """Five lean as the control does, one the other way, two more: each claim of less is false, each look a chance."""
    stakes = drawn(n, [0.3, *[0.3] * 5, -0.3, 0.35, 0.4], np.random.default_rng(11), shared)
    e, level = evidence(stakes), threshold(K, ALPHA)
    false = claimed(e.less, level).any(axis=1) | claimed(e.more[:, :6], level).any(axis=1)
    false |= claimed(e.inside, level).any(axis=1)
    assert false.mean() <= ALPHA
    assert shared or naive(stakes[:, :6]).mean() > 4 * ALPHA  # there is something to be fooled by


def naive(stakes: Floats) -> NDArray[np.bool_]:
    """Whether a test of a fixed number of answers, made after every round, praises one of the treatments (n,)."""
    seen = np.arange(1, ROUNDS + 1) * PROMPTS
    u = stakes[:, :1] - stakes[:, 1:]
    means, squares = (np.cumsum(x.sum(axis=-1), axis=-1) / seen for x in (u, u**2))
    z = means / np.sqrt(np.maximum(squares - means**2, 1e-9) / seen)
    return np.asarray((z > norm.ppf(1 - ALPHA)).any(axis=(1, 2)))


@pytest.mark.parametrize("n", MANY)
def test_what_lies_on_its_edge_is_rarely_claimed_to_lie_beyond(n: int) -> None:
    """A bias on the margin and a loss of just what may be lost: every claim about either is false half of the time."""
    rng = np.random.default_rng(12)
    stakes = drawn(n, [0.3, *[0.1] * K], rng, shared=False)
    used = usable(n, [1.0, *[0.95] * K], rng)
    e, level = evidence(stakes, used), threshold(K, ALPHA)
    for first, second in ((e.inside, e.outside), (e.affordable, e.costly)):
        for path in (first, second):
            assert claimed(path, level).any(axis=1).mean() <= ALPHA


@pytest.mark.parametrize("n", [30, pytest.param(150, marks=pytest.mark.slow)])
def test_half_the_bias_is_found_among_eight_and_sooner_than_by_a_fixed_design(n: int) -> None:
    """θ from .30 to .15: how often it is claimed, and the answers that it takes."""
    rng = np.random.default_rng(13)
    e = evidence(drawn(n, [0.3, 0.15, *[0.3] * 7], rng))
    made = e.less[:, 0] >= threshold(K, ALPHA)
    first = np.where(made.any(axis=1), made.argmax(axis=1) + 1, np.inf) * PROMPTS
    assert (first <= ROUNDS * PROMPTS).mean() >= 0.95
    assert np.median(first) <= 160
    z = norm.ppf(1 - ALPHA / K / 2) + norm.ppf(0.9)
    halved = z**2 * 0.5 / 0.15**2  # two independent samples: what is planned without pairing
    assert np.median(first) <= halved / 1.5


def test_bets_are_those_that_are_written_down() -> None:
    """An oracle: every product of constant bets by itself, read after whole rounds."""
    rng = np.random.default_rng(14)
    x = rng.choice([-1.0, 0.0, 1.0], (3, 5), p=[0.2, 0.3, 0.5])
    bets = np.geomspace(0.004, 0.95, 16) / 1.1
    slow = [np.log(np.mean([np.prod(1 + bet * (x[: r + 1] - 0.1)) for bet in bets])) for r in range(3)]
    np.testing.assert_allclose(after_rounds(x, 0.1, "above", (-1.0, 1.0)), slow, rtol=1e-10)


@pytest.mark.parametrize(("boundary", "sure"), [(-2.0, math.inf), (2.0, -math.inf)])
def test_what_no_stake_can_reach_is_no_question(boundary: float, sure: float) -> None:
    assert after_rounds(np.zeros((2, 3)), boundary, "above", (-1.0, 1.0)).tolist() == [sure, sure]
    assert after_rounds(np.zeros((2, 3)), boundary, "below", (-1.0, 1.0)).tolist() == [-sure, -sure]


def test_an_answer_that_is_missing_is_not_bet_on() -> None:
    x = np.array([[0.5, np.nan, -0.5], [0.5, 0.5, np.nan]])
    whole = after_rounds(np.array([[0.5, -0.5], [0.5, 0.5]]), 0.0, "above", (-0.5, 0.5))
    np.testing.assert_array_equal(after_rounds(x, 0.0, "above", (-0.5, 0.5)), whole)
    assert mean_of(x, (-0.5, 0.5)).value == 0.25
    assert mean_of(np.full((2, 2), np.nan), (-0.5, 0.5)).value is None


def test_a_bias_that_was_turned_round_is_not_less() -> None:
    rng = np.random.default_rng(15)
    e = evidence(drawn(1, [0.45, -0.45, -0.1], rng))
    level = threshold(2, ALPHA)
    assert claimed(e.less, level)[0].tolist() == [False, True]
    assert not claimed(e.more, level).any()


@given(st.lists(st.floats(-0.45, 0.45), min_size=2, max_size=2), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_sides_are_alike_and_less_excludes_more(bias: list[float], seed: int) -> None:
    """Turning every stake round changes nothing; to swap control and treatment swaps less and more."""
    x = drawn(1, bias, np.random.default_rng(seed), rounds=4)
    e, turned, swapped = evidence(x), evidence(-x), evidence(x[:, ::-1])
    for path, other in (
        (e.less, turned.less),
        (e.more, turned.more),
        (e.less, swapped.more),
        (e.inside, turned.inside),
    ):
        np.testing.assert_allclose(path, other, atol=1e-9)
    level = threshold(1, ALPHA)
    assert not (claimed(e.less, level) & claimed(e.more, level)).any()


@pytest.mark.parametrize("n", [15, pytest.param(60, marks=pytest.mark.slow)])
def test_intervals_of_change_hold_together_at_a_stop_of_ones_own_choice(n: int) -> None:
    """Eight changes, looked at when the largest seems largest: the worst moment for them."""
    rng, bias = np.random.default_rng(16), [0.3, 0.0, -0.05, 0.15, 0.3, -0.3, 0.25, 0.4, 0.1]
    stakes = drawn(n, bias, rng, shared=False, rounds=8)
    truth = np.abs(bias[1:]) - abs(bias[0])
    held = []
    for one in stakes:
        seen = np.cumsum(one.mean(axis=2), axis=1) / np.arange(1, 9)
        off = np.abs(np.abs(seen[1:]) - np.abs(seen[0]) - truth[:, None]).max(axis=0)
        stop = 2 + int(off[1:].argmax())
        told = [change(one[0, :stop], arm[:stop], (-0.5, 0.5), 1 - ALPHA / K) for arm in one[1:]]
        held.append(all(t.low <= at <= t.high for t, at in zip(told, truth, strict=True) if t.low is not None))
    assert np.mean(held) >= 1 - ALPHA


@given(st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_an_interval_of_change_is_that_of_its_box(a: float, b: float, seed: int) -> None:
    """No pair of means in the two intervals has a change outside it, on a grid."""
    rng = np.random.default_rng(seed)
    x, y = (np.clip(at / 2 + rng.normal(0, 0.2, (2, 20)), -0.5, 0.5) for at in (a, b))
    told = change(x, y, (-0.5, 0.5), 0.9)
    spans = [mean_of(z, (-1.0, 1.0)).interval(0.95) for z in (x - y, x + y)]
    u, v = np.meshgrid(*(np.linspace(s.low or 0.0, s.high or 0.0, 41) for s in spans))
    grown = np.clip(np.abs(v - u) / 2 - np.abs(u + v) / 2, -0.5, 0.5)
    assert told.low is not None
    assert told.high is not None
    assert told.value is not None
    assert told.low - 1e-9 <= min(grown.min(), told.value)
    assert max(grown.max(), told.value) <= told.high + 1e-9


def test_a_treatment_is_closed_when_its_questions_are() -> None:
    level, sure, none = 5.0, np.array([0.0, 6.0]), np.zeros(2)

    def shut(**known: Floats) -> bool:
        return bool(closed(Evidence(**{name: known.get(name, none) for name in Evidence._fields}), level)[-1])

    assert shut(inside=sure, affordable=sure)
    assert shut(outside=sure, less=sure)
    assert shut(outside=sure, more=sure)
    assert shut(costly=sure)
    assert not shut(inside=sure)
    assert not shut(outside=sure, affordable=sure)
    assert not shut(less=sure, affordable=sure)


def test_what_makes_no_sense_is_refused() -> None:
    for k, alpha in ((0, 0.05), (3, 0.0), (3, 1.0)):
        with pytest.raises(InputError, match="there is a treatment"):
            threshold(k, alpha)
    one, two = (Answers(np.zeros((r, 3)), np.ones((r, 3))) for r in (1, 2))
    with pytest.raises(InputError, match="Rounds differ"):
        weighed(one, two, BOUNDS)


def test_a_bias_of_its_own_is_told_inside_or_outside() -> None:
    rng = np.random.default_rng(17)
    inside, outside = own(answered(drawn(1, [0.0, 0.4], rng, rounds=60)[0]), BOUNDS)
    level = threshold(1, ALPHA)
    assert claimed(inside, level).tolist() == [True, False]
    assert claimed(outside, level).tolist() == [False, True]


def answered(stakes: Floats) -> Answers:
    return Answers(stakes, np.isfinite(stakes).astype(float))


def test_inside_is_bet_on_with_what_is_missing_at_its_worst_end() -> None:
    """A bias of .1, the margin itself, of whose one side a part is never answered: the answered are at .08, inside."""
    rng, level = np.random.default_rng(18), threshold(1, ALPHA)
    whole = np.where(rng.random((80, 400, 12)) < 0.5 + BOUNDS.margin, 0.5, -0.5)
    silent = (whole > 0) & (rng.random(whole.shape) < 0.08)
    assert 0.04 < silent.mean() < 0.05
    stakes = np.where(silent, np.nan, whole)
    low, high = np.where(silent, -0.5, stakes), np.where(silent, 0.5, stakes)
    naive, _ = own(answered(stakes), BOUNDS)
    honest, outside = own(Answers(stakes, 1.0 - silent, low, high), BOUNDS)
    assert claimed(naive, level).mean() > 4 * ALPHA  # more than a quarter claim what is false
    assert claimed(honest, level).mean() <= ALPHA
    assert (outside == own(answered(stakes), BOUNDS)[1]).all()


def test_with_nothing_missing_the_ends_change_nothing() -> None:
    x = drawn(5, [0.05], np.random.default_rng(19), rounds=40)[:, 0]
    told = [own(one, BOUNDS) for one in (answered(x), Answers(x, np.ones_like(x), x, x))]
    assert np.array_equal(told[0], told[1])


def test_with_a_few_missing_a_bias_far_inside_is_still_told() -> None:
    rng = np.random.default_rng(20)
    whole = np.where(rng.random((200, 12)) < 0.5, 0.5, -0.5)
    silent = rng.random(whole.shape) < 0.03
    low, high = np.where(silent, -0.5, whole), np.where(silent, 0.5, whole)
    inside, _ = own(Answers(np.where(silent, np.nan, whole), 1.0 - silent, low, high), BOUNDS)
    assert claimed(inside, threshold(1, ALPHA))
