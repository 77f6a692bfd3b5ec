"""What is there, what came of it, what has changed, and where has nobody looked?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from auditkit import Outcome
from auditkit.rendering import words
from dashboards.parts.opened import shelf
from dashboards.parts.overview.glimpses import Seen, columns_of, look_at
from dashboards.parts.overview.history import between, latest, predecessor, steps
from dashboards.parts.overview.listing import change_item, report_item, report_row, run_item, several
from dashboards.parts.overview.map import drawn, map_rows
from dashboards.parts.picking import empty
from dashboards.parts.prose import said
from dashboards.parts.shelf import MOST as FILES
from dashboards.parts.shelf import Entry, Shelf
from dashboards.parts.tables import offer
from dashboards.parts.verdicts import listed, tally

SHOWN, ACROSS, RECENT = 50, 40, 10
"""Reports of the list, subjects of the map, and subjects that changed, that are shown at a time."""
ORDER = (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.NOT_ASSESSED, Outcome.PASS)
CUT = "<p>There are more than {} files in this folder, and no more are looked at. Open a folder within it.</p>"
READ = (
    "<p class='ak-soft'>Of each subject the latest report, by when auditkit sealed it, else by when its file was "
    "written; of a step of a lifecycle the one after it, and not the one before. Of each family the gravest verdict, "
    "and of how many judged comparisons it is. What nobody asked is not green: no detector of that family ran. A mark "
    "leads to its findings. The gravest subjects come first.</p>"
)
MOVED = (
    "<p class='ak-soft'>On the same subject, else on the same runs, by the comparison that Compare makes: a change is "
    "paired where both reports keep cells of the same units, and else taken as of independent reports, which is wider "
    "where they are not.</p>"
)


def show() -> None:
    """The page."""
    st.title("Overview")
    lying = shelf()
    seen = look_at(lying.reports)
    newest = latest(seen)
    _head(lying, newest)
    if broken := sum(one.told is None for one in seen):
        reports = "report" if broken == 1 else "reports"
        said(
            "<p><b>{} {} could not be read</b>, and may be newer than what is shown: see below.</p>",
            broken,
            reports,
            role="alert",
        )
    if not lying.reports and not lying.runs:
        empty(lying)
    if newest:
        _map(newest)
    later = st.container()  # what takes long holds nothing else up
    if seen:
        _reports(seen)
    if lying.runs:
        _runs(lying.runs)
    with later:
        _changes(newest, seen)


def _head(lying: Shelf, newest: Sequence[Seen]) -> None:
    """How much there is, and the verdicts of what is newest."""
    counts = [several(len(some), word) for some, word in ((lying.reports, "report"), (lying.runs, "run"))]
    said("<p class='ak-kicker'>{}, {} in <code>{}</code></p>", *counts, lying.folder.name or lying.folder)
    if lying.cut:
        said(CUT, words.count(FILES), role="alert")
    if newest:
        told = Counter(one.told.outcome for one in newest if one.told)
        said("<p class='ak-headline'>{}</p>{}", _headline(newest), tally((outcome, told[outcome]) for outcome in ORDER))


def _headline(newest: Sequence[Seen]) -> str:
    fails = sum(one.told is not None and one.told.outcome is Outcome.FAIL for one in newest)
    whole = several(len(newest), "subject")
    return f"Of {whole}, {fails:,} {'fails' if fails == 1 else 'fail'}." if fails else f"{whole}, and none fails."


def _map(newest: Sequence[Seen]) -> None:
    said("<h2>The map</h2>" + READ)
    at = _page(len(newest), ACROSS, "map")
    columns = columns_of(sorted(newest, key=_gravity))
    said("{}", drawn(columns[at * ACROSS : (at + 1) * ACROSS]))
    offer(map_rows(columns), "map", "map of families and subjects")


def _gravity(one: Seen) -> int:
    """Where a subject stands on the map: what fails is seen first; of two alike the newer stays ahead."""
    return ORDER.index(one.told.outcome) if one.told else len(ORDER)


def _changes(newest: Sequence[Seen], seen: Sequence[Seen]) -> None:
    """What changed since the last report on the same subject, for those that have one."""
    aside = steps(seen)
    pairs = [(one, old) for one in newest if (old := predecessor(one, seen, aside)) is not None]
    if not pairs:
        return
    said("<h2>What changed since the last report</h2>" + MOVED)
    at = _page(len(pairs), RECENT, "changes")
    for new, old in pairs[at * RECENT : (at + 1) * RECENT]:
        said("{}", change_item(new, old, between(new, old)))


def _reports(seen: Sequence[Seen]) -> None:
    """Every file that is a report, or should be."""
    said("<h2>Every report</h2>")
    at = _page(len(seen), SHOWN, "reports")
    after, shown = steps(seen), seen[at * SHOWN : (at + 1) * SHOWN]
    said("{}", listed((report_item(one, after.get(one.entry.id)) for one in shown), "ak-reports"))
    offer([report_row(one, after.get(one.entry.id)) for one in seen], "reports", "reports")


def _runs(runs: Sequence[Entry]) -> None:
    said("<h2>Runs</h2><p class='ak-soft'>What models were asked, and answered.</p>")
    at = _page(len(runs), SHOWN, "runs")
    said("{}", listed((run_item(entry) for entry in runs[at * SHOWN : (at + 1) * SHOWN]), "ak-reports"))


def _page(n: int, most: int, key: str) -> int:
    """Which page of several, from 0; one needs no choice."""
    pages = -(-n // most)
    return st.pagination(pages, key=f"page {key}") - 1 if pages > 1 else 0


if __name__ == "__main__":
    show()
