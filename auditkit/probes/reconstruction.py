"""Whom does an autoencoder give back as somebody else?

Every picture as it is, without words: the answer is what the model holds of it, and the factors of the picture travel
with it. What a picture shows before is named "<attribute> before"; when an annotator reads "<attribute>" in the answer,
the table of the run has "<attribute> kept". A mask and instructions of a picture are left aside.
References
    Menon et al., CVPR (2020) 2434 (PULSE), whose answers to faces of all tones were light; Jain et al., FAccT (2020).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from auditkit.core.errors import InputError
from auditkit.core.probe import Probe, Prompt, Verb
from auditkit.probes.edits import Start, told_apart


@dataclass(frozen=True, eq=False)
class Reconstruction(Probe):
    """Ask a model to give every picture back.

    >>> import numpy as np
    >>> start = Start(np.zeros((8, 8, 3), np.uint8), {"skin before": "darker"})
    >>> [(prompt.text, dict(prompt.factors)) for prompt in Reconstruction([start])]
    [('', {'skin before': 'darker'})]
    """

    starts: Sequence[Start]
    repeats: int = 1

    asks: ClassVar[Verb] = "edit"

    def __post_init__(self) -> None:
        if not self.starts:
            raise InputError("Reconstruction needs a list of pictures to start from.")
        if self.repeats < 1:
            raise InputError(f"repeats is {self.repeats}. Give at least 1.")
        told_apart(self)

    def __iter__(self) -> Iterator[Prompt]:
        for start in self.starts:
            yield Prompt("", start.picture, factors=start.factors)
