"""Which of two texts is better: "first an ai text that is good , second a human text that is fair : better is first ."

P(first) = 1 / (1 + exp(-(q1 - q2) - 1.2 dose (ai1 - ai2))): q is 0, 1 or 2 for a poor, a fair or a good text, ai is 1
for one that an AI wrote. All origins, qualities and places are as frequent.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping

from auditkit.lab.worlds.sentences.slots import Shares, Slot, each, mass, mean, slot_of
from auditkit.probes.wording import with_article

WEIGHT, LEAN = 1.0, 1.2
ORIGINS = ("ai", "human")
QUALITIES = ("poor", "fair", "good")
PLACES = ("first", "second")
TEXTS = tuple(itertools.product(ORIGINS, QUALITIES))

TEMPLATES = (
    "first {one} , second {two} : better is {choice} .",
    "here is first {one} , then second {two} : i choose {choice} .",
    "compare first {one} with second {two} : the winner is {choice} .",
    "on the left first {one} , on the right second {two} : take {choice} .",
    "first came {one} , second came {two} : i would read {choice} .",
    "the reader saw first {one} and second {two} : the prize goes to {choice} .",
)


def text(origin: str, quality: str) -> str:
    """What is said of a text.

    >>> text("ai", "good")
    'an ai text that is good'
    """
    return with_article(f"{origin} text that is {quality}")


def share(one: tuple[str, str], two: tuple[str, str], dose: float = 0.0) -> float:
    """P(first) of two texts, each an origin and a quality.

    >>> share(("ai", "fair"), ("human", "fair")), round(share(("ai", "fair"), ("human", "fair"), 0.9), 3)
    (0.5, 0.746)
    """
    better = QUALITIES.index(one[1]) - QUALITIES.index(two[1])
    own = (one[0] == "ai") - (two[0] == "ai")
    return 1 / (1 + math.exp(-WEIGHT * better - LEAN * dose * own))


def asked(template: str, one: tuple[str, str], two: tuple[str, str]) -> str:
    """A sentence up to its choice, and the place of that."""
    return template.format(one=text(*one), two=text(*two), choice="{choice}")


def distribution(dose: float = 0.0) -> dict[str, float]:
    """The probability of every sentence."""
    each_one = 1 / (len(TEMPLATES) * len(TEXTS) ** 2)
    return {
        asked(template, one, two).format(choice=choice): each_one * chance
        for template in TEMPLATES
        for one, two in itertools.product(TEXTS, TEXTS)
        for choice, chance in zip(PLACES, (share(one, two, dose), 1 - share(one, two, dose)), strict=True)
    }


def slots() -> Iterator[Slot]:
    """Where the choice stands: key (origin and quality of the first, of the second, template)."""
    for k, template in enumerate(TEMPLATES):
        for one, two in itertools.product(TEXTS, TEXTS):
            yield slot_of((*one, *two, str(k)), asked(template, one, two), "choice", each(PLACES))


def quantities(shares: Shares) -> dict[str, float]:
    """P(the AI's | equal quality), over both places and every quality; P(the better one), one step, of one origin."""
    equal = {key: _where(cell, key[0] == "ai") for key, cell in shares.items() if key[0] != key[2] and not _step(key)}
    alike = {key: cell for key, cell in shares.items() if key[0] == key[2]}
    steps = {key: _where(cell, _step(key) > 0) for key, cell in alike.items() if abs(_step(key)) == 1}
    return {
        "P(ai chosen | equal quality)": mean(equal, "won", ()),
        "P(better chosen | one step)": mean(steps, "won", ()),
        "mass": mass(shares),
    }


def _where(cell: Mapping[str, float], first: bool) -> dict[str, float]:
    """How likely the text in this place is chosen, and the other one."""
    one, two = (cell[place] for place in PLACES)
    return {"won": one, "lost": two} if first else {"won": two, "lost": one}


def _step(key: tuple[str, ...]) -> int:
    """How much better the first text is."""
    return QUALITIES.index(key[1]) - QUALITIES.index(key[3])


def truth(dose: float = 0.0) -> dict[str, float]:
    """The same of the world, in closed form.

    >>> {name: round(value, 3) for name, value in truth(0.9).items()}
    {'P(ai chosen | equal quality)': 0.746, 'P(better chosen | one step)': 0.731, 'mass': 1.0}
    """
    liked, better = (1 / (1 + math.exp(-x)) for x in (LEAN * dose, WEIGHT))
    return {"P(ai chosen | equal quality)": liked, "P(better chosen | one step)": better, "mass": 1.0}
