"""Classes of one's own, of random weights and a few numbers each, and the functions that open them from a folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from auditkit.weights import Own
from tests.targets import tiny

LABELS = ("cook", "judge", "traffic judge")
LEVELS = 8


class Coder(nn.Module):
    """An autoencoder of 8 x 8 pictures that answers with a mean and the log of a variance."""

    latent_shape = (2, 4, 4)

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.outer = nn.Conv2d(3, 4, 2, stride=2), nn.ConvTranspose2d(2, 3, 2, stride=2)

    def encode(self, x: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.inner(x).chunk(2, dim=1))

    def decode(self, z: Tensor) -> Tensor:
        return self.outer(z).tanh()


class Generator(nn.Module):
    """Six numbers and a class to a picture of 8 x 8; in training it would drop half of what it knows."""

    latent_shape, labels = (6,), LABELS

    def __init__(self) -> None:
        super().__init__()
        self.named, self.laid_out, self.forgetful = nn.Embedding(3, 6), nn.Linear(6, 192), nn.Dropout(0.5)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        return self.forgetful(self.laid_out(z + 3 * self.named(labels))).reshape(-1, 3, 8, 8).tanh()


class Mosaic(nn.Module):
    """A picture of 2 x 2 tiles of eight greys: tokens 0 to 7, after the token of a class, 8 to 10; 11 is the start."""

    start, length, labels = 11, 5, LABELS

    def __init__(self) -> None:
        super().__init__()
        from transformers import GPT2Config, GPT2LMHeadModel

        size = {"n_embd": 8, "n_layer": 2, "n_head": 2, "n_positions": 8, "vocab_size": 12, "initializer_range": 0.5}
        self.transformer = GPT2LMHeadModel(GPT2Config(**size, bos_token_id=11, eos_token_id=11, use_cache=True))

    def allowed(self, position: int) -> range:
        return range(LEVELS) if position else range(LEVELS, 11)

    def pictures(self, tokens: Tensor) -> Tensor:
        tiles = tokens[:, 1:].reshape(-1, 1, 2, 2).float() * 2 / (LEVELS - 1) - 1
        return tiles.repeat_interleave(4, dim=2).repeat_interleave(4, dim=3)


KINDS: dict[str, Any] = {"coder": Coder, "generator": Generator, "mosaic": Mosaic}


def made(name: str, seed: int = 0) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return KINDS[name]().eval()


@cache
def saved(name: str, seed: int = 0) -> Path:
    """Its folder; the weights lie in a folder within, to be found there."""
    where = tiny.PLACE / f"{name}-{seed}"
    (where / "inner").mkdir(parents=True, exist_ok=True)
    state = {key: value.contiguous().clone() for key, value in made(name, seed).state_dict().items()}
    save_file(state, where / "inner" / "model.safetensors")
    return where


def _opened(name: str, folder: Path, variant: str | None) -> Any:
    model = KINDS[name]()
    model.load_state_dict(load_file(folder / "inner" / ("model" + (f".{variant}" if variant else "") + ".safetensors")))
    return model


def coder(folder: Path, variant: str | None) -> Any:
    return _opened("coder", folder, variant)


def generator(folder: Path, variant: str | None) -> Any:
    return _opened("generator", folder, variant)


def mosaic(folder: Path, variant: str | None) -> Any:
    return _opened("mosaic", folder, variant)


def own(name: str, seed: int = 0, variant: str | None = None) -> Own:
    return Own(saved(name, seed), {"coder": coder, "generator": generator, "mosaic": mosaic}[name], variant)


@cache
def autoencoder(seed: int = 0, kind: str = "AutoencoderKL") -> Path:
    """The folder of a tiny autoencoder of diffusers, 8 x 8."""
    import diffusers

    where = tiny.PLACE / f"{kind}-{seed}"
    blocks: dict[str, Any] = {
        "block_out_channels": (8, 8),
        "norm_num_groups": 4,
        "sample_size": 8,
        "latent_channels": 2,
    }
    ways = {"down_block_types": ("DownEncoderBlock2D",) * 2, "up_block_types": ("UpDecoderBlock2D",) * 2}
    more = {"num_vq_embeddings": 16} if kind == "VQModel" else {}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        getattr(diffusers, kind)(**blocks, **ways, **more, scaling_factor=0.5).save_pretrained(where)
    return where


@cache
def imagegpt(seed: int = 0) -> Path:
    """The folder of a tiny ImageGPT, 4 x 4 pixels of sixteen colours."""
    from transformers import ImageGPTConfig, ImageGPTForCausalImageModeling

    where = tiny.PLACE / f"imagegpt-{seed}"
    size = {"n_embd": 8, "n_layer": 2, "n_head": 2, "n_positions": 16, "vocab_size": 17, "initializer_range": 0.5}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        ImageGPTForCausalImageModeling(ImageGPTConfig(**size)).save_pretrained(where)
    (where / "preprocessor_config.json").write_text(f'{{"clusters": {colours()}}}')
    return where


def colours() -> list[list[float]]:
    return [[at / 7.5 - 1, -1.0, 1.0] for at in range(16)]
