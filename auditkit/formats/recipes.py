"""How a report was made and judged, in sentences: its data, its groups, its tests, its policy, its references."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from auditkit.core.evidence import Tally
from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.formats.words import count

Tell = Callable[[Report, Judgement], Sequence[str]]
MOST_LEVELS = 12
"""Levels of a group whose sizes a sentence tells."""


def data(report: Report, judgement: Judgement) -> tuple[str, ...]:
    """The rows and columns, what is missing from them, and the runs they came from."""
    recipe = report.recipe
    told = [f"{count(recipe.rows)} rows of {recipe.subject} were counted."] if recipe.rows else []
    told += [f"In the role of {role}: {', '.join(columns)}." for role, columns in recipe.roles.items()]
    told += [f"Without {what}: {count(n)} of these rows." for what, n in recipe.missing.items()]
    told += [f"A run: {_fields(source)}." for source in recipe.sources]
    return (*told, *recipe.notes)


def sizes(report: Report, judgement: Judgement) -> tuple[str, ...]:
    """How many rows each group has, where the report keeps all of its counted cells."""
    cells = report.cells
    if cells is None or not whole(report):
        return ()
    return tuple(_sizes(cells, axis) for axis in cells.axes if axis.split(":")[0] == "group")


def whole(report: Report) -> bool:
    """Whether the counted cells are all there: a report saved for sharing withholds the small ones."""
    return report.cells is not None and report.cells.total == report.recipe.rows


def groups(report: Report, judgement: Judgement) -> tuple[str, ...]:
    """The columns that groups were read from, and on whose word."""
    read = dict.fromkeys((f.attribute, f.basis) for f in report.findings if f.attribute)
    columns = report.recipe.roles.get("group", ())
    told = [f"Groups were read from the column {column}." for column in columns]
    return (*told, *(f"The groups of {attribute}: {basis}." for attribute, basis in read))


def setting(report: Report, judgement: Judgement) -> tuple[str, ...]:
    """The columns within whose levels groups were compared."""
    return tuple(f"Counted within the levels of {column}." for column in report.recipe.roles.get("context", ()))


def tests(report: Report, judgement: Judgement) -> tuple[str, ...]:
    """The detectors with their configuration, the methods of their intervals, and what computed them."""
    recipe = report.recipe
    ran = [f"{d.get('code', 'A detector')}{_configured(d, 'code')}." for d in recipe.detectors]
    methods = dict.fromkeys(f.estimate.method for f in report.findings if f.estimate.value is not None)
    by = [f"Intervals by {'; '.join(methods)}."] if methods else []
    made = [f"Computed with {_fields(recipe.versions)}."] if recipe.versions else []
    return (*ran, *by, *made)


def policy(report: Report, judgement: Judgement) -> tuple[str, ...]:
    """What was asked of the findings, and where that was written down."""
    rules = judgement.policy.get("rules", ())
    listed = [rule for rule in rules if isinstance(rule, Mapping)] if isinstance(rules, (list, tuple)) else []
    told = [f"The rule {rule.get('rule', 'unnamed')}{_configured(rule, 'rule')}." for rule in listed]
    rest = {name: value for name, value in judgement.policy.items() if name != "rules" or not listed}
    told += [f"The policy says {_fields(rest)}."] if rest else []
    told += [f"The policy was read from {judgement.policy_from}."] if judgement.policy_from else []
    return tuple(told)


def tracked(report: Report, judgement: Judgement) -> tuple[str, ...]:
    """What changed since the baseline."""
    told = [f"Compared with the baseline {judgement.baseline_hash}."] if judgement.baseline_hash else []
    return (*told, *(f"Of the {notice.about}: {notice.sentence}" for notice in judgement.notices))


def answered(report: Report, judgement: Judgement) -> tuple[str, ...]:
    """The verdicts that a person answers for, and until when."""
    return tuple(
        f"{a.owner} answers until {a.expires} for “{v.about}{v.sentence}”, because: {a.reason}."
        for v in judgement.accepted
        if (a := v.accepted) is not None
    )


def references(report: Report, judgement: Judgement) -> tuple[str, ...]:
    """What the findings were held against, and who says so."""
    found = dict.fromkeys((r.why, r.source) for f in report.findings if (r := f.reference) is not None)
    return tuple(f"Held against {why} ({source})." for why, source in found)


def _sizes(cells: Tally, axis: str) -> str:
    rows = dict(zip(cells.levels_of(axis), cells.cube(axis, of="n").astype(int).tolist(), strict=True))
    told = [f"{level} {count(n)}" for level, n in list(rows.items())[:MOST_LEVELS]]
    more = [f"and {count(len(rows) - MOST_LEVELS)} more"] if len(rows) > MOST_LEVELS else []
    return f"Rows by {cells.name_of(axis)}: {', '.join(told + more)}."


def _configured(table: Mapping[str, Any], named_by: str) -> str:
    rest = {name: value for name, value in table.items() if name != named_by}
    return f", {_fields(rest)}" if rest else ""


def _fields(table: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {_value(value)}" for name, value in table.items())


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_value, value)) or "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
