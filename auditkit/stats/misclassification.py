"""Rates that a fallible annotator read, put right by the rows that a human checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from auditkit.core.estimate import LEVELS, QUANTILES, Estimate, Floats, estimates
from auditkit.core.finding import Cap
from auditkit.stats.contrasts import mover_ratio, square_and_add
from auditkit.stats.proportions import Curve, Rates, quantiles, wilson

Flags = NDArray[np.bool_]

ENOUGH_CHECKED = 100
"""Checked rows that each group needs before a verdict may rest on them."""
ENOUGH_RARE = 15
"""Checked rows of the rarer truth below which limits are Clopper-Pearson's instead of Jeffreys'."""

_TAIL = np.array([(1 - level) / 2 for level in LEVELS])[:, None]
_Z = np.array(QUANTILES)[:, None]
_IMPROBABLE = 1e-4
_ONE_SIDED = "one annotated level was never checked, so the checked rows are not a random part of the rows"


@dataclass(frozen=True)
class Corrected:
    """Rates or means of k groups with the annotator's errors taken out, and the verdicts that each has to withhold.

    `influence` (clusters, k) is what each cluster adds to each rate; `None` where rows are independent.
    """

    rates: tuple[Estimate, ...]
    caps: tuple[tuple[Cap, ...], ...]
    influence: Floats | None = None

    @property
    def curve(self) -> Curve:
        """The confidence curves, for any contrast that is built on curves."""
        return Curve.of(self.rates)

    def differences(self, first: Sequence[int], second: Sequence[int]) -> tuple[Estimate, ...]:
        """Estimate rate[first] - rate[second], pair by pair, by square-and-add on their limits (Zou & Donner 2008)."""
        curve = square_and_add(*self._sides(first, second), self.correlations(first, second))
        return self._contrasts(curve, first, second, "MOVER")

    def ratios(self, first: Sequence[int], second: Sequence[int]) -> tuple[Estimate, ...]:
        """Estimate rate[first] / rate[second] by MOVER-R (Donner & Zou 2012); undefined where the second is 0."""
        curve = mover_ratio(*self._sides(first, second), self.correlations(first, second))
        return self._contrasts(curve, first, second, "MOVER-R")

    def correlations(self, first: Sequence[int], second: Sequence[int]) -> Floats:
        """How the rates of two groups move together because they share clusters; 0 where rows are independent."""
        if self.influence is None:
            return np.zeros(len(first))
        a, b = (self.influence[:, list(side)] for side in (first, second))
        return _divide((a * b).sum(axis=0), np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0)), 0.0).clip(-1, 1)

    def _sides(self, first: Sequence[int], second: Sequence[int]) -> tuple[Curve, Curve]:
        whole = self.curve
        one, other = (Curve(*(part[..., list(side)] for part in whole)) for side in (first, second))
        return one, other

    def _contrasts(self, curve: Curve, first: Sequence[int], second: Sequence[int], name: str) -> tuple[Estimate, ...]:
        pairs = [(self.rates[i], self.rates[j]) for i, j in zip(first, second, strict=True)]
        return estimates(
            *curve,
            n=[a.n + b.n for a, b in pairs],
            n_eff=[min(a.n_eff, b.n_eff) for a, b in pairs],
            method=f"{name}, misclassification",
            clusters=None if self.influence is None else [min(a.clusters or 0, b.clusters or 0) for a, b in pairs],
            reasons=[a.reason or b.reason or "the second rate is 0, so the ratio is undefined" for a, b in pairs],
        )


def corrected_rates(
    hits: ArrayLike, n: ArrayLike, checked: ArrayLike, levels: Sequence[str] | None = None, by_cluster: bool = False
) -> Corrected:
    """Estimate the true rates of k groups from an annotator's reading of all rows and a human's of some.

    `hits` (k,) of the `n` (k,) rows that nobody checked are annotated yes; `checked` (k, 2, 2) counts the checked rows
    by [annotated, true], no before yes. With q the annotated rate of all rows, and π₁ and π₀ the true rates of checked
    rows annotated yes and no, the rate is q π₁ + (1 - q) π₀: the likeliest value under double sampling (Tenenbein
    1970), and the prediction-powered mean λ f̄_unchecked + mean(y - λf)_checked at its best λ, Cov(f, y) over
    (1 + checked/unchecked) Var f (PPI++: Angelopoulos, Duchi & Zrnic 2023).

    The interval is not theirs, which covers .84 at a rate of .05 with 100 checked rows. It adds the limits of q, π₁ and
    π₀ by squares (MOVER), each Jeffreys' (Brown, Cai & DasGupta 2001), or Clopper-Pearson's below 15 checked rows of
    the rarer truth, so that errors not seen yet keep their width. Rows must be checked at random within each group;
    checking more of those annotated yes than of those annotated no is as sound. With everything checked, or only one
    annotated level seen among them, it is Wilson's interval of the checked rows alone. Rows carry no weights.

    `by_cluster` puts an axis of clusters before those of all three arrays. Every count is then divided by the design
    effect, the linearised variance of clusters over that of rows (at least 1), and t on (clusters with checked rows
    - 1) takes the normal's place. Below 100 checked rows a group's caps withhold both verdicts.

    >>> c = corrected_rates([640], [2000], [[[200, 5], [10, 85]]], ["b"])
    >>> [round(v, 3) for v in (c.rates[0].value, *c.rates[0].interval(.95)[:2])], c.caps
    ([0.303, 0.272, 0.333], ((),))
    >>> corrected_rates([640], [2000], [[[26, 1], [1, 12]]], ["b"]).caps[0][0].because
    'only 40 checked rows of b; 100 are needed'
    """
    each = counted(hits, n, checked)
    c = Counted(*(part.sum(axis=0) for part in each)) if by_cluster else each
    alone = (c.yes == 0) | (c.no == 0) | (c.rows == c.checked)
    influence = _influence(each, c, alone) if by_cluster else None
    design = _design(each, c, alone, influence)
    one_sided = _one_sided(c, design)
    both = zip(_checked_only(c, design), _prediction_powered(c, design), strict=True)
    curve = [np.where(one_sided, np.nan, np.where(alone, plain, powered)) for plain, powered in both]
    told = estimates(
        *curve,
        n=c.rows,
        n_eff=np.where(alone, c.checked, _worth(c)) / design.effect,
        method="prediction-powered" + ("" if influence is None else ", clusters"),
        clusters=None if influence is None else design.clusters.astype(int).tolist(),
        reasons=np.where(one_sided, _ONE_SIDED, "no rows were checked").tolist(),
    )
    return Corrected(told, size_caps(c.checked, levels), influence)


def size_caps(checked: ArrayLike, levels: Sequence[str] | None = None) -> tuple[tuple[Cap, ...], ...]:
    """Withhold both verdicts from groups with fewer than 100 checked rows (k,), and say how many they have.

    >>> [len(caps) for caps in size_caps([99, 100])]
    [2, 0]
    """
    counts = np.atleast_1d(np.asarray(checked)).astype(int).tolist()
    names = levels or [f"group {i + 1}" for i in range(len(counts))]
    return tuple(
        ()
        if count >= ENOUGH_CHECKED
        else withheld(f"{f'only {count}' if count else 'no'} checked rows of {name}; {ENOUGH_CHECKED} are needed")
        for name, count in zip(names, counts, strict=True)
    )


class Counted(NamedTuple):
    """Rows and the annotator's hits among them; the checked rows annotated yes and no, and the true ones of each."""

    rows: Floats
    hits: Floats
    yes: Floats
    yes_true: Floats
    no: Floats
    no_true: Floats

    @property
    def checked(self) -> Floats:
        """The checked rows."""
        return self.yes + self.no


class _Design(NamedTuple):
    """The design effect, degrees of freedom, and clusters with rows, with rows checked as yes, and as no, (k,) each."""

    effect: Floats
    df: Floats
    clusters: Floats
    yes: Floats
    no: Floats


def counted(hits: ArrayLike, n: ArrayLike, checked: ArrayLike) -> Counted:
    """Count from the unchecked `hits` of `n` (..., k) and the `checked` tables (..., k, 2, 2) of [annotated, true]."""
    t = np.asarray(checked, float)
    yes, no = t[..., 1, :].sum(axis=-1), t[..., 0, :].sum(axis=-1)
    return Counted(np.asarray(n, float) + yes + no, np.asarray(hits, float) + yes, yes, t[..., 1, 1], no, t[..., 0, 1])


def _parts(c: Counted) -> tuple[Floats, Floats, Floats]:
    """The annotated rate of all rows, and the true rates of rows annotated yes and no."""
    return _divide(c.hits, c.rows), _divide(c.yes_true, c.yes), _divide(c.no_true, c.no)


def _influence(each: Counted, c: Counted, alone: Flags) -> Floats:
    """What every cluster adds to every rate, by linearisation."""
    q, a, b = _parts(c)
    truth = _divide(c.yes_true + c.no_true, c.checked)
    plain = _divide(each.yes_true + each.no_true - truth * each.checked, c.checked)
    share = (a - b) * _divide(each.hits - q * each.rows, c.rows)
    powered = share + q * _divide(each.yes_true - a * each.yes, c.yes)
    powered = powered + (1 - q) * _divide(each.no_true - b * each.no, c.no)
    return np.nan_to_num(np.where(alone, plain, powered))


def _design(each: Counted, c: Counted, alone: Flags, influence: Floats | None) -> _Design:
    if influence is None:
        return _Design(np.ones_like(c.rows), np.full(c.rows.shape, np.inf), c.rows, c.yes, c.no)
    q, a, b = _parts(c)
    truth = _divide(c.yes_true + c.no_true, c.checked)
    clusters, seen, yes, no = (
        (part > 0).sum(axis=0).astype(float) for part in (each.rows, each.checked, each.yes, each.no)
    )
    by_rows = np.where(alone, _divide(truth * (1 - truth), c.checked), _variance(c, q, a, b))
    by_clusters = (influence**2).sum(axis=0) * _divide(seen, seen - 1)
    effect = np.where(by_rows > 0, _divide(by_clusters, by_rows), _divide(c.checked, seen))
    return _Design(np.fmax(effect, 1), seen - 1, clusters, yes, no)


def _variance(c: Counted, q: Floats, a: Floats, b: Floats) -> Floats:
    """The variance of q a + (1 - q) b for independent rows."""
    share = (a - b) ** 2 * _divide(q * (1 - q), c.rows)
    return share + q**2 * _divide(a * (1 - a), c.yes) + (1 - q) ** 2 * _divide(b * (1 - b), c.no)


def _worth(c: Counted) -> Floats:
    """How many rows read without error would tell as much; half a row added to every cell that may be empty."""
    q, a, b = (c.hits + 0.5) / (c.rows + 1), (c.yes_true + 0.5) / (c.yes + 1), (c.no_true + 0.5) / (c.no + 1)
    rate = q * a + (1 - q) * b
    return np.fmin(_divide(rate * (1 - rate), _variance(c, q, a, b)), c.rows)


def _one_sided(c: Counted, d: _Design) -> Flags:
    """Whether a level is missing from the checked rows that a random choice would hardly have missed."""
    share = _divide(c.hits - c.yes, c.rows - c.checked, 0.0)
    missed = np.where(c.yes == 0, 1 - share, np.where(c.no == 0, share, 1.0)) ** (c.checked / d.effect)
    return (c.rows > c.checked) & (missed < _IMPROBABLE)


def _checked_only(c: Counted, d: _Design) -> Curve:
    value = _divide(c.yes_true + c.no_true, c.checked)
    worth = c.checked / d.effect
    flat = np.isfinite(d.df) & ((value == 0) | (value == 1))
    return wilson(Rates(value, c.checked, np.where(flat, np.minimum(worth, d.df + 1), worth), d.df))


def _prediction_powered(c: Counted, d: _Design) -> Curve:
    """The sum of q a and (1 - q) b, with distances from the limits of q, a and b added by squares."""
    q, a, b = _parts(c)
    truth = c.yes_true + c.no_true
    exact = np.minimum(truth, c.checked - truth) / d.effect < ENOUGH_RARE
    share = beta_limits(q, c.rows / d.effect, exact, d.df)
    yes, no = (
        beta_limits(p, np.where((p == 0) | (p == 1), np.minimum(rows / d.effect, units), rows / d.effect), exact, d.df)
        for p, rows, units in ((a, c.yes, d.yes), (b, c.no, d.no))
    )
    down, up = q - share.lower, share.upper - q
    down, up = np.where(a >= b, down, up), np.where(a >= b, up, down)
    value = q * a + (1 - q) * b
    fall = _norm((a - b) * down, q * (a - yes.lower), (1 - q) * (b - no.lower))
    rise = _norm((a - b) * up, q * (yes.upper - a), (1 - q) * (no.upper - b))
    return Curve(value, np.clip(value - fall, 0, 1), np.clip(value + rise, 0, 1))


def beta_limits(p: Floats, n: Floats, exact: Flags, df: Floats | None = None) -> Curve:
    """Beta limits of rates `p` (k,) of `n` (k,) rows: Jeffreys', or Clopper-Pearson's where `exact`.

    Quantiles of Beta(x + ½, n - x + ½) with x = p n (Brown, Cai & DasGupta 2001), ½ further out on either side where
    exact; an observed 0 or 1 is its own limit. Finite degrees of freedom shrink n by (z/t)² (Korn & Graubard 1998).

    >>> curve = beta_limits(np.array([.1]), np.array([50.0]), np.array([False]))
    >>> [round(float(side[2, 0]), 3) for side in (curve.lower, curve.upper)]
    [0.039, 0.205]
    """
    worth = n * np.ones_like(_Z) if df is None else n * (_Z / quantiles(df)) ** 2
    x, shift = p * worth, np.where(exact, 0.5, 0.0)
    least = np.finfo(float).tiny
    low = betaincinv(np.maximum(x + 0.5 - shift, least), worth - x + 0.5 + shift, _TAIL)
    high = 1 - betaincinv(np.maximum(worth - x + 0.5 - shift, least), x + 0.5 + shift, _TAIL)
    return Curve(p, np.where(p == 0, 0.0, np.minimum(low, p)), np.where(p == 1, 1.0, np.maximum(high, p)))


def _norm(a: Floats, b: Floats, c: Floats) -> Floats:
    root: Floats = np.sqrt(a**2 + b**2 + c**2)
    return root


def _divide(a: Floats, b: Floats, otherwise: float = np.nan) -> Floats:
    """a / b where b > 0."""
    top, bottom = np.broadcast_arrays(a, b)
    ratio: Floats = np.divide(top, bottom, out=np.full(top.shape, otherwise), where=bottom > 0)
    return ratio


def withheld(because: str) -> tuple[Cap, ...]:
    """Both verdicts withheld for one reason."""
    return Cap("PASS", because), Cap("FAIL", because)
