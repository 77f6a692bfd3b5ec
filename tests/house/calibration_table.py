"""Paint the cards, and put the detectors' error rates into the README: run by `make calibrate` after measuring."""

from __future__ import annotations

import re
from pathlib import Path

from auditkit import catalog
from auditkit.core.card import Card
from auditkit.rendering import card_formats, card_table, family_table

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"(<!-- calibration -->\n).*?(<!-- /calibration -->)", re.S)


def table() -> str:
    """A line a family, and behind a fold a line a detector."""
    cards = [card for code in catalog.detectors() if (card := catalog.card(code)) is not None]
    fold = f"<details><summary>Each of the {len(cards)} detectors</summary>\n\n{card_table(cards)}\n</details>\n"
    unmeasured = [code for code in catalog.detectors() if catalog.card(code) is None]
    rest = f"\nNot measured yet, and so experimental: {', '.join(unmeasured)}.\n" if unmeasured else ""
    return f"{family_table(cards)}\n{fold}{rest}"


def told(text: str) -> str:
    """A README with the table in its place."""
    return BLOCK.sub(lambda block: f"{block[1]}{table()}{block[2]}", text)


def repaint() -> None:
    """Every published card again in its formats, from its JSON."""
    for file in (README.parent / "reports" / "published" / "calibration").glob("*.json"):
        card = Card.from_json(file.read_text(encoding="utf-8"))
        for ending, text in card_formats(card).items():
            if ending != "json":
                file.with_suffix(f".{ending}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    repaint()
    README.write_text(told(README.read_text(encoding="utf-8")), encoding="utf-8")
