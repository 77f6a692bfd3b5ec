"""The model of a target that is no pipeline: live, of a class of one's own, or saved by a library; opened once."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from auditkit import weights
from auditkit.core.errors import InputError, nearest
from auditkit.core.probe import Prompt

Opening = Callable[..., Any]


class Held:
    """A model and how it is opened. `saved` opens a folder or a hub id; where it is `None`, there is no such thing.

    A live model is used as it stands; `dtype` and `device` are for those that are opened here.
    """

    def __init__(self, model: Any, saved: Opening | None, *, dtype: str, device: str, **where: str | None) -> None:
        self.model, self.saved, self.dtype, self.device, self.where = model, saved, dtype, device, where

    @property
    def portable(self) -> bool:
        """Whether it is made of a folder or an id, not of a live object."""
        return isinstance(self.model, weights.Own | str | os.PathLike)

    @property
    def title(self) -> str:
        """What it is called where no title was given."""
        if isinstance(self.model, weights.Own):
            return self.model.title
        if not self.portable:
            return f"a live {getattr(self.model, '__qualname__', type(self.model).__name__)}"
        folder = Path(self.model).expanduser()
        return folder.resolve().name if folder.is_dir() else str(self.model)

    @cached_property
    def fingerprint(self) -> str:
        """The digest of its files, or of a live model's tensors; of a bare function, of its name."""
        if isinstance(self.model, weights.Own):
            return self.model.fingerprint
        if self.portable:
            return weights.fingerprint(self.folder, self._variant)
        return _told_by(self.model)

    @property
    def _variant(self) -> str | None:
        """The variant that was asked for; raises `InputError` where the folder has no such weights."""
        variant = self.where.get("variant")
        if variant and not any(self.folder.glob(f"*.{variant}*.safetensors")):
            there = sorted({name.split(".")[-2] for file in self.folder.glob("*.*.safetensors") if (name := file.name)})
            known = f"{nearest(variant, there)} Variants: {', '.join(there) or 'none'}."
            raise InputError(f'{self.title} has no variant "{variant}".{known}')
        return variant

    @property
    def folder(self) -> Path:
        """Where a saved model lies."""
        return weights.place(self.model, "transformers", self.where.get("revision"), self.where.get("variant"))

    @cached_property
    def opened(self) -> Any:
        """The live model; the only place where weights are opened."""
        if isinstance(self.model, weights.Own):
            return self.model.open(dtype=self.dtype, device=self.device)
        if self.portable and self.saved is not None:
            return self.saved(self.model, dtype=self.dtype, device=self.device, **self.where)
        return self.model

    @property
    def numbers(self) -> Any:
        """The first of its weights, whose type and place its input must have; `None` where it has no weights."""
        asked: Any = self.opened if hasattr(self.opened, "parameters") else getattr(self.opened, "transformer", None)
        return next(iter(asked.parameters()), None) if hasattr(asked, "parameters") else None

    @property
    def arithmetic(self) -> str:
        """The name of the type it computes in; opens nothing."""
        if self.portable:
            return self.dtype
        return str(getattr(self.numbers, "dtype", "float32")).removeprefix("torch.")

    @contextmanager
    def asked(self) -> Iterator[Any]:
        """The model, asleep and without gradients, for one call.

        Raises `MemoryError` where that does not fit, and `InputError` where the model drew random numbers of its own,
        of torch on the processor, of numpy or of Python: an answer would not follow from its seed, and would depend on
        its neighbours.
        """
        import torch

        model = self.opened
        parts = [model, *getattr(model, "__dict__", {}).values()]
        with asleep(parts), torch.random.fork_rng(devices=[]), torch.inference_mode(), weights.memory():
            before, others = torch.get_rng_state(), _other_streams()
            yield model
            if not torch.equal(before, torch.get_rng_state()) or others != _other_streams():
                raise InputError(
                    f"{self.title} draws random numbers of its own, so that its answers do not follow from their "
                    "seeds. Fix its noise, or write a function that seeds it, and give that to Function."
                )

    def shaped(self, numbers: Any) -> Any:
        """Numbers in the type and at the place of the weights."""
        like = self.numbers
        return numbers.float() if like is None else numbers.to(device=like.device, dtype=like.dtype)

    def sendable(self, title: str) -> None:
        """Raise `InputError` where it cannot be sent to another process."""
        if not self.portable:
            raise InputError(
                f"{title} cannot be sent to another process. Save it, and give the folder: weights.Own(folder, opens)."
            )


def _told_by(model: Any) -> str:
    """The digest of a live model: of its tensors; of a method, of its object's; of a function, of its name."""
    if isinstance(model, partial):
        told = [
            _told_by(model.func),
            *map(_given, model.args),
            *(f"{k} {_given(v)}" for k, v in model.keywords.items()),
        ]
        return hashlib.sha256(" ".join(told).encode()).hexdigest()
    if getattr(model, "__self__", None) is not None and not isinstance(model.__self__, ModuleType):
        return hashlib.sha256(f"{_told_by(model.__self__)} {model.__name__}".encode()).hexdigest()
    if hasattr(model, "__code__"):
        return hashlib.sha256(f"{model.__module__}.{model.__qualname__}".encode()).hexdigest()
    return weights.fingerprint(model)


def _given(value: Any) -> str:
    """What was bound to a function beforehand: a model by its digest, anything else as it is written."""
    return _told_by(value) if hasattr(value, "state_dict") or hasattr(value, "untyped_storage") else repr(value)


def _other_streams() -> tuple[Any, ...]:
    """Where the global random numbers of numpy and of Python stand."""
    kind, keys, *place = np.random.get_state()  # noqa: NPY002  # the global one is what is watched
    return (kind, np.asarray(keys).tobytes(), *place, random.getstate())


@contextmanager
def asleep(parts: Iterable[Any]) -> Iterator[None]:
    """No dropout while asked; a live model that is being trained goes on training afterwards."""
    modules = (module for part in parts if hasattr(part, "modules") for module in part.modules())
    training = [module for module in modules if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True


def paired(prompts: Sequence[Prompt], seeds: Sequence[int]) -> None:
    """Raise `InputError` unless there is one seed for each prompt."""
    if len(prompts) != len(seeds):
        raise InputError(f"There are {len(prompts)} prompts and {len(seeds)} seeds. Give one seed for each prompt.")


def wordless(prompts: Sequence[Prompt], title: str) -> None:
    """Raise `InputError` for words or a mask, which would change nothing."""
    for prompt in prompts:
        if prompt.text:
            raise InputError(f"{title} takes no words, and was asked for: {prompt.text!r}. Leave them out.")
        if prompt.mask is not None:
            raise InputError(f"{title} takes no mask. Leave it out.")


def pictureless(prompts: Sequence[Prompt], title: str) -> None:
    """Raise `InputError` for a prompt with a picture, where pictures are drawn from noise."""
    if any(prompt.image is not None for prompt in prompts):
        raise InputError(f"This prompt has a picture, and {title} samples from noise alone. Leave the picture out.")


def shape_of(latent: Any) -> tuple[int, ...] | None:
    """A shape, of a number or of numbers.

    >>> shape_of(64), shape_of([4, 8, 8]), shape_of(None)
    ((64,), (4, 8, 8), None)
    """
    if latent is None:
        return None
    return (int(latent),) if isinstance(latent, int) else tuple(int(each) for each in latent)
