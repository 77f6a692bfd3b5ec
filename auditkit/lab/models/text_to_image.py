"""A miniature Stable Diffusion: a picture is destroyed step by step, and a network learns the way back.

How it works
    1. An autoencoder folds a portrait of 64 x 64 x 3 numbers into a latent of 8 x 8 x 4 and unfolds it again.
    2. Forward diffusion destroys a latent x_0 in T = 1000 steps: x_t = sqrt(a_t) x_0 + sqrt(1 - a_t) e, with e standard
       normal. The cosine schedule takes a_t from 1 to 0, so that x_T is pure noise.
    3. Training: draw a latent, a step t and noise e, and let the UNet predict e from x_t, t and the caption. It learns
       to minimise the mean squared difference between the predicted noise and the actual one. In one of eight cases the
       caption is empty, so that it also learns to draw without being told.
    4. Generation walks back: start from noise, take off what the network predicts, a few steps are enough (DDIM).
       Guidance w pushes from what it would draw unasked toward what is asked: e = e_empty + w (e_caption - e_empty).
    Image-to-image starts the way back from a picture with noise on it; inpainting holds all but a mask to the picture.
    Doses differ in the UNet alone: autoencoder and text encoder come from the fair world.
References
    Ho, Jain & Abbeel, NeurIPS (2020) 6840; Song, Meng & Ermon, ICLR (2021); Rombach et al., CVPR (2022) 10684; Ho &
    Salimans, arXiv 2207.12598; Nichol & Dhariwal, ICML (2021) 8162; Hang et al., ICCV (2023) 7441.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from auditkit.lab.models import clip
from auditkit.lab.models.clip import LENGTH, portraits
from auditkit.lab.models.schooling import Progress, batches, silent, train
from auditkit.lab.worlds.figures.captions import caption
from auditkit.lab.worlds.figures.drawing import SIZE
from auditkit.lab.worlds.figures.people import World

LATENT = 8
PICTURES, SEED = 24_000, 7
FOLDING = {"steps": 2_800, "batch": 16, "rate": 2e-3}
DENOISING = {"steps": 5_000, "batch": 128, "rate": 1.2e-3}
SPREAD = 1e-6
"""The weight of the autoencoder's Kullback-Leibler term: latents stay bounded and hardly blur."""


def autoencoder() -> Any:
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


def denoiser() -> Any:
    """A UNet of random weights that reads captions where pictures are smallest, 2.5 million numbers."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=LATENT,
        in_channels=4,
        out_channels=4,
        block_out_channels=(64, 96),
        layers_per_block=1,
        cross_attention_dim=clip.WIDTH,
        attention_head_dim=4,
        norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    )


def schedule() -> Any:
    """The cosine schedule of 1,000 steps, walked back by DDIM."""
    from diffusers import DDIMScheduler

    return DDIMScheduler(
        num_train_timesteps=1000,
        beta_schedule="squaredcos_cap_v2",
        clip_sample=False,
        steps_offset=1,
        set_alpha_to_one=False,
    )


def learn_folding(folder: Path, progress: Progress = silent, steps: int = FOLDING["steps"]) -> None:
    """Train the autoencoder on the fair world; edges count as much as areas, so that small dark details stay."""
    torch.manual_seed(SEED)
    pictures = portraits(World().people(PICTURES, np.random.default_rng(SEED)))
    model = autoencoder()

    def loss_of(batch: Tensor) -> Tensor:
        x = pictures[batch]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            spread = model.encode(x).latent_dist
            y = model.decode(spread.sample()).sample.float()
        edges = sum((F.l1_loss(y.diff(dim=d), x.diff(dim=d)) for d in (2, 3)), torch.zeros(()))
        return F.l1_loss(y, x) + F.mse_loss(y, x) + 2 * edges + SPREAD * spread.kl().float().mean()

    rounds = batches(PICTURES, int(FOLDING["batch"]), int(steps), SEED)
    learnt: Any = train("autoencoder", model, loss_of, rounds, int(steps), FOLDING["rate"], progress)
    with torch.no_grad():
        latents = torch.cat([learnt.encode(pictures[k : k + 256]).latent_dist.mean for k in range(0, 2048, 256)])
    learnt.register_to_config(scaling_factor=float(1 / latents.std()))
    learnt.half().save_pretrained(folder)
