"""A judged report in any format: one template in `reports/` is one prose format; JSON, CSV, the terminal's table
and what build servers read are written by `auditkit.formats`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote

from auditkit import catalog
from auditkit.comparing.groups import group_changes
from auditkit.comparing.moves import moves
from auditkit.comparing.recipes import recipe_changes
from auditkit.comparing.same_rows import same_rows
from auditkit.core.card import Card
from auditkit.core.errors import InputError, nearest
from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.lineage import BROKEN, Flawed, Lineage
from auditkit.core.report import Report
from auditkit.core.target import Attention
from auditkit.formats import artefacts, lineages, svg_track, translators, turns, words
from auditkit.formats import svg as alone
from auditkit.formats.answers import Quoted, answers, quoted
from auditkit.formats.beside import Beside, Changes, Shared, named, put_beside
from auditkit.formats.calibration import card_line, card_text
from auditkit.formats.calibration_cards import card_formats, card_table, family_table
from auditkit.formats.counted import counted, counted_rows
from auditkit.formats.csv_table import csv_table, csv_text
from auditkit.formats.dials import dial_of
from auditkit.formats.doses import (
    card_doses,
    card_sweeps,
    card_worlds,
    dosed,
    holds,
    row_from_data,
    row_to_data,
    row_words,
)
from auditkit.formats.families import Drawn, Family, Mode, told
from auditkit.formats.github import github
from auditkit.formats.intervals import Figure, Row, figure_of, figures, gravest, held_to, ranked
from auditkit.formats.json_document import json_document, report_document
from auditkit.formats.junit import junit
from auditkit.formats.lineages import Drawing, drawing
from auditkit.formats.painting import SUFFIX, paint
from auditkit.formats.rmf_measure import rmf_measure_json
from auditkit.formats.sarif import sarif
from auditkit.formats.sheets import Sheet, Shot, Strip, sheet, sheets
from auditkit.formats.summary import Line, Summary, summarise
from auditkit.formats.sweeps import Distribution, Sweep, distributions, sweeps
from auditkit.formats.terminal import table, table_text
from auditkit.formats.toml import policy_text
from auditkit.formats.tracks import Track, track_rows
from auditkit.formats.translators import Learned, Translator, Way
from auditkit.formats.treatments import Shown
from auditkit.formats.turn_text import turn_text
from auditkit.formats.turns import Turned, turned
from auditkit.formats.vega import vega_lite
from auditkit.formats.vega_attention import attention_rows, by_itself, described
from auditkit.formats.vega_lineage import vega_lineage
from auditkit.formats.vega_marks import DARK, LIGHT
from auditkit.formats.vega_tracks import vega_track
from auditkit.resources import folder

__all__ = [
    "Attention",
    "Beside",
    "Changes",
    "Distribution",
    "Drawing",
    "Drawn",
    "Family",
    "Figure",
    "Learned",
    "Line",
    "Listed",
    "Mode",
    "Quoted",
    "Row",
    "Shared",
    "Sheet",
    "Shot",
    "Shown",
    "Strip",
    "Summary",
    "Sweep",
    "Track",
    "Translator",
    "Turned",
    "Way",
    "answers",
    "attention_rows",
    "beside",
    "card_doses",
    "card_formats",
    "card_line",
    "card_sweeps",
    "card_table",
    "card_text",
    "card_worlds",
    "counted",
    "counted_rows",
    "csv_text",
    "described",
    "distributions",
    "dosed",
    "drawing",
    "families_page",
    "family_table",
    "figure_of",
    "figures",
    "formats",
    "gravest",
    "held_to",
    "holds",
    "index",
    "lineage_formats",
    "policy_text",
    "quoted",
    "ranked",
    "render",
    "row_from_data",
    "row_to_data",
    "row_words",
    "sheet",
    "sheets",
    "summarise",
    "svg",
    "sweeps",
    "table",
    "track_rows",
    "translators_page",
    "treatments_page",
    "turn_formats",
    "turned",
    "vega_lineage",
    "vega_lite",
    "vega_track",
    "words",
]

ALONE, LOOKED, TRACKED = "_alone.svg.jinja", "_looked.svg.jinja", "_track.svg.jinja"
INDEX, FAMILIES, TRANSLATORS = "index.html.jinja", "families.html.jinja", "translators.html.jinja"
TURNS = {"html": "turn.html.jinja", "md": "turn.md.jinja"}
LINEAGES = {ending: f"lineage.{ending}.jinja" for ending in ("html", "md", "svg")}
OF_SEVERAL = {INDEX, FAMILIES, TRANSLATORS, *TURNS.values(), *LINEAGES.values()}
"""Templates that show more than one report, and so are no format of one."""
SHORT = {"card": "model_card"}
"""Other names that `render` takes."""
SERIALISED: Mapping[str, Callable[[Report, Judgement], str]] = {
    "json": json_document,
    "report": report_document,
    "csv": csv_table,
    "table": table_text,
    "junit": junit,
    "sarif": sarif,
    "github": github,
    **artefacts.SERIALISED,
    "rmf_measure.json": lambda report, judgement: rmf_measure_json(report, judgement, _cards(report)),
}


@dataclass(frozen=True)
class Listed:
    """A page on the index: what was planted in its world, what was found there, its verdict if any, and where it is."""

    title: str
    planted: str
    found: str
    outcome: Outcome | None
    href: str


def formats() -> tuple[str, ...]:
    """Every format that `render` knows.

    >>> {"page", "summary", "json", "csv", "table"} <= set(formats())
    True
    """
    return (*_templates(), *SERIALISED)


def render(report: Report, judgement: Judgement, format: str = "page") -> str:
    """The report and what was judged of it, in a format: `page` (HTML), `summary` (Markdown), `json`, `csv`, `table`,
    `report` (alone, as it is saved), for build servers `junit` (XML), `sarif` (2.1.0), `github` (annotations), for an
    auditor `ll144` (HTML, also `.csv` and `.json`), `annex_iv` and `rmf_measure` (Markdown, also `.json`), `model_card`
    (Markdown), `croissant` (JSON-LD).

    A file `reports/<name>.<ext>.jinja` is a format by itself. Text from the data is escaped for what the file becomes.
    Raises `InputError` for a format that is not there.
    """
    if format in SERIALISED:
        return SERIALISED[format](report, judgement)
    found = _templates()
    format = format if format in found else SHORT.get(format, format)
    if format not in found:
        known = formats()
        raise InputError(f'There is no format "{format}".{nearest(format, known)} Formats: {", ".join(known)}.')
    return paint(found[format], _told(report, judgement))


def index(entries: Sequence[Listed], title: str = "auditkit", intro: str = "") -> str:
    """One HTML page that links reports, each with its verdict and a sentence on what was planted and what found."""
    linked = [(entry, quote(entry.href, safe="/#.-_")) for entry in entries]
    return paint(folder("reports") / INDEX, {"entries": linked, "title": title, "intro": intro})


def families_page(
    families: Sequence[Family], title: str = "The families side by side", intro: str = "", world: float = 0.5
) -> str:
    """One HTML page with what each family of models draws of the same planted world, in pictures and on common axes.

    `world` is the share of darker skin in the world. What was not measured of a family is said to be so.
    """
    return paint(folder("reports") / FAMILIES, {**told(families, world), "title": title, "intro": intro})


def translators_page(shown: Sequence[Translator], title: str = "The translators side by side", intro: str = "") -> str:
    """One HTML page with how often each translator says "he", on one axis, and where each looks.

    What a translator has not, and what was not measured of it, is said to be so.
    """
    context = {**translators.told(shown), "title": title, "intro": intro}
    return paint(folder("reports") / TRANSLATORS, context)


def treatments_page(shown: Shown) -> str:
    """One HTML page of treatments beside their control: the bias of each, its change, what it lost, what is claimed."""
    return paint(folder("reports") / "lifecycle" / "treatments.html.jinja", {"shown": shown})


def turn_formats(told: Turned, beside: Mapping[str, str] | None = None) -> dict[str, str]:
    """The audit before and after a change, with what it cost, by file ending: `html` (one page), `md` and `txt`.

    `beside` are further files to link, by what they hold.
    """
    context: dict[str, Any] = {"turn": told, "most": turns.MOST, "unmeasured": turns.NONE_MEASURED}
    context |= {"uncharged": turns.UNCHARGED, "beside": beside or {}}
    painted = {ending: paint(folder("reports") / name, context) for ending, name in TURNS.items()}
    return {**painted, "txt": turn_text(told)}


def lineage_formats(lineage: Lineage, title: str = "auditkit") -> dict[str, str]:
    """Where things came from, by file ending: `html` (one page), `md`, `svg` (the graph alone), `txt` and `json`."""
    context = {"lineage": lineage, "title": title, "drawing": lineages.drawing(lineage)}
    context |= {"headline": lineages.headline(lineage), "steps": list(lineages.steps(lineage)), "inks": (LIGHT, DARK)}
    context |= {"broken_kinds": BROKEN, "open_kinds": [one for one in get_args(Flawed) if one not in BROKEN]}
    painted = {ending: paint(folder("reports") / name, context) for ending, name in LINEAGES.items()}
    return {**painted, "txt": lineages.lineage_text(lineage), "json": lineage.to_json()}


def beside(reports: Sequence[tuple[str, Report, Judgement]]) -> Beside:
    """Two to five reports side by side, each with its name: the same comparisons as figures, their changes since the
    first, along the one number that the reports differ in where there is one, and what only some of them tell.

    The differences in how they were made are told but for that number, a sentence each. Raises `InputError` for other
    numbers of reports, and for two of one name.
    """
    told = named(reports)
    first, dial = told[0].report, dial_of([(one.name, one.report) for one in told])
    moved = {one.name: moves(one.report, first) for one in told[1:]}
    recipes = [one.report.recipe if dial is None else dial.without(one.report.recipe) for one in told]
    differences = {
        one.name: (*recipe_changes(recipe, recipes[0]), *group_changes(one.report, first))
        for one, recipe in zip(told[1:], recipes[1:], strict=True)
    }
    put, others = put_beside(told, moved, differences, dial), told[1:]
    rows = (same_rows(one.report, first) for one in others)
    return replace(put, changes=tuple(replace(one, rows=said) for one, said in zip(put.changes, rows, strict=True)))


def svg(drawn: Figure | Distribution | Sweep | Attention | Track) -> str:
    """A figure, where an answer looked, or the way of a watched question, as a picture in a file by itself: the printed
    page's own plot, with its labels, numbers and legend.

    Nothing in it runs or is fetched; it has the colours of the day, and those of the night where a reader has it dark.

    >>> "<title>rate</title>" in svg(Figure("rate", "disparity.selection_rate", "sex", "ratio", (), (.25, 4.0), ()))
    True
    """
    if isinstance(drawn, Attention):
        return paint(folder("reports") / LOOKED, by_itself(drawn))
    if isinstance(drawn, Track):
        return paint(folder("reports") / TRACKED, svg_track.told(drawn))
    return paint(folder("reports") / ALONE, alone.told(drawn))


def _templates() -> dict[str, Path]:
    """The prose formats, by name; a file that starts with an underscore is a part of others."""
    files = sorted(folder("reports").glob(f"*.*{SUFFIX}"))
    reports = [file for file in files if file.name not in OF_SEVERAL and not file.name.startswith("_")]
    return {file.name.split(".")[0]: file for file in reports}


def _told(report: Report, judgement: Judgement) -> dict[str, Any]:
    return {
        "report": report,
        "judgement": judgement,
        "summary": summarise(report, judgement),
        "figures": figures(report, judgement),
        "distributions": distributions(report, judgement),
        "sweeps": sweeps(report, judgement),
        "sheets": sheets(report, judgement),
        "answers": answers(report, judgement),
        "asked": artefacts.Asked(report, judgement, _cards),
    }


def _cards(report: Report) -> dict[str, Card | None]:
    """The calibration cards of the detectors that made a report; only of those that are there, whatever it says."""
    told = [str(detector.get("code")) for detector in report.recipe.detectors] + [f.code for f in report.findings]
    known = catalog.detectors()
    return {code: catalog.card(code) for code in dict.fromkeys(told) if code in known}
