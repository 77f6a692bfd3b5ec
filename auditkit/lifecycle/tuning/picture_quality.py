"""How well a diffusion model takes noise off pictures that it never learned: the guard that needs no reader.

For each held-out picture noise is put on at eight steps, one drawn from each eighth of all, and the UNet is asked what
it tells. Its quality there is 1 - Σ error² / Σ truth², the share of what it should tell that it does tell: 1 where it
tells all, 0 where it might as well say nothing. Steps and noise are drawn by a picture's own content, so a model is
asked the very same before and after. The guard means pictures by their weights, as they are learned.

What it says, and what it does not
    It is the likelihood's own bound, weighted (Ho, Jain & Abbeel 2020). Held out of curated rows it tells whether the
    new pictures are drawn as well as they were; that will mostly rise, since the model has learned such pictures. Of
    the old data, which were curated away, it may well fall, and should: less of them is to be drawn. It does not tell
    whether a picture shows what was asked: that is `picture_faithful`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditkit.core.estimate import Floats
from auditkit.lifecycle.tuning.picture_noise import errors_of
from auditkit.lifecycle.tuning.picture_parts import Parts
from auditkit.lifecycle.tuning.pupil import Quality

if TYPE_CHECKING:
    from torch import Tensor

DENOISING = Quality(
    "denoising",
    "share of the noise told",
    0.02,
    "on held-out curated pictures: 1 - mean squared error over mean square, at eight steps from little noise to much",
)
MOMENTS, CHUNK = 8, 16
"""Steps that each picture is asked at, and pictures that are asked at once."""


def explained(parts: Parts, clean: Tensor, texts: Sequence[str], keys: Sequence[str]) -> Floats:
    """The share of what it should tell that a model tells of each picture, (n,).

    `clean` are the pictures as its UNet meets them, (n, channels, height, width); `keys` draw steps and noise.
    """
    import torch

    shares = []
    with torch.inference_mode():
        for at in range(0, len(clean), CHUNK):
            some = slice(at, at + CHUNK)
            shares.append(_shares(parts, clean[some], texts[some], keys[some]))
    return np.concatenate(shares) if shares else np.zeros(0)


def _shares(parts: Parts, clean: Tensor, texts: Sequence[str], keys: Sequence[str]) -> Floats:
    import torch

    drawn = [_drawn(key, len(parts.signal), tuple(clean.shape[1:])) for key in keys]
    t, noise = torch.cat([t for t, _ in drawn]), torch.cat([noise for _, noise in drawn])
    asked = [text for text in texts for _ in range(MOMENTS)]
    found = errors_of(parts, parts.unet, clean.repeat_interleave(MOMENTS, 0), noise, t, asked)
    errors, truths = (each.double().cpu().view(-1, MOMENTS).sum(dim=1) for each in found)
    shares: Floats = (1 - errors / truths).numpy()
    return shares


def _drawn(key: str, steps: int, shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Eight steps, one from each eighth, and noise for each, by the content of a row."""
    import torch

    seed = int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big") >> 1
    generator = torch.Generator().manual_seed(seed)
    within = torch.rand(MOMENTS, generator=generator, dtype=torch.float64)
    t = ((torch.arange(MOMENTS) + within) / MOMENTS * steps).long().clamp(max=steps - 1)
    return t, torch.randn((MOMENTS, *shape), generator=generator)
