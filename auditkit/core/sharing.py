"""What is left of a report's parts when it is shared: nothing that a small cell could be solved from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from auditkit.core.cells import UNIT
from auditkit.core.comparison import retold
from auditkit.core.disclosure import POOLED, Shown, shown, table
from auditkit.core.estimate import Estimate
from auditkit.core.evidence import Tally
from auditkit.core.finding import Cap, Count, Finding, Margin, NotAssessed

UNITS_KEPT = re.compile(r"[\d,]+ units of one row each are kept, ")
"""What a note of kept units begins with: it goes where they go."""
SUGGESTED = 4
"""Decimals of a margin or a value without bias that somebody chose; one of more was computed from the data."""


class Parts(NamedTuple):
    """The parts of a report that may say how many rows are where; `notes` and `missing` are its recipe's."""

    findings: tuple[Finding, ...]
    not_assessed: tuple[NotAssessed, ...]
    cells: Tally | None
    rows: int
    missing: Mapping[str, int]
    notes: tuple[str, ...]


def why(k: int) -> str:
    """The reason of whatever is withheld."""
    return f"withheld: a cell has fewer than {k} rows"


def shareable(parts: Parts, k: int) -> Parts:
    """The parts without what a cell of fewer than `k` rows, or units, could be had back from.

    Of an attribute without a small cell all stays but its exemplars. Of another only comparisons stay that two counts
    make alone, over shown groups and all others pooled, retold by these; every other loses its numbers. Then the
    missing, and notes and reasons with a number in them, go too. Withheld findings come last, by name.
    """
    seen = {} if parts.cells is None else shown(parts.cells, k)
    if parts.cells is not None:
        suspect = {f.attribute for f in parts.findings if _small(f, k) and _of(f.attribute, seen).whole}
        seen |= dict.fromkeys(suspect, Shown(False, frozenset()))
    else:
        few = {f.attribute for f in parts.findings if _small(f, k)}
        seen = {f.attribute: Shown(f.attribute not in few, frozenset()) for f in parts.findings}
    told = [_shared(finding, _of(finding.attribute, seen), k) for finding in parts.findings]
    hidden = [finding for finding in told if finding.estimate.reason == why(k)]
    left = tuple(finding for finding in told if finding.estimate.reason != why(k))
    findings = left + tuple(sorted(hidden, key=lambda finding: finding.key))
    notes = tuple(note for note in parts.notes if not UNITS_KEPT.match(note))
    if not hidden and all(each.whole for name, each in seen.items() if name):
        return parts._replace(findings=findings, notes=notes, cells=_cells(parts.cells, k))
    return Parts(
        findings,
        tuple(replace(item, because=why(k)) for item in parts.not_assessed),
        _cells(parts.cells, k),
        _rows(parts, left, k),
        {},
        (
            *(note for note in notes if not re.search(r"\d", note)),
            f"For sharing, cells of fewer than {k} rows are withheld, and what they could be solved from with them.",
        ),
    )


def _of(attribute: str, seen: Mapping[str, Shown]) -> Shown:
    """What may be told of an attribute; of one that is no column of groups only what all that was counted allows."""
    return seen.get(attribute) or seen.get("") or Shown(False, frozenset())


def _small(f: Finding, k: int) -> bool:
    """Whether a finding's own counts have a small cell: its rows, its outcomes, or the rest of them."""
    own = (part for c in f.counts for part in (c.n, c.hits, c.n - c.hits))
    return any(0 < part < k for part in (*own, f.estimate.n))


def _shared(f: Finding, allowed: Shown, k: int) -> Finding:
    if allowed.whole:
        return replace(f, exemplars=())
    by_counts = f.recount and len(f.counts) == 2 and not f.stratum and not f.estimate.wagers
    if not by_counts or _small(f, k) or not {c.label for c in f.counts} <= {*allowed.levels, POOLED}:
        return _withheld(f, k)
    caps = tuple(Cap(cap.withholds, why(k)) for cap in f.caps)
    return replace(f, sentence=retold(f), caps=caps, notes=(), reference=None, null_expectation=None, exemplars=())


def _withheld(f: Finding, k: int) -> Finding:
    """A finding without its numbers: what it is of, and a margin that somebody chose, so that it cannot be judged."""
    return replace(
        f,
        sentence=f"{f.estimand}: {f.level} is withheld, because a cell has fewer than {k} rows.",
        estimate=Estimate.undefined(why(k)),
        null=_chosen(f.null) or float(f.scale == "ratio"),
        null_expectation=None,
        margin=f.margin and Margin(_chosen(f.margin.low), _chosen(f.margin.high)),
        reference=None,
        counts=tuple(Count(c.label, 0, 0, None) for c in f.counts),
        caps=tuple(Cap(cap.withholds, why(k)) for cap in f.caps),
        notes=(),
        recount=False,
        exemplars=(),
    )


def _chosen(value: float | None) -> float | None:
    """A number that somebody chose, or its inverse; `None` for one that was computed."""
    if value is None or round(value, SUGGESTED) == value or (value and round(1 / value, SUGGESTED) == 1 / value):
        return value
    return None


def _cells(cells: Tally | None, k: int) -> Tally | None:
    """The cells that may be shown: all where none is small, of one attribute those of its shown groups, else none."""
    if cells is None or UNIT in cells:
        return None
    every = table(cells, (), cells.axes)[1]
    if not ((every > 0) & (every < k)).any():
        return cells
    groups = [axis for axis in cells.axes if axis.split(":")[0] == "group"]
    if len(groups) != 1:
        return None
    [axis] = groups
    # by everything else, contexts too: as if these were axes that no comparison sums out
    finest = shown(cells.rename({"context": "context:kept"}), k)[cells.name_of(axis)].levels
    return cells.where(axis, *finest) if finest else None


def _rows(parts: Parts, left: Sequence[Finding], k: int) -> int:
    """How many rows are said to have been counted: none where they are few, and those told of where a few are not."""
    most = max((finding.estimate.n for finding in left), default=0)
    if parts.cells is None and 0 < parts.rows - most < k:
        return most
    return parts.rows if parts.rows >= k else 0
