"""How many rows, or clusters of one size, are clusters worth of which so much is hit?"""

from __future__ import annotations

import numpy as np

from auditkit.core.estimate import Floats

FEW = 5  # clusters with an outcome, below which their spread is not believed
HEAVY = 4.0  # clusters that hold most of an outcome, from which likeness is read too small
_ROUNDING = 1e-9  # of sums of weights


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


def freedom(share: Floats) -> float:
    """Degrees of freedom of a variance between clusters with these shares of a rate: Kish's number of them, less 1.

    1/Σ share² - 1: what C - 1 is for clusters of one size. At least 1 where there are two, 0 for one alone.

    >>> [round(freedom(np.array(share)), 2) for share in ([.25] * 4, [.6, .2, .1, .1], [1.])]
    [3.0, 1.38, 0.0]
    """
    return max(float(share.sum() ** 2 / (share @ share)) - 1, 1.0) if len(share) > 1 else 0.0
