"""Whose face does a model invent when it is shown too few pixels?

Every picture made small by averaging squares of pixels, perhaps grey, and perhaps laid out large again for a model that
wants a certain size. What the small picture does not show the model supplies; the factors of the picture travel with
it, so that "<attribute> before" can be compared to what is read in the answer. Distinguishable people can have the very
same small picture: then nothing but the model's own shares decides who comes of it.
References
    Menon et al., CVPR (2020) 2434 (PULSE) and its model card; Jalal et al., ICML (2021) 4721; Laszkiewicz et al., FAccT
    (2024), on the fairness of enlarging.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.probe import Picture, Probe, Prompt, Verb
from auditkit.probes.edits import Start, told_apart

LUMA = (0.299, 0.587, 0.114)
"""How bright red, green and blue are to the eye (ITU-R BT.601)."""


@dataclass(frozen=True, eq=False)
class SuperResolution(Probe):
    """Ask a model for the large picture of every small one.

    The small picture has one pixel for every `factor` x `factor`; with `side` each is repeated so often that the
    picture is `side` x `side`. `words` are for models that take some.

    >>> start = Start(np.zeros((64, 64, 3), np.uint8), {"skin before": "darker"})
    >>> [prompt.image.shape for prompt in SuperResolution([start], side=16)]
    [(16, 16, 3)]
    """

    starts: Sequence[Start]
    factor: int = 8
    grey: bool = False
    side: int | None = None
    words: str = ""
    repeats: int = 1

    asks: ClassVar[Verb] = "edit"

    def __post_init__(self) -> None:
        if not self.starts:
            raise InputError("SuperResolution needs a list of pictures to start from.")
        if self.repeats < 1:
            raise InputError(f"repeats is {self.repeats}. Give at least 1.")
        for height, width in sorted({start.picture.shape[:2] for start in self.starts}):
            if self.factor < 1 or height % self.factor or width % self.factor:
                raise InputError(
                    f"A picture of {height} x {width} cannot be made {self.factor} times smaller: both sides must be "
                    "multiples. Choose another factor, or cut the pictures."
                )
            if self.side is not None and (height != width or self.side < 1 or self.side % (height // self.factor)):
                raise InputError(
                    f"A small picture of {height // self.factor} x {width // self.factor} cannot be laid out as "
                    f"{self.side} x {self.side}: it must be square, and side a multiple of its own."
                )
        told_apart(self)

    def __iter__(self) -> Iterator[Prompt]:
        for start in self.starts:
            yield Prompt(self.words, self._small(start.picture), factors=start.factors)

    def describe(self) -> dict[str, Any]:
        """The design as plain values, for the record of a run."""
        return {**super().describe(), "factor": self.factor, "grey": self.grey, "side": self.side, "words": self.words}

    def _small(self, picture: Picture) -> Picture:
        height, width = (length // self.factor for length in picture.shape[:2])
        small = picture.reshape(height, self.factor, width, self.factor, 3).mean(axis=(1, 3))
        if self.grey:
            small = (small @ np.asarray(LUMA))[..., None].repeat(3, axis=2)
        times = 1 if self.side is None else self.side // height
        large: Picture = (small + 0.5).astype(np.uint8).repeat(times, axis=0).repeat(times, axis=1)
        return large
