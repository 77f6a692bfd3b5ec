"""Who is decided about: features, the outcome as 0 and 1, the groups, and who may not be split; in two halves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.core.detector import either, labels, meant
from auditkit.core.errors import InputError, nearest
from auditkit.core.estimate import Floats
from auditkit.core.evidence import Ints
from auditkit.core.roles import MISSING
from auditkit.levels import spelled

if TYPE_CHECKING:
    import pandas as pd

SIDES = " among the rows to learn from", " among the held-out rows"
APART = " among the rows that the predictor is fitted on", " among the rows that thresholds are fitted on"
SMALL = 30
"""Fewer training rows of a group than this, and what is fitted to it alone is mostly noise."""


@dataclass(frozen=True)
class People:
    """n rows: features X, outcome y (n,) of 0 and 1, group (n,) as levels, and unit (n,) where rows share one.

    `row` (n,) is the place of each row in what was given; `named` the columns of outcome, group and unit there;
    `outcomes` how 0 and 1 are spelled; `lacking` counts the rows without outcome or group, which are left out.
    """

    X: pd.DataFrame
    y: Ints
    group: Any
    unit: Any
    row: Ints
    named: dict[str, str]
    outcomes: tuple[str, str]
    lacking: int = 0

    def __len__(self) -> int:
        return len(self.y)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that there are, in order."""
        return tuple(str(one) for one in np.unique(self.group))

    def taken(self, kept: Any) -> People:
        """Some of the rows, by mask."""
        unit = None if self.unit is None else self.unit[kept]
        return replace(self, X=self.X[kept], y=self.y[kept], group=self.group[kept], unit=unit, row=self.row[kept])


def people(X: Any, y: Any, group: Any, unit: Any = None, positive: str | None = None) -> People:
    """Gather rows; those whose outcome or group is missing take no part. Columns are matched by position.

    Raises `InputError` where lengths differ, or the outcome has not two levels of which one is `positive`.
    """
    import pandas as pd

    frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(X))
    frame = frame.set_axis([str(name) for name in frame.columns], axis=1).reset_index(drop=True)
    given = {"outcome": y, "group": group} | ({} if unit is None else {"unit": unit})
    named = {role: _name(column, role) for role, column in given.items()}
    columns = {role: _levels(column, named[role]) for role, column in given.items()}
    told = {"X": len(frame), **{role: len(column) for role, column in columns.items()}}
    if len(set(told.values())) > 1:
        said = ", ".join(f"{name} has {n:,}" for name, n in told.items())
        raise InputError(f"The columns differ in length: {said}. Give each one value per row.")
    known = (columns["outcome"] != MISSING) & (columns["group"] != MISSING)
    outcomes = _outcomes(columns["outcome"][known], named["outcome"], positive)
    truth = (columns["outcome"] == outcomes[1]).astype(int)
    shared = columns.get("unit")
    if shared is not None and len(np.unique(shared)) == len(shared):
        shared = None
    whole = People(frame, truth, columns["group"], shared, np.arange(len(frame)), named, outcomes, int((~known).sum()))
    return whole.taken(known)


def halves(
    everyone: People, held_out: float, rng: np.random.Generator, sides: tuple[str, str] = SIDES, within: str = ""
) -> tuple[People, People]:
    """Those to learn from and those held out: units by systematic sampling, sorted by group and outcome.

    Within a group and outcome the order is random; every k-th unit of the sorted list is held out, so that each
    group and outcome has its share to within one unit (implicit stratification; Madow & Madow 1944). A unit of several
    groups or outcomes stands with its most frequent. Raises `InputError` where a group has not both outcomes on either
    side, as `sides` and `within` call them and the whole: nothing could be learned or checked of it.
    """
    if not 0 < held_out < 1:
        raise InputError(f"held_out is the share of rows to audit on, between 0 and 1, and got {held_out!r}.")
    _both_outcomes(everyone, within, 2)
    _, unit = np.unique(everyone.row if everyone.unit is None else everyone.unit, return_inverse=True)
    _, stratum = np.unique(everyone.group.astype(str), return_inverse=True)
    stands = _most_frequent(unit, 2 * stratum + everyone.y)
    order = np.lexsort((rng.random(len(stands)), stands))
    steps = np.floor(np.arange(len(order) + 1) * held_out + rng.random())
    held = np.zeros(len(order), bool)
    held[order] = np.diff(steps) > 0
    learned, kept = everyone.taken(~held[unit]), everyone.taken(held[unit])
    for part, where in zip((learned, kept), sides, strict=True):
        _both_outcomes(part, where, 1, everyone.groups)
    return learned, kept


def apart(learned: People, rng: np.random.Generator) -> tuple[People, People]:
    """Of those to learn from, one half for a predictor and the other for its thresholds, split as `halves` does.

    On its own rows a predictor separates the outcomes better than anywhere else, and thresholds that were fitted there
    are set for scores that nobody else has (Hardt, Price & Srebro 2016 fit them on rows that the predictor never saw).
    """
    return halves(learned, 0.5, rng, APART, SIDES[0])


def small(part: People) -> list[str]:
    """The groups of fewer than `SMALL` rows, with how many they have."""
    return [f"{group} ({n})" for group, n in sorted(Counter(part.group.tolist()).items()) if n < SMALL]


def _both_outcomes(part: People, where: str, least: int, groups: Sequence[str] | None = None) -> None:
    seen = Counter(zip(part.group.tolist(), part.y.tolist(), strict=True))
    for group in groups or part.groups:
        for outcome, spelling in enumerate(part.outcomes):
            if seen[group, outcome] < least:
                raise InputError(
                    f'{group} has {seen[group, outcome]} rows of {part.named["outcome"]} "{spelling}"{where}, and '
                    "nothing can be learned or checked of it there. Merge it with another group, or leave its rows out."
                )
    if len(groups or part.groups) < 2:
        raise InputError(f'The column "{part.named["group"]}" has only one group, and nothing to make equal.')


def _most_frequent(unit: Ints, stratum: Ints) -> Ints:
    """The most frequent stratum of each unit; the first of several."""
    counts: Floats = np.zeros((int(unit.max()) + 1, int(stratum.max()) + 1))
    np.add.at(counts, (unit, stratum), 1)
    most: Ints = counts.argmax(axis=1)
    return most


def _levels(column: Any, name: str) -> Any:
    values = column.to_numpy(dtype=object) if hasattr(column, "to_numpy") else np.asarray(column, object)
    if values.ndim != 1:
        raise InputError(f"{name} is a single column, one value per row; this has the shape {values.shape}.")
    return np.array(spelled(values.tolist(), name), object)


def _name(column: Any, role: str) -> str:
    name = getattr(column, "name", None)
    return name if isinstance(name, str) and name else role


def _outcomes(levels: Any, name: str, positive: str | None) -> tuple[str, str]:
    """How 0 and 1 are spelled."""
    known = sorted({str(level) for level in levels})
    if len(known) != 2:
        raise InputError(f'"{name}" has {len(known)} levels: {labels(known)}. What is predicted has two.')
    wanted = meant(known) if positive is None else str(positive)
    if wanted is None:
        told = f'Which level of "{name}" is predicted? It has: {labels(known)}. Say which with '
        raise InputError(told, *either("positive", known), ".")
    if wanted not in known:
        raise InputError(f'"{name}" has no level "{wanted}". It has: {labels(known)}.{nearest(wanted, known)}')
    return next(level for level in known if level != wanted), wanted
