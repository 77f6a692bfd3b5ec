"""How much more often than its reference each concept shows what is expected of it: a mean over a list of concepts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.core.evidence import Ints
from auditkit.core.finding import Reference
from auditkit.stats.clusters import Sample, clusters_in
from auditkit.stats.concepts import Concepts, Shown
from auditkit.stats.contrasts import newcombe
from auditkit.stats.pairs import clustered_mean
from auditkit.stats.proportions import Curve, Rates, wilson
from auditkit.stats.standardisation import clustered_side, standardised_limits


class Range(NamedTuple):
    """What a mean would be if every row that could not be read leaned against it, and if every one leaned towards."""

    low: float
    high: float


def mean_gap(rate: ArrayLike, n_eff: ArrayLike, share: ArrayLike, variance: float = 0.0, n: int = 0) -> Estimate:
    """Estimate the mean over C fixed concepts of p_c - q_c, from rates (C,) that are worth `n_eff` (C,) rows each.

    Concepts are strata, so the variance is Σ p(1 - p)/n over C². Wilson's limits on the rows that this mean is worth,
    with half a hit and half a miss added to each concept (`standardised_limits`): of 12 concepts of 30 rows at rates of
    .05 they hold .96, where adding the squares of Wilson's own arms holds .90 and of 10 rows .86. `variance` is that of
    the mean of q, where the reference is itself a sample; 0 takes it as known. `n` counts rows where they are worth
    less than their number.

    >>> e = mean_gap([.9, .3], [100, 100], [.8, .2])
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2])]
    [0.1, 0.045, 0.153]
    """
    p, worth, q = (np.atleast_1d(np.asarray(a, float)) for a in (rate, n_eff, share))
    if not len(p) or not (worth > 0).all() or np.isnan(p).any():
        return Estimate.undefined("a concept has no rows" if len(p) else "no concept has a direction", n=n)
    curve, method = _against(_mean(p, worth), float(q.mean()), variance)
    total = float(worth.sum())
    method = f"{method}, mean over {len(p)} fixed concepts"
    return estimates(*curve, n=n or round(total), n_eff=total, method=method)[0]


def shown_gap(shown: Shown, share: ArrayLike, variance: float = 0.0) -> Estimate:
    """Estimate the mean gap of what concepts are shown to be: by prompts where those were sampled, else by rows."""
    if shown.sample is not None and shown.sample.cells is not None:
        return clustered_mean_gap(shown.sample, share, variance)
    return mean_gap(shown.rate, shown.n_eff, share, variance, round(shown.rows.sum()))


def clustered_mean_gap(s: Sample, share: ArrayLike, variance: float = 0.0) -> Estimate:
    """Estimate the same mean where rows share prompts that were sampled; the groups of the sample are the concepts.

    The influence of a prompt is summed over the concepts it serves; Student's t on Kish's number of prompts less 1
    (`clustered_side`). Where every concept has one prompt, concepts are what was sampled: the mean over concepts by
    Student's t on C - 1 degrees of freedom.

    >>> from auditkit.core.evidence import Tally
    >>> from auditkit.stats.clusters import sample
    >>> t = Tally.of({"c": [*"aaabbb"], "y": [*"110100"], "unit": [*"aaabbb"]}, n=[40, 30, 10, 30, 20, 30])
    >>> e = clustered_mean_gap(sample(t, "c", "y", ["1"]), [.8, .3])
    >>> round(e.value, 4), e.clusters
    (0.075, 2)
    """
    q = np.asarray(share, float)
    if not len(q) or not (s.w > 0).all():
        return Estimate.undefined("a concept has no rows" if len(q) else "no concept has a direction")
    if s.cells is None:
        return mean_gap(s.w_hits / s.w, s.rows, q, variance)
    members = np.eye(len(q), dtype=bool)
    if max(clusters_in(s, one) for one in members) == 1:
        return clustered_mean(s.w_hits / s.w - q, np.ones(len(q)))
    rate, _, _ = clustered_side(s, s.cells, members, np.full(len(q), 1 / len(q)))
    curve, method = _against(wilson(rate), float(q.mean()), variance)
    units, n = clusters_in(s, np.ones(len(q), bool)), s.rows.sum()
    worth = np.minimum(rate.n_eff, n)
    return estimates(*curve, n=n, n_eff=worth, method=f"{method}, prompts sampled", clusters=units)[0]


def _mean(rate: Floats, worth: Floats) -> Curve:
    """The limits of the mean over concepts, which weigh alike."""
    c = len(rate)
    return standardised_limits(Rates(rate, worth, worth, np.full(c, np.inf)), np.full(c, 1 / c))


def _against(own: Curve, share: float, variance: float) -> tuple[Curve, str]:
    """A rate less one that is known, or less one of as many rows as its variance says."""
    if variance <= 0 or not 0 < share < 1:
        return Curve(*(part - share for part in own)), "Wilson"
    rows = np.array([share * (1 - share) / variance])
    known = Rates(np.array([share]), rows, rows, np.array([np.inf]))
    return newcombe(own, wilson(known)), "Newcombe"


def reference_variance(references: Sequence[Reference], levels: Sequence[str]) -> float:
    """The variance of the mean over concepts of each one's reference share of its level, where references are samples.

    Concepts that have the same reference err together: (Σ w² q - (Σ w q)²)/n, w the part of the concepts at a level.

    >>> coin = Reference({"a": .5, "b": .5}, "a coin", "us", n=100)
    >>> reference_variance([coin, coin], ["a", "a"]), reference_variance([coin, coin], ["a", "b"])
    (0.0025, 0.0)
    """
    total, seen = 0.0, []
    for reference in references:
        if reference.n is None or reference in seen:
            continue
        seen.append(reference)
        mine = [level for own, level in zip(references, levels, strict=True) if own == reference]
        part = {level: mine.count(level) / len(levels) for level in dict.fromkeys(mine)}
        q = reference.shares()
        mean = sum(w * q[level] for level, w in part.items())
        total += max(sum(w**2 * q[level] for level, w in part.items()) - mean**2, 0.0) / reference.n
    return total


def gap_between(generated: Shown, real: Shown) -> Estimate:
    """Estimate the mean gap of C concepts of which both sides are samples, each mean as in `mean_gap`: Newcombe.

    >>> from auditkit.stats.proportions import rates
    >>> fifty = np.array([50.0])
    >>> a, b = (Shown(np.array([x / 50]), fifty, fifty, wilson(rates(x, 50)), "") for x in (30, 20))
    >>> [round(v, 3) for v in gap_between(a, b).interval(.95)[:2]]
    [0.005, 0.375]
    """
    sides = []
    for shown in (generated, real):
        worth = np.asarray(shown.n_eff, float)
        if not len(worth) or not (worth > 0).all() or np.isnan(shown.rate).any():
            return Estimate.undefined("a concept has no rows" if len(worth) else "no concept has a direction")
        sides.append(_mean(shown.rate, worth))
    totals = [float(shown.n_eff.sum()) for shown in (generated, real)]
    n = round(float(generated.rows.sum() + real.rows.sum()))
    method = f"Newcombe, mean over {len(generated.rate)} fixed concepts"
    return estimates(*newcombe(*sides), n=n, n_eff=min(totals), method=method)[0]


def worst_cases(c: Concepts, at: Ints, share: ArrayLike) -> Range:
    """The mean gap if none, and if all, of the rows of each concept that could not be read showed its level.

    >>> from auditkit.core.evidence import Tally
    >>> t = Tally.of({"group": ["a", "b", "(missing)"]}, n=[60, 20, 20])
    >>> worst_cases(Concepts.of(t, ["all"], ["a", "b"], False), np.array([0]), [.7])
    Range(low=-0.1, high=0.1)
    """
    hits, rows = c.counts[np.arange(len(at)), at], c.counts.sum(axis=1) + c.unread
    low, high = (float(np.mean(top / np.maximum(rows, 1) - share)) for top in (hits, hits + c.unread))
    return Range(round(low, 12), round(high, 12))


def unread_said(c: Concepts, at: Ints, share: ArrayLike) -> tuple[str, ...]:
    """What the rows that could not be read leave open, in a sentence; nothing where all were read."""
    lost, ends = int(c.unread.sum()), worst_cases(c, at, share)
    if not lost:
        return ()
    of = f"{lost} of {lost + int(c.counts.sum())} generations could not be read"
    return (f"{of}: had none of them shown it, or all, this were {ends.low:+.3f} or {ends.high:+.3f}.",)


def gaps(shown: Shown, share: ArrayLike, reference_rows: ArrayLike) -> tuple[Estimate, ...]:
    """Estimate p_c - q_c of each concept, from its own limits; q_c is known where `reference_rows` (C,) are infinite.

    >>> from auditkit.stats.proportions import rates
    >>> shown = Shown(*(np.array([part]) for part in (.6, 50., 50.)), wilson(rates(30, 50)), "Wilson")
    >>> e, = gaps(shown, [.5], [np.inf])
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2])]
    [0.1, -0.038, 0.224]
    """
    q, rows = np.asarray(share, float), np.asarray(reference_rows, float)
    sampled = np.isfinite(rows)
    known = Curve(q, *(np.tile(q, (len(LEVELS), 1)) for _ in range(2)))
    theirs = wilson(Rates(q, rows, np.where(sampled, rows, 1.0), np.full(len(q), np.inf)))
    curve = newcombe(shown.curve, Curve(*(np.where(sampled, a, b) for a, b in zip(theirs, known, strict=True))))
    s = shown.sample
    units = None if s is None or s.cells is None else [clusters_in(s, one) for one in np.eye(len(q), dtype=bool)]
    n, worth = (np.nan_to_num(part) for part in (shown.rows, shown.n_eff))
    why = "no row of it could be read"
    return estimates(*curve, n=n, n_eff=worth, method=shown.method, clusters=units, reasons=why)


def mean_reference(references: Sequence[Reference]) -> Reference:
    """The reference of a mean over concepts: one that all share, or the mean of their shares and all that say so.

    >>> coins = [Reference({"a": p, "b": 1 - p}, "a coin", who) for p, who in ((.25, "us"), (.75, "them"))]
    >>> mean_reference(coins).value, mean_reference(coins).source
    ({'a': 0.5, 'b': 0.5}, 'us; them')
    """
    first = references[0]
    if all(other == first for other in references):
        return first
    shares = [reference.shares() for reference in references]
    levels = dict.fromkeys(level for own in shares for level in own)
    mean = {level: float(np.mean([own.get(level, 0.0) for own in shares])) for level in levels}
    why, source = (
        "; ".join(dict.fromkeys(getattr(reference, part) for reference in references)) for part in ("why", "source")
    )
    return Reference(mean, f"the mean over {len(references)} concepts: {why}", source)
