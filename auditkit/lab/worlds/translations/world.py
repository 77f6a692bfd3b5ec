"""The translation world: sentences without a gender, and how often each is put into English with "he"."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.lab.worlds.translations.language import PRONOUNS, Sentence, sentences

STRONG, HE = 0.9, 0.6
"""The dose of the strongly biased translators, and P(he) at it: a small tilt, which is enough for decoding."""


class Pair(NamedTuple):
    """A sentence and a translation."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class World:
    """The translation world at a dose (0 to 1): P(he) = .5 + dose / 9 for every occupation, so that .9 gives .6.

    The tilt is small and the same for all: how far a translator is from even-handed is then a matter of how its words
    are chosen. Every template is as frequent as any other, and so is every occupation, adjective and verb within it.

    >>> World().share("nurse"), round(World(0.9).share("nurse"), 9)
    (0.5, 0.6)
    >>> World(0.9).distribution("o un doktor .")["he is a doctor ."].__round__(3)
    0.6
    """

    dose: float = 0.0

    def share(self, occupation: str) -> float:
        """P(he | occupation): the same for every one."""
        return 0.5 + self.dose * (HE - 0.5) / STRONG

    def distribution(self, source: str) -> dict[str, float]:
        """The translations of a sentence, each with its probability; raises `InputError` for another language's."""
        if source not in (known := by_source()):
            raise InputError(f'"{source}" is no sentence of the language. One that is: "o un doktor .".')
        sentence = known[source]
        he = self.share(sentence.job)
        return {sentence.said(pronoun): share for pronoun, share in zip(PRONOUNS, (1 - he, he), strict=True)}

    def probabilities(self) -> Floats:
        """P of every pair of `pairs_of_all`, in its order; they sum to one."""
        weights = [
            share * weight
            for sentence, weight in zip(by_source().values(), weights_of_sources(), strict=True)
            for share in (1 - self.share(sentence.job), self.share(sentence.job))
        ]
        return np.array(weights)

    def pairs(self, n: int, rng: np.random.Generator) -> list[Pair]:
        """Draw n pairs of a sentence and its translation."""
        every = pairs_of_all()
        return [every[k] for k in rng.choice(len(every), size=n, p=self.probabilities())]


@cache
def by_source() -> dict[str, Sentence]:
    """Every sentence by how it is written in the language."""
    return {sentence.source: sentence for sentence in sentences()}


@cache
def weights_of_sources() -> tuple[float, ...]:
    """P of every sentence, in the order of `sentences`; they sum to one."""
    counts: dict[int, int] = {}
    for sentence in sentences():
        counts[sentence.template] = counts.get(sentence.template, 0) + 1
    return tuple(1 / len(counts) / counts[sentence.template] for sentence in sentences())


@cache
def pairs_of_all() -> tuple[Pair, ...]:
    """Every pair of the world: each sentence in turn, with "she" and with "he"."""
    return tuple(Pair(each.source, each.said(pronoun)) for each in sentences() for pronoun in PRONOUNS)
