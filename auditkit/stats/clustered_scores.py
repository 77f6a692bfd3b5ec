"""Scores that share clusters: what their mean is worth in scores of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import Estimate, Floats
from auditkit.core.evidence import Ints
from auditkit.stats.clusters import left_out_mean
from auditkit.stats.matched import mean_over_clusters


def between_clusters(residuals: ArrayLike, cluster: Ints) -> tuple[Floats, float]:
    """The clusters' sizes, and the variance of the mean by leaving each of them out, from residuals (m,).

    >>> sizes, variance = between_clusters([1.0, -1.0], np.array([0, 1]))
    >>> sizes.tolist(), round(variance, 6)  # s²/m, with s² = 2
    ([1.0, 1.0], 1.0)
    """
    _, place = np.unique(cluster, return_inverse=True)
    size = np.bincount(place).astype(float)
    psi = left_out_mean(np.bincount(place, np.asarray(residuals, float)).astype(float), size)
    return size, float(psi @ psi)


def mean_of_scores(scores: ArrayLike, cluster: Ints, reach: float = 1.0) -> Estimate:
    """Estimate the mean of scores within ± `reach`, (m,), that share clusters: `mean_over_clusters`, worth m/deff.

    deff is the variance of the mean over that of as many scores alone. As with rates, many scores in a few clusters
    that are alike are worth many; t on the clusters less 1 sees to it that few clusters say little. Where no two
    clusters differ they are worth Kish's number of clusters.

    >>> rng = np.random.default_rng(1)
    >>> alike = mean_of_scores(rng.uniform(-1, 1, 400), np.repeat(np.arange(8), 50))
    >>> apart = mean_of_scores(np.repeat(rng.uniform(-1, 1, 8), 50), np.repeat(np.arange(8), 50))
    >>> alike.n_eff > 100, apart.n_eff < 9, alike.clusters
    (True, True, 8)
    """
    x = np.asarray(scores, float)
    e = mean_over_clusters(x, cluster, reach)
    if not len(x):
        return e
    _, variance = between_clusters(x - x.mean(), cluster)
    return e if variance < 1e-24 else replace(e, n_eff=min(float(x.var() / variance), float(len(x))))
