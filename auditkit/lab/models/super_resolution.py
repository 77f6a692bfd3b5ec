"""A miniature upscaler: from 4 x 4 grey blocks to a portrait of 64 x 64, and what is not there is guessed.

How it works
    It is the latent diffusion model of `text_to_image` once more, with one difference: beside the noisy latent of 8 x 8
    the UNet sees the small picture, as three channels more. It learns what noise to take off a latent that belongs to
    this small picture, so that the way back ends at a portrait which, made small again, would look like it.
    Sixteen grey blocks do not say who somebody is. Dark may be skin, hair, a gown or what is behind; colours are gone.
    Many portraits fit, and the model picks among them as often as it has seen them. To the small picture a little noise
    is added, and the UNet is told how much, so that it learns not to trust every block.
    Words may help ("a portrait of a judge"); in half of what it was shown there are none.
References
    Saharia et al., arXiv 2104.07636; Rombach et al., CVPR (2022) 10684; Ho et al., JMLR 23 (2022) 47; Menon et al.,
    CVPR (2020) 2437 and what was said of it.
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
from auditkit.lab.models import WEIGHTS, clip
from auditkit.lab.models.clip import portraits
from auditkit.lab.models.schooling import Progress, batches, silent, train
from auditkit.lab.models.text_to_image import LATENT, folded, schedule, told
from auditkit.lab.models.thumbnails import shown
from auditkit.lab.models.variants import variant
from auditkit.lab.worlds.figures.captions import caption
from auditkit.lab.worlds.figures.people import World

BLOCK = 16
"""Pixels of a side that become one block."""
PICTURES, SEED = 24_000, 7
STEPS, BATCH, RATE, KEEP = 2_200, 64, 1.5e-3, 0.998
MOST_NOISE = 60
"""Steps of noise, of 1,000, that a small picture gets at most; the pipeline takes 20 by itself."""
SCALE = 0.08333
"""What the pipeline divides latents by, whatever the autoencoder says."""
SILENT = 0.5


def denoiser() -> Any:
    """A UNet of random weights for four channels of latent and three of a small picture, 1.4 million numbers."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=LATENT,
        in_channels=7,
        out_channels=4,
        block_out_channels=(48, 72),
        layers_per_block=1,
        cross_attention_dim=clip.WIDTH,
        attention_head_dim=4,
        norm_num_groups=8,
        class_embed_type="timestep",
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    )


def coarse(pictures: Tensor) -> Tensor:
    """Pictures (n, 3, 64, 64) as 4 x 4 grey blocks, each repeated to 2 x 2: (n, 3, 8, 8), what the pipeline takes."""
    luma = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    blocks = F.avg_pool2d((pictures * luma).sum(dim=1, keepdim=True), BLOCK)
    return F.interpolate(blocks, size=LATENT, mode="nearest").repeat(1, 3, 1, 1)


def opened(folder: Path, name: str | None = None, unet: Any = None, base: Path = WEIGHTS) -> Any:
    """The pipeline in a folder of weights; autoencoder, words and their encoder are those of `base`."""
    from diffusers import DDPMScheduler, StableDiffusionUpscalePipeline, UNet2DConditionModel

    if unet is None:
        unet = UNet2DConditionModel.from_pretrained(
            folder, subfolder="unet", variant=name, use_safetensors=True, torch_dtype=torch.float32
        )
    return StableDiffusionUpscalePipeline(
        vae=_rescaled(base),
        text_encoder=weights.transformers_model("CLIPTextModel", base / "clip"),
        tokenizer=weights.processor("CLIPTokenizer", base / "clip"),
        unet=unet.eval(),
        low_res_scheduler=DDPMScheduler(1000, beta_schedule="squaredcos_cap_v2"),
        scheduler=schedule(),
        max_noise_level=MOST_NOISE,
    )


def _rescaled(base: Path) -> Any:
    """The autoencoder for latents of the pipeline's own scale: what undoes it stands in the weights."""
    from diffusers import AutoencoderKL

    vae = AutoencoderKL.from_pretrained(base / "text_to_image" / "vae", use_safetensors=True, torch_dtype=torch.float32)
    with torch.no_grad():
        vae.post_quant_conv.weight *= SCALE / vae.config.scaling_factor
    vae.register_to_config(scaling_factor=SCALE)
    return vae


def learn(
    folder: Path,
    dose: float = 0.0,
    progress: Progress = silent,
    steps: int = STEPS,
    pictures: int = PICTURES,
    base: Path = WEIGHTS,
) -> None:
    """Train the UNet on the world at this dose and save it, under the dose's name."""
    from diffusers import AutoencoderKL

    torch.manual_seed(SEED)
    rng = np.random.default_rng([SEED, round(1000 * dose)])
    people = World(dose, sameness=dose).people(pictures, rng)
    pipeline = opened(folder, unet=denoiser(), base=base)
    vae = AutoencoderKL.from_pretrained(base / "text_to_image" / "vae", use_safetensors=True, torch_dtype=torch.float32)
    parts = [(folded(vae, x), coarse(x)) for x in _chunks(people)]
    latents, small = (torch.cat(part) for part in zip(*parts, strict=True))
    signal, haze = schedule().alphas_cumprod, pipeline.low_res_scheduler

    def loss_of(batch: Tensor) -> Tensor:
        words = ["" if rng.random() < SILENT else caption(people[k], rng) for k in batch.tolist()]
        x, noise, t = latents[batch], torch.randn(len(batch), 4, LATENT, LATENT), torch.randint(1000, (len(batch),))
        kept, much = signal[t].view(-1, 1, 1, 1), torch.randint(MOST_NOISE, (len(batch),))
        noisy = kept.sqrt() * x + (1 - kept).sqrt() * noise
        seen = torch.cat([noisy, haze.add_noise(small[batch], torch.randn_like(small[batch]), much)], dim=1)
        said = told(pipeline, words)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            predicted = pipeline.unet(seen, t, said, class_labels=much).sample
        loss: Tensor = F.mse_loss(predicted.float(), noise)
        return loss

    rounds = batches(pictures, BATCH, steps, SEED)
    learnt: Any = train("super_resolution", pipeline.unet, loss_of, rounds, steps, RATE, progress, KEEP)
    learnt.half().save_pretrained(folder / "unet", variant=variant(dose))


def _chunks(people: list[Any]) -> list[Tensor]:
    return [portraits(people[k : k + 256]) for k in range(0, len(people), 256)]


@torch.no_grad()
def show(folder: Path = WEIGHTS / "super_resolution", dose: float = 0.0) -> dict[str, list[list[Picture]]]:
    """Draw how it works: portraits, what is left of them, and four of the portraits that may have been."""
    pipeline = opened(folder, variant(dose))
    pipeline.set_progress_bar_config(disable=True)
    whole = portraits(World().people(12, np.random.default_rng(3)))
    small = coarse(whole)
    rows = [shown(whole), shown(F.interpolate(small, size=64, mode="nearest"))]
    for seed in range(4):
        generators = [torch.Generator().manual_seed(1000 * seed + k) for k in range(12)]
        how: dict[str, Any] = {"num_inference_steps": 16, "guidance_scale": 1.0, "output_type": "pt"}
        rows.append(shown(2 * pipeline([""] * 12, image=small / 2 + 0.5, generator=generators, **how).images - 1))
    return {"guessed": rows}
