"""Claims about the largest of several gaps, and about each: rarely false, whenever one stops, and made where true."""

from __future__ import annotations

import math

import numpy as np
import pytest

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.stats.several_gaps import changed, each_with_the_rest, largest, shared, weighed_together, widest
from auditkit.stats.treatments import Answers, Bounds, change, mean_of, own, threshold, weighed

ALPHA, ROUNDS, UNITS = 0.05, 14, 20
TILT = np.linspace(-0.1, 0.1, UNITS)
"""By how much units differ: draws of one round are not alike."""


def drawn(n: int, rates: list[float], rng: np.random.Generator, rounds: int = ROUNDS) -> Floats:
    """n experiments of an arm whose groups have these rates: the gaps of each and the rest (n, groups, R, U)."""
    p = np.clip(np.array(rates)[:, None, None] + TILT, 0, 1)
    hits = (rng.random((n, len(rates), rounds, UNITS)) < p).astype(float)
    return np.moveaxis(each_with_the_rest(np.moveaxis(hits, 1, 0)), 0, 1)


def answers(stakes: Floats) -> Answers:
    return Answers(stakes, np.ones((*stakes.shape[:-3], *stakes.shape[-2:])))


def gaps(rates: list[float]) -> Floats:
    return each_with_the_rest(np.array(rates)[:, None, None]).ravel()


CALM = [0.4, 0.4, 0.7]
"""Three groups of whom the third is apart: gaps of -.15, -.15 and .30."""


@pytest.mark.parametrize("seed", [1, 2])
def test_no_claim_of_three_treatments_that_do_nothing_is_made(seed: int) -> None:
    """One leans as the control does, one puts another group apart, one is as large the other way; margins on the edge.

    A false claim of any treatment or gap, at any look, counts once: at most one experiment in twenty.
    """
    rng, n = np.random.default_rng(seed), 120
    arms = [CALM, [0.4, 0.7, 0.4], [0.6, 0.6, 0.3]]
    bounds, level = Bounds((-1.0, 1.0), 0.15), shared(len(arms), 3, ALPHA)
    control, false, fooled = drawn(n, CALM, rng), np.zeros(n, bool), np.zeros(n, bool)
    for rates in (CALM, *arms):
        stakes = drawn(n, rates, rng)
        e = weighed_together(answers(control), answers(stakes), bounds)
        inside, _ = own(answers(stakes), bounds)
        edges, beyond = np.isclose(np.abs(gaps(rates)), 0.15), np.abs(gaps(rates)) > 0.151
        assert edges.any()
        false |= (e.less >= level).any(axis=-1) | (e.more >= level).any(axis=-1) | (e.inside >= level).any(axis=-1)
        false |= (inside[:, edges | beyond] >= level).any(axis=(1, 2))
        fooled |= (_naive(control, stakes)).any(axis=-1)
    assert false.mean() <= ALPHA
    assert fooled.mean() > 4 * ALPHA  # there is something to be fooled by


def _naive(control: Floats, stakes: Floats) -> np.ndarray:
    """Whether after a round the largest gap looks smaller than the control's by two standard errors, (n, R)."""
    seen = np.arange(1, ROUNDS + 1) * UNITS
    was, now = (np.abs(np.cumsum(x.sum(axis=-1), axis=-1) / seen).max(axis=1) for x in (control, stakes))
    return np.asarray(was - now > 1.645 * np.sqrt(2 * 0.36 / seen))


def test_a_group_that_is_apart_is_brought_back_and_that_is_seen() -> None:
    rng, n = np.random.default_rng(3), 40
    bounds, level = Bounds((-1.0, 1.0), 0.15), shared(3, 3, ALPHA)
    control, stakes = (drawn(n, rates, rng, 40) for rates in ([0.3, 0.3, 0.8], [0.45, 0.45, 0.5]))
    e = weighed_together(answers(control), answers(stakes), bounds)
    assert (e.less[:, -1] >= level).mean() > 0.9
    assert (e.inside[:, -1] >= level).mean() > 0.8
    assert not (e.more >= level).any()
    assert (own(answers(control), bounds)[1][:, 2, -1] >= level).all()  # that it is apart, a gap of .5
    assert (own(answers(stakes), bounds)[1] >= level).any(axis=(1, 2)).mean() <= ALPHA


def test_one_gap_is_a_gap_alone() -> None:
    """An oracle: with one gap nothing differs from `stats.treatments`, to the bit."""
    rng = np.random.default_rng(4)
    x, y = (rng.choice([-1.0, 0.0, 1.0], (12, 10)) for _ in range(2))
    one, two = (Answers(z, np.ones((12, 10))) for z in (x, y))
    bounds = Bounds((-1.0, 1.0), 0.1, 0.02)
    alone = weighed(one, two, bounds)
    together = weighed_together(Answers(x[None], one.usable), Answers(y[None], two.usable), bounds)
    for name, a, b in zip(alone._fields, alone, together, strict=True):
        assert np.array_equal(a, b), name
    assert shared(5, 1) == threshold(5)
    told, plain = changed(x[None], y[None], (-1.0, 1.0), 0.95), change(x, y, (-1.0, 1.0), 0.95)
    assert told == plain._replace(value=told.value)
    assert told.value == pytest.approx(plain.value)  # the mean of sums, or the sum of means
    assert largest(x[None], (-1.0, 1.0)).interval(0.95) == mean_of(x, (-1.0, 1.0)).interval(0.95)


def test_the_bets_are_those_that_are_written_down() -> None:
    """An oracle: every gap of the one against every gap of the other by itself."""
    rng = np.random.default_rng(5)
    x, y = (drawn(1, rates, rng, 8)[0] for rates in ([0.2, 0.4, 0.9], [0.4, 0.5, 0.6]))
    bounds, ones = Bounds((-1.0, 1.0), 0.1, 0.02), np.ones((8, UNITS))
    e = weighed_together(Answers(x, ones), Answers(y, ones), bounds)
    pairs = [[_raw(x[d], y[c], bounds) for c in range(3)] for d in range(3)]
    for at in range(8):
        less = [
            math.log(np.mean([math.exp(min(pairs[d][c][0][k] for c in range(3))) for d in range(3)]))
            for k in range(at + 1)
        ]
        more = [
            math.log(np.mean([math.exp(min(pairs[d][c][1][k] for d in range(3))) for c in range(3)]))
            for k in range(at + 1)
        ]
        assert e.less[at] == pytest.approx(max(less), abs=1e-9)
        assert e.more[at] == pytest.approx(max(more), abs=1e-9)


def _raw(was: Floats, now: Floats, bounds: Bounds) -> tuple[Floats, Floats]:
    """The capitals on nearer and on further of two single gaps, before their peak is taken."""
    from auditkit.stats.treatments import sided

    (ua, ub), (va, vb) = (sided(x, bounds.less_by, (-2.0, 2.0)) for x in (was - now, was + now))
    half = math.log(2)
    nearer = np.logaddexp(np.minimum(ua, va), np.minimum(ub, vb)) - half
    return nearer, np.logaddexp(np.minimum(ub, va), np.minimum(ua, vb)) - half


def test_the_interval_of_the_largest_and_of_its_change_holds_at_a_stop_of_ones_own_choice() -> None:
    """Stopped where the change looks best: each may miss once in twenty."""
    rng, missed, n = np.random.default_rng(6), np.zeros(2), 60
    truth = np.abs(gaps([0.4, 0.5, 0.6])).max() - np.abs(gaps(CALM)).max()
    for _ in range(n):
        control, stakes = (drawn(1, rates, rng)[0] for rates in (CALM, [0.4, 0.5, 0.6]))
        moved = [
            np.abs(stakes[:, :k].mean(axis=(1, 2))).max() - np.abs(control[:, :k].mean(axis=(1, 2))).max()
            for k in range(2, ROUNDS)
        ]
        stop = int(np.argmin(moved)) + 2
        told = changed(control[:, :stop], stakes[:, :stop], (-1.0, 1.0), 0.95)
        assert told.value == pytest.approx(min(moved))
        e = largest(control[:, :stop], (-1.0, 1.0)).interval(0.95)
        assert told.low is not None
        assert told.high is not None
        assert e.low is not None
        assert e.high is not None
        missed += [not told.low <= truth <= told.high, not any(e.low <= t <= e.high for t in (0.3, -0.15))]
    assert (missed / n <= ALPHA).all()


def test_what_makes_no_sense_is_refused() -> None:
    flat = Answers(np.zeros((3, 4)), np.ones((3, 4)))
    with pytest.raises(InputError, match="Gaps and rounds differ"):
        weighed_together(flat, flat, Bounds((-1.0, 1.0), 0.1))
    for wrong in ((0, 3, 0.05), (3, 0, 0.05), (3, 3, 1.0)):
        with pytest.raises(InputError, match="α lies between"):
            shared(*wrong)
    silent = np.full((2, 3, 4), np.nan)
    assert changed(silent, silent, (-1.0, 1.0), 0.95).value is None
    assert widest([mean_of(silent[0], (-1.0, 1.0))] * 2) == 0
