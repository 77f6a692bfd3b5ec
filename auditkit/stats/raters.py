"""Raters who judge candidates of their own group and of another: what each prefers, and those whom they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.core.evidence import Tally
from auditkit.stats.means import permutation_of_labels
from auditkit.stats.pairs import clustered_mean, paired_difference
from auditkit.stats.proportions import Curve

ALL = "all raters"


class Preference(NamedTuple):
    """What a rater, or all of them, prefer: own less other group, `hits` of own and other among `n` items.

    `left` items have not one judgement of each side, and take no part.
    """

    rater: str
    estimate: Estimate
    hits: tuple[int, int]
    n: int
    left: int = 0


def sided(known: Tally) -> tuple[Tally, dict[str, str]]:
    """Whether each candidate was of the rater's own group, as axis "side", and the group of each rater.

    Raises `InputError` for a rater of two groups.

    >>> cells = {("r", "x", "x", "1"): 3, ("r", "x", "y", "1"): 2}
    >>> told, belongs = sided(Tally.of_cells(("rater", "rater_group", "candidate_group", "outcome"), cells))
    >>> told.levels_of("side"), belongs
    (('other', 'own'), {'r': 'x'})
    """
    belongs = known.marginal("rater", "rater_group")
    pairs = [(belongs.levels[0][r], belongs.levels[1][g]) for r, g in belongs.codes[:, :2].tolist()]
    if len(dict(pairs)) < len(set(pairs)):
        raise InputError("A rater has two groups. Give each rater one.")
    levels = {
        f"{mine} × {theirs}": "own" if mine == theirs else "other"
        for mine in known.levels_of("rater_group")
        for theirs in known.levels_of("candidate_group")
    }
    return known.crossed(["rater_group", "candidate_group"], "side").relabel("side", levels), dict(pairs)


def fixed_raters(known: Tally) -> tuple[Preference, ...]:
    """What these raters prefer on matched items, each by Newcombe's paired interval, and of several all together.

    Over all it is the mean difference with items as clusters. `known` has the axes rater, side, item and outcome, whose
    level "1" is favourable.

    >>> cells = {("r", s, i, o): 1 for i in "abcd" for s, o in (("own", "1"), ("other", "1" if i == "a" else "0"))}
    >>> known = Tally.of_cells(("rater", "side", "item", "outcome"), cells)
    >>> [(p.rater, p.estimate.value, p.hits) for p in fixed_raters(known)]
    [('r', 0.75, (4, 1))]
    """
    told: list[Preference] = []
    differences: dict[str, list[float]] = {}
    tables = np.zeros((2, 2))
    for rater in known.levels_of("rater"):
        rows = known.where("rater", rater)
        own, other, items = _pairs(rows)
        table = np.array([[np.sum((own == a) & (other == b)) for b in (1, 0)] for a in (1, 0)], float)
        tables += table
        left = len(rows.levels_of("item")) - len(items)
        told.append(_preference(rater, paired_difference(*table.ravel()), table, left))
        for item, d in zip(items, own - other, strict=True):
            differences.setdefault(item, []).append(float(d))
    if len(told) > 1:
        means = [sum(d) / len(d) for d in differences.values()]
        told.append(_preference(ALL, clustered_mean(means, [len(d) for d in differences.values()]), tables))
    return tuple(told)


def sampled_raters(known: Tally, belongs: Mapping[str, str]) -> Estimate:
    """What the raters that these stand for prefer: half the difference of the raters' contrasts A - B between groups.

    ½ {(μ_AA - μ_AB) + (μ_BB - μ_BA)}, with raters as the independent units (Price & Wolfers 2010): exact permutation up
    to 12, Welch's t beyond; raters of one group only by their mean contrast. `known` has the axes rater, side and
    outcome, and `belongs` the group of each rater. Raises `CannotDecide` where no rater judged both, or raters of more
    than two groups did, or of one and no items are matched.
    """
    told = {rater: _contrast(known.where("rater", rater)) for rater in known.levels_of("rater")}
    d = {rater: value for rater, value in told.items() if value is not None}
    groups = sorted({belongs[rater] for rater in d})
    if not d or len(groups) > 2:
        raise CannotDecide(f"{len(d)} raters of {len(groups)} groups judged candidates of both groups")
    if len(groups) == 1 and "item" not in known:
        raise CannotDecide("only raters of one group judged both, and no items are matched: it is not identified")
    first = [belongs[rater] == groups[0] for rater in d]
    if len(groups) == 1:
        estimate = clustered_mean(list(d.values()), [1] * len(d))
    else:
        towards = [value if mine else -value for value, mine in zip(d.values(), first, strict=True)]
        estimate = _halved(permutation_of_labels(towards, first).estimate)
    return replace(estimate, n=known.total, n_eff=float(known.total), clusters=len(d))


def mean_shift(gamma: float) -> float:
    """E over N(0, 1) quality of expit(q + γ) - expit(q), by Gauss-Hermite quadrature.

    >>> mean_shift(0.0), round(mean_shift(1.5), 4)
    (0.0, 0.2785)
    """
    x, w = np.polynomial.hermite_e.hermegauss(61)
    return float(w @ (1 / (1 + np.exp(-(x + gamma))) - 1 / (1 + np.exp(-x))) / w.sum())


def _preference(rater: str, estimate: Estimate, table: Floats, left: int = 0) -> Preference:
    return Preference(rater, estimate, (int(table[0].sum()), int(table[:, 0].sum())), int(table.sum()), left)


def _pairs(rows: Tally) -> tuple[Floats, Floats, list[str]]:
    """The favourable outcomes (0 or 1) of own and other in each item that has one judgement of each."""
    empty: Floats = np.zeros(0)
    if len(rows.levels_of("side")) < 2:
        return empty, empty, []
    counts = rows.cube("item", "side", "outcome", of="n")
    full = (counts.sum(axis=2) == 1).all(axis=1)
    positive = rows.levels_of("outcome").index("1") if "1" in rows.levels_of("outcome") else None
    hits = counts[full, :, positive] if positive is not None else np.zeros((int(full.sum()), 2))
    own, other = (hits[:, rows.levels_of("side").index(side)] for side in ("own", "other"))
    return own, other, [item for item, kept in zip(rows.levels_of("item"), full, strict=True) if kept]


def _contrast(rows: Tally) -> float | None:
    """A rater's own-minus-other difference of favourable rates; `None` where one of them was not judged."""
    sides, outcomes = rows.levels_of("side"), rows.levels_of("outcome")
    if len(sides) < 2:
        return None
    counts = rows.cube("side", "outcome", of="n")
    hits = counts[:, outcomes.index("1")] if "1" in outcomes else np.zeros(2)
    rate = hits / counts.sum(axis=1)
    return float(rate[sides.index("own")] - rate[sides.index("other")])


def _halved(e: Estimate) -> Estimate:
    curve = (side / 2 for side in Curve.of([e]))
    return estimates(*curve, n=e.n, n_eff=e.n_eff, method=e.method, reasons=e.reason)[0]
