"""What is left of a report's parts when it is shared: nothing that a small cell could be solved from."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from auditkit.core.cells import UNIT
from auditkit.core.comparison import retold
from auditkit.core.disclosure import POOLED, Shown, shown, table
from auditkit.core.estimate import WITHHELD, Estimate
from auditkit.core.evidence import Tally
from auditkit.core.finding import Cap, Count, Finding, Margin, NotAssessed
from auditkit.core.implied import implied, spoken, tells_few
from auditkit.core.lacking import Lacking, lacking

UNITS_KEPT = re.compile(r"[\d,]+ units of one row each are kept, ")
"""What a note of kept units begins with: it goes where they go."""
SUGGESTED = 4
"""Decimals of a margin or a value without bias that somebody chose, or of its exponential; one of more was computed
from the data."""
COPY = "For sharing, cells of fewer than {} rows are withheld, and what they could be solved from with them."
CHOSEN = "highest"
"""A group to compare with that the data choose: its name says whose rate is the highest, and so is withheld with it."""
EVERY = "every group"
MODEST = 10.0
"""Logarithms of ratios that anybody chooses are smaller."""


class Parts(NamedTuple):
    """The parts of a report that may say how many rows are where; `notes` and `missing` are its recipe's."""

    findings: tuple[Finding, ...]
    not_assessed: tuple[NotAssessed, ...]
    cells: Tally | None
    rows: int
    missing: Mapping[str, int]
    notes: tuple[str, ...]
    against: frozenset[str] = frozenset()
    """The codes of which the data choose whom to compare with."""


def why(k: int) -> str:
    """The reason of whatever is withheld, the same of what is small and of what is hidden to cover it.

    Two wordings would be a fact more than the pattern of what is hidden: of two hidden groups one is small, and to say
    which puts its count between 1 and `k` - 1, closer than the `k` that the rest of the copy leaves it.
    """
    return f"{WITHHELD}for a cell of fewer than {k} rows is in it or could be solved for from it"


def unsaid(k: int) -> str:
    """What takes the place of reasons, whatever they were: the same of all, so that it tells nothing of any."""
    return f"its reason is left out, for it could tell of fewer than {k} rows"


def copied(notes: Sequence[str]) -> int:
    """The threshold of a copy for sharing by the notes of its recipe; 0 for a whole report.

    >>> copied(["Column sex: recorded.", COPY.format(10)])
    10
    """
    told = (re.fullmatch(re.escape(COPY).replace(r"\{\}", r"(\d{1,9})"), note) for note in notes)
    return max((int(found[1]) for found in told if found), default=0)


def emptied(findings: Sequence[Finding], k: int) -> str:
    """The warning that a copy tells nothing any more; "" where a finding has a value, or none is withheld.

    >>> emptied((), 10)
    ''
    """
    if any(f.estimate.value is not None for f in findings) or not any(f.estimate.reason == why(k) for f in findings):
        return ""
    return (
        f"At {k} rows nothing is left to tell: every comparison is withheld. Pool the small groups, or audit fewer "
        "columns, and share that report."
    )


def shareable(parts: Parts, k: int) -> Parts:
    """The parts without what a cell of fewer than `k` rows, or units, could be had back from.

    Of an attribute without a small cell all stays but its exemplars. Of another only comparisons stay that two counts
    make alone, over shown groups and all others pooled, retold by these; every other loses its numbers. So does what a
    detector tells whose rows lack a score, where that tells of few that do (see `lacking`). Then the missing, and notes
    and reasons with a number in them, go too. Withheld findings come last, by name.
    """
    asked = {f.attribute for f in parts.findings}
    counted = {} if parts.cells is None else shown(parts.cells, k, asked)
    few = _few(parts.findings, parts.cells, k)
    if parts.cells is not None:
        suspect = {attribute for attribute in few if _of(attribute, counted).whole}
        seen = counted | dict.fromkeys(suspect, Shown(False, frozenset()))
    else:
        seen = {attribute: Shown(attribute not in few, frozenset()) for attribute in asked}
    gaps = Lacking(frozenset(), frozenset()) if parts.cells is None else lacking(parts.findings, parts.cells, k)
    told = [_shared(f, _of(f.attribute, seen), gaps, f.code in parts.against, k) for f in parts.findings]
    hidden = [
        _nameless(kept, CHOSEN if f.code in parts.against else f.versus, k) if _searched(f, parts) else kept
        for f, kept in zip(parts.findings, told, strict=True)
        if kept.estimate.reason == why(k)
    ]
    left = tuple(finding for finding in told if finding.estimate.reason != why(k))
    findings = left + tuple(sorted({f.key: f for f in hidden}.values(), key=lambda finding: finding.key))
    notes = tuple(note for note in parts.notes if not UNITS_KEPT.match(note))
    if not hidden and all(each.whole for name, each in seen.items() if name):
        return _whole(parts._replace(findings=findings, notes=notes), k)
    return Parts(
        findings,
        tuple(replace(item, because=unsaid(k)) for item in parts.not_assessed),
        _cells(parts.cells, k),
        _rows(parts, left, k),
        {},
        (
            *(note for note in notes if not re.search(r"\d", note)),
            COPY.format(k),
            *filter(None, [emptied(findings, k)]),
        ),
    )


def _whole(parts: Parts, k: int) -> Parts:
    """The parts of which no number is withheld. It is a copy all the same where its cells are: without these nobody
    sees what a larger threshold would have to hide."""
    cells = _cells(parts.cells, k)
    notes = parts.notes if cells is parts.cells else (*parts.notes, COPY.format(k))
    silent = tuple(_quiet(item, k) for item in parts.not_assessed)
    return parts._replace(not_assessed=silent, notes=notes, cells=cells)


def _of(attribute: str, seen: Mapping[str, Shown]) -> Shown:
    """What may be told of an attribute; of one that is no column of groups only what all that was counted allows."""
    return seen.get(attribute) or seen.get("") or Shown(False, frozenset())


def _few(findings: Sequence[Finding], cells: Tally | None, k: int) -> frozenset[str]:
    """The attributes of which a finding tells few rows. Where no cell counts them, two findings that tell of numbers a
    few apart do so too: the rows of one may be among those of the other."""
    few = {f.attribute for f in findings if tells_few(f, k, _counted(f, cells))}
    sizes: dict[str, list[tuple[int, ...]]] = {}
    for f in findings:
        if cells is not None and not _counted(f, cells):
            alone = [(n, n, n) for n in implied(f)]
            sizes.setdefault(f.attribute, []).extend([*((c.n, c.hits, c.n - c.hits) for c in f.counts), *alone])
    near = {name for name, told in sizes.items() if any(_near(of, k) for of in zip(*told, strict=True))}
    return frozenset(few | near)


def _near(sizes: Collection[int], k: int) -> bool:
    return any(larger - smaller < k for smaller, larger in pairwise(sorted(set(sizes))))


def _counted(f: Finding, cells: Tally | None) -> bool:
    """Whether the cells count the columns that a finding is of."""
    return cells is not None and set(f.attribute.split(" × ")) <= set(cells.names)


def _shared(f: Finding, allowed: Shown, gaps: Lacking, against: bool, k: int) -> Finding:
    if f.code in gaps.codes and (f.attribute in gaps.few or not allowed.whole):
        return _withheld(f, k)
    if allowed.whole:
        notes = tuple(note for note in f.notes if not any(0 < n < k for n in spoken(note)))
        return replace(f, notes=notes, exemplars=())
    by_counts = f.recount and len(f.counts) == 2 and not f.stratum and not f.estimate.wagers and not against
    if not by_counts or tells_few(f, k, True) or not {c.label for c in f.counts} <= {*allowed.levels, POOLED}:
        return _withheld(f, k)
    caps = tuple(Cap(cap.withholds, unsaid(k)) for cap in f.caps)
    return replace(f, sentence=retold(f), caps=caps, notes=(), reference=None, null_expectation=None, exemplars=())


def _quiet(item: NotAssessed, k: int) -> NotAssessed:
    """What was not assessed, without a reason that tells of few rows."""
    return replace(item, because=unsaid(k)) if any(0 < n < k for n in spoken(item.because)) else item


def _withheld(f: Finding, k: int) -> Finding:
    """A finding without its numbers: what it is of, and a margin that somebody chose, so that it cannot be judged."""
    return replace(
        f,
        sentence=_gone(f.estimand, f.level, k),
        estimate=Estimate.undefined(why(k)),
        null=_chosen(f.null) or float(f.scale == "ratio"),
        null_expectation=None,
        margin=f.margin and _limits(f),
        reference=None,
        # of other groups the data say who is named: the two that are furthest apart
        counts=tuple(Count(c.label, 0, 0, None) for c in f.counts if c.label in (f.level, f.versus)),
        caps=(),
        notes=(),
        recount=False,
        exemplars=(),
    )


def _gone(estimand: str, level: str, k: int) -> str:
    return (
        f"{estimand}: {level} is withheld, for a cell of fewer than {k} rows is in it or could be solved for from it."
    )


def _searched(f: Finding, parts: Parts) -> bool:
    """Whether the data choose what a finding is of: the group to compare with, or a pattern of what no cell counts."""
    return f.code in parts.against or (parts.cells is not None and not _counted(f, parts.cells))


def _nameless(f: Finding, versus: str, k: int) -> Finding:
    """A withheld finding without the groups or patterns that the data chose, of whom it would tell by their names."""
    return replace(f, level=EVERY, versus=versus, sentence=_gone(f.estimand, EVERY, k), counts=())


def _limits(f: Finding) -> Margin:
    """The limits of a margin that somebody chose; of one that was computed there is only that it has one."""
    low, high = (None, None) if f.margin is None else map(_chosen, f.margin)
    return Margin(low, float(f.scale == "ratio") if low is None and high is None else high)


def _chosen(value: float | None) -> float | None:
    """A number that somebody chose, or its inverse or logarithm; `None` for one that was computed."""
    if value is None:
        return None
    near = (value, 1 / value if value else value, math.exp(abs(value)) if abs(value) < MODEST else value)
    return value if any(math.isclose(round(one, SUGGESTED), one, rel_tol=1e-12) for one in near) else None


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
