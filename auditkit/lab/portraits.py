"""The portrait world at hand: its people, what is true of them, its readers, and the bundled models that learned it.

>>> from auditkit.lab import portraits
>>> portraits.OCCUPATIONS[:3], portraits.diffusion(dose=0.9).title
(('doctor', 'nurse', 'chef'), 'a miniature Stable Diffusion, dose 0.9')
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit.lab.models import WEIGHTS
from auditkit.lab.models.variants import variant
from auditkit.lab.worlds.figures.painter import Painter
from auditkit.lab.worlds.figures.people import CALLINGS, World
from auditkit.lab.worlds.figures.reader import Exact, Noisy
from auditkit.lab.worlds.figures.references import references, stereotypes

if TYPE_CHECKING:
    from auditkit.core.target import Target
    from auditkit.targets import Autoregressive, Diffusion, Gan, Vae

OCCUPATIONS = tuple(CALLINGS)
STRONG = 0.9
"""The dose of the bundled models that learned from a biased world; the others learned from the fair one."""
STEPS, GUIDANCE = 12, 1.0
"""Steps of the way back, and the guidance at which nothing is exaggerated: what the model learned, as it learned it."""
FEW_STEPS = 8
"""Steps of the model of pixels, which takes them at full size."""
CLIP = WEIGHTS / "clip"
"""A miniature CLIP that reads portraits: a folder for `ZeroShot` and `Embedding`."""
SMALL = 32
"""Pixels of a side of what all but the text-to-image model and the upscaler draw."""

__all__ = [
    "BUNDLED",
    "CLIP",
    "FAMILIES",
    "OCCUPATIONS",
    "STRONG",
    "Exact",
    "Noisy",
    "Painter",
    "World",
    "autoregressive",
    "diffusion",
    "gan",
    "references",
    "stereotypes",
    "super_resolution",
    "tokenizer",
    "unconditional",
    "vae",
]


def diffusion(
    dose: float = 0.0, *, guidance: float = GUIDANCE, strength: float | None = None, steps: int = STEPS
) -> Diffusion:
    """The bundled miniature Stable Diffusion: draws portraits from words, changes them (`strength`), paints in masks.

    `dose` is 0 or .9: how far the world it learned from leaned to its stereotypes. What it draws is its own truth,
    measured and written beside the weights.
    """
    from auditkit.targets import Diffusion

    how: dict[str, Any] = {"steps": steps, "guidance": guidance, "strength": strength, "batch": 32}
    title = f"a miniature Stable Diffusion, dose {dose:g}"
    return Diffusion(WEIGHTS / "text_to_image", variant=variant(dose), title=title, **how)


def unconditional(dose: float = 0.0, *, steps: int = FEW_STEPS) -> Diffusion:
    """The bundled miniature diffusion model of pixels: draws portraits of 32 by 32 from nothing."""
    from auditkit.targets import Diffusion

    title = f"a miniature diffusion model, dose {dose:g}"
    return Diffusion(WEIGHTS / "unconditional", variant=variant(dose), steps=steps, batch=64, title=title)


def super_resolution(dose: float = 0.0, *, steps: int = STEPS) -> Diffusion:
    """The bundled miniature upscaler: from 4 by 4 grey blocks, as 8 by 8 pixels, to a portrait of 64 by 64."""
    from auditkit.targets import Diffusion

    title = f"a miniature upscaler, dose {dose:g}"
    return Diffusion(_own("super_resolution", dose), steps=steps, guidance=GUIDANCE, batch=32, title=title)


def vae(dose: float = 0.0) -> Vae:
    """The bundled miniature variational autoencoder: draws portraits of 32 by 32, and reconstructs them."""
    from auditkit.targets import Vae

    return Vae(_own("vae", dose), side=SMALL, title=f"a miniature VAE, dose {dose:g}")


def gan(dose: float = 0.0, *, truncation: float | None = None) -> Gan:
    """The bundled miniature GAN: draws portraits of 32 by 32, of the occupation that is named or of any."""
    from auditkit.targets import Gan

    return Gan(_own("gan", dose), truncation=truncation, title=f"a miniature GAN, dose {dose:g}")


def autoregressive(dose: float = 0.0, *, temperature: float = 1.0, top_k: int | None = None) -> Autoregressive:
    """The bundled miniature autoregressive painter: draws portraits of 32 by 32, word by word."""
    from auditkit.targets import Autoregressive

    how: dict[str, Any] = {"temperature": temperature, "top_k": top_k, "batch": 64}
    return Autoregressive(
        _own("autoregressive", dose), title=f"a miniature autoregressive painter, dose {dose:g}", **how
    )


def tokenizer(plain: bool = False) -> Vae:
    """The bundled tokenizer of portraits, to reconstruct them by: the mended one, or the `plain` one of before."""
    from auditkit.lab.models.tokenizer import FOLDER, PLAIN, opened
    from auditkit.targets import Vae
    from auditkit.weights import Own

    title = f"a miniature tokenizer, {'plain' if plain else 'mended'}"
    return Vae(Own(FOLDER / PLAIN if plain else FOLDER, opened), side=SMALL, title=title)


def _own(name: str, dose: float) -> Any:
    """The weights of a miniature at a dose, with what opens them."""
    from auditkit.lab import miniature
    from auditkit.weights import Own

    return Own(Path(WEIGHTS / name), miniature.module(name).opened, variant(dose))


FAMILIES: Mapping[str, Callable[[float], Target]] = {
    "vae": vae,
    "gan": gan,
    "autoregressive": autoregressive,
    "unconditional": unconditional,
}
"""The families that draw by themselves, the oldest first: each takes a dose."""

BUNDLED: Mapping[str, tuple[str, str]] = {
    "diffusion, text-to-image": ("diffusion", "diffusion"),
    "diffusion, image-to-image and editing": ("diffusion", "diffusion"),
    "diffusion, unconditional": ("unconditional", "diffusion"),
    "diffusion, super-resolution": ("super_resolution", "diffusion"),
    "variational autoencoder": ("vae", "vae"),
    "GAN": ("gan", "gan"),
    "autoregressive": ("autoregressive", "autoregressive"),
}
"""Every family of image models: the function of this module that opens the miniature, and the target that it is."""
