"""Response latencies of two tasks: the D score of the Implicit Association Test, its mean, and its reliability."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri

from auditkit.core.estimate import QUANTILES, Estimate, Floats, estimates
from auditkit.core.evidence import Ints
from auditkit.stats.proportions import quantiles

SLOWEST, FAST, MOST_FAST, PENALTY = 10_000.0, 300.0, 0.10, 600.0
"""Milliseconds and a share, as published: Greenwald, Nosek & Banaji 2003, table 4."""

Flags = NDArray[np.bool_]
_NODES, _MASS = np.polynomial.hermite_e.hermegauss(61)
_WEIGHTS = _MASS / _MASS.sum()


class Trials(NamedTuple):
    """n trials: milliseconds, codes of person and stage, whether the block is the incompatible one, and errors.

    `error` is `None` where latencies run to the correct response, so that an error costs its own time.
    """

    latency: Floats
    person: Ints
    stage: Ints
    incompatible: Flags
    error: Flags | None = None

    def taken(self, kept: ArrayLike) -> Trials:
        """Some of the trials, by mask."""
        mask = np.asarray(kept, bool)
        error = None if self.error is None else self.error[mask]
        return Trials(self.latency[mask], self.person[mask], self.stage[mask], self.incompatible[mask], error)

    @property
    def block(self) -> Ints:
        """A code for each person, stage and kind of block."""
        block: Ints = (self.person * (self.stage.max(initial=0) + 1) + self.stage) * 2 + self.incompatible
        return block


class DScores(NamedTuple):
    """`d` (people,), NaN for who has none; how many are `too_fast` or `incomplete`; how many trials were `too_slow`."""

    d: Floats
    too_fast: int
    incomplete: int
    too_slow: int


def d_scores(trials: Trials, penalty: float = PENALTY) -> DScores:
    """Score every person by the improved algorithm (Greenwald, Nosek & Banaji 2003, table 4, D with 600 ms penalty).

    Trials above 10,000 ms are left out, and people with more than 10 % of trials below 300 ms. In each stage (practice,
    test): the SD of all trials of both blocks (n - 1), errors among them as they were timed; every error is then
    replaced by its block's mean of correct latencies + `penalty`; and (mean incompatible - mean compatible) / SD. D is
    the mean of the stages' quotients; who lacks a block has none.

    >>> times, late = [600., 700., 800., 900.], np.array([False, False, True, True])
    >>> one = Trials(np.array(times), np.zeros(4, int), np.zeros(4, int), late)
    >>> d_scores(one).d.round(3).tolist()  # 200 over the SD of all four, 129.1
    [1.549]
    """
    people = int(trials.person.max(initial=-1)) + 1
    count = np.maximum(np.bincount(trials.person, minlength=people), 1)
    hasty = np.bincount(trials.person, trials.latency < FAST, minlength=people) / count > MOST_FAST
    kept = trials.latency <= SLOWEST
    d = _scores(trials.taken(kept), people, int(trials.stage.max(initial=0)) + 1, penalty)
    incomplete = int((np.isnan(d) & ~hasty).sum())
    return DScores(np.where(hasty, np.nan, d), int(hasty.sum()), incomplete, int((~kept).sum()))


def _scores(t: Trials, people: int, stages: int, penalty: float) -> Floats:
    """The mean of a person's quotients; NaN unless every stage has both blocks and a spread."""
    shape = (people, stages, 2)
    block = (t.person * stages + t.stage) * 2 + t.incompatible
    n, total = _sums(block, t.latency, shape)
    all_n = n.sum(axis=2)
    mean = _over(total.sum(axis=2), all_n)
    pair = block // 2
    m2 = np.bincount(pair, (t.latency - mean.ravel()[pair]) ** 2, minlength=mean.size).reshape(mean.shape)
    sd = np.sqrt(np.divide(m2, all_n - 1, out=np.full(all_n.shape, np.nan), where=all_n > 1))
    blocks = _penalised(t, block, shape, penalty) if t.error is not None else _over(total, n)
    difference = blocks[:, :, 1] - blocks[:, :, 0]
    quotients = np.divide(difference, sd, out=np.full(sd.shape, np.nan), where=sd > 1e-9)
    scores: Floats = quotients.mean(axis=1)
    return scores


def _sums(block: Ints, x: Floats, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    size = int(np.prod(shape))
    n, total = (np.bincount(block, w, minlength=size).astype(float).reshape(shape) for w in (np.ones(len(x)), x))
    return n, total


def _penalised(t: Trials, block: Ints, shape: tuple[int, ...], penalty: float) -> Floats:
    """Block means with each error replaced by the mean of the correct + the penalty: that mean + penalty · errors/n."""
    right = ~t.error if t.error is not None else np.ones(len(block), bool)
    n, _ = _sums(block, t.latency, shape)
    correct, total = _sums(block[right], t.latency[right], shape)
    return _over(total, correct) + penalty * _over(n - correct, n)


def _over(a: Floats, b: Floats) -> Floats:
    ratio: Floats = np.divide(a, b, out=np.full(a.shape, np.nan), where=b > 0)
    return ratio


def split_half(trials: Trials, position: ArrayLike, penalty: float = PENALTY) -> Estimate:
    """Estimate the reliability of D: people's scores on odd and on even trials, correlated and stepped up.

    2r/(1 + r) (Spearman 1910; Brown 1910), with the interval of r by Fisher's z, 1/√(n - 3). Trials alternate by
    `position` (n,) within each block of each person; trials at one position stay together.
    """
    even = _alternate(trials.block, np.asarray(position, float))
    whole = d_scores(trials, penalty).d
    sides = []
    for half in (even, ~even):
        part = trials.taken(half & (trials.latency <= SLOWEST))
        sides.append(_scores(part, len(whole), int(trials.stage.max(initial=0)) + 1, penalty))
    scored = ~np.isnan([whole, *sides]).any(axis=0)
    return spearman_brown(sides[0][scored], sides[1][scored])


def spearman_brown(x: ArrayLike, y: ArrayLike) -> Estimate:
    """Estimate the reliability of a whole test from two halves of n people, 2r/(1 + r), the interval by Fisher's z.

    >>> round(spearman_brown([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]).value, 3)  # r = .8
    0.889
    """
    a, b = np.asarray(x, float), np.asarray(y, float)
    if len(a) < 4 or min(np.ptp(a), np.ptp(b)) == 0:
        return Estimate.undefined("fewer than four people, or all alike, have both halves", n=len(a))
    r = float(np.clip(np.corrcoef(a, b)[0, 1], -1 + 1e-12, 1 - 1e-12))
    half = np.array(QUANTILES) / np.sqrt(len(a) - 3)
    ends = [np.tanh(np.arctanh(r) + side * half) for side in (-1, 1)]
    lower, upper = (2 * end / (1 + end) for end in ends)
    bounds = (lower[:, None], upper[:, None])
    return estimates(2 * r / (1 + r), *bounds, n=len(a), n_eff=len(a), method="Spearman-Brown, Fisher z")[0]


def mean_of_people(scores: ArrayLike) -> Estimate:
    """Estimate the mean of one score a person, by Student's t; NaN takes no part.

    >>> [round(v, 3) for v in mean_of_people([.1, .3, .5]).interval(.95)[:2]]
    [-0.197, 0.797]
    """
    x = np.asarray(scores, float)
    x = x[~np.isnan(x)]
    n = len(x)
    if not n:
        return Estimate.undefined("nobody has a score")
    se = x.std(ddof=1) / np.sqrt(n) if n > 1 else np.nan
    half = quantiles(np.array([n - 1.0])) * (se if se > 0 else np.nan)
    return estimates(x.mean(), x.mean() - half, x.mean() + half, n=n, n_eff=n, method="t over people", clusters=n)[0]


def _alternate(block: Ints, position: Floats) -> Flags:
    """Every other distinct position within a block."""
    order = np.lexsort((position, block))
    fresh = np.ones(len(order), bool)
    fresh[1:] = np.diff(position[order]) != 0
    starts = np.ones(len(order), bool)
    starts[1:] = np.diff(block[order]) != 0
    rank = np.cumsum(fresh | starts)
    first = np.maximum.accumulate(np.where(starts, rank, 0))
    even = np.zeros(len(order), bool)
    even[order] = (rank - first) % 2 == 1
    return even


@lru_cache
def expected_d(trials: tuple[int, ...], shift: float, spread: float) -> tuple[float, float]:
    """The expected D, and its expected split-half reliability, where latencies are normal and nobody errs.

    `trials` are those of each block, stage by stage; a person's incompatible blocks are δ SD slower, δ ~ N(`shift`,
    `spread`²). One stage's quotient is then 2 √((2m - 1)/2m) T/√(T² + 2m - 2), T noncentral t on 2m - 2 degrees of
    freedom at δ √(m/2), since the SD of both blocks holds their difference too.

    >>> mean, reliability = expected_d((20, 40), 0.0, 0.4)
    >>> round(abs(mean), 9), round(reliability, 2)
    (0.0, 0.8)
    """
    delta = shift + spread * _NODES
    whole = [_quotient_moments(m, delta)[0] for m in trials]
    halves = [_quotient_moments(m // 2, delta) for m in trials]
    first = np.mean([one for one, _ in halves], axis=0)
    noise = np.sum([two - one**2 for one, two in halves], axis=0) / len(trials) ** 2
    between = _WEIGHTS @ first**2 - (_WEIGHTS @ first) ** 2
    r = between / (between + _WEIGHTS @ noise)
    return float(_WEIGHTS @ np.mean(whole, axis=0)), float(2 * r / (1 + r))


def _quotient_moments(m: int, delta: Floats) -> tuple[Floats, Floats]:
    """E q and E q² of one stage's quotient at each δ, over a normal difference and a χ² on 2m - 2."""
    u = delta[:, None] * np.sqrt(m / 2) + _NODES
    chi, mass = _chi_squared(2 * m - 2)
    scale = 2 * np.sqrt((2 * m - 1) / (2 * m))
    q = scale * u[:, :, None] / np.sqrt(u[:, :, None] ** 2 + chi)
    inner = q @ mass
    first: Floats = inner @ _WEIGHTS
    second: Floats = ((q**2) @ mass) @ _WEIGHTS
    return first, second


def _chi_squared(df: int) -> tuple[Floats, Floats]:
    """Values of χ² and their chances: Gauss-Legendre over its distribution function."""
    x, w = np.polynomial.legendre.leggauss(80)
    return np.asarray(chdtri(df, (1 - x) / 2), float), w / 2
