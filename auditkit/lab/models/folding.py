"""What the miniatures that fold pictures share: one layer, and how unlike the edges of two pictures are."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Folding(nn.Module):
    """A layer with its own input beside its output: two convolutions, normalised by groups of features."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.normed, self.first = nn.GroupNorm(8, width), nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Features (n, width, h, w) to the same."""
        changed: Tensor = self.second(F.silu(self.first(F.silu(self.normed(x)))))
        return x + changed


def edges_apart(y: Tensor, x: Tensor) -> Tensor:
    """The mean absolute difference of the steps from pixel to pixel, across and down."""
    return sum((F.l1_loss(y.diff(dim=d), x.diff(dim=d)) for d in (2, 3)), torch.zeros(()))
