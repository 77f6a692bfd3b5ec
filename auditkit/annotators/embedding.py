"""Where does a picture stand among the others, to a model that learnt pictures and captions together?

The unit vector by which a model of the CLIP family (Radford et al. 2021) compares a picture with sentences. It holds
what captions speak of; an encoder may itself draw the members of one group nearer together (Lee & Lai 2024), so that
what rests on one alone decides nothing: read a `Thumbnail` beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

from auditkit.annotators.encoders import Encoder, encoder_of, title_of
from auditkit.core.annotator import Annotator
from auditkit.core.probe import Picture


@dataclass(frozen=True)
class Embedding(Annotator):
    """Read the vector that `model` has for each picture, in the column `attribute`; five decimals.

    `model` is what `ZeroShot` takes: a hub id, a folder, a live (model, processor), or an object with `embed`.

    >>> class Mean:
    ...     def embed(self, pictures):
    ...         return [picture.mean(axis=(0, 1)) for picture in pictures]
    >>> import numpy as np
    >>> Embedding(Mean()).read([np.full((2, 2, 3), (0, 30, 40), np.uint8), None])
    {'vector': [[0.0, 0.6, 0.8], None]}
    """

    model: Any
    attribute: str = "vector"
    revision: str | None = None
    device: str = "cpu"

    basis: ClassVar[str] = "perceived by CLIP"
    reads: ClassVar[Literal["text", "image"]] = "image"

    def __post_init__(self) -> None:
        object.__setattr__(self, "basis", f"perceived by CLIP ({title_of(self.model)})")

    def read(self, pictures: Sequence[Picture | None]) -> Mapping[str, Sequence[Any]]:
        """The vector of each picture."""
        shown = [picture for picture in pictures if picture is not None]
        found = iter(self._encoder.pictures(shown).round(5).tolist() if shown else ())
        return {self.attribute: [None if picture is None else next(found) for picture in pictures]}

    @cached_property
    def fingerprint(self) -> str:
        """The model, to the bit."""
        return f"embedding {self.attribute} {self._encoder.fingerprint}"

    @cached_property
    def _encoder(self) -> Encoder:
        return encoder_of(self.model, self.revision, self.device)
