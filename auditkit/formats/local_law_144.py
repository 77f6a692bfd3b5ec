"""What New York City's Local Law 144 asks to be published of a hiring tool, and what a report lacks of it.

Rules of the City of New York, title 6, sections 5-300 to 5-304 (2023): by sex, by race or ethnicity and by their
intersections, how many were assessed, the share selected, or scored above the median of the full sample, and each
share over the highest. The interval and the exact test beside each ratio are ours: the rules ask for neither, and set
no mark.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from auditkit.core.detector import AFFIRMATIVE
from auditkit.core.evidence import UNIT, Tally
from auditkit.core.finding import Finding
from auditkit.core.report import Report
from auditkit.core.roles import MISSING
from auditkit.formats.impact_ratios import Counted, Table, above_median, people, tables
from auditkit.formats.recipes import whole
from auditkit.formats.words import count

CODE = "disparity.selection_rate"
EVENTS = ("prediction", "outcome", "score")
OTHERS = "all others"
INTERSECTIONS = (
    "The rules ask for the intersections of sex with race or ethnicity, and this report has none: "
    "audit with both columns as groups."
)
SMALL_ONES = "A category under 2 % of the data may be left out of the ratios, with a justification; none is left out."
WITHHELD = (
    "This copy of the report withholds small cells, and the rules ask for all counts: make these tables from the "
    "report as it was audited. Until then they are made of its findings."
)
UNKEPT = "The report keeps no counted cells, so these tables are made of its findings."
NO_MARK = "The rules set no pass mark: 0.80 is a rule of thumb of the EEOC (29 CFR 1607.4 D), and not of this law."
NOT_ASKED = (
    "The interval (MOVER-R, 95 %) and the exact test (Fisher, two-sided) hold each rate against the highest as if that "
    "one had been named beforehand; the rules do not ask for either."
)
EMPLOYER = (
    ("Date of this bias audit", "at most one year before the tool is used"),
    ("Independent auditor", "who has no part in using, developing or selling the tool"),
    ("The tool, and the date it was first used", ""),
    ("Source and explanation of the data", "historical data, and whose"),
    ("If test data were used", "why not historical data, and how they were made and obtained"),
    ("Whether the tool sorts people into groups", "if so, these tables are repeated for each group"),
    ("Categories left out of the ratios, if any", "each under 2 % of the data, with the auditor's justification"),
)
"""What the rules ask for and no report can know."""


@dataclass(frozen=True, slots=True)
class Law:
    """The tables a report allows, whether they count selections or scores, what counts, and what is lacking."""

    kind: Literal["selection", "scoring"]
    counted: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...]


def local_law_144(report: Report) -> Law:
    """Each attribute and each intersection, from the counted cells, else from what the findings tell of them."""
    cells = report.cells
    if cells is None or not whole(report):
        return _told(report)
    axes = tuple(axis for axis in cells.axes if axis.split(":")[0] == "group")
    event = next((axis for axis in EVENTS if axis in cells), "")
    if not axes or not event:
        lacking = "the groups of the people" if not axes else "what was decided, or how people scored"
        return Law("selection", "", (), (f"Nothing to tabulate: the report does not count {lacking}.",))
    plain = people(cells)
    kind, counted, hits = _hits(plain, event, report)
    if not hits:
        return Law(kind, "", (), (f"Nothing to tabulate: {counted}",))
    made = tuple(tables(Counted(plain, axes, event, hits, alone=UNIT not in plain)))
    return Law(kind, counted, made, tuple(_remarks(cells, event, made)))


def _hits(cells: Tally, event: str, report: Report) -> tuple[Literal["selection", "scoring"], str, tuple[str, ...]]:
    """Whether people were selected or scored, what counts, and the levels that do."""
    column, levels = cells.name_of(event), [level for level in cells.levels_of(event) if level != MISSING]
    named = [d["favourable"] for d in report.recipe.detectors if d.get("code") == CODE and "favourable" in d]
    meant = [str(level) for level in named] or [level for level in levels if level.casefold() in AFFIRMATIVE]
    scored = None if named else above_median(cells, event)
    if scored is not None:
        median, above = scored
        return "scoring", f"Counted: {column} above {median:g}, the median of the full sample.", above
    if len(meant) != 1:
        return "selection", f"nobody said which value of the column {column} means selected (favourable).", ()
    return "selection", f"Counted: “{meant[0]}” in the column {column}.", (meant[0],)


def _remarks(cells: Tally, event: str, made: tuple[Table, ...]) -> Iterator[str]:
    """What a reader of tables that were made of cells must know."""
    if not any(len(table.attributes) > 1 for table in made):
        yield INTERSECTIONS
    if any(category.small for table in made for category in table.categories):
        yield SMALL_ONES
    if MISSING in cells.levels_of(event):
        lost = int(cells.cube(event, of="n")[cells.levels_of(event).index(MISSING)])
        yield f"In no table, for want of a value in the column {cells.name_of(event)}: {count(lost)}."
    if cells.weighted:
        yield "The audit is weighted. These tables count people, unweighted, so their rates are not those of the audit."
    if UNIT in cells:
        who = f"{count(len(cells.levels_of(UNIT)))} units ({cells.name_of(UNIT)})"
        yield f"Rows are counted, and {who} share them: intervals are by unit, and there is no exact test."


def _told(report: Report) -> Law:
    """The tables that the findings' own counts allow."""
    mine = [f for f in report.findings if f.code == CODE and not f.stratum and f.counts]
    notes = [UNKEPT if report.cells is None else WITHHELD]
    made = [table for name in dict.fromkeys(f.attribute for f in mine) for table in _of_counts(report, mine, name)]
    if not made:
        return Law("selection", "", (), (*notes, f"Nothing to tabulate: no finding of {CODE} tells its counts."))
    if not any(len(table.attributes) > 1 for table in made):
        notes.append(INTERSECTIONS)
    if any(category.small for table in made for category in table.categories):
        notes.append(SMALL_ONES)
    if any(c.n == 0 for f in mine for c in f.counts):
        notes.append("The counts of some categories are not in this report, and the rules ask for all of them.")
    if not all(f.recount for f in mine):
        notes.append("Weights or shared units stand behind these findings: their counts give no interval and no test.")
    return Law("selection", "Counted: what the audit called selected.", tuple(made), tuple(notes))


def _of_counts(report: Report, mine: list[Finding], attribute: str) -> Iterator[Table]:
    """The table of one attribute, of the counts that its findings tell."""
    here = [f for f in mine if f.attribute == attribute]
    counts = {c.label: c for f in here for c in f.counts if c.n > 0 and c.label != OTHERS}
    if not counts:
        return
    cells = {(label, hit): n for label, c in counts.items() for hit, n in (("yes", c.hits), ("no", c.n - c.hits))}
    unknown = report.recipe.missing.get(f"group ({attribute})", 0)
    cells |= {(MISSING, "no"): unknown} if unknown else {}
    tally = Tally.of_cells(("group", "hit"), {cell: n for cell, n in cells.items() if n > 0})
    bounded = all(f.recount for f in here)
    for table in tables(Counted(tally, ("group",), "hit", ("yes",), bounded=bounded)):
        yield Table(tuple(attribute.split(" × ")), table.highest, table.categories, table.unknown)
