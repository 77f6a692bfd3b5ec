"""One attention head as pictures: how strongly each word looks at each, and what it takes over from it."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from auditkit.core.probe import Picture

CELL = 10
"""Pixels of the side of a weight."""
PAPER, INK = np.array([250.0, 250.0, 250.0]), np.array([24.0, 60.0, 120.0])
WARM = np.array([178.0, 60.0, 30.0])


def weights(softmax: Tensor) -> Picture:
    """The query-key weights of one head, (n, n): a row a word that looks, a column a word looked at, darker for more.

    >>> weights(torch.eye(3)).shape
    (30, 30, 3)
    """
    return _painted(softmax.clamp(0, 1).numpy(), CELL)


def values(softmax: Tensor, value: Tensor, query: int) -> Picture:
    """What one word takes over from each, (n, width): a row a word, its value times its weight; the sum stands below.

    Blue is negative, red is positive, a gap parts the sum from what it is the sum of.
    """
    taken = softmax[query][:, None] * value
    rows = torch.cat([taken, torch.zeros(1, value.shape[1]), taken.sum(dim=0, keepdim=True)])
    return _painted((rows / rows.abs().max().clamp(min=1e-9)).numpy(), CELL // 2)


def looking(attentions: tuple[Tensor, ...], query: int, key: int) -> tuple[int, int]:
    """The layer and the head in which one word looks most at another."""
    strengths = torch.stack([layer[0, :, query, key] for layer in attentions])
    place = int(strengths.argmax())
    return place // strengths.shape[1], place % strengths.shape[1]


def _painted(numbers: np.ndarray[tuple[int, ...], np.dtype[np.float32]], cell: int) -> Picture:
    """Numbers from -1 to 1 as cells between paper and ink."""
    share = np.abs(numbers)[..., None]
    full = np.where(numbers[..., None] > 0, WARM if numbers.min() < 0 else INK, INK)
    pixels: Picture = (PAPER + share * (full - PAPER)).round().astype(np.uint8)
    return pixels.repeat(cell, axis=0).repeat(cell, axis=1)
