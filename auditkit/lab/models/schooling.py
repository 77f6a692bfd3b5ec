"""How the miniature models learn: seeded batches, a warm start and a long cosine, weights averaged over time."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn


class Progress(Protocol):
    """Hears of every step: what is being trained, the step, how many there are, and the loss."""

    def __call__(self, what: str, step: int, steps: int, loss: float) -> None:
        """Hear of one step."""


def silent(what: str, step: int, steps: int, loss: float) -> None:
    """Say nothing."""


def batches(n: int, size: int, steps: int, seed: int) -> Iterator[Tensor]:
    """Indices of `steps` batches out of n, every item once before any comes again."""
    rng, pool = np.random.default_rng(seed), np.empty(0, np.int64)
    for _ in range(steps):
        while len(pool) < size:
            pool = np.concatenate([pool, rng.permutation(n)])
        yield torch.from_numpy(pool[:size])
        pool = pool[size:]


def train(
    what: str,
    model: nn.Module,
    loss_of: Callable[[Tensor], Tensor],
    rounds: Iterator[Tensor],
    steps: int,
    rate: float,
    progress: Progress = silent,
    keep: float = 0.998,
) -> nn.Module:
    """Minimise a loss with AdamW; the returned model has the exponential average of the weights it passed through.

    The rate rises over the first 3 % of the steps and falls along a cosine. `loss_of` takes the indices of a batch.
    """
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=0.01)
    average = copy.deepcopy(model).eval().requires_grad_(False)
    warm = max(round(0.03 * steps), 1)
    for step, batch in enumerate(rounds):
        share = min((step + 1) / warm, 0.5 * (1 + math.cos(math.pi * max(step - warm, 0) / (steps - warm))) + 1e-3)
        for group in optimiser.param_groups:
            group["lr"] = rate * share
        optimiser.zero_grad(set_to_none=True)
        loss = loss_of(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        blend(average, model, min(keep, (step + 1) / (step + 10)))
        progress(what, step + 1, steps, float(loss.detach()))
    return average


@torch.no_grad()
def blend(average: nn.Module, model: nn.Module, keep: float) -> None:
    """Move the average's weights to `keep` of themselves and the rest of the model's."""
    for slow, fast in zip(average.parameters(), model.parameters(), strict=True):
        slow.lerp_(fast, 1 - keep)
