"""What the tests of tuned pictures share: curated pictures in a folder, and tiny diffusion models that learn them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from auditkit.lifecycle.tuning import pictures
from auditkit.lifecycle.tuning.dividing import Divided
from auditkit.lifecycle.tuning.loop import Training
from auditkit.lifecycle.tuning.settings import Settings
from auditkit.pictures import png_bytes
from auditkit.targets import Diffusion
from tests.targets import tiny

N = 12
STABLE = "StableDiffusionPipeline"


def folder(place: Path, n: int = N, **columns: Sequence[Any]) -> Path:
    """Curated pictures: a table beside their files."""
    (place / "pictures").mkdir(parents=True)
    shown = [f"pictures/{k}.png" for k in range(n)]
    for k, name in enumerate(shown):
        (place / name).write_bytes(png_bytes(tiny.picture(seed=k)))
    table = {"picture": shown, "text": [f"a {tiny.JOBS[k % 8]}" for k in range(n)], **columns}
    with (place / "data.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))
    return place


def pupil(data: Path, name: str = STABLE) -> Any:
    """A tiny pipeline, opened as a pupil of these data."""
    return pictures.opened(Diffusion(tiny.saved(name), steps=2), data)


def training(learner: Any, place: Path, progress: Any = None, method: Any = "full") -> Training:
    """Four steps of a training, whose last two rows are held out."""
    settings = Settings(method=method, steps=4, batch=3, rate=1e-3, save_every=2)
    rows = Divided(np.arange(N - 2), np.arange(N - 2, N))
    return Training(learner, rows, settings, place, progress)


def noise(seed: int = 0) -> torch.Generator:
    """A stream of random numbers."""
    return torch.Generator().manual_seed(seed)


def numbers(module: Any) -> dict[str, torch.Tensor]:
    """A copy of all weights of a module."""
    return {name: each.detach().clone() for name, each in module.state_dict().items()}
