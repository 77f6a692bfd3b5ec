"""How the selected differ from their frame in several covariates, and in whichever of them they differ most."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.core.evidence import Rows
from auditkit.core.roles import MISSING
from auditkit.stats.means import standardised_mean_differences
from auditkit.stats.proportions import clopper_pearson

DRAWS = 2_000
_SUMMED = 20_000_000
_LEVEL = np.array(LEVELS)
_REACHED = DRAWS * (1 - _LEVEL) >= 20 - 1e-6
_TRUTHS = {"True": 1.0, "False": 0.0, MISSING: np.nan}
Mask = NDArray[np.bool_]


class Covariates(NamedTuple):
    """The covariates' `names` (J,) and `values` (N, J), NaN where missing, and the columns that hold `words`."""

    names: tuple[str, ...]
    values: Floats
    words: tuple[str, ...]


class FrameDifference(NamedTuple):
    """A covariate's estimate, the rows that have it, `selected` of them and all of the `frame`, and if it `varies`."""

    estimate: Estimate
    selected: int
    frame: int
    varies: bool


class LargestDifference(NamedTuple):
    """The largest absolute difference, `which` covariate it is, and what is `expected` of it if all are 0."""

    estimate: Estimate
    which: int
    expected: float


class _Marginals(NamedTuple):
    """Of each covariate (J,): rows, mean and squared deviations of the selected, and of the frame."""

    n: Floats
    mean: Floats
    m2: Floats
    total: Floats
    centre: Floats
    spread: Floats


def covariates(rows: Rows) -> Covariates:
    """The numbers in the role `feature` of N rows, and its columns of True and False as 1 and 0.

    >>> rows = Rows.of({"feature:old": ["True"]}, {"feature": [3.5]}, {"feature:old": "old"}, {"feature": ["pay"]})
    >>> covariates(rows)
    Covariates(names=('pay', 'old'), values=array([[3.5, 1. ]]), words=())
    """
    numbers = rows.numbers["feature"].T if "feature" in rows.numbers else ()
    named = dict(zip(rows.measured.get("feature", ()), numbers, strict=True))
    words = []
    for axis in (axis for axis in rows.axes if axis.startswith("feature")):
        if set(rows.levels_of(axis)) <= set(_TRUTHS):
            named[rows.name_of(axis)] = np.array([_TRUTHS[level] for level in rows.column(axis)], float)
        else:
            words.append(rows.name_of(axis))
    values = np.stack([*named.values()], axis=1) if named else np.zeros((len(rows), 0))
    return Covariates(tuple(named), values, tuple(words))


def frame_differences(x: ArrayLike, selected: ArrayLike) -> tuple[FrameDifference, ...]:
    """Estimate the standardised mean difference of each of J covariates, `x` (N, J), by itself.

    `selected` (N,) booleans; NaN is missing, and its row takes no part in that covariate. As
    `standardised_mean_differences`; a covariate of two values, such as 0 and 1, has the exact limits of a share
    instead (Clopper & Pearson 1934) over the frame's SD, since a rare one that was selected never or once has no SD
    to speak of. They are those of the selected or of the rest, whichever are fewer: as many of the frame are known.

    >>> told = frame_differences([[1., 5.], [2., 5.], [3., 5.], [4., np.nan]], [True, True, False, False])
    >>> [(d.estimate.value and round(d.estimate.value, 2), d.estimate.reason, d.frame) for d in told]
    [(-0.77, None, 4), (None, 'constant in the frame', 3)]
    """
    values = np.asarray(x, float)
    m = _marginals(values, np.asarray(selected, bool))
    told = _one_by_one(m, values)
    rows = zip(told, m.n.astype(int).tolist(), m.total.astype(int).tolist(), (m.spread > 0).tolist(), strict=True)
    return tuple(FrameDifference(*row) for row in rows)


def largest_frame_difference(x: ArrayLike, selected: ArrayLike, rng: np.random.Generator) -> LargestDifference | None:
    """Estimate max |SMD| over J covariates, `x` (N, J), by permuting who was selected; `None` for fewer than two.

    `selected` (N,) booleans, NaN is missing; `rng` draws, so give one keyed by the rows. The lower limit is that of all
    searched at once: max (|SMD| - c r se), se = √((1 - f)/n) of the finite frame, r the larger of 1 and the selected's
    SD in frame SDs, and c the quantile of max |SMD|/(r se) over 2,000 samples of as many rows of the frame, without
    replacement. Under simple random sampling it is above 0 no more often than the level says, whatever the covariates'
    distributions and correlations: a randomisation test (Fisher 1935; Westfall & Young 1993). Levels that need more
    draws, 20/(1 - level), take Bonferroni's t where that is further. Beyond 20,000,000 values drawn c is that of the
    largest |Z| with the frame's correlations (Hájek 1960). At the upper limit one covariate is enough, and it is the
    furthest end of all their own intervals (Berger 1982): max |SMD| is inside a margin where every SMD is.

    >>> rng = np.random.default_rng(1)
    >>> x, selected = rng.standard_normal((2000, 3)), np.arange(2000) < 200
    >>> x[selected, 1] += .3
    >>> told = largest_frame_difference(x, selected, rng)
    >>> told.which, round(told.estimate.value, 2), [round(end, 2) for end in told.estimate.interval(.95)[:2]]
    (1, 0.32, [0.16, 0.45])
    """
    values, chosen = np.asarray(x, float), np.asarray(selected, bool)
    m = _marginals(values, chosen)
    known = (m.n > 1) & (m.n < m.total) & (m.spread > 0)
    if known.sum() < 2:
        return None
    places = np.flatnonzero(known)
    m = _Marginals(*(part[known] for part in m))
    told = _one_by_one(m, values[:, known])
    sd = np.sqrt(m.spread / (m.total - 1))
    se, stretch = np.sqrt((1 - m.n / m.total) / m.n), np.fmax(np.sqrt(m.m2 / (m.n - 1)) / sd, 1)
    critical, expected = _critical((values[:, known] - m.centre) / sd, chosen, se, float(m.n.min()), rng)
    apart = np.abs((m.mean - m.centre) / sd)
    lower = np.maximum((apart - critical[:, None] * se * stretch).max(axis=1), 0)
    ends = np.array([[e.lower, e.upper] for e in told], float)
    at = int(apart.argmax())
    curve = (lower[:, None], np.abs(ends).max(axis=(0, 1))[:, None])
    n = float(m.n.min())
    estimate = estimates(apart[at], *curve, n=n, n_eff=n, method="permutation, the largest")[0]
    return LargestDifference(estimate, int(places[at]), expected)


def _marginals(x: Floats, chosen: Mask) -> _Marginals:
    parts = []
    for rows in (x[chosen], x):
        seen = ~np.isnan(rows)
        n = seen.sum(axis=0).astype(float)
        mean = np.where(seen, rows, 0).sum(axis=0) / np.maximum(n, 1)
        parts += [n, mean, (np.where(seen, rows - mean, 0) ** 2).sum(axis=0)]
    return _Marginals(*parts)


def _one_by_one(m: _Marginals, x: Floats) -> tuple[Estimate, ...]:
    """Each covariate's estimate: by t, and those of two values by the exact limits of a share."""
    told = list(standardised_mean_differences(*m))
    for j in np.flatnonzero((m.spread > 0) & (m.n > 0)):
        known = x[~np.isnan(x[:, j]), j]
        low, high = float(known.min()), float(known.max())
        if ((known == low) | (known == high)).all():
            told[j] = _of_shares(told[j], m, int(j), low, high)
    return tuple(told)


def _of_shares(e: Estimate, m: _Marginals, j: int, low: float, high: float) -> Estimate:
    """The same value, with the limits of the share at `high` among the fewer: of the selected, or of the rest.

    What the rest has the selected have not, so its limits are turned round. Either share varies, selected without
    replacement, less than the binomial has it: by 1 - n/N, at least a half.
    """
    n, total, step = m.n[j], m.total[j], high - low
    hits, every = np.round(n * (m.mean[j] - low) / step), np.round(total * (m.centre[j] - low) / step)
    rest = total - n
    if n <= rest:
        _, lower, upper = clopper_pearson(hits, n)
    elif rest > 0:
        _, least, most = clopper_pearson(every - hits, rest)
        lower, upper = (every - rest * most) / n, (every - rest * least) / n
    else:
        lower = upper = np.full((len(LEVELS), 1), every / total)
    sd = np.sqrt(m.spread[j] / (total - 1)) / step
    value = np.nan if e.value is None else e.value
    ends = ((np.clip(side, 0, 1) - every / total) / sd for side in (lower, upper))
    return estimates(value, *ends, n=n, n_eff=n, method="Clopper-Pearson, over the frame's SD")[0]


def _critical(z: Floats, chosen: Mask, se: Floats, n: float, rng: np.random.Generator) -> tuple[Floats, float]:
    """Quantiles (levels,) of max |SMD|/(r se), and the expectation of max |SMD|, where nothing but chance selects."""
    picked = int(chosen.sum())
    few = min(picked, len(z) - picked)
    apart, stretch = _permuted(z, picked, few, rng) if DRAWS * few <= _SUMMED else _limiting(z, se, rng)
    largest = np.sort((apart / (se * stretch)).max(axis=1))
    rank = np.ceil(_LEVEL * (DRAWS + 1)).astype(int) - 1
    bonferroni = stdtrit(n - 1, 1 - (1 - _LEVEL) / (2 * len(se)))
    c = np.where(_REACHED, largest[np.minimum(rank, DRAWS - 1)], bonferroni)
    return np.maximum.accumulate(c), float(apart.max(axis=1).mean())


def _permuted(z: Floats, picked: int, few: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """|SMD| and r (draws, J) of random samples: every shuffle of the frame is cut into as many samples as it holds.

    Of the selected and the rest the fewer are drawn, for what both add up to is known.
    """
    seen = ~np.isnan(z)
    filled = np.where(seen, z, 0.0)
    drawn = _sums(few, rng, [filled, filled**2, *([] if seen.all() else [seen.astype(float)])])
    whole = [filled.sum(axis=0), (filled**2).sum(axis=0), seen.sum(axis=0)]
    one, two, *rest = drawn if few == picked else [a - b for a, b in zip(whole, drawn, strict=False)]
    n = np.maximum(rest[0] if rest else np.full(one.shape, float(picked)), 1)
    own = np.sqrt(np.clip(two - one**2 / n, 0, None) / np.maximum(n - 1, 1))
    return np.abs(one / n), np.fmax(own, 1)


def _sums(few: int, rng: np.random.Generator, columns: list[Floats]) -> list[Floats]:
    """What each of the columns (N, J) adds up to in samples of so `few` rows: (draws, J) each."""
    wide = np.ascontiguousarray(np.hstack(columns))
    each, ones = len(wide) // few, np.ones(few)
    parts = []
    for _ in range(-(-DRAWS // each)):
        at = rng.permutation(len(wide))[: each * few].reshape(each, few)
        parts.append(ones @ wide.take(at, axis=0))
    return np.split(np.concatenate(parts)[:DRAWS], len(columns), axis=1)


def _limiting(z: Floats, se: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Normal |SMD| (draws, J) with the frame's correlations, and an r of 1."""
    filled = np.where(np.isnan(z), 0.0, z)
    scaled = filled / np.sqrt((filled**2).sum(axis=0))
    values, axes = np.linalg.eigh(scaled.T @ scaled)
    drawn = rng.standard_normal((DRAWS, len(se))) @ (axes * np.sqrt(np.clip(values, 0, None))).T
    return np.abs(drawn * se), np.ones(drawn.shape)
