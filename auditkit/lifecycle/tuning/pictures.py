"""Diffusion models as pupils: noise is put on curated pictures, and the UNet learns to tell it, as its words say.

How it learns
    The latents of a picture (the middle of what the autoencoder makes of it, once) are x_0. A step draws t and noise e,
    makes x_t = sqrt(a_t) x_0 + sqrt(1 - a_t) e, and asks the UNet for what it was trained to tell: e, the velocity
    v = sqrt(a_t) e - sqrt(1 - a_t) x_0, or x_0. The loss is the mean squared error, a mean over the numbers of a row.
    Steps with much noise are drawn more often, with a density proportional to (t/T)^1.5: there it is settled whom a
    picture shows (Choi et al. 2022), and what is settled late, the fine drawing, is what the model knows already.
    One caption in ten is left out, so that guidance goes on having something to push away from (Ho & Salimans 2022).
What it is held to
    See `picture_quality`, of which this file takes the loss on rows that were held out; and `picture_faithful`, which
    compares what was drawn before and after with what was asked.
References
    Ho, Jain & Abbeel, NeurIPS (2020) 6840; Salimans & Ho, ICLR (2022); Choi et al., CVPR (2022) 11472 (P2 weighting);
    Ho & Salimans, arXiv 2207.12598; Hu et al., ICLR (2022).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.core.manifest import digest
from auditkit.core.target import Target
from auditkit.lifecycle.tuning import adapting, curated
from auditkit.lifecycle.tuning.picture_noise import errors_of, late
from auditkit.lifecycle.tuning.picture_parts import Parts, parts_of
from auditkit.lifecycle.tuning.picture_quality import DENOISING, explained
from auditkit.lifecycle.tuning.picture_rows import Shown, cut, shown
from auditkit.lifecycle.tuning.picture_saving import saved
from auditkit.lifecycle.tuning.pupil import Lora, Pupil, Rows
from auditkit.targets import Diffusion

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
"""What an adapter goes into by default: the attention of the UNet, to the picture itself and to the words."""
UNSAID = 0.1
"""The share of captions that are left out while it learns."""
CHUNK = 64
"""Pictures that are folded at once, always the same ones together."""


def opened(target: Target, data: Path) -> Pupil:
    """The target as a pupil of curated pictures: a table with `picture` and, where it is asked by words, `text`.

    Raises `InputError` for data without these columns, for a picture that is not there, for a caption that would not be
    read to its end, and for a pipeline that cannot be taught.
    """
    assert isinstance(target, Diffusion)  # the frame has seen to it
    parts = parts_of(target)
    rows = shown(curated.read(data), target.title, parts.worded)
    for text, over in parts.overlong(rows.texts).items():
        raise InputError(
            f"{rows.table.file}: the text of row {rows.texts.index(text) + 1} is {over} tokens longer than "
            f"{target.title} reads, so its end would not be learned: {cut(text)}. Shorten it."
        )
    return Pictures(parts, rows)


class Pictures:
    """A UNet that learns pictures, with their words or without."""

    qualities = (DENOISING,)

    def __init__(self, parts: Parts, told: Shown) -> None:
        self.parts, self.told, self.title = parts, told, parts.title
        self.rows: Rows = told.rows()
        self.module: nn.Module = parts.unet
        self._adapter: Any = None

    @cached_property
    def latents(self) -> Tensor:
        """Every row as the UNet meets it, (rows, channels, height, width), made once."""
        import torch

        starts = range(0, len(self.rows), CHUNK)
        with torch.inference_mode():
            some = [self._folded(range(at, min(at + CHUNK, len(self.rows)))) for at in starts]
        return torch.cat(some).clone()

    def losses(self, rows: Sequence[int], generator: torch.Generator) -> Tensor:
        """The mean squared error of each row at a step and a noise of its own, (rows,)."""
        import torch

        picked = self.latents[list(rows)]
        t = late(len(self.parts.signal), len(rows), generator)
        noise = torch.randn(picked.shape, generator=generator)
        unsaid = torch.rand(len(rows), generator=generator) < UNSAID
        silent = unsaid.tolist() if self.module.training else [False] * len(rows)
        texts = ["" if quiet else self.told.texts[row] for row, quiet in zip(rows, silent, strict=True)]
        errors, _ = errors_of(self.parts, self.module, picked, noise, t, texts)
        return errors

    def adapt(self, lora: Lora) -> tuple[str, ...]:
        """Put an adapter into the attention of the UNet, or into the modules named."""
        chosen = Lora(lora.rank, lora.alpha, lora.modules or ATTENTION)
        self._adapter, names = adapting.adapted(self.parts.unet, chosen, f"the unet of {self.title}")
        self.module = self._adapter
        return names

    def save(self, model: Path, adapter: Path | None = None) -> None:
        """Write the whole pipeline, merged; the adapter as peft opens it on the UNet of the model before."""
        if self._adapter is not None and adapter is not None:
            self.parts.pipe.unet = adapting.saved(self._adapter, adapter, self.title)
        saved(self.parts.pipe, model)

    def measured(self, target: Target, rows: Sequence[int]) -> Mapping[str, Floats]:
        """How much of the noise on each of these rows a target tells."""
        assert isinstance(target, Diffusion)
        other = Parts(target.whole, target.title, self.parts.size)
        chosen = list(rows)
        texts, keys = [self.told.texts[row] for row in chosen], [self.rows.contents[row] for row in chosen]
        return {DENOISING.name: explained(other, self.latents[chosen], texts, keys)}

    def described(self) -> Mapping[str, Any]:
        """The columns, all pictures by one digest, their size, and how noise is drawn."""
        parts = self.parts
        return {
            "columns": ["picture", "text"] if parts.worded else ["picture"],
            "pictures": digest("".join(self.told.digests).encode()),
            "height": parts.size[0],
            "width": parts.size[1],
            "prediction": parts.aim,
            "noise_steps": len(parts.signal),
            "captions_left_out": UNSAID if parts.worded else 0.0,
        }

    def _folded(self, rows: Sequence[int]) -> Tensor:
        pictures = self.told.pictures(rows, self.parts.size)
        if not self.parts.folded and self.parts.unet.config.in_channels == 1:
            pictures = pictures.mean(dim=1, keepdim=True)
        return self.parts.latents(pictures)
