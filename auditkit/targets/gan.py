"""The generator of a GAN: one pass from random numbers, and perhaps a class, to a picture.

Truncation draws the random numbers from nearer to the middle, which gives cleaner and less varied pictures. It uses the
same random numbers at every bound: of one seed, the numbers at a smaller bound are those at a larger one, squeezed.
References
    Goodfellow et al., NeurIPS (2014) 2672; Brock, Donahue & Simonyan, ICLR (2019); Karras, Laine & Aila, CVPR (2019).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields
from functools import cached_property
from typing import Any

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Target
from auditkit.targets.holding import Held, paired, pictureless, shape_of
from auditkit.targets.imaging import pictured
from auditkit.targets.naming import different, named
from auditkit.targets.noise import generator, truncated, uniforms


@dataclass(frozen=True)
class Gan(Target):
    """A live generator, or `weights.Own`: `model(z)`, of classes `model(z, numbers)`, gives pictures.

    Pictures are floats from -1 to 1, (items, 1 or 3, height, width), or have them as `.sample`. `z` is standard normal,
    (items, *latent); `latent` left out is the module's `latent_shape`. With `truncation` t it is normal between -t and
    t. `labels` are the names of the classes, by number; left out they are the module's `labels`, if it has any. A
    prompt is drawn of the one class that its words name, an empty one of a class drawn from its seed.

    Raises `InputError` where the words name no class, or two; where there are no classes, for any words.

    >>> import torch
    >>> from auditkit.core.probe import Prompt
    >>> paint = Gan(lambda z: z.reshape(-1, 1, 2, 2).tanh(), latent=4)
    >>> paint.sample([Prompt()], [7])[0].shape
    (2, 2, 3)
    """

    model: Any
    _: KW_ONLY
    latent: int | tuple[int, ...] | None = None
    labels: Sequence[str] = ()
    truncation: float | None = None
    batch: int = 64
    device: str = "cpu"
    dtype: str = "float32"
    title: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.model, weights.Own) and not callable(self.model):
            raise InputError(
                f"Gan takes a live generator or weights.Own(folder, opens), not a {type(self.model).__name__}: no "
                "library tells how the generators of GANs are opened."
            )
        if self.truncation is not None and not 0 < self.truncation < float("inf"):
            raise InputError(f"truncation is {self.truncation}. Give a number above 0, or leave it out.")
        if self.batch < 1 or min(shape_of(self.latent) or (1,)) < 1:
            raise InputError(f"batch is {self.batch}, latent {self.latent}. Give at least 1.")
        different(self.labels)
        if not self.title:
            object.__setattr__(self, "title", self._held.title)

    @property
    def portable(self) -> bool:  # type: ignore[override]  # the contract's attribute, read only
        """Whether it is made of a folder."""
        return self._held.portable

    @property
    def fingerprint(self) -> str:
        """The digest of the files of the model; of a live one, of its tensors or name, its classes and its noise."""
        own = self._held.fingerprint
        if self.portable:
            return own
        told = [getattr(self.model, name, None) for name in ("labels", "latent_shape")]
        return hashlib.sha256(f"{own} {told!r}".encode()).hexdigest()

    @property
    def settings(self) -> Mapping[str, Any]:
        """The truncation, and what was given of noise and classes."""
        latent, dtype = shape_of(self.latent), self._held.arithmetic
        given = {"latent": latent and list(latent), "labels": list(self.labels)}
        return {**given, "truncation": self.truncation, "dtype": dtype}

    def sample(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Draw a picture for each prompt, of the class that it names."""
        paired(prompts, seeds)
        pictureless(prompts, self.title)
        if not prompts:
            return []
        streams = [generator(seed) for seed in seeds]
        told = self._classes(prompts, uniforms(streams, ()))
        z = self._held.shaped(truncated(uniforms(streams, self._shape), self.truncation))
        with self._held.asked() as model:
            found = model(z) if told is None else model(z, told.to(z.device))
            return pictured(getattr(found, "sample", found))

    def _classes(self, prompts: Sequence[Prompt], share: Any) -> Any:
        """The number of each item's class, as named or else as drawn; `None` where there are no classes."""
        import torch

        labels = self.labels or tuple(getattr(self._held.opened, "labels", None) or ())
        told = [named(prompt.text, labels, self.title) for prompt in prompts]
        drawn = (share * len(labels)).long().tolist()
        return torch.tensor([b if a is None else a for a, b in zip(told, drawn, strict=True)]) if labels else None

    @property
    def _shape(self) -> tuple[int, ...]:
        """The shape of an item's noise; raises `InputError` where nothing tells it."""
        found = shape_of(self.latent) or shape_of(getattr(self._held.opened, "latent_shape", None))
        if found is None:
            raise InputError(f"{self.title} has no latent_shape. Pass latent, how many random numbers it is given.")
        return found

    @cached_property
    def _held(self) -> Held:
        return Held(self.model, None, dtype=self.dtype, device=self.device)

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: the other process opens the weights itself."""
        self._held.sendable(self.title)
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
