"""Models that learnt pictures and captions together, as readers use them: unit vectors of pictures and of sentences."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.probe import Picture

Floats = NDArray[np.float64]

BATCH = 32
"""Pictures that are embedded at once."""
USUAL_SCALE = 100.0
"""What the models of Radford et al. (2021) were trained to; for an object with `embed` that names no `scale`."""


class Encoder(ABC):
    """Unit vectors of pictures and of sentences in one space, and the scale that makes cosines log odds."""

    fingerprint: str
    scale: float

    @abstractmethod
    def pictures(self, shown: Sequence[Picture]) -> Floats:
        """A unit vector (n, d) for each picture."""

    @abstractmethod
    def sentences(self, said: Sequence[str]) -> Floats:
        """A unit vector (n, d) for each sentence."""


def title_of(model: Any) -> str:
    """What a model is called in a finding: the hub id, the name of the folder, the class of a live one."""
    if isinstance(model, (str, Path)):
        return Path(model).resolve().name if Path(model).is_dir() else str(model)
    title = getattr(model, "title", "")
    return str(title) or type(model[0] if isinstance(model, (tuple, list)) else model).__name__


def encoder_of(model: Any, revision: str | None = None, device: str = "cpu") -> Encoder:
    """The encoder of a hub id, a folder, a live (model, processor), or an object with `embed`.

    `revision` and `device` are for hub ids and folders. Raises `InputError` for anything else, where the weights are
    not there, and for a model that does not embed both pictures and texts.
    """
    if isinstance(model, (str, Path)):
        folder = weights.place(model, "transformers", revision)
        return _from_folder(str(folder), weights.fingerprint(folder), device)
    if isinstance(model, (tuple, list)) and len(model) == 2:
        return _Paired(model[0], model[1], _live(*model))
    if hasattr(model, "embed"):
        return _Embedding(model)
    raise InputError(
        f"{type(model).__name__} cannot embed pictures. Give a hub id, a folder, (model, processor), or an object with "
        "embed."
    )


@dataclass(frozen=True)
class _Embedding(Encoder):
    """An object with `embed`: a target, or whatever a user wrote."""

    model: Any

    @property
    def fingerprint(self) -> str:  # type: ignore[override]
        """The object's own; without one, what it is called."""
        return str(getattr(self.model, "fingerprint", "") or title_of(self.model))

    @property
    def scale(self) -> float:  # type: ignore[override]
        """The object's own, else the usual one."""
        return float(getattr(self.model, "scale", USUAL_SCALE))

    def pictures(self, shown: Sequence[Picture]) -> Floats:
        return _unit(self.model.embed(list(shown)), len(shown))

    def sentences(self, said: Sequence[str]) -> Floats:
        return _unit(self.model.embed(list(said)), len(said))


@dataclass(frozen=True)
class _Paired(Encoder):
    """A transformers model with towers for pictures and texts, and its processor."""

    model: Any
    processor: Any
    fingerprint: str

    def __post_init__(self) -> None:
        for verb in ("get_image_features", "get_text_features"):
            if not hasattr(self.model, verb):
                raise InputError(
                    f"{type(self.model).__name__} has no {verb}: it does not embed pictures and texts in one space. "
                    "Give a model of the CLIP family."
                )

    @cached_property
    def scale(self) -> float:  # type: ignore[override]
        """exp of the temperature that was learnt."""
        learnt = getattr(self.model, "logit_scale", None)
        return USUAL_SCALE if learnt is None else float(learnt.detach().float().exp())

    def pictures(self, shown: Sequence[Picture]) -> Floats:
        from PIL import Image

        def embedded(some: Sequence[Picture]) -> Any:
            read = self.processor.image_processor([Image.fromarray(one) for one in some], return_tensors="pt")
            return self.model.get_image_features(pixel_values=self._placed(read["pixel_values"]))

        return self._embedded(embedded, shown)

    def sentences(self, said: Sequence[str]) -> Floats:
        """Padded in full, as SigLIP was trained; the others' attention leaves the padding out."""

        def embedded(some: Sequence[str]) -> Any:
            tokens = self.processor.tokenizer(
                list(some), padding="max_length", max_length=self._longest, truncation=True, return_tensors="pt"
            )
            given = {
                name: tokens[name].to(self.model.device) for name in ("input_ids", "attention_mask") if name in tokens
            }
            return self.model.get_text_features(**given)

        return self._embedded(embedded, said)

    @property
    def _longest(self) -> int:
        config = getattr(self.model.config, "text_config", self.model.config)
        return int(config.max_position_embeddings)

    def _placed(self, numbers: Any) -> Any:
        return numbers.to(self.model.device, self.model.dtype)

    def _embedded(self, embed: Callable[[Any], Any], things: Sequence[Any]) -> Floats:
        import torch

        training = self.model.training
        self.model.eval()
        with torch.inference_mode(), weights.memory():
            found = [_tensor(embed(things[k : k + BATCH])).float().cpu() for k in range(0, len(things), BATCH)]
        self.model.train(training)
        return _unit(torch.cat(found).numpy(), len(things))


def _tensor(found: Any) -> Any:
    """What a tower gives: a tensor, or an output that holds it."""
    return getattr(found, "pooler_output", found)


def _unit(vectors: Any, expected: int) -> Floats:
    found = np.asarray(vectors, float)
    if found.ndim != 2 or len(found) != expected or not np.isfinite(found).all():
        raise InputError(
            f"{expected} things were to be embedded, and what came back has the shape {found.shape}. "
            "An encoder gives one vector of finite numbers each."
        )
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.where(length > 0, length, 1))


@lru_cache(maxsize=2)
def _from_folder(folder: str, fingerprint: str, device: str) -> Encoder:
    """The encoder of a folder; the last two are kept, since the readers of one run share a model."""
    model = weights.transformers_model("AutoModel", folder, device=device)
    return _Paired(model, weights.processor("AutoProcessor", folder), fingerprint)


def _live(model: Any, processor: Any) -> str:
    """Which model and processor these are, to the bit."""
    seen = processor.image_processor.to_json_string()
    parts = [weights.fingerprint(model), weights.fingerprint(processor.tokenizer), seen]
    return hashlib.sha256(repr(parts).encode()).hexdigest()
