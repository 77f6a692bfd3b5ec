"""Scores on a grid whose outcomes follow a known curve: worlds for detectors of scores, true in closed form."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import Floats
from auditkit.core.evidence import Rows


def normal_grid(steps: Floats, mean: float = 0.0, sd: float = 1.0) -> Floats:
    """The shares of a normal density on steps, made to sum to 1.

    >>> normal_grid(np.array([-1.0, 0.0, 1.0])).round(3).tolist()
    [0.274, 0.452, 0.274]
    """
    mass = np.exp(-(((steps - mean) / sd) ** 2) / 2)
    share: Floats = mass / mass.sum()
    return share


def true_auc(share: ArrayLike, chance: ArrayLike) -> float:
    """P(score of a positive > score of a negative) + P(equal)/2 where steps, rising, hold `share` of the rows.

    `chance` is that of a positive on each step.

    >>> true_auc([.5, .5], [0, 1]), true_auc([.5, .5], [.5, .5])
    (1.0, 0.5)
    """
    mass, p = np.asarray(share, float), np.asarray(chance, float)
    positive, negative = mass * p, mass * (1 - p)
    below = np.cumsum(negative) - negative
    return float((positive @ (below + negative / 2)) / (positive.sum() * negative.sum()))


def scored_rows(n: int, scores: Floats, groups: Mapping[str, tuple[Floats, Floats]], rng: np.random.Generator) -> Rows:
    """Draw n rows of each group: a score by the shares of its steps, and an outcome 1 or 0 by the chances there.

    `groups` holds the shares and the chances, each shaped as `scores`.

    >>> half = np.array([.5, .5])
    >>> rows = scored_rows(10, np.array([.1, .9]), {"a": (half, np.array([0., 1.]))}, np.random.default_rng(0))
    >>> len(rows), bool(((rows.number("score") > .5) == (rows.column("outcome") == "1")).all())
    (10, True)
    """
    columns: dict[str, list[str]] = {"group": [], "outcome": []}
    shown: list[float] = []
    for group, (share, chances) in groups.items():
        rows = rng.multinomial(n, share)
        hits = rng.binomial(rows, chances)
        for outcome, counts in (("1", hits), ("0", rows - hits)):
            shown += np.repeat(scores, counts).tolist()
            columns["group"] += [group] * int(counts.sum())
            columns["outcome"] += [outcome] * int(counts.sum())
    return Rows.of(columns, {"score": shown})
