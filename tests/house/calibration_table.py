"""Paint the cards, and put the detectors' error rates into the README: run by `make calibrate` after measuring."""

from __future__ import annotations

import re
from pathlib import Path

from auditkit import catalog
from auditkit.core.card import Card
from auditkit.core.subjects import SUBJECTS
from auditkit.rendering import card_formats, card_table, family_table

README = Path(__file__).parents[2] / "README.md"


def table() -> str:
    """A line a family, and behind a fold a line a detector."""
    cards = [card for code in catalog.detectors() if (card := catalog.card(code)) is not None]
    fold = f"<details><summary>Each of the {len(cards)} detectors</summary>\n\n{card_table(cards)}\n</details>\n"
    unmeasured = [code for code in catalog.detectors() if catalog.card(code) is None]
    rest = f"\nNot measured yet, and so experimental: {', '.join(unmeasured)}.\n" if unmeasured else ""
    return f"{family_table(cards)}\n{fold}{rest}"


def matrix() -> str:
    """How many detectors of each family have a question for each subject; a dash has its reason in `list --for`."""
    families = catalog.families()
    lines = [f"| detectors for | {' | '.join(families)} |", f"|:--|{'--:|' * len(families)}"]
    for subject in SUBJECTS:
        told = catalog.matrix(subject)
        cells = ["–" if isinstance(codes := told[family], str) else str(len(codes)) for family in families]
        lines.append(f"| {subject} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def told(text: str) -> str:
    """A README with the tables in their places."""
    for name, block in (("calibration", table()), ("matrix", matrix())):
        place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.S)
        text = place.sub(lambda found, block=block: f"{found[1]}{block}{found[2]}", text)
    return text


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
