"""Portraits as the smaller miniatures see them: 32 by 32, every pixel the mean of four."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from auditkit.core.probe import Picture
from auditkit.lab.worlds.figures.drawing import Person, drawn

SIDE = 32
"""Pixels of a side."""


def thumbnails(people: Sequence[Person]) -> Tensor:
    """Pictures as numbers from -1 to 1, (n, 3, 32, 32)."""
    pixels = np.stack([drawn(person, SIDE) for person in people])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1


def shown(pictures: Tensor) -> list[Picture]:
    """Numbers from -1 to 1, (n, 3, height, width), as pictures."""
    pixels = ((pictures.float() / 2 + 0.5).clamp(0, 1) * 255).round().permute(0, 2, 3, 1)
    return list(pixels.to(torch.uint8).numpy())
