"""Pictures as small as the lab's files need them: few colours, nothing but pixels, base64."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

from auditkit.core.probe import Picture
from auditkit.lab.sheets import sheet

COLOURS = 64


def small(picture: Picture) -> dict[str, Any]:
    """A picture as a PNG of few colours in base64, with its size in pixels."""
    from PIL import Image

    held = io.BytesIO()
    drawn = Image.fromarray(picture).quantize(COLOURS, dither=Image.Dither.NONE)
    drawn.save(held, "PNG", optimize=True)
    height, width = picture.shape[:2]
    return {"png": base64.b64encode(held.getvalue()).decode(), "width": width, "height": height}


def strip(pictures: Sequence[Picture]) -> dict[str, Any]:
    """Pictures of one size in a row."""
    return small(sheet([list(pictures)]))
