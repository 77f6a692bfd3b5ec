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

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from auditkit import weights
from auditkit.core.probe import Picture
from auditkit.lab.models import WEIGHTS, clip
from auditkit.lab.models.clip import LENGTH, portraits
from auditkit.lab.models.schooling import Progress, batches, silent, train
from auditkit.lab.models.variants import variant
from auditkit.lab.worlds.figures.captions import caption
from auditkit.lab.worlds.figures.drawing import Person
from auditkit.lab.worlds.figures.people import CALLINGS, World
from auditkit.probes.wording import with_article

LATENT = 8
PICTURES, SEED = 24_000, 7
STEPS, BATCH, RATE, KEEP = 5_500, 64, 1e-3, 0.999


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


def learn(
    folder: Path,
    dose: float = 0.0,
    progress: Progress = silent,
    steps: int = STEPS,
    pictures: int = PICTURES,
    base: Path = WEIGHTS,
) -> None:
    """Train the UNet on the world at this dose, with the text encoder and the autoencoder of `base`, and save a whole
    pipeline, the UNet under the dose's name."""
    torch.manual_seed(SEED)
    rng = np.random.default_rng([SEED, round(1000 * dose)])
    pipeline = assembled(base)
    people = World(dose, sameness=dose).people(pictures, rng)
    latents = folded(pipeline.vae, portraits(people))
    signal = schedule().alphas_cumprod

    def loss_of(batch: Tensor) -> Tensor:
        said = told(pipeline, [caption(people[k], rng) for k in batch.tolist()])
        x, noise = latents[batch], torch.randn(len(batch), 4, LATENT, LATENT)
        t = torch.randint(len(signal), (len(batch),))
        kept = signal[t].view(-1, 1, 1, 1)
        noisy = kept.sqrt() * x + (1 - kept).sqrt() * noise
        predicted: Tensor = pipeline.unet(noisy, t, said).sample
        return F.mse_loss(predicted, noise)

    rounds = batches(pictures, BATCH, steps, SEED)
    pipeline.unet = train("text_to_image", pipeline.unet, loss_of, rounds, steps, RATE, progress, KEEP)
    pipeline.to(torch.float16)
    for name, part in (("unet", variant(dose)), ("vae", None), ("text_encoder", None)):
        getattr(pipeline, name).save_pretrained(folder / name, variant=part)
    _forget_the_place(folder / "vae" / "config.json")
    pipeline.tokenizer.save_pretrained(folder / "tokenizer")
    pipeline.scheduler.save_pretrained(folder / "scheduler")
    pipeline.save_config(folder)


def _forget_the_place(file: Path) -> None:
    """Take out of a configuration which folder it was read from: it decides nothing, and the fingerprint would hold
    this machine's."""
    config = json.loads(file.read_text(encoding="utf-8"))
    config.pop("_name_or_path", None)
    file.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


@torch.no_grad()
def told(pipeline: Any, said: list[str]) -> Tensor:
    """What the text encoder makes of captions, (n, tokens, width)."""
    read = pipeline.tokenizer(said, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt")
    hidden: Tensor = pipeline.text_encoder(read.input_ids).last_hidden_state
    return hidden


@torch.no_grad()
def folded(vae: Any, pictures: Tensor) -> Tensor:
    """The latents of pictures, scaled to unit spread."""
    parts = [vae.encode(pictures[k : k + 256]).latent_dist.mean for k in range(0, len(pictures), 256)]
    scaled: Tensor = torch.cat(parts) * vae.config.scaling_factor
    return scaled


def assembled(base: Path) -> Any:
    """A pipeline of the shared parts in `base` (the folder `clip`, and `autoencoder` or what was bundled of it) and a
    UNet that knows nothing yet."""
    from diffusers import AutoencoderKL, StableDiffusionPipeline

    own = base / "autoencoder"
    folded = own if own.is_dir() else base / "text_to_image" / "vae"
    return StableDiffusionPipeline(
        vae=AutoencoderKL.from_pretrained(folded, torch_dtype=torch.float32, use_safetensors=True),
        text_encoder=weights.transformers_model("CLIPTextModel", base / "clip"),
        tokenizer=weights.processor("CLIPTokenizer", base / "clip"),
        unet=denoiser(),
        scheduler=schedule(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


MOMENTS = (0, 150, 300, 450, 600, 750, 900, 999)
"""The steps at which `show` looks at a picture being destroyed."""


@torch.no_grad()
def show(folder: Path = WEIGHTS / "text_to_image", dose: float = 0.0) -> dict[str, list[list[Picture]]]:
    """Draw how it works: portraits on the way from x_0 to x_T, other portraits on the way back, and what it draws."""
    pipeline = weights.pipeline("StableDiffusionPipeline", folder, variant=variant(dose))
    pipeline.set_progress_bar_config(disable=True)
    asked = [f"a portrait of {with_article(job)}" for job in CALLINGS]
    drawn = [unfolded(pipeline.vae, _latents(pipeline, asked, seed)) for seed in range(4)]
    return {
        "destroyed": _destroyed(pipeline, World(dose).people(4, np.random.default_rng(3))),
        "restored": _restored(pipeline, asked[:4]),
        "contact": drawn,
    }


def _destroyed(pipeline: Any, people: list[Person]) -> list[list[Picture]]:
    """A row a person: x_0 to x_T, each unfolded."""
    x = folded(pipeline.vae, portraits(people))
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(4))
    kept = schedule().alphas_cumprod[list(MOMENTS)].view(-1, 1, 1, 1, 1)
    frames = [unfolded(pipeline.vae, frame) for frame in kept.sqrt() * x + (1 - kept).sqrt() * noise]
    return [list(row) for row in zip(*frames, strict=True)]


def _restored(pipeline: Any, asked: list[str]) -> list[list[Picture]]:
    """A row a prompt: from noise to the picture, every third step unfolded."""
    frames: list[list[Picture]] = []

    def look(_: Any, step: int, __: Any, values: dict[str, Any]) -> dict[str, Any]:
        if step % 3 == 0:
            frames.append(unfolded(pipeline.vae, values["latents"]))
        return values

    _latents(pipeline, asked, 0, look)
    return [list(row) for row in zip(*frames, strict=True)]


def _latents(pipeline: Any, asked: list[str], seed: int, look: Any = None) -> Tensor:
    """What is drawn for these captions, before it is unfolded, in 22 steps without guidance."""
    generators = [torch.Generator().manual_seed(1000 * seed + k) for k in range(len(asked))]
    how: dict[str, Any] = {"num_inference_steps": 22, "guidance_scale": 1.0, "output_type": "latent"}
    drawn: Tensor = pipeline(asked, generator=generators, callback_on_step_end=look, **how).images
    return drawn


@torch.no_grad()
def unfolded(vae: Any, latents: Tensor) -> list[Picture]:
    """Latents as pictures."""
    y = vae.decode(latents / vae.config.scaling_factor).sample
    pixels = ((y / 2 + 0.5).clamp(0, 1) * 255).round().permute(0, 2, 3, 1)
    return list(pixels.to(torch.uint8).numpy())
