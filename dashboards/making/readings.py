"""What an audit of a world said at one dose, as the lab's files hold it: the reading, its truth, its verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditkit import Judgement, Report
from auditkit.core.finding import Finding
from auditkit.rendering import Row, figures, row_to_data

DIGITS = 10
"""Significant digits that are kept: what differs after them is the processor's, not the world's."""


@dataclass(frozen=True)
class Told:
    """Which finding reads which truth: `turned` puts the truth on the finding's scale."""

    truth: str
    estimand: str
    level: str
    stratum: str | None = None
    turned: Callable[[float], float] = float

    def found(self, report: Report) -> Finding:
        """The finding; a world whose audit has none of it is a mistake of ours."""
        same = [f for f in report.findings if (f.estimand, f.level) == (self.estimand, self.level)]
        return next(f for f in same if self.stratum is None or f.key.stratum == self.stratum)


def reading(report: Report, judgement: Judgement, finding: Finding, truth: float | None) -> dict[str, Any]:
    """The reading of one finding: its row with the truth in it, and the sentences of the finding and its verdicts."""
    row = row_of(report, judgement, finding)
    spoken = [verdict.sentence for verdict in judgement.verdicts if verdict.key == finding.key]
    return {
        "row": row_to_data(replace(row, truth=truth)),
        "sentence": finding.sentence,
        "verdict": " ".join(dict.fromkeys(spoken)),
        "overall": judgement.outcome.value,
        "rows": report.recipe.rows,
    }


def row_of(report: Report, judgement: Judgement, finding: Finding) -> Row:
    """The row of a finding in the report's own figures."""
    return next(row for figure in figures(report, judgement) for row in figure.rows if row.key == finding.key)


def plain(value: Any) -> Any:
    """Numbers with as many digits as are kept, tables as lists.

    >>> plain({"a": (0.1 + 0.2, 1), "b": None})
    {'a': [0.3, 1], 'b': None}
    """
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(each) for each in value]
    return float(f"{value:.{DIGITS}g}") + 0.0 if isinstance(value, float) else value
