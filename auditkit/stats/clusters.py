"""Rates of groups as the rows really carry them: weighted, clustered, and sharing clusters with one another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from auditkit.core.estimate import Floats
from auditkit.core.evidence import UNIT, Ints, Tally
from auditkit.core.roles import MISSING
from auditkit.stats.heavy_rows import heavy_rows
from auditkit.stats.proportions import Rates, rates

Members = NDArray[np.bool_]
ENOUGH = 10.0  # rows on either side of an outcome, by Kish, before their weights are believed to be how they were drawn
ALIKE = 2.0  # the most that weights may vary within a side, 1 + CV²
FEW = 5  # clusters with an outcome, below which their spread is not believed
HEAVY = 4.0  # clusters that hold most of an outcome, from which likeness is read too small
_ROUNDING = 1e-9  # of sums of weights


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


def worth_at_most(own: Floats, hits: Floats, rows: float) -> float:
    """The most rows that clusters can be worth: `worth_alike`, and Kish's number of clusters where `few_hold`.

    `own` and `hits` (C,) are the clusters' weights, all above 0, and how much of them is hit.

    >>> hits = np.array([7.0, 2, 1, 0, 0, 0, 0, 0])
    >>> [round(worth_at_most(np.full(8, 10.0), of, 80), 2) for of in (hits, np.maximum(hits, 1))]
    [8.0, 28.63]
    """
    return min(worth_alike(own, hits, rows), freedom(own) + 1 if few_hold(own, hits) else np.inf)


def few_hold(own: Floats, hits: Floats) -> bool:
    """Whether fewer than `FEW` of all C clusters, and fewer than C, hold a hit, or a miss.

    What is seen to vary then is these few: of 20 clusters of 10 at a rate of .1 and an ICC of .5 the upper limit at
    95 % misses .064 where that is believed, .006 where they count as Kish's number. Where every one holds both, as of
    4 raters with many rows each, few are enough.
    """
    holding = min(int((hits > 0).sum()), int((own - hits > _ROUNDING * own).sum()))
    return holding < min(FEW, len(own))


def surely_worth(own: Floats, hits: Floats, rows: float, effect: float) -> float:
    """The most rows that C clusters can be worth whose design effect is read from few that hold most of an outcome.

    `own` and `hits` (C,) as in `worth_at_most`. deff shows a likeness ρ = (deff - 1)/(m̄ - 1), m̄ = n Σ share². To the
    square of the relative error of a rate p, or 1 - p where that is smaller, clusters add ρ(1 - p)/(pC) = 1/h, as h
    hits in clusters of their own would. Where h is small the rate is that of few heavy clusters, and those that were
    not drawn make p and ρ small at once, so that the upper limit falls short twice: ρ is then at least (`HEAVY`/h)².
    That is at most q, what the fullest cluster holds over m̄, or √(q√ρ) where ρ is more: who saw none that is mostly hit
    has no reason to fear that all are alike. Of 20 clusters of 50 at a rate of .1 and an ICC of .3 that limit misses
    .050 at 95 % and .008 at 99.9 % without this, .022 and .002 with it. All n where ρ is more: then deff says what they
    are worth. Nothing helps where no heavy cluster was drawn: of 40 of 50 at .02, a cluster with chance .6 all alike
    and else independent rows, the interval at 95 % holds .51 of truths, .42 without this.

    >>> full = [np.repeat([1.0, 0.3, 0.0], of) for of in ([1, 2, 17], [6, 0, 14])]
    >>> [round(surely_worth(np.ones(20), hits, 400, 6.7), 1) for hits in full]  # rates of .08 and .3, likeness is .3
    [39.8, 400]
    """
    share, p = own / own.sum(), float(hits.sum() / own.sum())
    size, rare = rows * float(share @ share), min(p, 1 - p)
    if size <= 1 + _ROUNDING or rare <= 0:
        return rows
    rho = min(max(effect - 1, 0.0) / (size - 1), 1.0)
    full = min(float((hits if p <= 0.5 else own - hits).max() / (own @ share)), 1.0)
    heavy = min(HEAVY * rho * (1 - rare) / (rare * len(own)), 1.0) ** 2
    least = min(heavy, max(full, float(np.sqrt(full * np.sqrt(rho)))))
    return rows if least <= rho else rows / (1 + (size - 1) * least)


def worth_alike(own: Floats, hits: Floats, rows: float) -> float:
    """The rows that clusters of these sizes are worth where all are alike: n / (1 + (m̄ - 1) ρ), m̄ = n Σ share².

    `own` and `hits` (C,) are the clusters' weights, all above 0, and how much of them is hit; `rows` n is what they are
    worth were ρ 0, and m = n share, at least 1, what each is. Kish's design effect (1965), where ρ is read from all
    clusters by moments, each weighted by 1/(ρ + (1 - ρ)/m), in four rounds. A large cluster hides how clusters vary,
    since the rate is near it: of 60 clusters with log-normal sizes (σ = 1.5), all or none of each a hit, at a rate of
    .1, leaving each out holds .85 of truths at 95 %, and on no more rows than these .99. From clusters of one size it
    takes nothing: they are worth p(1 - p)/var + 1 by it, or all their rows.

    >>> round(worth_alike(np.full(4, 10.0), np.array([1.0, 9, 2, 8]), 40), 2)
    7.0
    """
    share = own / own.sum()
    m, q = np.maximum(share * rows, 1.0), hits / own
    spare = float((m - 1).sum())
    within = float(m @ (q * (1 - q))) / spare if spare > 0 else 0.0
    rho = 1.0
    for _ in range(4):
        a = 1 / (rho + (1 - rho) / m)
        a /= a.sum()
        left = float(a @ (q - a @ q) ** 2) - within * float((a * (1 - a)) @ (1 / m))
        between = max(left, 0.0) / max(1 - float(a @ a), 1e-12)
        rho = between / (between + within) if between + within > 0 else 1.0
    return float(rows / (1 + max(rows * float(share @ share) - 1, 0.0) * rho))


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


def freedom(share: Floats) -> float:
    """Degrees of freedom of a variance between clusters with these shares of a rate: Kish's number of them, less 1.

    1/Σ share² - 1: what C - 1 is for clusters of one size. At least 1 where there are two, 0 for one alone.

    >>> [round(freedom(np.array(share)), 2) for share in ([.25] * 4, [.6, .2, .1, .1], [1.])]
    [3.0, 1.38, 0.0]
    """
    return max(float(share.sum() ** 2 / (share @ share)) - 1, 1.0) if len(share) > 1 else 0.0


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
