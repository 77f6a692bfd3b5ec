"""What reports side by side have to say, as rows and sentences: verdicts, changes, what only some of them tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote

from markupsafe import Markup

from auditkit import Outcome
from auditkit.rendering import Beside, Changes, Figure, words
from dashboards.parts.opened import Opened
from dashboards.parts.prose import MARKS, badge, html

ROWS = 40
"""Rows that are drawn at a time."""
MOST = 12
"""Sentences of one kind that stand on the page; a table holds all."""
LACKING = "– Not told"
WAYS = {
    "worse": "surely further from no bias",
    "better": "surely nearer to no bias",
    "same": "without a change beyond the noise",
    "untold": "cannot be compared",
}
One = TypeVar("One")


def names_of(found: Sequence[Opened]) -> tuple[str, ...]:
    """What each report is called: its place in the folder, without what all of them have; no two alike.

    Nothing else may take the place of a name that hides its letters.
    """
    ids = [one.entry.id.removesuffix("report.json").rstrip("/") or one.entry.id for one in found]
    shown = [words.short(id, 60) for id in ids]
    return tuple(name if shown.count(name) == 1 else f"{name} [{at + 1}]" for at, name in enumerate(shown))


def told_rows(names: Sequence[str], found: Sequence[Opened]) -> Markup:
    """The reports as a list: verdict, name, subject and size, the first as what the others are held to."""
    line = '<li><a href="report?report={}">{}</a> {}<span class="ak-soft">{}, {} rows, {} findings{}</span></li>'
    rows = [
        html(
            line,
            quote(one.entry.id),
            name,
            badge(one.judgement.outcome),
            words.short(one.report.recipe.subject),
            words.count(one.report.recipe.rows),
            words.count(len(one.report.findings)),
            "; the others are held to it" if not at else "",
        )
        for at, (name, one) in enumerate(zip(names, found, strict=True))
    ]
    return html('<ul class="ak-compare">{}</ul>', Markup("").join(rows))


def verdict_rows(told: Beside) -> list[dict[str, Any]]:
    """A row a comparison, a column a report; what differs most first."""
    return [
        {"comparison": one.title, "detector": one.finding.code}
        | {name: LACKING if name in one.lacking else verdict(one.outcome(name)) for name in told.names}
        for one in told.shared
    ]


def verdict(outcome: Outcome | None) -> str:
    """A verdict as its shape and its word, for a table.

    >>> verdict(Outcome.FAIL)
    '◆ Fail'
    """
    return f"{MARKS[outcome]} {words.outcome_word(outcome)}"


def turned(told: Beside) -> int:
    """How many comparisons that several reports tell have different verdicts there."""
    several = [one for one in told.shared if len(one.told) > 1]
    return sum(len({one.outcome(name) for name in one.told}) > 1 for one in several)


def change_rows(told: Changes) -> list[dict[str, Any]]:
    """A row a comparison: what it was, is, how much that is, and on what that rests."""
    return [
        {
            "comparison": told.titles.get(move.key, move.key.estimand),
            "was": words.number(move.was, move.scale, signed=False),
            "is": words.number(move.now, move.scale, signed=False),
            "change": words.number(move.shift.value),
            "95 % interval": words.interval(move.shift.interval(0.95)),
            "90 % interval": words.interval(move.shift.interval(0.90)),
            "of": "the logarithm" if move.scale == "ratio" else "the value",
            "so it is": WAYS[move.way],
            "taken as": "paired" if move.paired else "independent",
            "why not paired": move.because,
        }
        for move in told.moves
    ]


def counted(told: Changes) -> Markup:
    """How many moved which way, and how many of the changes are paired."""
    ways = [move.way for move in told.moves]
    said = [f"{ways.count(way):,} {what}" for way, what in WAYS.items() if ways.count(way)]
    paired = sum(move.paired for move in told.moves)
    sentence = f"{len(ways):,} shared comparison{'' if len(ways) == 1 else 's'}: {', '.join(said) or 'none'}. "
    sentence += f"{paired:,} of them {'is' if paired == 1 else 'are'} paired."
    return html("{}", sentence)


def whose(told: Beside) -> Markup:
    """Whether each report is on the first one's rows, as far as they tell; once where all tell the same."""
    every = list(dict.fromkeys(one.rows for one in told.changes))
    if len(every) == 1:
        return html("<p>{}</p>", every[0])
    items = (html("<li><b>{}</b> {}</li>", one.name, one.rows) for one in told.changes)
    return html("<ul>{}</ul>", Markup("").join(items))


def unpaired(told: Changes) -> list[tuple[str, int]]:
    """Why changes are taken as of independent reports, and how many each."""
    why = [move.because for move in told.moves if not move.paired]
    return sorted(((because, why.count(because)) for because in dict.fromkeys(why)), key=lambda pair: -pair[1])


def surely(told: Changes, way: str) -> list[str]:
    """What surely moved that way."""
    return [told.titles.get(move.key, move.key.estimand) for move in told.moves if move.way == way]


def lone_rows(told: Beside) -> list[dict[str, Any]]:
    """A row a comparison that not all tell, with who lacks it and why."""
    return [
        {
            "comparison": one.title,
            "detector": one.finding.code,
            "told by": ", ".join(one.told),
            "lacking in": ", ".join(one.lacking),
            "because": "; ".join(dict.fromkeys(one.lacking.values())),
        }
        for one in told.lone
    ]


def paged(figure: Figure, page: int) -> Figure:
    """A page of a figure's rows, on its own axis."""
    return replace(figure, rows=figure.rows[page * ROWS : (page + 1) * ROWS])


def pages(some: Sequence[One], most: int) -> list[Sequence[One]]:
    """So many at a time.

    >>> pages([1, 2, 3], 2)
    [[1, 2], [3]]
    """
    return [some[at : at + most] for at in range(0, len(some), most)]
