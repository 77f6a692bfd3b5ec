"""A miniature autoencoder: a portrait is folded into 256 numbers and unfolded again.

How it works
    An encoder halves the side of a picture three times and says, for each of 8 x 8 x 4 numbers of the latent, a mean
    and a spread; a latent is drawn from there, and a decoder unfolds it. It learns to give back the picture, while a
    small Kullback-Leibler term keeps the latents near the standard normal, so that what lies between two of them is a
    picture too. Edges count as much as areas: without that small dark details, the eyes of a dark face, weigh nothing.
References
    Kingma & Welling, ICLR (2014); Rombach et al., CVPR (2022) 10684.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from auditkit.lab.models.clip import portraits
from auditkit.lab.models.schooling import Progress, batches, silent, train
from auditkit.lab.worlds.figures.drawing import SIZE
from auditkit.lab.worlds.figures.people import World

PICTURES, SEED = 24_000, 7
STEPS, BATCH, RATE = 2_800, 16, 2e-3
SPREAD = 1e-6
"""The weight of the Kullback-Leibler term: latents stay bounded and hardly blur."""


def blank() -> Any:
    """An AutoencoderKL of random weights: three halvings of the side, four latent channels, 978,000 numbers."""
    from diffusers import AutoencoderKL

    widths = (16, 32, 64, 64)
    return AutoencoderKL(
        sample_size=SIZE,
        block_out_channels=widths,
        down_block_types=("DownEncoderBlock2D",) * len(widths),
        up_block_types=("UpDecoderBlock2D",) * len(widths),
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=8,
    )


def learn(
    folder: Path, dose: float = 0.0, progress: Progress = silent, steps: int = STEPS, pictures: int = PICTURES
) -> None:
    """Train it on the world at this dose and save it; its scale makes latents of unit spread."""
    torch.manual_seed(SEED)
    shown = portraits(World(dose).people(pictures, np.random.default_rng(SEED)))
    model = blank()

    def loss_of(batch: Tensor) -> Tensor:
        x = shown[batch]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            spread = model.encode(x).latent_dist
            y = model.decode(spread.sample()).sample.float()
        edges = sum((F.l1_loss(y.diff(dim=d), x.diff(dim=d)) for d in (2, 3)), torch.zeros(()))
        loss: Tensor = F.l1_loss(y, x) + F.mse_loss(y, x) + 2 * edges + SPREAD * spread.kl().float().mean()
        return loss

    rounds = batches(pictures, BATCH, steps, SEED)
    learnt: Any = train("autoencoder", model, loss_of, rounds, steps, RATE, progress)
    with torch.no_grad():
        latents = torch.cat(
            [learnt.encode(shown[k : k + 256]).latent_dist.mean for k in range(0, min(2048, pictures), 256)]
        )
    learnt.register_to_config(scaling_factor=float(1 / latents.std()))
    learnt.half().save_pretrained(folder)
