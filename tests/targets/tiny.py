"""Diffusers pipelines of random weights, small enough to be made and asked in a second; saved once a process."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from auditkit.core.probe import Picture, Prompt

SIDE = 32
STABLE = ("StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline", "StableDiffusionInpaintPipeline")
OTHERS = ("StableDiffusionXLPipeline", "FluxPipeline", "StableDiffusion3Pipeline")
JOBS = ("nurse", "pilot", "cook", "chef", "judge", "guard", "poet", "clerk")
_held = tempfile.TemporaryDirectory()
PLACE = Path(_held.name)


def prompts(n: int = 8, way: str = "words") -> list[Prompt]:
    image = picture() if way != "words" else None
    return [Prompt(f"a {job}", image=image, mask=half() if way == "mask" else None) for job in JOBS[:n]]


def picture(side: int = SIDE, seed: int = 0) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


def half(side: int = SIDE) -> Any:
    mask = np.zeros((side, side), np.uint8)
    mask[: side // 2] = 255
    return mask


@cache
def saved(name: str, seed: int = 0, channels: int = 4, dtype: Any = torch.float16) -> Path:
    """The folder of a tiny pipeline of this class."""
    where = PLACE / f"{name}-{seed}-{channels}-{str(dtype)[6:]}"
    pipe = made(name, seed, channels)
    logging.disable(logging.WARNING)
    pipe.to(dtype).save_pretrained(where)
    logging.disable(logging.NOTSET)
    return where


def made(name: str, seed: int = 0, channels: int = 4, **more: Any) -> Any:
    """A tiny pipeline of this class; of `channels` the UNet of a Stable Diffusion reads."""
    import diffusers

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return getattr(diffusers, name)(
            **(OWN[name]() if name in OWN else stable(channels)), **({} if name in OWN else UNSAFE | more)
        )


UNSAFE: Mapping[str, Any] = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}


@cache
def letters() -> Any:
    """A tokenizer of single letters that reads sixteen tokens."""
    from transformers import CLIPTokenizer

    where = PLACE / "letters"
    where.mkdir()
    signs = [chr(code) for code in range(33, 127)]
    words = [*signs, *(f"{sign}</w>" for sign in signs), "<|startoftext|>", "<|endoftext|>"]
    (where / "vocab.json").write_text(json.dumps({word: at for at, word in enumerate(words)}))
    (where / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer.from_pretrained(where, model_max_length=16)


def reader(projecting: bool = False, layers: int = 1) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    own = letters()
    ends = {"bos_token_id": own.bos_token_id, "eos_token_id": own.eos_token_id, "pad_token_id": own.eos_token_id}
    size = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": layers, "num_attention_heads": 2}
    config = CLIPTextConfig(vocab_size=len(own), max_position_embeddings=16, projection_dim=16, **size, **ends)
    return (CLIPTextModelWithProjection if projecting else CLIPTextModel)(config)


def folding(channels: int = 4, **more: Any) -> Any:
    from diffusers import AutoencoderKL

    blocks = {"block_out_channels": (8,) * 4, "norm_num_groups": 4, "sample_size": SIDE, "latent_channels": channels}
    down, up = ("DownEncoderBlock2D",) * 4, ("UpDecoderBlock2D",) * 4
    return AutoencoderKL(down_block_types=down, up_block_types=up, **blocks, **more)


def denoising(channels: int = 4, **more: Any) -> Any:
    from diffusers import UNet2DConditionModel

    blocks = {"block_out_channels": (8, 16), "norm_num_groups": 4, "layers_per_block": 1, "sample_size": SIDE // 8}
    down, up = ("DownBlock2D", "CrossAttnDownBlock2D"), ("CrossAttnUpBlock2D", "UpBlock2D")
    told = {"cross_attention_dim": 16, "attention_head_dim": 4, "in_channels": channels, "out_channels": 4} | more
    return UNet2DConditionModel(down_block_types=down, up_block_types=up, **blocks, **told)


def stable(channels: int = 4) -> dict[str, Any]:
    from diffusers import DDIMScheduler

    steps = DDIMScheduler(1000, beta_schedule="squaredcos_cap_v2", clip_sample=False, steps_offset=1)
    models = {"vae": folding(), "text_encoder": reader(), "unet": denoising(channels)}
    return {**models, "tokenizer": letters(), "scheduler": steps}


def large() -> dict[str, Any]:
    from diffusers import EulerDiscreteScheduler

    added = {"addition_embed_type": "text_time", "addition_time_embed_dim": 8, "use_linear_projection": True}
    width = {"projection_class_embeddings_input_dim": 6 * 8 + 16, "cross_attention_dim": 32}
    readers = {"text_encoder": reader(layers=2), "text_encoder_2": reader(projecting=True, layers=2)}
    steps = EulerDiscreteScheduler(beta_schedule="scaled_linear", steps_offset=1, timestep_spacing="leading")
    tokenizers = {"tokenizer": letters(), "tokenizer_2": letters()}
    return {"vae": folding(), **readers, **tokenizers, "unet": denoising(**added, **width), "scheduler": steps}


def long_reader(width: int = 16) -> tuple[Any, Any]:
    """A T5 encoder and a tokenizer of letters."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, T5Config, T5EncoderModel

    vocabulary = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {chr(97 + at): at + 3 for at in range(26)}
    kind = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    kind.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    signs = {"unk_token": "<unk>", "pad_token": "<pad>", "eos_token": "</s>"}
    size = {"d_model": width, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2}
    own = PreTrainedTokenizerFast(tokenizer_object=kind, model_max_length=16, **signs)
    return T5EncoderModel(T5Config(vocab_size=64, **size)), own


def flux() -> dict[str, Any]:
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxTransformer2DModel

    size = {"num_layers": 1, "num_single_layers": 1, "attention_head_dim": 16, "num_attention_heads": 2}
    width = {"joint_attention_dim": 16, "pooled_projection_dim": 16, "axes_dims_rope": [4, 4, 8], "in_channels": 16}
    encoder, own = long_reader()
    vae = folding(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.06)
    readers = {"text_encoder": reader(), "tokenizer": letters(), "text_encoder_2": encoder, "tokenizer_2": own}
    transformer = FluxTransformer2DModel(patch_size=1, **size, **width)
    return {"scheduler": FlowMatchEulerDiscreteScheduler(), "vae": vae, **readers, "transformer": transformer}


def third() -> dict[str, Any]:
    from diffusers import FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel

    size = {"num_layers": 1, "attention_head_dim": 8, "num_attention_heads": 4, "caption_projection_dim": 32}
    width = {"joint_attention_dim": 32, "pooled_projection_dim": 32, "in_channels": 16, "out_channels": 16}
    encoder, own = long_reader(32)
    vae = folding(16, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.06)
    readers = {f"text_encoder{end}": reader(projecting=True, layers=2) for end in ("", "_2")}
    tokenizers = {"tokenizer": letters(), "tokenizer_2": letters(), "tokenizer_3": own}
    transformer = SD3Transformer2DModel(sample_size=4, patch_size=1, **size, **width)
    steps = FlowMatchEulerDiscreteScheduler()
    return {
        "scheduler": steps,
        "vae": vae,
        **readers,
        **tokenizers,
        "text_encoder_3": encoder,
        "transformer": transformer,
    }


def wordless() -> dict[str, Any]:
    from diffusers import DDIMScheduler, UNet2DModel

    blocks = {"block_out_channels": (8, 16), "norm_num_groups": 4, "layers_per_block": 1, "sample_size": SIDE}
    down, up = ("DownBlock2D",) * 2, ("UpBlock2D",) * 2
    return {"unet": UNet2DModel(down_block_types=down, up_block_types=up, **blocks), "scheduler": DDIMScheduler()}


def plain_unet(inner: int, outer: int) -> Any:
    from diffusers import UNet2DModel

    blocks = {"block_out_channels": (8, 16), "norm_num_groups": 4, "layers_per_block": 1, "sample_size": SIDE // 8}
    down, up = ("DownBlock2D",) * 2, ("UpBlock2D",) * 2
    return UNet2DModel(down_block_types=down, up_block_types=up, in_channels=inner, out_channels=outer, **blocks)


def codes() -> Any:
    from diffusers import VQModel

    ways = {"down_block_types": ("DownEncoderBlock2D",) * 3, "up_block_types": ("UpDecoderBlock2D",) * 3}
    return VQModel(**ways, block_out_channels=(8,) * 3, norm_num_groups=4, latent_channels=3, num_vq_embeddings=256)


def folded() -> dict[str, Any]:
    """An unconditional model of latents."""
    from diffusers import DDIMScheduler

    return {
        "vqvae": folding(3, scaling_factor=1.0),
        "unet": plain_unet(3, 3),
        "scheduler": DDIMScheduler(clip_sample=False),
    }


def enlarging(vqvae: Any = None) -> dict[str, Any]:
    """A small picture laid beside its latents, which are three wide and decoded eight, or four, times larger."""
    from diffusers import DDIMScheduler

    steps = DDIMScheduler(clip_sample=False)
    return {"vqvae": vqvae or folding(3, scaling_factor=1.0), "unet": plain_unet(6, 3), "scheduler": steps}


def upscaling() -> dict[str, Any]:
    from diffusers import DDPMScheduler

    unet = denoising(7, num_class_embeds=350)
    vae = folding(scaling_factor=0.08333)
    return {**stable(), "vae": vae, "unet": unet, "low_res_scheduler": DDPMScheduler(), "max_noise_level": 350}


OWN: Mapping[str, Any] = {
    "LDMPipeline": folded,
    "LDMSuperResolutionPipeline": enlarging,
    "StableDiffusionUpscalePipeline": upscaling,
    "StableDiffusionXLPipeline": lambda: large() | {"add_watermarker": False},
    "FluxPipeline": flux,
    "StableDiffusion3Pipeline": third,
    "DDIMPipeline": wordless,
    "DDPMPipeline": wordless,
}


@cache
def text_model() -> Path:
    """The folder of a tiny CLIP text model with its tokenizer."""
    where = PLACE / "reader"
    reader().save_pretrained(where)
    letters().save_pretrained(where)
    return where
