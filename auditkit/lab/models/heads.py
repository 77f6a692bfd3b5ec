"""One attention head as pictures: how strongly each word looks at each, and what it takes over from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from auditkit.core.probe import Picture

CELL, NAMED, LETTER, MARGIN = 10, 18, 11, 76
"""Pixels of the side of a weight, of one whose words stand beside it, of those words, and of the room they have."""
PAPER, INK = np.array([250.0, 250.0, 250.0]), np.array([24.0, 60.0, 120.0])
WARM = np.array([178.0, 60.0, 30.0])


def weights(softmax: Tensor, rows: Sequence[str] = (), columns: Sequence[str] = ()) -> Picture:
    """The query-key weights of one head, (n, n): a row a word that looks, a column a word looked at, darker for more.

    With the words of `rows` and `columns` they stand beside it and above it.

    >>> weights(torch.eye(3)).shape
    (30, 30, 3)
    """
    numbers = softmax.clamp(0, 1).numpy()
    return _worded(_painted(numbers, NAMED), rows, columns) if rows else _painted(numbers, CELL)


def values(softmax: Tensor, value: Tensor, query: int, rows: Sequence[str] = ()) -> Picture:
    """What one word takes over from each, (n, width): a row a word, its value times its weight; the sum stands below.

    Blue is negative, red is positive, a gap parts the sum from what it is the sum of. With the words of `rows` they
    stand beside it.
    """
    taken = softmax[query][:, None] * value
    told = torch.cat([taken, torch.zeros(1, value.shape[1]), taken.sum(dim=0, keepdim=True)])
    numbers = (told / told.abs().max().clamp(min=1e-9)).numpy()
    return _worded(_painted(numbers, NAMED), [*rows, "", "sum"], ()) if rows else _painted(numbers, CELL // 2)


def looking(attentions: tuple[Tensor, ...], query: int, key: int) -> tuple[int, int]:
    """The layer and the head in which one word looks most at another."""
    strengths = torch.stack([layer[0, :, query, key] for layer in attentions])
    place = int(strengths.argmax())
    return place // strengths.shape[1], place % strengths.shape[1]


def _painted(numbers: np.ndarray[tuple[int, ...], np.dtype[np.float32]], cell: int) -> Picture:
    """Numbers from -1 to 1 as cells between paper and ink."""
    share = np.abs(numbers)[..., None]
    full = np.where(numbers[..., None] > 0, WARM if numbers.min() < 0 else INK, INK)
    pixels: Picture = (PAPER + share * (full - PAPER)).round().astype(np.uint8)
    return pixels.repeat(cell, axis=0).repeat(cell, axis=1)


def _worded(cells: Picture, rows: Sequence[str], columns: Sequence[str]) -> Picture:
    """Cells with the words of the rows on their left and those of the columns, read from below, over them."""
    from PIL import Image, ImageDraw, ImageFont

    font: Any = ImageFont.load_default(LETTER)
    left, top = (
        max([MARGIN if words else 0, *(round(font.getlength(word)) + 8 for word in words)]) for words in (rows, columns)
    )
    height, width = cells.shape[:2]
    paper = Image.new("RGB", (left + width, top + height), tuple(int(each) for each in PAPER))
    paper.paste(Image.fromarray(cells), (left, top))
    beside, over = Image.new("RGB", (left, height), paper.getpixel((0, 0))), Image.new("RGB", (top, width), "#fafafa")
    for page, words, across in ((beside, rows, left), (over, columns, 4)):
        draw = ImageDraw.Draw(page)
        for k, word in enumerate(words):
            at = (across - 5 if page is beside else across, round((k + 0.5) * NAMED))
            draw.text(
                at, word, fill=tuple(int(each) for each in INK), font=font, anchor="rm" if page is beside else "lm"
            )
    paper.paste(beside, (0, top))
    if columns:
        paper.paste(over.transpose(Image.Transpose.ROTATE_90), (left, 0))
    return np.asarray(paper)
