"""Rates of groups as the rows really carry them: weighted, clustered, and sharing clusters with one another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from auditkit.core.estimate import Floats
from auditkit.core.evidence import UNIT, Ints, Tally
from auditkit.core.roles import MISSING
from auditkit.stats.cluster_worth import freedom, surely_worth, worth_at_most
from auditkit.stats.heavy_rows import heavy_rows
from auditkit.stats.proportions import Rates, rates

Members = NDArray[np.bool_]
ENOUGH = 10.0  # rows on either side of an outcome, by Kish, before their weights are believed to be how they were drawn
ALIKE = 2.0  # the most that weights may vary within a side, 1 + CV²


@dataclass(frozen=True)
class Sample:
    """Hits and totals of k groups, with all that the variance of any contrast between them needs.

    `hits` and `rows` count rows; `w_hits` and `w` sum their weights, `squares` (2, k) the squared weights of misses and
    hits. `cells` are per cluster and group, `None` when every row is its own cluster. `heaviest` (2, k) are the largest
    weights of misses and hits, where weights are known.
    """

    levels: tuple[str, ...]
    hits: Ints
    rows: Ints
    w_hits: Floats
    w: Floats
    squares: Floats
    weighted: bool
    cells: Cells | None
    heaviest: Floats | None = None

    @property
    def plain(self) -> bool:
        """Whether the counts alone reproduce every interval: neither weights nor clusters."""
        return self.cells is None and not self.weighted


@dataclass(frozen=True)
class Cells:
    """Weighted hits and totals per cluster and group."""

    cluster: Ints
    group: Ints
    w_hits: Floats
    w: Floats


def sample(tally: Tally, group: str, event: str, hits: Collection[str], levels: Sequence[str] | None = None) -> Sample:
    """Read the rates of `hits` among the levels of `event`, by the levels of `group`; missing levels take no part.

    `levels` names the groups that there are, so that one without rows is told as undefined instead of forgotten.
    """
    known = tally.without(event, MISSING).without(group, MISSING).marginal(group, event)
    found = known.levels_of(group)
    levels = found if levels is None else tuple(levels)
    at = {level: k for k, level in enumerate(levels)}
    place = np.array([at[level] for level in found] or [0], np.int64)
    is_hit = np.isin(known.levels_of(event), list(hits))
    g = place[known.codes[:, known.index(group)]]
    hit = is_hit[known.codes[:, known.index(event)]] if len(known) else np.zeros(0, bool)
    k = len(levels)

    def total(values: NDArray[np.int64] | Floats, where: Members | None = None) -> Floats:
        part = slice(None) if where is None else where
        return np.bincount(g[part], np.asarray(values, float)[part], minlength=k).astype(float)

    squares = np.stack([total(known.w2, ~hit), total(known.w2, hit)])
    heaviest = np.zeros((2, k))
    np.maximum.at(heaviest, (hit.astype(int), g), known.heaviest)
    cells = _per_cluster(known, g, hit, k) if UNIT in known else None
    hit_rows, rows = total(known.n, hit).astype(np.int64), total(known.n).astype(np.int64)
    return Sample(levels, hit_rows, rows, total(known.w, hit), total(known.w), squares, known.weighted, cells, heaviest)


def presence(tally: Tally, axis: str, levels: Collection[str]) -> Sample:
    """All rows as one group, and whether each is at one of these levels of an axis: a share of the whole."""
    named = {level: "in" if level in levels else "out" for level in tally.levels_of(axis)}
    event = tally.marginal(axis).relabel(axis, named)
    whole = replace(
        event,
        axes=("all", *event.axes),
        names=("all", *event.names),
        levels=(("all",), *event.levels),
        codes=np.column_stack([np.zeros(len(event), np.int64), event.codes]),
    )
    return sample(whole, "all", axis, ["in"])


def _per_cluster(known: Tally, g: Ints, hit: Members, k: int) -> Cells:
    unit = known.codes[:, known.index(UNIT)]
    key, inverse = np.unique(unit * k + g, return_inverse=True)
    w = np.bincount(inverse, known.w, minlength=len(key))
    w_hits = np.bincount(inverse[hit], known.w[hit], minlength=len(key))
    return Cells(key // max(k, 1), key % max(k, 1), w_hits.astype(float), w.astype(float))


def union_rates(s: Sample, members: Members) -> Rates:
    """The rates of m unions of groups, `members` (m, k): Hájek means with what their rows are worth.

    p = Σwx / Σw; rows by the linearised residuals w(x - p) / Σw; clusters by leaving each out (`influence`), on Kish's
    number of them less 1 degrees of freedom. n_eff = p(1 - p) / var, at most n, and of clusters at most
    `worth_at_most` and `surely_worth`; where p is 0 or 1 it is Kish's (Σw)²/Σw², of rows or of clusters. Rows are never
    worth more than Kish's, in clusters neither: a heavy one pulls the rate to itself, and hides its own error. Of 60
    with log-normal weights (σ = 1) intervals without that hold .91 of truths, with it .95. Where hits and misses were
    drawn at rates of their own, that is `drawn_apart`.
    """
    if s.plain:
        return rates(members @ s.hits, members @ s.rows)
    w, n = members @ s.w, (members @ s.rows).astype(float)
    value = np.divide(members @ s.w_hits, w, out=np.full(len(w), np.nan), where=w > 0)
    kish = np.divide(w**2, members @ s.squares.sum(0), where=w > 0, out=n.copy()) if s.weighted else n
    if s.cells is None:
        variance = np.array([_covariance(s, a, a, p, p) for a, p in zip(members, value, strict=True)])
        df, fallback, most = np.full(len(w), np.inf), kish, kish
    else:
        read = [_clustered(s.cells, *each) for each in zip(members, value, kish, strict=True)]
        variance, df, most = np.array(read).reshape(-1, 3).T
        fallback = df + 1
    flat = ~(variance > 0)
    n_eff = np.where(flat, fallback, np.minimum(value * (1 - value) / np.where(flat, 1, variance), most))
    r = Rates(value, n, np.minimum(n_eff, np.minimum(kish, n)), df)
    return r if s.cells is not None else r._replace(drawn=drawn_apart(s, members, r), heavy=_heavy(s, members))


def drawn_apart(s: Sample, members: Members, r: Rates) -> Floats | None:
    """The `drawn` of weighted rows whose hits and misses have weights of their own; `None` where no union's have.

    π = hits / rows, and p / (1 - p) = c π / (1 - π), c the mean weight of a hit over that of a miss: what Kish counts
    as spread is mostly c, which costs nothing where cases and controls were drawn. Rows are worth
    n / (1 + CV²), CV that of the weights within hits or within misses, the larger. Held only where 1 + CV² is at most 2
    and either side at least 10 rows by Kish's count: one heavy row, or some among light ones, may by chance all be
    misses, and pass for a way of drawing. Else the rate is as weighted, and c = 1.
    """
    rows, w = (np.stack([members @ (all_ - of), members @ of]) for all_, of in ((s.rows, s.hits), (s.w, s.w_hits)))
    squares = np.stack([members @ part for part in s.squares])
    with np.errstate(divide="ignore", invalid="ignore"):
        kish, mean = w**2 / squares, w / rows
        varied, odds = (rows / kish).max(axis=0), mean[1] / mean[0]
        use = (kish.min(axis=0).round(6) >= ENOUGH) & (varied <= ALIKE)
        parts = (
            (rows[1] / rows.sum(axis=0), r.value),
            (rows.sum(axis=0) / varied, r.n_eff),
            (odds, np.ones(len(w[0]))),
        )
        return np.stack([np.where(use, of, else_) for of, else_ in parts]) if use.any() else None


def _heavy(s: Sample, members: Members) -> Floats | None:
    if s.heaviest is None:
        return None
    rows, w = (np.stack([members @ (all_ - of), members @ of]) for all_, of in ((s.rows, s.hits), (s.w, s.w_hits)))
    top = np.stack([np.where(members, side, 0.0).max(axis=1, initial=0.0) for side in s.heaviest])
    return heavy_rows(rows, w, np.stack([members @ part for part in s.squares]), top)


def _clustered(c: Cells, members: Members, p: float, rows: float) -> tuple[float, float, float]:
    """The variance of the rate p of a union of groups, its degrees of freedom, and the most rows it can be worth."""
    own, hits = _by_cluster(c, members)
    if not own.any():
        return 0.0, 0.0, rows
    psi = left_out_mean(hits - p * own, own)
    seen, variance = own > 0, float(psi @ psi)
    effect = variance * rows / (p * (1 - p)) if 0 < p < 1 else 0.0
    most = min(worth_at_most(own[seen], hits[seen], rows), surely_worth(own[seen], hits[seen], rows, effect))
    return variance, freedom(own[seen]), most


def influence(c: Cells, members: Members, p: float) -> Floats:
    """By how much each cluster moves the rate p of a union of groups: ψ = √(1 - 1/C) w (x̄ - p) / (W - w).

    Σ ψ² is the delete-one-cluster jackknife variance, and that of the linearised residuals times C/(C - 1) where all C
    clusters weigh the same. Where they do not linearisation is too short: a heavy cluster pulls the rate to itself. 0
    where a cluster is alone.
    """
    own, hits = _by_cluster(c, members)
    return left_out_mean(hits - p * own, own)


def left_out_mean(residuals: Floats, weights: Floats) -> Floats:
    """ψ of a weighted mean from its clusters' summed residuals Σ w (x - mean) and weights: see `influence`."""
    total, units = float(weights.sum()), int((weights > 0).sum())
    left = total - weights
    known = (weights > 0) & (left > 0)
    psi: Floats = np.divide(residuals, left, out=np.zeros(len(weights)), where=known)
    psi *= np.sqrt(1 - 1 / max(units, 1))
    return psi


def _by_cluster(c: Cells, members: Members) -> tuple[Floats, Floats]:
    """The weight of each cluster in a union of groups, and how much of it is hit."""
    inside = members[c.group]
    size = int(c.cluster.max()) + 1 if len(c.cluster) else 0
    own, hits = (np.bincount(c.cluster, np.where(inside, w, 0.0), minlength=size) for w in (c.w, c.w_hits))
    return own.astype(float), hits.astype(float)


def correlations(s: Sample, a: Members, b: Members) -> Floats:
    """How the rates of unions a and b (m, k) move together: shared rows and shared clusters."""
    if s.cells is None and not (a & b).any():
        return np.zeros(len(a))
    value = [np.divide(m @ s.w_hits, m @ s.w, out=np.zeros(len(m)), where=(m @ s.w) > 0) for m in (a, b)]
    out = np.zeros(len(a))
    for i, (one, other) in enumerate(zip(a, b, strict=True)):
        p, q = value[0][i], value[1][i]
        spread = _covariance(s, one, one, p, p) * _covariance(s, other, other, q, q)
        if spread > 0:
            out[i] = _covariance(s, one, other, p, q) / np.sqrt(spread)
    return np.clip(out, -1, 1)


def _covariance(s: Sample, a: Members, b: Members, p: float, q: float) -> float:
    """Covariance of the rates p of union a and q of union b: by linearisation of rows, or leaving clusters out."""
    scale = float((a @ s.w) * (b @ s.w))
    if scale <= 0:
        return 0.0
    if s.cells is None:
        misses, hits = s.squares[:, a & b].sum(axis=1)
        return float(misses * p * q + hits * (1 - p) * (1 - q)) / scale
    if clusters_in(s, a | b) < 2:
        return 0.0
    return float(influence(s.cells, a, p) @ influence(s.cells, b, q))


def clusters_in(s: Sample, members: Members) -> int:
    """The number of independent units in a union of groups."""
    if s.cells is None:
        return int(s.rows[members].sum())
    return len(np.unique(s.cells.cluster[members[s.cells.group]]))
