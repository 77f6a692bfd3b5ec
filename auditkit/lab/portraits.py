"""The portrait world at hand: its people, what is true of them, its readers, and the bundled model that learned it.

>>> from auditkit.lab import portraits
>>> portraits.OCCUPATIONS[:3], portraits.diffusion(dose=0.9).title
(('doctor', 'nurse', 'chef'), 'a miniature Stable Diffusion, dose 0.9')
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditkit.lab.models import WEIGHTS
from auditkit.lab.worlds.figures.painter import Painter
from auditkit.lab.worlds.figures.people import CALLINGS, World
from auditkit.lab.worlds.figures.reader import Exact, Noisy
from auditkit.lab.worlds.figures.references import references, stereotypes

if TYPE_CHECKING:
    from auditkit.targets import Diffusion

OCCUPATIONS = tuple(CALLINGS)
STRONG = 0.9
"""The dose of the bundled models that learned from a biased world; the others learned from the fair one."""
STEPS, GUIDANCE = 12, 1.0
"""Steps of the way back, and the guidance at which nothing is exaggerated: what the model learned, as it learned it."""
CLIP = WEIGHTS / "clip"
"""A miniature CLIP that reads portraits: a folder for `ZeroShot` and `Embedding`."""

__all__ = [
    "CLIP",
    "OCCUPATIONS",
    "STRONG",
    "Exact",
    "Noisy",
    "Painter",
    "World",
    "diffusion",
    "references",
    "stereotypes",
]


def diffusion(
    dose: float = 0.0, *, guidance: float = GUIDANCE, strength: float | None = None, steps: int = STEPS
) -> Diffusion:
    """The bundled miniature Stable Diffusion: draws portraits from words, changes them (`strength`), paints in masks.

    `dose` is 0 or .9: how far the world it learned from leaned to its stereotypes. What it draws is its own truth,
    measured and written beside the weights.
    """
    from auditkit.targets import Diffusion

    variant, folder = (f"dose{round(100 * dose)}" if dose else None), WEIGHTS / "text_to_image"
    title = f"a miniature Stable Diffusion, dose {dose:g}"
    return Diffusion(folder, variant=variant, steps=steps, guidance=guidance, strength=strength, batch=32, title=title)
