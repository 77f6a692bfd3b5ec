"""Random numbers, a stream an item: the same seed meets the same numbers in any batch, on any device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LEAST = 2.0**-60


def generator(seed: int) -> Any:
    """The stream of a seed, on the processor."""
    import torch

    return torch.Generator("cpu").manual_seed(seed)


def normals(streams: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Standard normal numbers, (items, *shape), each item's from its own stream.

    >>> normals([generator(1), generator(2)], (2, 3)).shape
    torch.Size([2, 2, 3])
    """
    import torch

    return torch.stack([torch.randn(shape, generator=stream) for stream in streams])


def uniforms(streams: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Numbers from 0 to below 1 with fifty-three bits, (items, *shape), each item's from its own stream."""
    import torch

    return torch.stack([torch.rand(shape, generator=stream, dtype=torch.float64) for stream in streams])


def truncated(share: Any, bound: float | None) -> Any:
    """Normal numbers from -bound to bound: those below which `share` of them lie. `None` is the whole normal.

    >>> import torch
    >>> [round(float(truncated(torch.tensor(0.975), bound)), 2) for bound in (None, 2.0, 0.5)]
    [1.96, 1.68, 0.47]
    """
    import torch

    if bound is None:
        return torch.special.ndtri(share.double().clamp(LEAST, 1 - 2.0**-53))
    tail = torch.special.ndtr(torch.tensor(-bound, dtype=torch.float64))
    return torch.special.ndtri(tail + share.double() * (1 - 2 * tail)).clamp(-bound, bound)
