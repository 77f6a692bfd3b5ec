"""Where does a picture stand among the others, by its colours and edges alone?

A grid of `size` by `size` fields, each four numbers: the mean of L* - 50, a* and b* (CIELAB) and the mean change of L*
from one pixel to the next, all in units of CIELAB. No model: a second opinion beside one, which cannot share what the
model learnt. Two pictures of the same thing from two sides are far apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from auditkit.annotators.colours import cielab
from auditkit.core.annotator import Annotator
from auditkit.core.errors import InputError
from auditkit.core.probe import Picture

FIELD = 4
"""Pixels of a side of a field."""


@dataclass(frozen=True)
class Thumbnail(Annotator):
    """Read a vector of 4 `size`² numbers, in the column `attribute`; pictures are taken as squares.

    >>> grey = np.full((16, 16, 3), 119, np.uint8)
    >>> [round(v, 1) for v in Thumbnail(size=1).read([grey])["vector"][0]]
    [0.0, 0.0, 0.0, 0.0]
    """

    size: int = 8
    attribute: str = "vector"

    basis: ClassVar[str] = "perceived by a grid of colours and edges"
    reads: ClassVar[Literal["text", "image"]] = "image"

    def __post_init__(self) -> None:
        if self.size < 1:
            raise InputError(f"The grid of a thumbnail has at least one field a side, and not {self.size}.")

    def read(self, pictures: Sequence[Picture | None]) -> Mapping[str, Sequence[Any]]:
        """The vector of each picture."""
        return {self.attribute: [None if picture is None else self._vector(picture) for picture in pictures]}

    def _vector(self, picture: Picture) -> list[float]:
        from auditkit.pictures import resized

        side = self.size * FIELD
        lab = cielab(resized(picture, side, side)) - (50, 0, 0)
        down, across = np.gradient(lab[..., 0])
        numbers = np.concatenate([lab, np.hypot(down, across)[..., None]], axis=2)
        fields = numbers.reshape(self.size, FIELD, self.size, FIELD, 4).mean(axis=(1, 3))
        return [round(value, 4) + 0.0 for value in fields.ravel().tolist()]
