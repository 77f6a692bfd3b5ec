"""Which groups appeared or vanished, and which have other numbers of rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from auditkit.comparing.naming import named
from auditkit.core.evidence import Tally
from auditkit.core.judgement import Notice
from auditkit.core.report import Report
from auditkit.stats.contrasts import OTHERS

CHANGE = 0.10
"""Rows of a group that rise or fall by more than this are told."""

COUNTED = frozenset({"group", "context", "feature", "outcome", "prediction", "arm", "origin"})
"""The axes of the cells whose levels are a handful of names."""


class Place(NamedTuple):
    """Where groups are compared: by which attribute, within which stratum."""

    attribute: str
    stratum: str

    def __str__(self) -> str:
        return f"{self.attribute or 'the data'}{f' in {self.stratum}' if self.stratum else ''}"


Group = tuple[Place, str]


def group_changes(new: Report, old: Report) -> tuple[Notice, ...]:
    """The levels that came and went by attribute and stratum, and the groups whose rows rose or fell by a tenth."""
    told = []
    was, now = _levels(old), _levels(new)
    if new.cells is not None and old.cells is not None:
        was, now = _joined(was, _counted(old.cells)), _joined(now, _counted(new.cells))
    for place in dict.fromkeys((*was, *now)):
        before, after = was.get(place, {}), now.get(place, {})
        gone, come = (
            [level for level in some if level not in others] for some, others in ((before, after), (after, before))
        )
        if gone:
            told.append(Notice("groups", f"Gone from {place}: {named(gone)}."))
        if come:
            told.append(Notice("groups", f"New in {place}: {named(come)}."))
    return (*told, *_rows(new, old))


def _levels(report: Report) -> dict[Place, dict[str, None]]:
    """The levels that findings name, in their order."""
    found: dict[Place, dict[str, None]] = defaultdict(dict)
    for finding in report.findings:
        labels = (finding.level, finding.versus, *(count.label for count in finding.counts))
        found[Place(finding.attribute, finding.stratum)] |= dict.fromkeys(
            name for name in labels if name not in ("", OTHERS)
        )
    return found


def _counted(cells: Tally) -> dict[Place, dict[str, None]]:
    """The levels that were counted, whether or not a finding names them."""
    axes = [axis for axis in cells.axes if axis.split(":")[0] in COUNTED]
    return {Place(cells.name_of(axis), ""): dict.fromkeys(cells.levels_of(axis)) for axis in axes}


def _joined(a: Mapping[Place, dict[str, None]], b: Mapping[Place, dict[str, None]]) -> dict[Place, dict[str, None]]:
    return {place: {**a.get(place, {}), **b.get(place, {})} for place in dict.fromkeys((*a, *b))}


def _sizes(report: Report) -> dict[Group, dict[tuple[str, str], int]]:
    """The rows that each estimand counts of a group."""
    sizes: dict[Group, dict[tuple[str, str], int]] = defaultdict(dict)
    for finding in report.findings:
        for count in finding.counts:
            if count.label == OTHERS:
                continue  # the others of one group are not those of another
            sizes[Place(finding.attribute, finding.stratum), count.label][finding.code, finding.estimand] = count.n
    return sizes


def _rows(new: Report, old: Report) -> list[Notice]:
    """The groups whose rows fell or rose by more than a tenth, each by the estimand in which they did so most."""
    was, now = _sizes(old), _sizes(new)
    both = {
        group: [(was[group][e], now[group][e]) for e in was[group] if e in now[group]] for group in was if group in now
    }
    told = []
    for word, fell in (("Fewer", True), ("More", False)):
        moved = {g: pairs for g, some in both.items() if (pairs := [p for p in some if _moved(*p, fell)])}
        rows = [f"{g[1]} of {g[0]} {a:,} → {b:,}" for g, pairs in moved.items() for a, b in [_furthest(pairs)]]
        if rows:
            told.append(Notice("rows", f"{word} rows by more than {100 * CHANGE:.0f} %: {named(rows)}."))
    return told


def _moved(was: int, now: int, fell: bool) -> bool:
    return now < (1 - CHANGE) * was if fell else now > (1 + CHANGE) * was


def _furthest(pairs: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return max(pairs, key=lambda pair: abs(pair[1] - pair[0]) / max(pair[0], 1))
