"""The rates behind a finding: how many of how many rows of each group, with an interval, as a table and as a figure."""

from __future__ import annotations

import math
from typing import Any

from auditkit.core.finding import Count, Finding, Key
from auditkit.formats.intervals import Figure, Row, figure_of
from auditkit.stats.proportions import proportion

WITHHELD = "no rows shown"


def counted(finding: Finding) -> Figure | None:
    """The rate of each group behind a finding, with Wilson's interval for independent rows.

    The null is the rate of what the finding compares with, else of all its rows together. `None` where it has no
    counts, or where rows are weighted: then counts alone do not tell how sure a rate is.

    >>> from auditkit.core.estimate import Estimate
    >>> counts = (Count("women", 15, 148, 15 / 148), Count("men", 30, 100, 0.3))
    >>> told = counted(Finding("x.y", "rate", "women", "men", "s.", Estimate.undefined("canned"), counts=counts))
    >>> [(row.label, round(row.low, 3), round(row.high, 3), row.null) for row in told.rows]
    [('women', 0.062, 0.16, 0.3), ('men', 0.219, 0.396, 0.3)]
    """
    if not finding.counts or any(map(_weighted, finding.counts)):
        return None
    null = _null(finding)
    rows = [_row(place, finding, count, null) for place, count in enumerate(finding.counts)]
    kind = (finding.code, finding.attribute, "Rate of each group", "difference")
    low, high = figure_of(kind, rows).domain
    return figure_of(kind, rows, (max(low, 0.0), min(high, 1.0)))


def counted_rows(finding: Finding) -> list[dict[str, Any]]:
    """The same as rows of a table; a rate of weighted rows has no interval."""
    return [_told(count) for count in finding.counts]


def _told(count: Count) -> dict[str, Any]:
    told = {"group": count.label, "hits": count.hits, "rows": count.n, "rate": count.rate}
    if not count.n:
        return {**told, "hits": None, "rate": None, "low (95 %)": None, "high (95 %)": None}
    low, high, _ = (None, None, 0) if _weighted(count) else proportion(count.hits, count.n)[0].interval(0.95)
    return {**told, "low (95 %)": low, "high (95 %)": high}


def _row(place: int, finding: Finding, count: Count, null: float) -> Row:
    estimate = proportion(count.hits, count.n)[0]
    wide, narrow = estimate.interval(0.95), estimate.interval(0.90)
    reason = None if count.n else WITHHELD
    key = Key(finding.code, "rate", count.label, "", finding.stratum)
    ends = (wide.low, wide.high, narrow.low, narrow.high)
    return Row(place, key, count.label, estimate.value, *ends, null, None, None, None, count.n, reason)


def _null(finding: Finding) -> float:
    versus = [count for count in finding.counts if count.label == finding.versus and count.n] or list(finding.counts)
    rows = sum(count.n for count in versus)
    return sum(count.hits for count in versus) / rows if rows else 0.0


def _weighted(count: Count) -> bool:
    """Whether a rate is not that of its own rows."""
    return count.rate is not None and count.n > 0 and not math.isclose(count.rate, count.hits / count.n, abs_tol=1e-9)
