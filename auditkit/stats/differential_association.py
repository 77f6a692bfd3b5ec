"""Whether one set of words or images lies nearer to a first attribute than another set does (WEAT, SEAT, iEAT)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.errors import InputError
from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.stats.means import mean_difference
from auditkit.stats.proportions import quantiles


class Controls(NamedTuple):
    """Where a difference stands among those of control sets: its percentile in size, and their 95th percentile."""

    percentile: float
    margin: float


def associations(targets: ArrayLike, first: ArrayLike, second: ArrayLike) -> Floats:
    """The s-value of each target: mean cosine with the first attribute's vectors minus that with the second's.

    `targets` (n, d), `first` (a, d), `second` (b, d); returns (n,) (Caliskan, Bryson & Narayanan 2017). Raises
    `InputError` for an empty attribute and for a vector of length 0, which has no direction.

    >>> associations([[1, 0], [3, 4]], [[2, 0]], [[0, 1]]).round(2).tolist()
    [1.0, -0.2]
    """
    w, a, b = (_directions(vectors) for vectors in (targets, first, second))
    if not (len(a) and len(b)):
        raise InputError("An attribute has no vectors.")
    return np.asarray(w @ (a.mean(axis=0) - b.mean(axis=0)))


def _directions(vectors: ArrayLike) -> Floats:
    x = np.atleast_2d(np.asarray(vectors, float))
    length = np.linalg.norm(x, axis=1, keepdims=True)
    if not length.all():
        raise InputError(f"{(length == 0).sum()} vectors have length 0 and so no direction. Leave them out.")
    directions: Floats = x / length
    return directions


def association_difference(x: ArrayLike, y: ArrayLike) -> Estimate:
    """Estimate mean s of targets x (n,) minus mean s of targets y (m,), in units of cosine.

    The delete-one jackknife over words, which for a difference of means is Welch's (1947) interval. The targets stand
    for others like them; the attribute lists are taken as given.

    >>> e = association_difference([.1, .2, .15, .12], [.02, .0, .05, .01])
    >>> [round(v, 2) for v in (e.value, *e.interval(.95)[:2])]
    [0.12, 0.06, 0.19]
    """
    one, two = _moments(x), _moments(y)
    return mean_difference(*one, *two)[0]


def _moments(x: ArrayLike) -> tuple[int, float, float]:
    s = np.asarray(x, float)
    return (len(s), float(s.mean()), float(((s - s.mean()) ** 2).sum())) if len(s) else (0, 0.0, 0.0)


def effect_size(x: ArrayLike, y: ArrayLike) -> Estimate:
    """Estimate WEAT's d = (mean s of x - mean s of y) / SD of both together, with N - 1 in the SD.

    d/√(N(N - 1)/nm) is the correlation r of s with membership, so d is bounded, near ±2 for equal sets, and measures
    separation, not size: of words that differ by chance, two sets of eight reach |d| > .5 one time in three. The
    interval is the delete-one jackknife of Fisher's (1921) artanh r over words, Student's t on Satterthwaite's degrees
    of freedom. It is short, .85 to .92, where skewed or heavy-tailed s-values are far apart.

    >>> e = effect_size([.1, .2, .15, .12], [.02, .0, .05, .01])
    >>> [round(v, 2) for v in (e.value, *e.interval(.95)[:2])]
    [1.68, 1.24, 1.82]
    """
    s, t = np.asarray(x, float), np.asarray(y, float)
    n, m = len(s), len(t)
    if not (n and m):
        return Estimate.undefined("a group is empty", n=n + m)
    if np.ptp(np.r_[s, t]) == 0:
        return Estimate.undefined("all targets have the same association", n=n + m)
    widest = np.sqrt((n + m) * (n + m - 1) / (n * m))
    r = _correlation(_each(s)[0], _each(t)[0])
    with np.errstate(divide="ignore"):
        z, half = np.arctanh(r), _jackknife(s, t)
    value, bounds = widest * r, (widest * np.tanh(z + side * half) for side in (-1, 1))
    return estimates(value, *bounds, n=n + m, n_eff=min(n, m), method="WEAT d, jackknife")[0]


class _Sums(NamedTuple):
    """n, mean and sum of squared deviations of a set, or of a set without each of its members."""

    n: int
    mean: Floats
    m2: Floats


def _each(s: Floats) -> tuple[_Sums, _Sums]:
    """The set as it is, and without each of its members in turn."""
    n, mean = len(s), s.mean()
    whole = _Sums(n, np.array([mean]), np.array([((s - mean) ** 2).sum()]))
    rest = max(n - 1, 1)
    return whole, _Sums(rest, (n * mean - s) / rest, np.maximum(whole.m2 - n / rest * (s - mean) ** 2, 0))


def _correlation(a: _Sums, b: _Sums) -> Floats:
    """Of s with membership, kept from ±1 by rounding alone."""
    weight = a.n * b.n / (a.n + b.n)
    gap: Floats = (a.mean - b.mean) * np.sqrt(weight)
    total = np.sqrt(a.m2 + b.m2 + gap**2)
    r: Floats = np.divide(gap, total, out=np.zeros_like(total), where=total > 0)
    return r


def _jackknife(s: Floats, t: Floats) -> Floats:
    """Half widths (levels,) of artanh r; NaN where nothing varies within the sets or one has a single member."""
    (whole_s, without_s), (whole_t, without_t) = _each(s), _each(t)
    left = [_correlation(without_s, whole_t), _correlation(whole_s, without_t)]
    if min(len(s), len(t)) < 2 or max(np.abs(r).max() for r in left) >= 1 - 1e-12:
        return np.full(len(quantiles(np.array([1.0]))), np.nan)
    z = [np.arctanh(r) for r in left]
    parts = np.array([(len(v) - 1) / len(v) * ((v - v.mean()) ** 2).sum() for v in z])
    df = parts.sum() ** 2 / (parts**2 / (np.array([len(s), len(t)]) - 1)).sum() if parts.any() else np.nan
    half: Floats = quantiles(np.array([df]))[:, 0] * np.sqrt(parts.sum())
    return half


def among_controls(difference: float, controls: ArrayLike) -> Controls | None:
    """Place a difference of associations among those of B random control sets (B,), by size; `None` without any.

    percentile = the share of the B + 1, the difference itself included, that are smaller in size or equal; `margin` is
    the 95th percentile of the controls' sizes: what sets of words that mean nothing here reach.

    >>> among_controls(-.3, [.1, -.2, .05, .4]).percentile
    0.8
    """
    sizes = np.abs(np.asarray(controls, float))
    if not len(sizes):
        return None
    below = int((sizes <= abs(difference)).sum())
    return Controls((1 + below) / (1 + len(sizes)), float(np.quantile(sizes, 0.95)))
