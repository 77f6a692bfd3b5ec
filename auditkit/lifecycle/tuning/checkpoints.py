"""What a training that was stopped goes on from: numbers as safetensors, words as JSON, never a pickle.

A checkpoint is a folder that gets its name when all in it is on disk, so one that has a name is whole. The one before
is removed after that.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from auditkit.core.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

NAME = re.compile(r"step-(\d{8})")
WEIGHTS, OPTIMISER, STATE = "weights.safetensors", "optimiser.safetensors", "state.json"


class Checkpoint(NamedTuple):
    """Where training stands after so many steps: what is trained, the optimiser's numbers by name, and the curve."""

    step: int
    weights: Mapping[str, Tensor]
    optimiser: Mapping[str, Tensor]
    told: Mapping[str, Any]


def keep(place: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint into the folder `place` and remove those before it; gives its folder."""
    from safetensors.torch import save_file

    final = place / f"step-{checkpoint.step:08d}"
    partial = fresh(place / f".{final.name}.partial")
    for name, tensors in ((WEIGHTS, checkpoint.weights), (OPTIMISER, checkpoint.optimiser)):
        save_file({key: tensor.detach().contiguous() for key, tensor in tensors.items()}, partial / name)
    (partial / STATE).write_text(json.dumps({"step": checkpoint.step, **checkpoint.told}), encoding="utf-8")
    named(partial, final)
    for old in _there(place):
        if old != final:
            shutil.rmtree(old, ignore_errors=True)
    return final


def last(place: Path) -> Checkpoint | None:
    """The latest checkpoint of a folder, or `None`; raises `InputError` for one that cannot be read."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    there = _there(place)
    if not there:
        return None
    folder = there[-1]
    try:
        told = json.loads((folder / STATE).read_text(encoding="utf-8"))
        weights, optimiser = load_file(folder / WEIGHTS), load_file(folder / OPTIMISER)
        return Checkpoint(int(told.pop("step")), weights, optimiser, told)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise InputError(f"The checkpoint {folder} cannot be read: {error}. Remove it; training starts anew.") from None


def fresh(folder: Path) -> Path:
    """An empty folder of this name."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def named(partial: Path, final: Path) -> None:
    """Give a folder its name once all that is in it is on disk; what had the name is gone."""
    for path in [*partial.rglob("*"), partial]:
        place = os.open(path, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)
    shutil.rmtree(final, ignore_errors=True)
    partial.rename(final)


def _there(place: Path) -> list[Path]:
    found = place.iterdir() if place.is_dir() else ()
    return sorted(path for path in found if NAME.fullmatch(path.name) and (path / STATE).is_file())
