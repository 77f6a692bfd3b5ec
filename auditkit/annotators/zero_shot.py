"""Which of several sentences fits a picture best, says a model that learnt pictures and captions together?

Pictures and sentences are embedded by one model of the CLIP family (Radford et al. 2021; SigLIP, Zhai et al. 2023). A
level's direction is the mean of its sentences' unit vectors (prompt ensembling); its probability the softmax over the
levels of scale · cosine, with the scale the model was trained to. Where the likeliest level leads the next by less than
`margin` in probability, the picture is not readable.

Such probabilities are sure of themselves where they should not be, and sentences decide as much as pictures do: that
the model sees a woman says how she is captioned on the web. Errors differ between groups (Agarwal et al. 2021; Wolfe &
Caliskan 2022), which alone can make or hide a bias: give `checked` labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from auditkit.annotators.encoders import Encoder, Floats, encoder_of, title_of
from auditkit.core.annotator import Annotator, Misreading
from auditkit.core.errors import InputError
from auditkit.core.probe import Picture

Levels = Sequence[str] | Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class ZeroShot(Annotator):
    """Read `attributes`, each a column: {"gender": ["woman", "man"]}, or each level with a sentence or several.

    `model` is a hub id, a folder, a live (model, processor), or an object whose `embed` takes pictures or texts and
    gives a vector each. A level without a sentence is put into `template`. `errs` is what is known of its errors: see
    `measured`. Raises `InputError` for an attribute with fewer than two levels.

    >>> class Sky:
    ...     def embed(self, things):
    ...         return [[1.0, 0.0] if "day" in str(thing) or "255" in str(thing) else [0.0, 1.0] for thing in things]
    >>> white, black = np.full((1, 1, 3), 255, np.uint8), np.zeros((1, 1, 3), np.uint8)
    >>> ZeroShot({"time": ["day", "night"]}, Sky()).read([white, black, None])
    {'time': ['day', 'night', None]}
    """

    attributes: Mapping[str, Levels]
    model: Any
    template: str = "a photo of a {}"
    margin: float = 0.1
    revision: str | None = None
    device: str = "cpu"
    errs: tuple[Misreading, ...] = field(default=(), repr=False)

    basis: ClassVar[str] = "perceived by CLIP"
    reads: ClassVar[Literal["text", "image"]] = "image"

    def __post_init__(self) -> None:
        if not self.attributes:
            raise InputError('ZeroShot needs an attribute with its levels, for example {"gender": ["woman", "man"]}.')
        if not 0 <= self.margin < 1:
            raise InputError(f"margin is a lead in probability, from 0 to below 1, and got {self.margin}.")
        for attribute, levels in self.attributes.items():
            if isinstance(levels, str) or len(levels) < 2:
                raise InputError(
                    f'The attribute "{attribute}" needs at least two levels to tell apart, and got {levels!r}.'
                )
        object.__setattr__(self, "basis", f"perceived by CLIP ({title_of(self.model)})")

    def read(self, pictures: Sequence[Picture | None]) -> Mapping[str, Sequence[str | None]]:
        """The level of each picture whose sentences fit it best."""
        seen = [k for k, picture in enumerate(pictures) if picture is not None]
        told: dict[str, list[str | None]] = {attribute: [None] * len(pictures) for attribute in self.attributes}
        if not seen:
            return told
        vectors = self._encoder.pictures([one for one in pictures if one is not None])
        for attribute, directions in self._directions.items():
            chosen = self._chosen(vectors @ directions.T)
            names = list(self.attributes[attribute])
            for k, place in zip(seen, chosen, strict=True):
                told[attribute][k] = None if place is None else names[place]
        return told

    def misreadings(self) -> tuple[Misreading, ...]:
        """What was measured of it and handed in."""
        return self.errs

    @cached_property
    def fingerprint(self) -> str:
        """The model, to the bit, and what it is asked."""
        asked = {attribute: self._sentences(attribute) for attribute in self.attributes}
        return f"zero_shot {self._encoder.fingerprint} {asked!r} {self.margin}"

    def _chosen(self, cosines: Floats) -> list[int | None]:
        """The place of the level that leads (n,), or nothing where the lead is small."""
        scores = self._encoder.scale * cosines
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        ranked = np.sort(odds / odds.sum(axis=1, keepdims=True), axis=1)
        lead = ranked[:, -1] - ranked[:, -2]
        places = scores.argmax(axis=1).tolist()
        return [place if clear else None for place, clear in zip(places, lead >= self.margin, strict=True)]

    def _sentences(self, attribute: str) -> list[list[str]]:
        """The sentences of each level."""
        levels = self.attributes[attribute]
        if not isinstance(levels, Mapping):
            return [[self.template.format(level)] for level in levels]
        return [[said] if isinstance(said, str) else list(said) for said in levels.values()]

    @cached_property
    def _encoder(self) -> Encoder:
        return encoder_of(self.model, self.revision, self.device)

    @cached_property
    def _directions(self) -> Mapping[str, Floats]:
        """The direction of each level (levels, d), by attribute."""
        out = {}
        for attribute in self.attributes:
            means = [self._encoder.sentences(said).mean(axis=0) for said in self._sentences(attribute)]
            out[attribute] = np.array([mean / max(float(np.linalg.norm(mean)), 1e-12) for mean in means])
        return out
