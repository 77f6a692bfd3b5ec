"""Noise on pictures, and how far a UNet is from telling it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from auditkit.lifecycle.tuning.picture_parts import Parts

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

LEAN = 1.5
"""Steps are drawn with a density proportional to (t/T) to this power."""


def late(steps: int, n: int, generator: torch.Generator) -> Tensor:
    """Steps t, (n,), more of them where much noise is: T u^(1/2.5), u uniform.

    >>> import torch
    >>> t = late(1000, 20_000, torch.Generator().manual_seed(1))
    >>> abs(float((t < 500).double().mean()) - .5**2.5) < .01, int(t.max()) < 1000
    (True, True)
    """
    import torch

    drawn = steps * torch.rand(n, generator=generator, dtype=torch.float64) ** (1 / (1 + LEAN))
    return drawn.long().clamp(max=steps - 1)


def errors_of(
    parts: Parts, unet: nn.Module, clean: Tensor, noise: Tensor, t: Tensor, texts: Sequence[str]
) -> tuple[Tensor, Tensor]:
    """The mean squared error of what a UNet tells of each noisy picture, (n,), and the mean square of what is true.

    `clean` and `noise` are (n, channels, height, width), `t` (n,) counted from 0; all on the processor.
    """
    import torch

    own = next(unet.parameters())
    left = parts.signal[t].view(-1, 1, 1, 1)
    noisy, aim = left.sqrt() * clean + (1 - left).sqrt() * noise, _aim(parts.aim, clean, noise, left)
    told = {}
    if parts.worded:
        number = {text: k for k, text in enumerate(dict.fromkeys(texts))}  # what is asked at eight steps is read once
        with torch.no_grad():
            said = parts.said(list(number))
        assert said is not None  # it is worded
        told = {"encoder_hidden_states": said.to(own.device, own.dtype)[[number[text] for text in texts]]}
    found = unet(noisy.to(own.device, own.dtype), t.to(own.device), **told).sample
    truth = aim.to(own.device)
    errors: Tensor = (found.float() - truth).square().mean(dim=(1, 2, 3))
    return errors, truth.square().mean(dim=(1, 2, 3))


def _aim(kind: str, clean: Tensor, noise: Tensor, left: Tensor) -> Tensor:
    """What is to be told: the noise, the velocity, or the picture."""
    if kind == "v_prediction":
        return left.sqrt() * noise - (1 - left).sqrt() * clean
    return noise if kind == "epsilon" else clean
