"""Calibration cards on paper: one card in every format, and many as one table, a line a detector or a family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit.core.card import Card
from auditkit.formats import calibration
from auditkit.formats.painting import SUFFIX, paint
from auditkit.resources import folder


def card_formats(card: Card) -> dict[str, str]:
    """A calibration card by file ending: `json` (the card itself), `md` and `html`."""
    context: dict[str, Any] = {"card": card, "f": calibration.figures(card), "doses": calibration.dose_lines(card)}
    context |= {"unreached": calibration.unreached(card)}
    painted = {ending: _painted(f"card.{ending}", context) for ending in ("md", "html")}
    return {"json": card.to_json(), **painted}


def card_table(cards: Sequence[Card]) -> str:
    """The calibration cards as one Markdown table, a line a detector."""
    return _painted("table.md", {"cards": [(card, calibration.figures(card)) for card in cards]})


def family_table(cards: Sequence[Card]) -> str:
    """The calibration cards by family, the worst figure of each, as a Markdown table."""
    names = dict.fromkeys(card.code.split(".")[0] for card in cards)
    mine = {name: [card for card in cards if card.code.split(".")[0] == name] for name in names}
    told = [
        (name, some, calibration.worst([calibration.figures(card) for card in some])) for name, some in mine.items()
    ]
    return _painted("families.md", {"families": told})


def _painted(name: str, context: dict[str, Any]) -> str:
    return paint(folder("reports") / "calibration" / f"{name}{SUFFIX}", context)
