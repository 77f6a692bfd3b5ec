"""A judged report in any format: one template in `reports/` is one prose format; JSON, CSV, the terminal's table
and what build servers read are written by `auditkit.formats`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from auditkit import catalog
from auditkit.core.card import Card
from auditkit.core.errors import InputError, nearest
from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Report
from auditkit.formats import artefacts, calibration, translators, words
from auditkit.formats.answers import answers
from auditkit.formats.calibration import card_line, card_text
from auditkit.formats.csv_table import csv_table, csv_text
from auditkit.formats.families import Drawn, Family, Mode, told
from auditkit.formats.github import github
from auditkit.formats.intervals import CHANGE, Figure, Row, figures, gravest, held_to, ranked
from auditkit.formats.json_document import json_document
from auditkit.formats.junit import junit
from auditkit.formats.rmf_measure import rmf_measure_json
from auditkit.formats.sarif import sarif
from auditkit.formats.sheets import Sheet, Shot, Strip, sheets
from auditkit.formats.summary import summarise
from auditkit.formats.sweeps import Distribution, Sweep, distributions, sweeps
from auditkit.formats.terminal import table, table_text
from auditkit.formats.translators import Learned, Translator, Way
from auditkit.formats.vega import vega_lite
from auditkit.resources import folder

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = [
    "Distribution",
    "Drawn",
    "Family",
    "Figure",
    "Learned",
    "Listed",
    "Mode",
    "Row",
    "Sheet",
    "Shot",
    "Strip",
    "Sweep",
    "Translator",
    "Way",
    "answers",
    "card_formats",
    "card_line",
    "card_table",
    "card_text",
    "csv_text",
    "distributions",
    "families_page",
    "family_table",
    "figures",
    "formats",
    "gravest",
    "held_to",
    "index",
    "ranked",
    "render",
    "sheets",
    "summarise",
    "svg",
    "sweeps",
    "table",
    "translators_page",
    "vega_lite",
    "words",
]

SUFFIX = ".jinja"
INDEX, FAMILIES, TRANSLATORS = "index.html.jinja", "families.html.jinja", "translators.html.jinja"
SERIALISED: Mapping[str, Callable[[Report, Judgement], str]] = {
    "json": json_document,
    "csv": csv_table,
    "table": table_text,
    "junit": junit,
    "sarif": sarif,
    "github": github,
    **artefacts.SERIALISED,
    "rmf_measure.json": lambda report, judgement: rmf_measure_json(report, judgement, _cards(report)),
}
SPOKEN = ["number", "exact", "interval", "margin", "rate", "comparison", "percent", "short", "settled_by", "is_signed"]
SPOKEN += ["answered"]


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
    for build servers `junit` (XML), `sarif` (2.1.0), `github` (annotations), for an auditor `ll144` (HTML, also `.csv`
    and `.json`), `annex_iv` and `rmf_measure` (Markdown, also `.json`), `model_card` (Markdown), `croissant` (JSON-LD).

    A file `reports/<name>.<ext>.jinja` is a format by itself. Text from the data is escaped for what the file becomes.
    Raises `InputError` for a format that is not there.
    """
    if format in SERIALISED:
        return SERIALISED[format](report, judgement)
    found = _templates()
    if format not in found:
        known = formats()
        raise InputError(f'There is no format "{format}".{nearest(format, known)} Formats: {", ".join(known)}.')
    return _paint(found[format], _told(report, judgement))


def index(entries: Sequence[Listed], title: str = "auditkit", intro: str = "") -> str:
    """One HTML page that links reports, each with its verdict and a sentence on what was planted and what found."""
    linked = [(entry, quote(entry.href, safe="/#.-_")) for entry in entries]
    return _paint(folder("reports") / INDEX, {"entries": linked, "title": title, "intro": intro})


def families_page(
    families: Sequence[Family], title: str = "The families side by side", intro: str = "", world: float = 0.5
) -> str:
    """One HTML page with what each family of models draws of the same planted world, in pictures and on common axes.

    `world` is the share of darker skin in the world. What was not measured of a family is said to be so.
    """
    return _paint(folder("reports") / FAMILIES, {**told(families, world), "title": title, "intro": intro})


def translators_page(shown: Sequence[Translator], title: str = "The translators side by side", intro: str = "") -> str:
    """One HTML page with how often each translator says "he", on one axis, and where each looks.

    What a translator has not, and what was not measured of it, is said to be so.
    """
    context = {**translators.told(shown), "title": title, "intro": intro}
    return _paint(folder("reports") / TRANSLATORS, context)


def svg(drawn: Figure | Distribution | Sweep) -> str:
    """A figure as a picture by itself."""
    raise NotImplementedError


def card_formats(card: Card) -> dict[str, str]:
    """A calibration card by file ending: `json` (the card itself), `md` and `html`."""
    context: dict[str, Any] = {"card": card, "f": calibration.figures(card), "doses": calibration.dose_lines(card)}
    context |= {"unreached": calibration.unreached(card)}
    place = folder("reports") / "calibration"
    return {
        "json": card.to_json(),
        **{ending: _paint(place / f"card.{ending}{SUFFIX}", context) for ending in ("md", "html")},
    }


def card_table(cards: Sequence[Card]) -> str:
    """The calibration cards as one Markdown table, a line a detector."""
    told = [(card, calibration.figures(card)) for card in cards]
    return _paint(folder("reports") / "calibration" / f"table.md{SUFFIX}", {"cards": told})


def family_table(cards: Sequence[Card]) -> str:
    """The calibration cards by family, the worst figure of each, as a Markdown table."""
    names = dict.fromkeys(card.code.split(".")[0] for card in cards)
    mine = {name: [card for card in cards if card.code.split(".")[0] == name] for name in names}
    told = [
        (name, some, calibration.worst([calibration.figures(card) for card in some])) for name, some in mine.items()
    ]
    return _paint(folder("reports") / "calibration" / f"families.md{SUFFIX}", {"families": told})


def _templates() -> dict[str, Path]:
    """The prose formats, by name; a file that starts with an underscore is a part of others."""
    files = sorted(folder("reports").glob(f"*.*{SUFFIX}"))
    reports = [
        file for file in files if file.name not in (INDEX, FAMILIES, TRANSLATORS) and not file.name.startswith("_")
    ]
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


def _paint(template: Path, context: Mapping[str, Any]) -> str:
    return (
        _environment(template)
        .get_template(template.name)
        .render(**context, held_to=held_to, change=CHANGE, outcomes=Outcome)
        .strip()
        + "\n"
    )


@cache
def _environment(template: Path) -> Environment:
    """Where everything that is printed is made harmless: HTML is escaped, Markdown too, all else is plain text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    kind = template.name.removesuffix(SUFFIX).rsplit(".", 1)[-1]
    marked_up = kind in ("html", "svg", "xml")
    harmless = words.plain if marked_up else {"md": words.markdown}.get(kind, words.quiet)
    environment = Environment(
        loader=FileSystemLoader([template.parent, folder("reports")]),
        autoescape=marked_up,
        undefined=StrictUndefined,
        finalize=lambda value: harmless(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {name: getattr(words, name) for name in SPOKEN}
    environment.filters |= {"rows": words.count, "word": words.outcome_word, "flat": _flat}
    environment.filters |= {
        "share": calibration.percent,
        "covers": calibration.covers,
        "drawn": calibration.replications,
        "compared": calibration.compared,
        "truth": calibration.truth,
    }
    return environment


def _flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """A nested configuration as dotted names and texts."""
    if isinstance(value, Mapping):
        return [pair for key, part in value.items() for pair in _flat(part, f"{name}.{key}" if name else str(key))]
    if isinstance(value, (list, tuple)) and not any(isinstance(part, (Mapping, list, tuple)) for part in value):
        return [(name, ", ".join(str(part) for part in value))]
    if isinstance(value, (list, tuple)):
        return [pair for i, part in enumerate(value) for pair in _flat(part, f"{name}.{i}" if name else str(i))]
    return [(name, str(value))]
