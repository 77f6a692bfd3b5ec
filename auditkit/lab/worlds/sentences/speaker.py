"""The world of sentences as a target: it answers by the shares of the world, exactly and without learning them.

A surrogate of a language model whose truth is the dose's: for measuring how often an audit errs. Every answer comes of
the sentences that go on as the prompt begins; its log-probabilities are the world's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from auditkit.core.probe import MASK, OTHER, Prompt
from auditkit.core.target import Answer, Refusal, Said, Target
from auditkit.lab.worlds.sentences.rendering import rendered
from auditkit.lab.worlds.sentences.world import World

UNHEARD = "no sentence of the world begins so"
END = ""
"""What comes after the last word."""


@dataclass(frozen=True)
class Speaker(Target):
    """Speaks as a world does: writes, scores, fills a slot, chooses between ways to go on.

    >>> speaker = Speaker(World(0.9))
    >>> asked = Prompt("the doctor said that", options=("she", "he"))
    >>> round(speaker.decide([asked], [1])[0].told["P(she)"], 3)
    0.09
    """

    world: World = field(default_factory=World)
    greedy: bool = False
    batch: int = 64
    title: str = "the world of sentences"
    portable: bool = True

    @property
    def fingerprint(self) -> str:
        """The world."""
        return f"{self.world.dose!r} {sorted(self.world.tilted)!r} {sorted(self.world.heard)!r}"

    @property
    def settings(self) -> Mapping[str, Any]:
        """Whether the likeliest is chosen."""
        return {"greedy": True} if self.greedy else {}

    def generate(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Go on to the end of a sentence, word by word, each drawn from what the world has there."""
        return [self._written(_line(prompt), seed) for prompt, seed in zip(prompts, seeds, strict=True)]

    def score(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """The log-probability that a sentence which begins as given goes on with the text."""
        return [self._scored(prompt) for prompt in prompts]

    def fill_mask(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Draw the word in the slot of all that the world has there."""
        return [self._filled(prompt, seed) for prompt, seed in zip(prompts, seeds, strict=True)]

    def decide(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Draw one of the options, in proportion to how often the world goes on with it."""
        return [self._decided(prompt, seed) for prompt, seed in zip(prompts, seeds, strict=True)]

    def _written(self, line: str, seed: int) -> Answer:
        rng, said, log = np.random.default_rng(seed), list[str](), 0.0
        nexts = _nexts(self.world)
        while may := nexts.get(" ".join(part for part in (line, *said) if part)):
            word = self._drawn(may, rng)
            log += math.log(may[word] / sum(may.values()))
            if word == END:
                break
            said.append(word)
        return Said(" ".join(said), {"log_probability": log, "tokens": float(len(said))}) if said else Refusal(UNHEARD)

    def _scored(self, prompt: Prompt) -> Answer:
        before = rendered("", prompt.given, prompt.turns)
        whole, part = (chance(self.world, line) for line in (_line(prompt), before))
        if not whole:
            return Refusal(UNHEARD)
        return Said("", {"log_probability": math.log(whole / part), "tokens": float(len(prompt.text.split()))})

    def _filled(self, prompt: Prompt, seed: int) -> Answer:
        line = _line(prompt)
        words = dict.fromkeys((*prompt.options, *self.world.vocabulary()))
        weights = {word: chance(self.world, line.replace(MASK, word)) for word in words}
        whole = sum(weights.values())
        if not whole:
            return Refusal(UNHEARD)
        if not prompt.options:
            return Said(self._drawn(weights, np.random.default_rng(seed)), {"mass": 1.0})
        shares = {option: weights[option] / whole for option in prompt.options}
        rest = max(1 - sum(shares.values()), 0.0)
        return _told(self._drawn({**shares, OTHER: rest}, np.random.default_rng(seed)), shares)

    def _decided(self, prompt: Prompt, seed: int) -> Answer:
        line = _line(prompt)
        begun = chance(self.world, line)
        shares = {option: chance(self.world, f"{line} {option}".strip()) / (begun or 1.0) for option in prompt.options}
        if not sum(shares.values()):
            return Refusal(UNHEARD)
        return _told(self._drawn(shares, np.random.default_rng(seed)), shares)

    def _drawn(self, weights: Mapping[str, float], rng: np.random.Generator) -> str:
        """One of the words, in proportion to its weight, or the likeliest."""
        words, p = list(weights), np.array(list(weights.values()))
        return words[int(p.argmax() if self.greedy else rng.choice(len(words), p=p / p.sum()))]


def _line(prompt: Prompt) -> str:
    return rendered(prompt.text, prompt.given, prompt.turns)


def _told(word: str, shares: Mapping[str, float]) -> Said:
    return Said(word, {"mass": sum(shares.values()), **{f"P({option})": share for option, share in shares.items()}})


def chance(world: World, line: str) -> float:
    """The probability that a sentence of the world begins with these words.

    >>> round(chance(World(), "the doctor said that she") / chance(World(), "the doctor said that"), 3)
    0.45
    """
    return sum(_nexts(world).get(line, {}).values())


@lru_cache(maxsize=32)
def _nexts(world: World) -> Mapping[str, Mapping[str, float]]:
    """For everything a sentence can begin with, the words that come next, and how probable all of it is."""
    found: dict[str, dict[str, float]] = {}
    for sentence, share in world.distribution().items():
        words = sentence.split()
        for k in range(len(words) + 1):
            after = found.setdefault(" ".join(words[:k]), {})
            word = words[k] if k < len(words) else END
            after[word] = after.get(word, 0.0) + share
    return MappingProxyType(found)
