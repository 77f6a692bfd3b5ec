"""What a miniature of the package is: a folder of weights with a card that states world, dose and measured truth."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from auditkit.core.errors import InputError, nearest
from auditkit.lab import models
from auditkit.lab.models import WEIGHTS
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS, World

CARD = "truth-{}.json"
PARTS = ("folding", "heads", "lessons", "phrasing", "schooling", "thumbnails", "variants", "words")
"""Modules beside the models that are not models."""

Counts = Mapping[str, Mapping[str, Mapping[str, int]]]


@dataclass(frozen=True)
class Truth:
    """What a pool of answers of one miniature at one dose shows: the model's own truth, never the data's.

    `counts` has, for each occupation asked for and each attribute, how many answers show each level, "(missing)" where
    none could be read; `fingerprint` is of the weights asked, `settings` how they were, `n` how many answers there are.
    """

    model: str
    dose: float
    verb: str
    fingerprint: str
    settings: Mapping[str, Any]
    n: int
    counts: Counts

    def share(self, occupation: str, attribute: str, level: str) -> float:
        """P(level | occupation) among answers that could be read."""
        cells = {name: n for name, n in self.counts[occupation][attribute].items() if name != "(missing)"}
        return cells.get(level, 0) / sum(cells.values())

    def amplification(self, attribute: str) -> float:
        """The mean over occupations of P(stereotype | occupation) less its reference share."""
        fair, gaps = World(), []
        for job, calling in CALLINGS.items():
            side = getattr(calling, attribute)[1]
            level = LEVELS[attribute][int(side > 0)]
            share = fair.share(job, attribute)
            gaps.append(self.share(job, attribute, level) - (share if side > 0 else 1 - share))
        return float(np.mean(gaps))

    def to_json(self) -> str:
        """The file beside the weights."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"

    def save(self, folder: Path) -> Path:
        """Write it beside the weights."""
        file = folder / CARD.format(f"{self.verb}-{round(100 * self.dose)}")
        file.write_text(self.to_json(), encoding="utf-8")
        return file

    @classmethod
    def of(cls, name: str, dose: float, verb: str = "sample") -> Truth:
        """The measured truth of a bundled miniature; raises `InputError` where none was measured."""
        file = WEIGHTS / name / CARD.format(f"{verb}-{round(100 * dose)}")
        if not file.is_file():
            raise InputError(f"The truth of {name} at dose {dose:g} was not measured: there is no {file.name}.")
        return cls(**json.loads(file.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Edited:
    """What a miniature keeps when it edits: by gallery and the level before, how many answers keep it, of how many.

    `pairs` says of people edited in two versions in how many both were kept, only the one, only the other, or none:
    "yes yes", "yes no", "no yes", "no no", the versions in the order of the levels.
    """

    dose: float
    kept: Mapping[str, Mapping[str, tuple[int, int]]]
    fingerprint: str = ""
    pairs: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def gap(self, gallery: str, level: str, versus: str) -> float:
        """P(kept | level) less P(kept | versus)."""
        (a, n), (b, m) = self.kept[gallery][level], self.kept[gallery][versus]
        return a / n - b / m

    def save(self, folder: Path) -> Path:
        """Write it beside the weights."""
        file = folder / CARD.format(f"edit-{round(100 * self.dose)}")
        file.write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return file

    @classmethod
    def of(cls, name: str, dose: float) -> Edited:
        """What was measured of a bundled miniature; raises `InputError` where nothing was."""
        file = WEIGHTS / name / CARD.format(f"edit-{round(100 * dose)}")
        if not file.is_file():
            raise InputError(f"What {name} keeps at dose {dose:g} was not measured: there is no {file.name}.")
        return cls(**json.loads(file.read_text(encoding="utf-8")))


def names() -> tuple[str, ...]:
    """The models that can be trained, by the files that say how they work."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(models.__path__) if m.name not in PARTS))


def module(name: str) -> ModuleType:
    """The file of a model: `learn` makes its weights, `show` draws how it works. Raises `InputError` for another."""
    if name not in names():
        raise InputError(f'There is no miniature "{name}".{nearest(name, names())} Miniatures: {", ".join(names())}.')
    try:
        return import_module(f"{models.__name__}.{name}")
    except ImportError as error:
        raise InputError(
            f"The miniatures need {error.name}. Install it: python -m pip install 'rai-auditkit[models]'."
        ) from error
