"""Translators side by side: how often each says "he", by the way its words are chosen, and where each looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from auditkit.core.target import Attention
from auditkit.formats.families import WHOLE, said, spoken, turned
from auditkit.formats.intervals import Figure, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way of choosing words, and how often "he" is said; `None` is what was not measured.

    `truth` is P(he) over every sentence, `right` the share of sentences that are translated word for word right. `row`
    is of a report: how much oftener "he" is said than `than`, whose P(he) is `origin`. A row that tells of "she" is
    `turned`. `href` is the report.
    """

    name: str
    truth: float | None = None
    right: float | None = None
    row: Row | None = None
    origin: float = 0.5
    than: str = ""
    turned: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Learned:
    """One model that learned from the world at a dose, where P(he) is `planted`."""

    dose: float
    planted: float | None
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Translator:
    """A kind of translator; `None` is what it has not, or what was not measured.

    `size` is bytes of weights, `asked` and `answered` a sentence and its translation, `attention` where that looked.
    `looks` is the same over all sentences: English words against kinds of source words. `settled` is the median of the
    occupation's attention on its own word, `lowest` that in the template where it is least. `per_second` are sentences.
    """

    name: str
    title: str = ""
    how: str = ""
    learned: tuple[Learned, ...] = ()
    parameters: int | None = None
    size: int | None = None
    per_second: float | None = None
    asked: str = ""
    answered: str = ""
    attention: Attention | None = None
    looks: Attention | None = None
    settled: float | None = None
    lowest: float | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """A way ready to be painted: its row as more of "he", and that row on the axis of P(he)."""

    way: Way
    more: Row | None
    placed: Row | None
    href: str


def told(translators: Sequence[Translator]) -> dict[str, Any]:
    """What the page is painted from."""
    lanes = [(one, [(learned, [_lane(way) for way in learned.ways]) for learned in one.learned]) for one in translators]
    axis = Figure("P(he)", "", "", "difference", (), WHOLE, (0.0, 0.25, 0.5, 0.75, 1.0))
    audited = {lane.more.n for _, doses in lanes for _, some in doses for lane in some if lane.more is not None}
    return {"translators": lanes, "axis": axis, "audited": sorted(audited), "said": said, "spoken": spoken}


def placed(row: Row, origin: float) -> Row:
    """A difference from a share as a share: what is turned about nought and about the share is moved by it.

    >>> from auditkit.core.finding import Key
    >>> key = Key("selection.decoder", "share difference", "greedy", "ancestral", "pronoun|he")
    >>> row = Row(0, key, "", 0.25, None, 0.375, 0.125, 0.5, 0.0, -0.0625, 0.0625, None, 400)
    >>> there = placed(row, 0.5)
    >>> there.value, there.low, there.high, there.null, there.margin_high
    (0.75, None, 0.875, 0.5, 0.5625)
    """
    return turned(turned(row, 0.0), origin)


def _lane(way: Way) -> Lane:
    more = turned(way.row, 0.0) if way.row is not None and way.turned else way.row
    where = None if more is None else placed(more, way.origin)
    return Lane(way, more, where, quote(way.href, safe="/#.-_", errors="replace"))
