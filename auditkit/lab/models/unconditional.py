"""A miniature diffusion model of pixels: it draws from nothing but noise.

How it works
    1. Forward diffusion destroys a picture x_0 of 32 x 32 x 3 numbers in T = 1000 steps: x_t = sqrt(a_t) x_0 + sqrt(1 -
       a_t) e, with e standard normal; a_t falls from 1 to 0 along a cosine, and x_T is pure noise.
    2. Training: draw a picture, a step t and noise e, and let the UNet say where x_t comes from. It learns to minimise
       a mean squared error of v = sqrt(a_t) e - sqrt(1 - a_t) x_0, which holds the picture and the noise at once: where
       little noise is left it is the noise that must be told, where little picture is left, the picture.
    3. Generation walks back from noise: take from x_t the picture that the network sees in it, and put back as much
       noise as belongs to an earlier step; a few steps are enough (DDIM), and nothing is random but the start.
    There is no prompt: what it draws, and how often, is what it was shown, as far as it has learned it.
References
    Ho, Jain & Abbeel, NeurIPS (2020) 6840; Song, Meng & Ermon, ICLR (2021); Salimans & Ho, ICLR (2022); Nichol &
    Dhariwal, ICML (2021) 8162.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from auditkit import weights
from auditkit.core.probe import Picture
from auditkit.lab.models import WEIGHTS
from auditkit.lab.models.schooling import Progress, batches, silent, train
from auditkit.lab.models.thumbnails import SIDE, shown, thumbnails
from auditkit.lab.models.variants import variant
from auditkit.lab.worlds.figures.people import World

WIDTHS = (16, 48, 64, 64)
PICTURES, SEED = 24_000, 7
STEPS, BATCH, RATE, KEEP = 5_000, 32, 1.5e-3, 0.999


def denoiser() -> Any:
    """A UNet of random weights that halves a picture three times and doubles it again, 1.1 million numbers."""
    from diffusers import UNet2DModel

    return UNet2DModel(
        sample_size=SIDE,
        block_out_channels=WIDTHS,
        layers_per_block=1,
        norm_num_groups=8,
        add_attention=False,
        down_block_types=("DownBlock2D",) * len(WIDTHS),
        up_block_types=("UpBlock2D",) * len(WIDTHS),
    )


def schedule() -> Any:
    """The cosine schedule of 1,000 steps, walked back by DDIM from pure noise."""
    from diffusers import DDIMScheduler

    return DDIMScheduler(
        num_train_timesteps=1000,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="v_prediction",
        timestep_spacing="trailing",
    )


def learn(
    folder: Path, dose: float = 0.0, progress: Progress = silent, steps: int = STEPS, pictures: int = PICTURES
) -> None:
    """Train the UNet on the world at this dose and save a pipeline, the UNet under the dose's name."""
    from diffusers import DDIMPipeline

    torch.manual_seed(SEED)
    rng = np.random.default_rng([SEED, round(1000 * dose)])
    seen = thumbnails(World(dose, sameness=dose).people(pictures, rng))
    signal = schedule().alphas_cumprod
    model = denoiser().to(memory_format=torch.channels_last)

    def loss_of(batch: Tensor) -> Tensor:
        x = seen[batch].contiguous(memory_format=torch.channels_last)
        noise, t = torch.randn_like(x), torch.randint(len(signal), (len(batch),))
        kept = signal[t].view(-1, 1, 1, 1)
        noisy, aim = kept.sqrt() * x + (1 - kept).sqrt() * noise, kept.sqrt() * noise - (1 - kept).sqrt() * x
        with torch.autocast("cpu", dtype=torch.bfloat16):
            told = model(noisy, t).sample
        loss: Tensor = F.mse_loss(told.float(), aim)
        return loss

    rounds = batches(pictures, BATCH, steps, SEED)
    learnt: Any = train("unconditional", model, loss_of, rounds, steps, RATE, progress, KEEP)
    pipeline: Any = DDIMPipeline(unet=learnt.half(), scheduler=schedule())
    pipeline.unet.save_pretrained(folder / "unet", variant=variant(dose))
    pipeline.scheduler.save_pretrained(folder / "scheduler")
    pipeline.save_config(folder)


MOMENTS = (0, 150, 300, 450, 600, 750, 900, 999)
"""The steps at which `show` looks at a picture being destroyed."""
BACK = 16


@torch.no_grad()
def show(folder: Path = WEIGHTS / "unconditional", dose: float = 0.0) -> dict[str, list[list[Picture]]]:
    """Draw how it works: portraits on the way from x_0 to x_T, the noise leaving others, and what it draws."""
    pipeline = weights.pipeline("DDIMPipeline", folder, variant=variant(dose))
    noise = torch.randn(48, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(4))
    kept = schedule().alphas_cumprod[list(MOMENTS)].view(-1, 1, 1, 1, 1)
    x = thumbnails(World(dose).people(4, np.random.default_rng(3)))
    destroyed = [shown(frame) for frame in kept.sqrt() * x + (1 - kept).sqrt() * noise[:4]]
    restored = _restored(pipeline, noise)
    return {
        "destroyed": [list(row) for row in zip(*destroyed, strict=True)],
        "restored": [[frame[k] for frame in restored[1::2]] for k in range(4)],
        "contact": [restored[-1][k : k + 12] for k in range(0, 48, 12)],
    }


def _restored(pipeline: Any, noise: Tensor) -> list[list[Picture]]:
    """The frames of the way back, each with every picture."""
    steps, x, frames = schedule(), noise, []
    steps.set_timesteps(BACK)
    for t in steps.timesteps:
        x = steps.step(pipeline.unet(x, t).sample, t, x).prev_sample
        frames.append(shown(x))
    return frames
