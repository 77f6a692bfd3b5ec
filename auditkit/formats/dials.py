"""Which one number do several reports differ in: a setting of what was asked, or the dose of what it learned from?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditkit.core.report import Recipe, Report
from auditkit.formats.sweeps import FEWEST, dose_of

DOSE = "dose"
SETTING = "settings."
NAMED = re.compile(r"\bdose[ =:_-]?(\d+(?:\.\d+)?)", re.IGNORECASE)
"""A dose in a title or in the name of a file: "a miniature GAN, dose 0.9", "gan-dose0"."""


@dataclass(frozen=True, slots=True)
class Dial:
    """A number in which reports differ, and where it stands in each of them."""

    name: str
    doses: tuple[float, ...]

    def without(self, recipe: Recipe) -> Recipe:
        """A recipe in which nothing tells where the dial stood, so that what else differs can be told."""
        hidden = {f"{SETTING}{self.name}"} | ({"fingerprint"} if self.name == DOSE else set())
        kept = [{key: part for key, part in source.items() if key not in hidden} for source in recipe.sources]
        if self.name != DOSE:
            return replace(recipe, sources=tuple(kept))
        sources = tuple({key: NAMED.sub(DOSE, str(part)) for key, part in source.items()} for source in kept)
        return replace(recipe, sources=sources, subject=NAMED.sub(DOSE, recipe.subject))


def dial_of(named: Sequence[tuple[str, Report]]) -> Dial | None:
    """The one number in which three reports or more differ, each from every other; `None` where there is none, or two.

    A dose counts before a setting: models of different doses are different models.
    """
    told = [_numbers(name, report) for name, report in named]
    shared = [name for name in dict.fromkeys(name for one in told for name in one) if all(name in one for one in told)]
    moving = [name for name in shared if len({one[name] for one in told}) > 1]
    apart = [name for name in moving if len({one[name] for one in told}) == len(told)]
    if len(named) < FEWEST or len(apart) != 1 or moving != apart:
        return None
    return Dial(apart[0], tuple(one[apart[0]] for one in told))


def _numbers(name: str, report: Report) -> dict[str, float]:
    """The numeric settings that all of a report's runs share, and the dose that their titles or its name tell."""
    sources = report.recipe.sources
    found = {
        key.removeprefix(SETTING): value
        for key in dict.fromkeys(key for source in sources for key in source if key.startswith(SETTING))
        if (value := _alike(source.get(key, "") for source in sources)) is not None
    }
    titles = [str(source.get("title", "")) for source in sources]
    for texts in (titles, [report.recipe.subject], [name]):
        dose = _alike(match[1] if (match := NAMED.search(text)) else "" for text in texts)
        if dose is not None:
            return {DOSE: dose, **found}
    return found


def _alike(texts: Iterable[Any]) -> float | None:
    """The number that all of some texts are."""
    said = {str(text) for text in texts}
    return dose_of(said.pop()) if len(said) == 1 else None
