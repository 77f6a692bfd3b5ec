"""Counted cells as rows of a table: those of a report, and a run's crosstab, in which no answer is dropped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from auditkit import Finding, Report
from auditkit.browsing import Browsed, Column
from auditkit.rendering import words

MOST_LEVELS, MOST_ROWS = 60, 5_000
"""Levels of a column that a table can be read by, and rows of a table that is shown."""
MISSING = "(missing)"
OWN = ("refused", "failed", "all")

Chosen = Mapping[str, Sequence[str]]


def headers(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Names as they are shown, no two alike: one that comes again says so.

    >>> headers(["a", "a\\x00", "", "refused"], ["refused"])
    ['a', 'a [2]', '(empty)', 'refused [2]']
    """
    seen = dict.fromkeys(taken, 1)
    told = []
    for name in names:
        shown = words.plain(name) or "(empty)"
        seen[shown] = seen.get(shown, 0) + 1
        told.append(shown if seen[shown] == 1 else f"{shown} [{seen[shown]}]")
    return told


def countable(found: Browsed) -> tuple[list[Column], list[str]]:
    """The columns that a table can be read by, and a sentence on each of the others."""
    fit = [column for column in found.columns.values() if len(column.levels) <= MOST_LEVELS]
    wide = [one for one in found.columns.values() if len(one.levels) > MOST_LEVELS]
    told = [f"{one.name} has {len(one.levels):,} levels" for one in wide]
    return fit, [*told, *(f"{name} is read as vectors" for name in found.uncounted)]


def lacking(column: Column) -> str:
    """What an answer without a level of a column is called."""
    return "(not read)" if column.basis else MISSING


def crosstab_rows(found: Browsed, down: str, across: str | None = None) -> list[dict[str, Any]]:
    """A row for each level of one column, a number for each level of another; refusals and failures stand apart."""
    names = {"answered": "answered"}
    if across is not None:
        lost = lacking(found.columns[across])
        levels = [level for level in found.columns[across].levels if level != MISSING]
        names = dict(zip(levels, headers(levels, [lost, *OWN]), strict=True)) | {MISSING: lost}
        answered = {group.levels: group.answered for group in found.crosstab(down, across)}
    else:
        answered = {(*group.levels, "answered"): group.answered for group in found.crosstab(down)}
    [first] = headers([down], [*names.values(), *OWN])
    nameless = lacking(found.columns[down])
    return [
        {
            first: nameless if group.levels[0] == MISSING else group.levels[0],
            **{shown: answered.get((group.levels[0], level), 0) for level, shown in names.items()},
            **dict(zip(OWN, (group.refused, group.failed, group.every), strict=True)),
        }
        for group in found.crosstab(down)
    ]


def axes_of(report: Report) -> dict[str, str]:
    """The axes of a report's cells, and what each is called: its column, and its role where two share that."""
    if report.cells is None:
        return {}
    names = list(report.cells.names)
    told = [f"{n} ({a})" if names.count(n) > 1 else n for a, n in zip(report.cells.axes, names, strict=True)]
    return dict(zip(report.cells.axes, headers(told, ["rows", "weight"]), strict=True))


def behind(report: Report, finding: Finding) -> dict[str, tuple[str, ...]]:
    """The levels that a finding compares, by axis: of its groups, and of the context within which it looks."""
    if report.cells is None:
        return {}
    chosen = {}
    for axis, name, levels in zip(report.cells.axes, report.cells.names, report.cells.levels, strict=True):
        pair = {finding.level, finding.versus} - {""}
        wanted = tuple(pair) if name == finding.attribute and pair.issubset(levels) else ()  # not of "all others"
        wanted = (finding.stratum,) if axis.startswith("context") and finding.stratum else wanted
        if there := tuple(level for level in levels if level in wanted):
            chosen[axis] = there
    return chosen


def cell_rows(report: Report, axes: Sequence[str], chosen: Chosen) -> list[dict[str, Any]]:
    """The cells at some levels, over some axes: how many rows each has, and what they weigh where they are weighted."""
    if report.cells is None:
        return []
    kept: Any = report.cells
    for axis, levels in chosen.items():
        kept = kept.where(axis, *levels)
    kept, called = kept.marginal(*axes), axes_of(report)
    rows: list[dict[str, Any]] = []
    for codes, n, w in zip(kept.codes.tolist(), kept.n.tolist(), kept.w.tolist(), strict=True):
        told: dict[str, Any] = {
            called[axis]: kept.levels[k][code] for k, (axis, code) in enumerate(zip(kept.axes, codes, strict=True))
        }
        rows.append({**told, "rows": n, **({"weight": w} if kept.weighted else {})})
    return rows
