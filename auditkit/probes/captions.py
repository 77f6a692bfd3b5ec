"""What does a captioner say of pictures whose content is known?

Every picture as it is: the answer is a caption, and the factors of the picture travel with it: what it visibly shows,
recorded by somebody who did not read the caption. `text` is a question, or the words that captions are to begin with,
for a model that takes one. Captions are drawn: with `repeats` above 1 each picture is captioned anew, and they share
the picture's factors (the `unit` is then the item). Pictures that are alike but for one attribute share their `item`: a
pair for `implicit.counterfactual`. A mask and instructions of a picture are left aside.
References
    Misra, Zitnick, Mitchell & Girshick, CVPR (2016) 2930; Zhao, Wang & Russakovsky, ICCV (2021) 14830.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from auditkit.core.errors import InputError
from auditkit.core.probe import Probe, Prompt, Verb
from auditkit.probes.edits import Start, told_apart


@dataclass(frozen=True, eq=False)
class Captions(Probe):
    """Ask a model to caption every picture.

    >>> import numpy as np
    >>> start = Start(np.zeros((8, 8, 3), np.uint8), {"item": "1", "skin": "darker"})
    >>> [(prompt.text, dict(prompt.factors)) for prompt in Captions([start])]
    [('', {'item': '1', 'skin': 'darker'})]
    """

    starts: Sequence[Start]
    text: str = ""
    repeats: int = 1

    asks: ClassVar[Verb] = "caption"

    def __post_init__(self) -> None:
        if not self.starts:
            raise InputError("Captions needs a list of pictures to be captioned.")
        if self.repeats < 1:
            raise InputError(f"repeats is {self.repeats}. Give at least 1.")
        told_apart(self)

    def __iter__(self) -> Iterator[Prompt]:
        for start in self.starts:
            yield Prompt(self.text, start.picture, factors=start.factors)
