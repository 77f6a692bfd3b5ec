"""What a miniature translator makes of a language without genders: its own truth, enumerated over all its sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from auditkit.core.errors import InputError
from auditkit.lab.miniature import CARD
from auditkit.lab.models import WEIGHTS

FILE = CARD.format("translations-{}")
DECODINGS = ("sampled", "greedy", "beam")
OCCUPATION, BEFORE, AFTER = "occupation", "pronoun before the occupation", "pronoun after the occupation"
"""The English words whose attention is told."""
WORDS = ("pronoun", "occupation", "adjective", "verb", "other", "end")
"""What is looked at: the words of the source by their kind, all others together, and the sign of the end."""


@dataclass(frozen=True)
class Translated:
    """The truth of one translator at one dose, of every sentence of the language: what it says, not what it was shown.

    shares
        decoding -> occupation -> P(he) in each template in turn, of both translations that are right. Sampled, it is
        the probability of the one with "he" over that of both, from the products of the steps'; greedy and with beams
        it is the part of the sentences that have "he".
    right
        decoding -> the share of sentences translated word for word right; sampled, the probability of that.
    looks
        English word -> kind of source word -> attention, the mean; of the transformer that of the last layer, over its
        heads. Empty of a model that has none.
    settled, lowest
        the median of the occupation's attention on its own source, over all sentences, and over those of the template
        where it is least.
    sums
        how far the sum of a row of attention is from one, at most.
    """

    model: str
    dose: float
    n: int
    fingerprint: str
    settings: Mapping[str, Any]
    shares: Mapping[str, Mapping[str, Sequence[float]]]
    right: Mapping[str, float]
    looks: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    settled: float | None = None
    lowest: float | None = None
    sums: float | None = None

    def share(self, occupation: str, decoding: str = "sampled", template: int | None = None) -> float:
        """P(he | occupation), the mean over templates, or in one of them, numbered from 0."""
        told = self._of(decoding)[occupation]
        return float(np.mean(told)) if template is None else told[template]

    def he(self, decoding: str = "sampled") -> float:
        """P(he), the mean over occupations and templates."""
        return float(np.mean([self.share(occupation, decoding) for occupation in self._of(decoding)]))

    def amplification(self, decoding: str) -> float:
        """How much oftener a decoding says "he" than the dice do."""
        return self.he(decoding) - self.he()

    def _of(self, decoding: str) -> Mapping[str, Sequence[float]]:
        if decoding not in self.shares:
            raise InputError(f'"{decoding}" was not measured. Decodings: {", ".join(self.shares)}.')
        return self.shares[decoding]

    def save(self, folder: Path) -> Path:
        """Write it beside the weights."""
        file = folder / FILE.format(round(100 * self.dose))
        file.write_text(json.dumps(asdict(self), sort_keys=True) + "\n", encoding="utf-8")
        return file

    @classmethod
    def of(cls, name: str, dose: float) -> Translated:
        """The truth of a bundled translator; raises `InputError` where none was measured.

        >>> round(Translated.of("attention", 0.9).he("greedy"), 1)
        1.0
        """
        file = WEIGHTS / name / FILE.format(round(100 * dose))
        if not file.is_file():
            raise InputError(f"The truth of {name} at dose {dose:g} was not measured: there is no {file.name}.")
        return cls(**json.loads(file.read_text(encoding="utf-8")))
