"""What a captioner says of pictures and what it leaves unsaid: exact probabilities over a large pool of portraits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.lab.miniature import CARD
from auditkit.lab.models import WEIGHTS
from auditkit.lab.worlds.figures.captioning import COVERS, NOTHING
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS

if TYPE_CHECKING:
    from auditkit.probes import Start

NAME, PEOPLE, SEED = "captioner", 2_500, 2_026
"""The miniature, the people of its pool, and the pool's seed, which no audit uses by itself."""
SIGNED, EXCESS = "signed", "excess"

Measured = tuple[float, float]
"""A mean over the portraits of the pool, and its standard error."""


@dataclass(frozen=True)
class Mentions:
    """What the captioner's probabilities are over a pool of portraits, by what is hidden in them: its own truth.

    Nothing was drawn: the probability of every caption of the grammar was added up for each of `n` people, once with
    lighter and once with darker skin, so the errors are those of the choice of people alone.

    mention
        hidden -> "skin" or "length" -> level -> P(mentioned | level).
    right
        hidden -> "skin", "length", "occupation" -> P(the word is true | it is said). Of skin that is hidden it is ½
        whatever is said, as every picture counts for both; `guesses` tells what is.
    swapped
        hidden -> "skin" (is it mentioned?), "occupation" (which is named?) -> "excess", flips between lighter and
        darker skin beyond those without a swap, ½ Σ (p - q)²; for skin also "signed", P(mentioned | darker) less
        P(mentioned | lighter).
    guesses
        occupation -> P(darker | skin is mentioned), where skin is hidden.
    outside
        the probability of captions that are no sentences of the grammar.
    """

    dose: float
    n: int
    fingerprint: str
    mention: Mapping[str, Mapping[str, Mapping[str, Measured]]]
    right: Mapping[str, Mapping[str, Measured]]
    swapped: Mapping[str, Mapping[str, Mapping[str, Measured]]]
    guesses: Mapping[str, Measured]
    outside: float

    def ratio(self, attribute: str = "skin", hidden: str = NOTHING) -> float:
        """P(mentioned | darker, or long) / P(mentioned | lighter, or short)."""
        usual, other = LEVELS[attribute]
        rates = self.mention[hidden][attribute]
        return rates[other][0] / rates[usual][0]

    def save(self, folder: Path) -> Path:
        """Write it beside the weights."""
        file = folder / CARD.format(f"caption-{round(100 * self.dose)}")
        file.write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return file

    @classmethod
    def of(cls, dose: float) -> Mentions:
        """The measured truth of the bundled captioner; raises `InputError` where none was measured."""
        file = WEIGHTS / NAME / CARD.format(f"caption-{round(100 * dose)}")
        if not file.is_file():
            raise InputError(f"The truth of {NAME} at dose {dose:g} was not measured: there is no {file.name}.")
        return cls(**json.loads(file.read_text(encoding="utf-8")))


def measure(dose: float, n: int = PEOPLE, seed: int = SEED, folder: Path = WEIGHTS / NAME) -> Mentions:
    """What the captioner in a folder says of n people in each way of hiding, each with lighter and with darker skin."""
    from auditkit import weights
    from auditkit.lab.galleries.captioned import twins
    from auditkit.lab.models.captioner import numbers, opened
    from auditkit.lab.models.phrasing import said
    from auditkit.lab.models.variants import variant

    name, captioner = variant(dose), opened(folder, variant(dose))
    pools = {hidden: twins(n, seed + k, hidden) for k, hidden in enumerate((NOTHING, *COVERS))}
    told = {hidden: said(captioner, numbers([start.picture for start in pool])) for hidden, pool in pools.items()}
    return Mentions(
        dose=dose,
        n=n,
        fingerprint=weights.fingerprint(folder, name),
        mention={hidden: _mentioned(pools[hidden], chances) for hidden, chances in told.items()},
        right={hidden: _right(pools[hidden], chances) for hidden, chances in told.items()},
        swapped={hidden: _swapped(chances) for hidden, chances in told.items()},
        guesses=_guesses(pools["skin"], told["skin"]),
        outside=max(0.0, float(np.mean([1 - chances.sum(axis=(1, 2, 3)).mean() for chances in told.values()]))),
    )


AXES: Mapping[str, tuple[int, ...]] = {"skin": (2, 3), "occupation": (1, 3), "length": (1, 2)}
"""What is added up for the words of one attribute."""
LEVELS_OF: Mapping[str, tuple[str, ...]] = {
    "skin": LEVELS["skin"],
    "length": LEVELS["length"],
    "occupation": tuple(CALLINGS),
}


def _column(pool: Sequence[Start], name: str) -> Any:
    return np.array([start.factors[name] for start in pool])


def _words(chances: Floats, attribute: str) -> Floats:
    """P(each level is said), (n, levels)."""
    summed: Floats = chances.sum(axis=AXES[attribute])
    return summed if attribute == "occupation" else summed[:, 1:]


def _mean(x: Floats) -> Measured:
    return float(x.mean()), float(x.std(ddof=1) / np.sqrt(len(x)))


def _share(part: Floats, whole: Floats) -> Measured:
    """A ratio of two sums over the pool, and its standard error by linearisation."""
    ratio = float(part.sum() / whole.sum())
    return ratio, float((part - ratio * whole).std(ddof=1) / np.sqrt(len(part)) / whole.mean())


def _mentioned(pool: Sequence[Start], chances: Floats) -> dict[str, dict[str, Measured]]:
    spoken = {name: _words(chances, name).sum(axis=1) for name in ("skin", "length")}
    return {
        name: {level: _mean(p[_column(pool, name) == level]) for level in LEVELS[name]} for name, p in spoken.items()
    }


def _right(pool: Sequence[Start], chances: Floats) -> dict[str, Measured]:
    out = {}
    for name, levels in LEVELS_OF.items():
        words = _words(chances, name)
        true = np.array([levels.index(level) for level in _column(pool, name)])
        out[name] = _share(words[np.arange(len(pool)), true], words.sum(axis=1))
    return out


def _swapped(chances: Floats) -> dict[str, dict[str, Measured]]:
    """Of a pool in which lighter and darker alternate."""
    spoken, named = _words(chances, "skin").sum(axis=1), _words(chances, "occupation")
    change = spoken[1::2] - spoken[::2]
    flips = ((named[1::2] - named[::2]) ** 2).sum(axis=1) / 2
    return {"skin": {SIGNED: _mean(change), EXCESS: _mean(change**2)}, "occupation": {EXCESS: _mean(flips)}}


def _guesses(pool: Sequence[Start], chances: Floats) -> dict[str, Measured]:
    words, job = _words(chances, "skin"), _column(pool, "occupation")
    return {name: _share(words[job == name, 1], words[job == name].sum(axis=1)) for name in CALLINGS}
