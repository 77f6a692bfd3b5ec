"""Pictures as targets need them: in one shape, resized, laid over one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.core.errors import InputError
from auditkit.core.probe import Picture
from auditkit.core.target import Answer, Refusal
from auditkit.pictures import resized as scaled

BROKEN = Refusal("the model's arithmetic overflowed: there is no picture")


def as_picture(found: Any) -> Picture:
    """A picture from an array (grey, RGB or RGBA; 0 to 255, or fractions 0 to 1) or from a Pillow image.

    Raises `InputError` for anything else.

    >>> as_picture(np.full((2, 2), 0.5)).tolist()[0]
    [[128, 128, 128], [128, 128, 128]]
    """
    if hasattr(found, "convert"):
        return np.asarray(found.convert("RGB"), dtype=np.uint8)
    array = np.asarray(found)
    if array.dtype.kind == "f":
        array = _from_fractions(array)
    if array.ndim == 2:
        array = array[..., None].repeat(3, axis=2)
    if array.ndim != 3 or array.shape[2] not in (3, 4) or array.dtype != np.uint8 or not array.size:
        raise InputError(
            f"A picture is an array (height, width, 3) of bytes or of fractions, or a Pillow image; "
            f"this is {type(found).__name__}, {array.dtype}, {array.shape}."
        )
    return np.ascontiguousarray(array[..., :3])


def _from_fractions(array: NDArray[Any]) -> NDArray[Any]:
    """Bytes from fractions; anything that is not one is refused."""
    if not np.isfinite(array).all() or array.min(initial=0) < 0 or array.max(initial=0) > 1:
        raise InputError("A picture of fractions has numbers from 0 to 1; this one has others. Scale it first.")
    return (array * 255).round().astype(np.uint8)


def signed(pictures: Sequence[Picture]) -> Any:
    """Pictures of one size as networks take them: floats from -1 to 1, (items, 3, height, width).

    >>> signed([np.full((1, 1, 3), 255, np.uint8)]).flatten().tolist()
    [1.0, 1.0, 1.0]
    """
    import torch

    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


def pictured(found: Any) -> list[Answer]:
    """Pictures from floats from -1 to 1, (items, 1 or 3, height, width); what is beyond is cut off.

    A picture with a number that is none is a refusal. Raises `InputError` for another shape.
    """
    if getattr(found, "ndim", 0) != 4 or found.shape[1] not in (1, 3):
        shape = tuple(getattr(found, "shape", ()))
        raise InputError(
            f"A network's pictures are floats (items, 1 or 3, height, width) from -1 to 1; these are {shape}, of "
            f"{type(found).__name__}."
        )
    array = (found.detach().float() / 2 + 0.5).permute(0, 2, 3, 1).cpu().numpy()
    array = array.repeat(3 // array.shape[3], axis=3)
    return [as_picture(each.clip(0, 1)) if np.isfinite(each).all() else BROKEN for each in array]


def resized(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The picture or mask in another size (height, width); untouched where it has that size already."""
    height, width = size
    if picture.shape[:2] == size:
        return picture
    if picture.ndim == 3:
        return scaled(picture, width, height)
    rows, columns = (np.arange(new) * old // new for new, old in zip(size, picture.shape, strict=True))
    return np.ascontiguousarray(picture[rows][:, columns])


def composited(changed: Picture, original: Picture, mask: NDArray[np.uint8]) -> Picture:
    """The change where the mask is 255, the original where it is 0, mixed between.

    >>> white, black = np.full((1, 2, 3), 255, np.uint8), np.zeros((1, 2, 3), np.uint8)
    >>> composited(white, black, np.array([[0, 255]], np.uint8))[0, :, 0].tolist()
    [0, 255]
    """
    share = mask[..., None] / 255
    mixed: Picture = (changed * share + original * (1 - share)).round().astype(np.uint8)
    return mixed
