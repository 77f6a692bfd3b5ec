"""What a detector is shown: the cells, the moments or the rows that its roles ask for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from auditkit import frames
from auditkit.core.detector import Detector
from auditkit.core.evidence import UNIT, Evidence, Tally
from auditkit.core.roles import SEVERAL, Roles

CROSSED = "group:crossed"
ROW_BY_ROW = frozenset({"text", "image", "item", UNIT})


def count(data: Any, detectors: Sequence[Detector], roles: Roles, kept: int = 0) -> Tally:
    """Everything that any detector counts, in one pass; where all of them read rows, the levels that repeat.

    Units of one row each stay an axis where there are at most `kept` of them.
    """
    counted = [detector for detector in detectors if detector.numbers is None]
    axes: dict[str, str] = {}
    for detector in counted or detectors:
        axes |= axes_of(detector, roles)
    if not counted:
        axes = {axis: column for axis, column in axes.items() if axis.split(":")[0] not in ROW_BY_ROW}
    if axes:
        return frames.tally(data, axes, weight=_weight(roles), kept=kept)
    some = next(column for columns in roles.columns.values() for column in columns if not frames.is_list(data, column))
    return frames.tally(data, {"any": some}, weight=_weight(roles)).marginal()


def evidence(detector: Detector, data: Any, tally: Tally, roles: Roles, crossed: bool) -> Iterator[Evidence]:
    """Each evidence a detector is to examine: one for each choice among the columns of a role that has several.

    Where it reads rows, a role of several columns but the group is shown whole. `crossed` makes one group of several.
    """
    axes = axes_of(detector, roles)
    split = [role for role in SEVERAL if role not in _whole(detector)]
    choices = [[axis for axis in axes if axis.startswith(f"{role}:")] for role in split]
    groups = [axis for axis in axes if axis.startswith("group:")]
    together = groups if crossed and len(groups) > 1 else []
    for picked in product(*([CROSSED] if choice == together else choice for choice in choices if choice)):
        if detector.numbers is not None:
            yield _rows(detector, data, roles, picked, together)
        elif detector.measures is not None:
            yield from _moments(detector, data, tally, roles, picked)
        else:
            cells = tally.crossed(together, CROSSED) if together else tally
            yield cells.marginal(*_plain(axes, cells), *picked).rename(_named(picked))


def axes_of(detector: Detector, roles: Roles) -> dict[str, str]:
    """The axes of a detector's evidence and the column of each; a role of several columns has an axis for each."""
    numbers = detector.numbers or ()
    read = [role for role in (*detector.needs, *detector.uses, UNIT) if role in roles and role not in numbers]
    return {
        f"{role}:{column}" if role in SEVERAL else role: column
        for role in dict.fromkeys(read)
        for column in roles[role]
    }


def _whole(detector: Detector) -> frozenset[str]:
    return frozenset() if detector.numbers is None else SEVERAL - {"group"}


def _plain(axes: dict[str, str], tally: Tally) -> list[str]:
    return [axis for axis in axes if ":" not in axis and axis in tally]


def _named(picked: Sequence[str]) -> dict[str, str]:
    return {axis: axis.split(":")[0] for axis in picked}


def _weight(roles: Roles) -> str | None:
    return roles["weight"][0] if "weight" in roles else None


def _moments(detector: Detector, data: Any, tally: Tally, roles: Roles, picked: Sequence[str]) -> Iterator[Evidence]:
    """A number summarised in every cell, for each column of the role that is measured."""
    axes, weight = axes_of(detector, roles), _weight(roles)
    by = {name: axes[axis] for axis, name in _named(picked).items()} | {a: axes[a] for a in _plain(axes, tally)}
    for column in roles[detector.measures or ""]:
        yield replace(frames.moments(data, by, column, weight), measured=column, weighted=weight is not None)


def _rows(detector: Detector, data: Any, roles: Roles, picked: Sequence[str], together: Sequence[str]) -> Evidence:
    """The rows, with the columns of a numeric role that hold levels as axes of their own, "feature:city"."""
    axes = axes_of(detector, roles)
    whole = [axis for axis in axes if ":" not in axis or axis.split(":")[0] in _whole(detector)]
    chosen = [*whole, *(together if CROSSED in picked else picked)]
    levels = {axis: axes[axis] for axis in chosen}
    numbers: dict[str, tuple[str, ...]] = {}
    for role in (role for role in ("weight", *(detector.numbers or ())) if role in roles):
        spelled = [column for column in roles[role] if role == "feature" and not frames.numeric(data, column)]
        levels |= {f"{role}:{column}": column for column in spelled}
        numbers[role] = tuple(column for column in roles[role] if column not in spelled)
    bag = frames.rows(data, levels, {role: columns for role, columns in numbers.items() if columns})
    return bag.crossed(together, "group") if CROSSED in picked else bag.rename(_named(picked))
