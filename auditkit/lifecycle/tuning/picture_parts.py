"""What of a diffusers pipeline learns, and what stands around it: read from its parts, and refused where it is unlike.

Taught is a UNet that takes noise off a picture, or off its latents, as the words say or unasked; the autoencoder, the
text encoder and the scheduler stay as they are. A pipeline with two text encoders, a UNet that wants a mask, a class or
a control picture, and a scheduler without a noise level at every step (flow matching) are refused.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.targets import Diffusion

if TYPE_CHECKING:
    from torch import Tensor

AIMS = ("epsilon", "v_prediction", "sample")
"""What a UNet may be trained to tell: the noise, the velocity between both, or the picture."""
BESIDE = ("text_encoder_2", "controlnet", "image_encoder", "prior", "transformer", "vqvae", "movq")
"""Parts that would have a say in what is drawn, and that nothing here asks."""
ASKING = ("class_embed_type", "num_class_embeds", "addition_embed_type", "time_cond_proj_dim", "encoder_hid_dim_type")
"""Settings of a UNet that asks for more than a noisy picture, a step and words."""


@dataclass
class Parts:
    """A pipeline opened for this alone: what is changed in it changes no target."""

    pipe: Any
    title: str
    size: tuple[int, int]

    @property
    def unet(self) -> Any:
        """What learns."""
        return self.pipe.unet

    @property
    def worded(self) -> bool:
        """Whether it draws what words ask for."""
        return getattr(self.pipe, "text_encoder", None) is not None

    @property
    def folded(self) -> bool:
        """Whether it works on latents."""
        return getattr(self.pipe, "vae", None) is not None

    @property
    def aim(self) -> str:
        """What its UNet tells."""
        return str(self.pipe.scheduler.config.prediction_type)

    @property
    def signal(self) -> Tensor:
        """How much of the picture is left after each step, a_t, (T,)."""
        left: Tensor = self.pipe.scheduler.alphas_cumprod.float().cpu()
        return left

    def said(self, texts: Sequence[str]) -> Tensor | None:
        """What its text encoder makes of words, (n, tokens, width); `None` where it draws unasked."""
        if not self.worded:
            return None
        with weights.quiet("diffusers"):
            told: Tensor = self.pipe.encode_prompt(list(texts), self.unet.device, 1, False)[0]
        return told

    def overlong(self, texts: Sequence[str]) -> dict[str, int]:
        """Texts that are longer than what is read of them, and by how many tokens."""
        if not self.worded:
            return {}
        reader, distinct = self.pipe.tokenizer, list(dict.fromkeys(texts))
        with weights.quiet("diffusers"):
            counted = [len(ids) - int(reader.model_max_length) for ids in reader(distinct).input_ids]
        return {text: over for text, over in zip(distinct, counted, strict=True) if over > 0}

    def latents(self, pictures: Tensor) -> Tensor:
        """Pictures as it works on them, (n, channels, height, width): themselves, or the middle of their latents."""
        if not self.folded:
            return pictures
        vae = self.pipe.vae
        found: Tensor = vae.encode(pictures.to(vae.device, vae.dtype)).latent_dist.mode()
        shift = getattr(vae.config, "shift_factor", None) or 0.0
        scaled: Tensor = ((found - shift) * vae.config.scaling_factor).float().cpu()
        return scaled


def parts_of(target: Diffusion) -> Parts:
    """The parts of a target's pipeline, opened anew in float32; raises `InputError` for one that cannot be taught."""
    own = {"dtype": "float32"} if target.portable else {"model": copy.deepcopy(target.model)}
    pipe = replace(target, **own).whole
    if not target.portable:
        pipe.to("cpu" if pipe.device.type == "cpu" else pipe.device, dtype=_single())
    _known(pipe, target.title)
    return Parts(pipe, target.title, _size(pipe, target))


def _single() -> Any:
    import torch

    return torch.float32


def _known(pipe: Any, title: str) -> None:
    """Refuse what is not drawn by one UNet from noise, words or nothing."""
    unet, said = getattr(pipe, "unet", None), type(pipe).__name__
    beside = [name for name in BESIDE if getattr(pipe, name, None) is not None]
    if unet is None or beside:
        why = f"has a {beside[0]}" if beside else "has no unet"
        raise InputError(
            f"{title} ({said}) {why}, and tune teaches pipelines of one unet, with one text encoder or none, such as "
            "StableDiffusionPipeline and DDIMPipeline. Tune it with the library's own script, and audit what comes out."
        )
    asked = [name for name in ASKING if unet.config.get(name) is not None]
    vae = getattr(pipe, "vae", None)
    channels = unet.config.in_channels if vae is None else vae.config.latent_channels
    if asked or not unet.config.in_channels == unet.config.out_channels == channels:
        what = f"asks for more than a picture and words ({asked[0]})" if asked else _channels(unet, channels)
        raise InputError(f"The unet of {title} ({said}) {what}, which nothing here can tell it. It cannot be tuned.")
    _scheduled(pipe.scheduler, title)


def _channels(unet: Any, channels: int) -> str:
    into, out = unet.config.in_channels, unet.config.out_channels
    return f"takes {into} channels and gives {out}, where a picture has {channels}: a mask, or a variance of its own"


def _scheduled(scheduler: Any, title: str) -> None:
    name, aim = type(scheduler).__name__, scheduler.config.get("prediction_type")
    if getattr(scheduler, "alphas_cumprod", None) is None or aim not in AIMS:
        raise InputError(
            f"The {name} of {title} has no noise level at every step (alphas_cumprod) or does not say what is "
            f"predicted: {aim!r}, where it is one of {', '.join(AIMS)}. Give the pipeline a DDIMScheduler."
        )


def _size(pipe: Any, target: Diffusion) -> tuple[int, int]:
    """Height and width of the pictures that it draws: the target's own, else what its unet was made for."""
    side = pipe.unet.config.sample_size or 0
    height, width = (side, side) if isinstance(side, int) else side
    vae = getattr(pipe, "vae", None)
    scale = 1 if vae is None else 2 ** (len(vae.config.block_out_channels) - 1)
    found = target.height or height * scale, target.width or width * scale
    if not all(found):
        raise InputError(f"{target.title} does not say how large its pictures are. Give the target height and width.")
    return found
