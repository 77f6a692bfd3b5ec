"""Readers of the portrait world: one that is exact on its drawings, and one whose errors are planted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from auditkit.core.annotator import Annotator, Misreading
from auditkit.core.errors import InputError, nearest
from auditkit.core.probe import Picture
from auditkit.lab.worlds.figures.drawing import SIZE
from auditkit.lab.worlds.figures.palette import BACKGROUNDS, HAIR, TONES
from auditkit.lab.worlds.figures.people import LEVELS
from auditkit.lab.worlds.figures.reading import read
from auditkit.lab.worlds.figures.wardrobe import GARMENTS

ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "skin": LEVELS["skin"],
    "tone": tuple(TONES),
    "hair": tuple(HAIR),
    "length": LEVELS["length"],
    "age": LEVELS["age"],
    "background": tuple(BACKGROUNDS),
    "eyes": ("there", "gone"),
    "occupation": tuple(GARMENTS),
}
"""What can be read, and the levels of each."""


@dataclass(frozen=True)
class Exact(Annotator):
    """Read `attributes` of pictures of 64 by 64, or of 32 by 32, each in a column of its name after `prefix`.

    On a drawing it makes no error; of what a model drew it says which drawing's colours are nearest.
    """

    attributes: tuple[str, ...] = ("skin", "tone", "hair", "length", "age", "background")
    prefix: str = ""

    basis: ClassVar[str] = "read exactly from the drawing"
    reads: ClassVar[Literal["text", "image"]] = "image"

    def __post_init__(self) -> None:
        for name in self.attributes:
            _check(name)

    def read(self, pictures: Sequence[Picture | None]) -> Mapping[str, Sequence[str | None]]:
        """The attributes of each picture."""
        seen = _seen(pictures)
        return {f"{self.prefix}{name}": [one.get(name) for one in seen] for name in self.attributes}


@dataclass(frozen=True)
class Noisy(Annotator):
    """Read one attribute, wrong as often as `errs` says, by the level that is true of the picture.

    `by` names the attribute whose levels `errs` is about, by default the one that is read; so older people may be
    misread among darker skin alone. An error is any other level, each as likely. Which pictures are misread is settled
    by their pixels and `seed`: the same picture is always read alike.

    >>> [(known.level, known.rate) for known in Noisy("skin", {"darker": 0.2}).misreadings()]
    [('lighter', 0.0), ('darker', 0.2)]
    """

    attribute: str
    errs: Mapping[str, float] = field(default_factory=dict)
    by: str = ""
    seed: int = 0

    basis: ClassVar[str] = "perceived by a reader with planted errors"
    reads: ClassVar[Literal["text", "image"]] = "image"

    def __post_init__(self) -> None:
        _check(self.attribute)
        _check(self.by or self.attribute)
        for level, rate in self.errs.items():
            known = ATTRIBUTES[self.by or self.attribute]
            if level not in known or not 0 <= rate <= 1:
                raise InputError(
                    f'errs maps levels of {self.by or self.attribute} to rates from 0 to 1, and has "{level}": {rate}.'
                    f"{nearest(level, known)}"
                )

    def read(self, pictures: Sequence[Picture | None]) -> Mapping[str, Sequence[str | None]]:
        """The attribute of each picture, errors and all."""
        seen = _seen(pictures)
        pairs = zip(pictures, seen, strict=True)
        return {self.attribute: [None if one is None else self._told(one, true) for one, true in pairs]}

    def misreadings(self) -> tuple[Misreading, ...]:
        """What was planted, `n` 0: none was checked. Nothing where errors depend on another attribute."""
        if self.by not in ("", self.attribute):
            return ()
        return tuple(Misreading(self.attribute, level, self.errs.get(level, 0.0), 0) for level in self._levels)

    @property
    def _levels(self) -> tuple[str, ...]:
        return ATTRIBUTES[self.attribute]

    def _told(self, picture: Picture, true: Mapping[str, str | None]) -> str | None:
        level, decides = true.get(self.attribute), true.get(self.by or self.attribute)
        if level is None or decides is None:
            return level
        rng = np.random.default_rng(_words(picture, self.attribute, self.seed))
        if rng.random() >= self.errs.get(decides, 0.0):
            return level
        others = [other for other in self._levels if other != level]
        return others[int(rng.integers(len(others)))]


def _check(name: str) -> None:
    if name not in ATTRIBUTES:
        known = ", ".join(ATTRIBUTES)
        raise InputError(f'A portrait has no attribute "{name}".{nearest(name, ATTRIBUTES)} It has: {known}.')


def _words(picture: Picture, attribute: str, seed: int) -> list[int]:
    """The seed of one picture's draws."""
    digest = hashlib.sha256(f"{attribute} {seed} ".encode() + picture.tobytes()).digest()
    return [int.from_bytes(digest[k : k + 4], "big") for k in range(0, 32, 4)]


def _seen(pictures: Sequence[Picture | None]) -> list[Mapping[str, str | None]]:
    """The attributes of each picture; none of what has another size."""
    fit = {k: whole for k, one in enumerate(pictures) if one is not None and (whole := _whole(one)) is not None}
    told = dict(zip(fit, read(np.stack(list(fit.values()))), strict=True)) if fit else {}
    return [told.get(k, {}) for k in range(len(pictures))]


def _whole(picture: Picture) -> Picture | None:
    """The picture at 64 by 64: a smaller one with every pixel doubled; `None` for any other size."""
    if picture.shape == (SIZE // 2, SIZE // 2, 3):
        return picture.repeat(2, axis=0).repeat(2, axis=1)
    return picture if picture.shape == (SIZE, SIZE, 3) else None
