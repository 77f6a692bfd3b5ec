"""What is missing among the features, by group: what a median fills hides, and may stand for the group itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.core.estimate import LEVELS, Estimate, estimates
from auditkit.core.roles import MISSING
from auditkit.formats.words import exact, interval, number, short
from auditkit.lifecycle.mitigating.people import People
from auditkit.stats.accuracy import accuracy, share
from auditkit.stats.contrasts import newcombe
from auditkit.stats.proportions import Rates, guarded

MOST = 5
"""Features of which each is told."""
SURE = 0.95
Counts = Mapping[str, Mapping[str, Mapping[str, int]]]


def lacking(people: People) -> Counts:
    """By feature and group how many values are missing, of how many; only of features that miss some.

    >>> from auditkit.lifecycle.mitigating.people import people
    >>> rows = people([[1.0], [np.nan], [3.0], [4.0]], [0, 1, 0, 1], ["a", "a", "b", "b"])
    >>> lacking(rows)
    {'0': {'a': {'missing': 1, 'n': 2}, 'b': {'missing': 0, 'n': 2}}}
    """
    told = {}
    for name in people.X.columns:
        if (mask := _mask(people, name)).any():
            own = {group: mask[people.group.astype(str) == group] for group in people.groups}
            told[str(name)] = {group: {"missing": int(rows.sum()), "n": len(rows)} for group, rows in own.items()}
    return told


def told_lacking(people: People, medians: Mapping[str, float], levels: Collection[str]) -> Iterator[str]:
    """What is missing of each feature, what is read in its place, and where that differs by group: a sentence each.

    Shares with Wilson's interval; groups are compared two by two, all pairs and features together at 95 % (Bonferroni),
    on exact limits: of groups of very different size Wilson's would tell what is not there several times too often.
    """
    counts, pairs = lacking(people), list(combinations(people.groups, 2))
    sure = min(1 - (1 - SURE) / max(len(counts) * len(pairs), 1), LEVELS[-1])
    often = sorted(counts, key=lambda name: -sum(one["missing"] for one in counts[name].values()))
    for name in often[:MOST]:
        shares = {group: accuracy(*_rows(people, name, group)) for group in people.groups}
        yield f"{_filled(name, counts[name], medians, levels)} By {people.named['group']}: {_listed(shares)}."
        worth = {group: share(*_rows(people, name, group)) for group in people.groups}
        apart = [(a, b, difference(worth[a], worth[b])) for a, b in pairs]
        if known := [one for one in apart if not _holds_none(one[2], sure)]:
            yield _differs(name, *max(known, key=lambda one: abs(one[2].value or 0.0)), sure)
    if len(often) > MOST:
        yield f"Values are missing of {len(often) - MOST} more features, which mitigated.json counts by group."


def difference(one: Rates, other: Rates) -> Estimate:
    """The difference of two shares, (1,) each: square-and-add (Newcombe 1998a), on exact limits from 95 % on."""
    curve = newcombe(guarded(one, beyond=0.90), guarded(other, beyond=0.90))
    n_eff = min(float(one.n_eff[0]), float(other.n_eff[0]))
    return estimates(*curve, n=one.n + other.n, n_eff=n_eff, method="Newcombe, exact")[0]


def _mask(people: People, name: str) -> NDArray[np.bool_]:
    column = people.X[name]
    return np.asarray(column.isna() | (column.astype(object) == MISSING), bool)


def _rows(people: People, name: str, group: str) -> tuple[NDArray[np.bool_], NDArray[Any] | None]:
    rows = people.group.astype(str) == group
    return _mask(people, name)[rows], None if people.unit is None else people.unit[rows]


def _filled(
    name: str, counts: Mapping[str, Mapping[str, int]], medians: Mapping[str, float], levels: Collection[str]
) -> str:
    gone, n = (sum(one[what] for one in counts.values()) for what in ("missing", "n"))
    read = "read as the estimator reads them"
    if name in medians:
        read = f"read as the median of the rows that were learned from, {exact(medians[name])}, and marked as missing"
    elif name in levels:
        read = "read as a level of their own"
    return f"{short(name)} is missing in {gone:,} of {n:,} rows, which are {read}."


def _listed(shares: Mapping[str, Estimate]) -> str:
    return ", ".join(
        f"{short(group)} {number(e.value, signed=False)} {interval(e.interval(SURE), signed=False)}"
        for group, e in shares.items()
    )


def _holds_none(e: Estimate, sure: float) -> bool:
    low, high, _ = e.interval(sure)
    return low is None or high is None or low <= 0 <= high


def _differs(name: str, one: str, other: str, e: Estimate, sure: float) -> str:
    more, less, size = (one, other, e) if (e.value or 0.0) > 0 else (other, one, negated(e))
    return (
        f"{short(name)} is missing more often of {short(more)} than of {short(less)}, by {number(size.value)} "
        f"{interval(size.interval(sure))} (all groups and features together at 95 %). So that it is missing tells "
        "something of the group, and what is put in its place makes rows alike that need not be: ask why it is missing."
    )


def negated(e: Estimate) -> Estimate:
    """The same difference the other way round."""
    down, up = (tuple(None if end is None else -end for end in ends) for ends in (e.lower, e.upper))
    return replace(e, value=None if e.value is None else -e.value, lower=up, upper=down)
