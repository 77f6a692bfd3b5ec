"""Treatments of a model as they are told: a line each with words for every number, and two axes for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from auditkit.core.judgement import Outcome
from auditkit.formats.intervals import Figure
from auditkit.formats.words import count, markdown, outcome_word, quiet, short

MARKS = {Outcome.FAIL: "◆", Outcome.INCONCLUSIVE: "○", Outcome.NOT_ASSESSED: "◌", Outcome.PASS: "●"}
WIDE = 100
COLUMNS = ("Bias", "95 % interval", "Change", "simultaneous", "Usable lost", "Refused/unread", "Asked")


@dataclass(frozen=True, slots=True)
class Lane:
    """One treatment, or the control, in words: its numbers, what is claimed of it, and why it was asked no more.

    `place` is that of its rows in the two figures; `change` and `lost` are empty for the control.
    """

    place: int
    name: str
    template: str
    system: str
    outcome: Outcome | None
    bias: tuple[str, str]
    change: tuple[str, str]
    lost: str
    refused: int
    unread: int
    asked: int
    said: tuple[str, ...]

    @property
    def wording(self) -> str:
        """Its words in one line."""
        return f"{self.template} (system: {self.system})" if self.system else self.template


@dataclass(frozen=True)
class Shown:
    """A comparison as any page, text or table shows it: the control first, then the treatments, the best in front."""

    headline: str
    outcome: Outcome
    about: str
    lanes: tuple[Lane, ...]
    bias: Figure
    change: Figure
    notes: tuple[str, ...]


def treatments_text(shown: Shown) -> str:
    """The comparison for a terminal: a line a treatment, then what is claimed of each."""
    lines = [quiet(shown.headline), *_wrapped(shown.about), "", *_table(shown.lanes), ""]
    for lane in shown.lanes:
        lines += [f"  {line}" for line in _wrapped(f"{lane.name}: {' '.join(lane.said)}", WIDE - 2) if lane.said]
    lines += ["", *(line for note in shown.notes for line in _wrapped(note))]
    return "\n".join(lines) + "\n"


def treatments_markdown(shown: Shown) -> str:
    """The comparison as Markdown."""
    heads = ["Treatment", "Verdict", *COLUMNS]
    lines = [f"# {markdown(shown.headline)}", "", markdown(shown.about), "", _row(heads), _row(["---"] * len(heads))]
    lines += [
        _row([markdown(lane.name), markdown(_verdict(lane)), *map(markdown, _numbers(lane))]) for lane in shown.lanes
    ]
    lines.append("")
    for lane in shown.lanes:
        lines += [
            f"- **{markdown(lane.name)}** ({markdown(short(lane.wording, 400))}): {markdown(' '.join(lane.said))}"
        ]
    return "\n".join([*lines, "", *(f"{markdown(note)}\n" for note in shown.notes)]).rstrip() + "\n"


def _table(lanes: Sequence[Lane]) -> Iterator[str]:
    """Columns of equal width, numbers to the right."""
    rows = [["", "", *COLUMNS], *([_named(lane), _verdict(lane), *_numbers(lane)] for lane in lanes)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _named(lane: Lane) -> str:
    return f"{'·' if lane.outcome is None else MARKS[lane.outcome]} {short(lane.name, 40)}"


def _verdict(lane: Lane) -> str:
    return "" if lane.outcome is None else outcome_word(lane.outcome)


def _numbers(lane: Lane) -> list[str]:
    return [*lane.bias, *lane.change, lane.lost, f"{count(lane.refused)}/{count(lane.unread)}", count(lane.asked)]


def _wrapped(text: str, room: int = WIDE) -> list[str]:
    return wrap(quiet(text), room, subsequent_indent="  ") or [""]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
