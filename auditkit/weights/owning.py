"""Weights of a class of one's own: a folder of safetensors, and the function that opens them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError
from auditkit.weights.guarding import guarded
from auditkit.weights.hashing import fingerprint_of
from auditkit.weights.opening import memory, moved
from auditkit.weights.placing import needed, one_line


@dataclass(frozen=True)
class Own:
    """A folder of safetensors and a function that opens them: `opens(folder, variant)` gives the model.

    The function stands at the top of a module, so that another process finds it by its name; it is opened when a
    target needs it. The folder is held to what holds for every folder of weights: plain data, no pickle alone.

    Raises `InputError` for a function that cannot be imported and, when first used, for a folder that is not there or
    not safe.

    >>> Own("generator", os.path.join).title
    'generator'
    """

    folder: str | os.PathLike[str]
    opens: Callable[[Path, str | None], Any]
    variant: str | None = None

    def __post_init__(self) -> None:
        if not _importable(self.opens):
            name = getattr(self.opens, "__qualname__", repr(self.opens))
            raise InputError(
                f"{name} cannot be imported by its name, and opens must be: another process looks it up. Write it as "
                "a function (folder, variant) at the top of a module."
            )

    @property
    def title(self) -> str:
        """The name of the folder."""
        return Path(self.folder).expanduser().resolve().name

    @cached_property
    def fingerprint(self) -> str:
        """The digest of every file but words and weights of other variants, folders within too, and of the function."""
        return fingerprint_of(self._place, self._parts, self.variant, f"{self.opens.__module__}.{_name(self.opens)}")

    def open(self, *, dtype: str = "float32", device: str = "cpu") -> Any:
        """The model, opened anew, ready to answer; raises `MemoryError` where it does not fit."""
        place = self._place
        try:
            with memory(), needed("torch").random.fork_rng(devices=[]):
                opened = self.opens(place, self.variant)
        except (OSError, ValueError, TypeError, RuntimeError, KeyError) as error:
            said = f"{place} cannot be opened by {_name(self.opens)}"
            raise InputError(f"{said}: {type(error).__name__}, {one_line(error)}") from error
        return moved(opened, dtype, device)

    @property
    def _place(self) -> Path:
        folder = Path(self.folder).expanduser()
        if not folder.is_dir():
            raise InputError(f"There is no folder {folder}. Give the folder that holds the .safetensors files.")
        for part in (folder, *self._parts):
            guarded(part)
        return folder

    @property
    def _parts(self) -> tuple[Path, ...]:
        """The folders within the folder."""
        return tuple(sorted(path for path in Path(self.folder).expanduser().rglob("*") if path.is_dir()))


def _name(function: Any) -> str:
    return str(getattr(function, "__qualname__", type(function).__qualname__))


def _importable(function: Any) -> bool:
    """Whether a function is what stands under its name in its module."""
    if not callable(function):
        return False
    found: Any = sys.modules.get(getattr(function, "__module__", ""))
    for part in _name(function).split("."):
        found = getattr(found, part, None)
    return found is function
