"""A place in a sentence where a mechanism chooses: what stands before it, what may stand there, what comes after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

Shares = Mapping[tuple[str, ...], Mapping[str, float]]
"""How likely each level is in each slot, by the slot's key: the world's or a model's."""


@dataclass(frozen=True)
class Slot:
    """One slot: `key` says which, `levels` has the words of each level, `after` ends the sentence.

    >>> slot = Slot(("doctor",), "the doctor said that", {"she": ("she",), "he": ("he",)}, "was tired .")
    >>> [slot.sentence(word) for word in slot.words][0]
    'the doctor said that she was tired .'
    """

    key: tuple[str, ...]
    before: str
    levels: Mapping[str, tuple[str, ...]]
    after: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that may stand there, of all levels in turn."""
        return tuple(word for words in self.levels.values() for word in words)

    def sentence(self, word: str) -> str:
        """The sentence with this word in the slot."""
        return " ".join(part for part in (self.before, word, self.after) if part)

    def shares(self, chances: Mapping[str, float]) -> dict[str, float]:
        """The probability of each level from that of each word; nothing is renormalised."""
        return {level: float(sum(chances[word] for word in words)) for level, words in self.levels.items()}


def slot_of(key: tuple[str, ...], template: str, place: str, levels: Mapping[str, tuple[str, ...]]) -> Slot:
    """The slot of a template that is filled but for the last place, written {place}."""
    before, after = template.split(f"{{{place}}}")
    return Slot(key, before.strip(), levels, after.strip())


def each(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Levels of one word each.

    >>> each(["she", "he"])
    {'she': ('she',), 'he': ('he',)}
    """
    return {word: (word,) for word in words}


def mean(shares: Shares, level: str, *begun: tuple[str, ...]) -> float:
    """The mean share of a level in its slot's closed set, over the slots whose key begins with one of these.

    >>> mean({("a", "0"): {"yes": 0.2, "no": 0.2}, ("b", "0"): {"yes": 0.0, "no": 1.0}}, "yes", ("a",))
    0.5
    """
    cells = [cell for key, cell in shares.items() if any(key[: len(each)] == each for each in begun)]
    return float(np.mean([cell[level] / sum(cell.values()) for cell in cells]))


def mass(shares: Shares) -> float:
    """The least probability that a slot's closed set has together."""
    return min(sum(cell.values()) for cell in shares.values())
