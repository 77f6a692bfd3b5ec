"""What gives vectors: an encoder with its tokenizer, an object that encodes, or vectors of words."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Refusal, Said
from auditkit.targets.holding import Held
from auditkit.targets.pooling import Pool, embedded, first, last, mean
from auditkit.targets.wording import NO_NUMBERS, Worded
from auditkit.vectors import read_vectors

POOLS: Mapping[str, Pool] = {"mean": mean, "first": first, "last": last}
POOLING = "1_Pooling/config.json"
MODES = {
    "cls_token": "first",
    "cls": "first",
    "mean_tokens": "mean",
    "lasttoken": "last",
    "max_tokens": "max",
    "mean_sqrt_len_tokens": "mean_sqrt_len",
    "weightedmean_tokens": "weightedmean",
}
"""How sentence-transformers calls them; the last three are not known here."""
SENTENCES = ("Transformer", "Pooling", "Normalize")
"""The parts of a folder of sentence-transformers that are understood."""


class Encoding(Protocol):
    """What an embedder is made of."""

    @property
    def title(self) -> str:
        """What it is called."""
        ...

    @property
    def portable(self) -> bool:
        """Whether it is made of a path or an id."""
        ...

    @property
    def fingerprint(self) -> str:
        """Which it is, to the bit."""
        ...

    @property
    def arithmetic(self) -> str:
        """The name of the type it computes in."""
        ...

    def embedded(self, prompts: Sequence[Prompt]) -> list[Answer]:
        """A vector or a refusal a prompt."""
        ...


def encoding_of(model: Any, pooling: str | None, **where: Any) -> Encoding:
    """What to ask for vectors; raises `InputError` for what gives none."""
    if isinstance(model, Mapping):
        return Lookup(model, None)
    if isinstance(model, str | os.PathLike) and Path(model).expanduser().is_file():
        return Lookup(None, Path(model).expanduser())
    if callable(getattr(model, "encode", None)) and not isinstance(model, str | tuple | list):
        return Encodes(model)
    return Encoder(model, pooling, **where)


class Lookup:
    """Vectors of words, a mapping or a file."""

    def __init__(self, given: Mapping[str, Sequence[float]] | None, file: Path | None) -> None:
        self.given, self.file, self.arithmetic = given, file, "float64"

    @property
    def title(self) -> str:
        """The name of the file."""
        return self.file.name if self.file else f"{len(self.words)} word vectors"

    @property
    def portable(self) -> bool:
        """Whether there is a file."""
        return self.file is not None

    @cached_property
    def fingerprint(self) -> str:
        """The digest of all words and their vectors, or of the file."""
        if self.file:
            with self.file.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        told = {word: [float(each) for each in vector] for word, vector in self.words.items()}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    @cached_property
    def words(self) -> Mapping[str, Any]:
        """The vectors by word, all of one length; raises `InputError` where they are not."""
        if self.file:
            read = read_vectors(self.file)
            return dict(zip(reversed(read.words), read.matrix[::-1], strict=True))
        given = self.given or {}
        if not given or len({len(vector) for vector in given.values()}) > 1:
            raise InputError(f"Word vectors are some, all of one length; there are {len(given)}.")
        return given

    def embedded(self, prompts: Sequence[Prompt]) -> list[Answer]:
        """The vector of a word as it stands, else of the word in small letters."""
        found = [
            (word, self.words.get(word, self.words.get(word.lower()))) for word in (p.text.strip() for p in prompts)
        ]
        return [Refusal(f"it does not know: {word}") if vector is None else _said(vector) for word, vector in found]


class Encodes(Held):
    """A live object that encodes a list of texts to a matrix, as of sentence-transformers."""

    def __init__(self, model: Any) -> None:
        super().__init__(model, None, dtype="float32", device="cpu")

    def embedded(self, prompts: Sequence[Prompt]) -> list[Answer]:
        """A vector a prompt; raises `InputError` where what comes back is no vector each."""
        with self.asked() as model, weights.quiet("transformers"):
            found = np.asarray(model.encode([prompt.text for prompt in prompts]), float)
        if found.ndim != 2 or len(found) != len(prompts):
            raise InputError(
                f"{self.title} was given {len(prompts)} texts, and what came back has the shape {found.shape}."
            )
        return [_said(vector) for vector in found]


class Encoder(Worded):
    """An encoder of transformers, pooled as its folder says, or as asked."""

    def __init__(self, model: Any, pooling: str | None, **where: Any) -> None:
        super().__init__(model, "AutoModel", **where)
        self.saved, self.pooling = _unheaded, pooling

    @cached_property
    def fingerprint(self) -> str:
        """The digest of the files, and of how the folder says that tokens are pooled."""
        own, told = super().fingerprint, self._told(POOLING)
        return hashlib.sha256(f"{own} {json.dumps(told, sort_keys=True)}".encode()).hexdigest() if told else own

    @property
    def longest(self) -> int:
        """How many tokens it reads at most: as many as it was trained to, where its folder says so."""
        told = self._told("sentence_bert_config.json").get("max_seq_length")
        return min(super().longest, told) if told else super().longest

    def embedded(self, prompts: Sequence[Prompt]) -> list[Answer]:
        """The vectors of the last layer, pooled, and of length one where the folder says so."""
        pool, scaled = self._pooled
        with self.asked() as model:
            reader = model.get_encoder() if model.config.is_encoder_decoder else getattr(model, "text_model", model)
            return embedded(self, reader, prompts, (lambda v, real: _unit(pool(v, real))) if scaled else pool)

    @cached_property
    def _pooled(self) -> tuple[Pool, bool]:
        """How vectors of tokens become one, and whether that one is scaled to length one."""
        parts = [str(each.get("type", "")).rsplit(".", 1)[-1] for each in self._told("modules.json")]
        if unknown := [part for part in parts if part not in SENTENCES]:
            raise InputError(
                f"{self.title} has a part {unknown[0]}, which only sentence-transformers knows. Open it there, and "
                "give the live object."
            )
        own = self.pooling or self._stated("Pooling" in parts)
        if own not in POOLS:
            raise InputError(f"{self.title} is pooled by {own}, which is not known here. Choose: {', '.join(POOLS)}.")
        return POOLS[own], "Normalize" in parts

    def _stated(self, must: bool) -> str:
        """The pooling that the folder states, the mean where it says nothing; raises `InputError` where it must."""
        told = self._told(POOLING)
        if must and not told:
            raise InputError(
                f"{self.title} lacks {POOLING}, which says how its tokens are pooled. Fetch it whole: hf download, or "
                "give pooling."
            )
        used = [mode.removeprefix("pooling_mode_") for mode, value in told.items() if value is True]
        modes = [str(told["pooling_mode"])] if "pooling_mode" in told else [mode for mode in used if mode in MODES]
        return " and ".join(MODES.get(mode, mode) for mode in modes) or "mean"

    def _told(self, name: str) -> Any:
        """What a file beside the weights says; nothing where there is none."""
        file = self.folder / name if self.portable else None
        return json.loads(file.read_text(encoding="utf-8")) if file and file.is_file() else {}


def _unheaded(model: Any, **where: Any) -> Any:
    """The encoder without the layer that would be trained on top of its first token, which many folders lack."""
    try:
        return weights.transformers_model("AutoModel", model, add_pooling_layer=False, **where)
    except InputError as error:
        if not isinstance(error.__cause__, TypeError):
            raise
        return weights.transformers_model("AutoModel", model, **where)


def _unit(vectors: Any) -> Any:
    return vectors / vectors.norm(dim=1, keepdim=True).clamp(min=1e-12)


def _said(vector: Any) -> Answer:
    told = [float(each) for each in vector]
    return Said("", {"vector": told}) if np.isfinite(told).all() else NO_NUMBERS
