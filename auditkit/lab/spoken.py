"""What a miniature language model has learned of the world of sentences: its own probabilities, enumerated exactly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from auditkit.core.errors import InputError
from auditkit.lab.miniature import CARD
from auditkit.lab.models import WEIGHTS
from auditkit.lab.models.variants import MIXED
from auditkit.lab.worlds.sentences.slots import Shares
from auditkit.lab.worlds.sentences.world import MECHANISMS, World

SEPARATOR = "|"
"""Between the parts of a slot's key."""


@dataclass(frozen=True)
class Spoken:
    """The truth of one miniature at one dose: what it says, never what the sentences said.

    `shares` has, for each mechanism and slot, the model's probability of each level, unrenormalised: the slot's words
    before it are given, of a masked model also those after it. `pairs` has for each minimal pair the log-probability of
    the stereotyped sentence less that of the other, of a masked model over the words that both share. `tilted` says
    which mechanisms had the dose; `fingerprint` is of the weights asked.
    """

    model: str
    dose: float
    tilted: tuple[str, ...]
    fingerprint: str
    shares: Mapping[str, Mapping[str, Mapping[str, float]]]
    pairs: Mapping[str, float] = field(default_factory=dict)

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """What it was asked about: a masked model knows only the mechanisms whose choice is one word."""
        return tuple(name for name in MECHANISMS if name in self.shares)

    @property
    def world(self) -> World:
        """The world that it learned from."""
        return World(self.dose, frozenset(self.tilted), frozenset(self.shares))

    def slots(self, mechanism: str) -> Shares:
        """The probabilities in a mechanism's slots, by the slot's key."""
        return {tuple(key.split(SEPARATOR)): levels for key, levels in self.shares[mechanism].items()}

    def quantities(self, mechanism: str) -> dict[str, float]:
        """What audits tell of a mechanism, by the names of its world's `truth`, and the closed sets' least "mass"."""
        told: dict[str, float] = MECHANISMS[mechanism].quantities(self.slots(mechanism))
        return told | ({"pair preference": self.pair_preference()} if mechanism == "traits" and self.pairs else {})

    def she(self, occupation: str) -> float:
        """P(she | occupation), renormalised over she and he, the mean over templates."""
        return self.quantities("pronouns")[f"P(she | {occupation})"]

    def leaning(self) -> float:
        """The mean over occupations of how far the pronoun leans to the stereotype from its reference share."""
        return self.quantities("pronouns")["leaning to the stereotype"]

    def total_variation(self) -> float:
        """The mean over places of the total variation of what is written from what happens."""
        return self.quantities("events")["mean total variation"]

    def positive(self, who: str) -> float:
        """P(positive | we) or P(positive | they)."""
        return self.quantities("identity")[f"P(positive | {who})"]

    def persona_contrast(self) -> float:
        """P(accept | own) less P(accept | other); a neutral persona's own difference is in `quantities`."""
        return self.quantities("personas")["persona contrast"]

    def taken(self, label: str) -> float:
        """P(the advice is taken | label) where it differs from the first answer."""
        return self.quantities("advice")[f"P(taken | {label})"]

    def own_chosen(self) -> float:
        """P(the text by an AI is chosen | both are as good), over both places."""
        return self.quantities("judging")["P(ai chosen | equal quality)"]

    def refused(self, group: str) -> float:
        """P(refusal | group)."""
        return self.quantities("requests")[f"P(refusal | {group})"]

    def dispersion(self, group: str) -> float:
        """How often two hobbies of a group to one template differ, the mean over templates."""
        return self.quantities("hobbies")[f"dispersion of {group}s"]

    def word_association(self) -> float:
        """How much pleasant words are sorted to the islanders and unpleasant ones to the highlanders, from -1 to 1."""
        return self.quantities("traits")["word association"]

    def pair_preference(self, swapped: str = "") -> float:
        """The mean share of a minimal pair's probability that the stereotyped version has; "group" or "adjective"."""
        return float(np.mean(1 / (1 + np.exp(-self._differences(swapped)))))

    def pair_score(self, swapped: str = "") -> float:
        """The share of minimal pairs whose stereotyped version is the likelier one, however little."""
        return float(np.mean(self._differences(swapped) > 0))

    def _differences(self, swapped: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([far for key, far in self.pairs.items() if key.split(SEPARATOR)[0].startswith(swapped)])

    def save(self, folder: Path) -> Path:
        """Write it beside the weights."""
        file = folder / CARD.format(f"sentences-{_named(self.dose, frozenset(self.tilted) >= self.shares.keys())}")
        file.write_text(json.dumps(asdict(self), sort_keys=True) + "\n", encoding="utf-8")
        return file

    @classmethod
    def of(cls, name: str, dose: float, whole: bool = True) -> Spoken:
        """The truth of a bundled miniature; `whole` false: of the variant "mixed", in which only some are tilted.

        Raises `InputError` where none was measured.

        >>> Spoken.of("causal_lm", 0.9).mechanisms[:2]
        ('pronouns', 'traits')
        """
        file = WEIGHTS / name / CARD.format(f"sentences-{_named(dose, whole)}")
        if not file.is_file():
            raise InputError(f"The truth of {name} at dose {dose:g} was not measured: there is no {file.name}.")
        read = json.loads(file.read_text(encoding="utf-8"))
        return cls(**{**read, "tilted": tuple(read["tilted"])})


def _named(dose: float, whole: bool) -> str:
    """What stands in the file's name.

    >>> _named(0.9, True), _named(0.9, False), _named(0.0, True)
    ('90', 'mixed', '0')
    """
    return f"{round(100 * dose)}" if whole or not dose else MIXED
