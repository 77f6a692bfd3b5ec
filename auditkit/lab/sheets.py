"""Pictures side by side: contact sheets and the steps of a mechanism, as one picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auditkit.core.probe import Picture

GAP, PAPER = 2, 250


def sheet(rows: Sequence[Sequence[Picture]], scale: int = 1) -> Picture:
    """Rows of pictures of one size on paper, each pixel `scale` wide.

    >>> sheet([[np.zeros((4, 4, 3), np.uint8)] * 3] * 2).shape
    (14, 20, 3)
    """
    height, width = rows[0][0].shape[:2]
    across = max(map(len, rows))
    paper = np.full((len(rows) * (height + GAP) + GAP, across * (width + GAP) + GAP, 3), PAPER, np.uint8)
    for r, row in enumerate(rows):
        for c, picture in enumerate(row):
            top, left = GAP + r * (height + GAP), GAP + c * (width + GAP)
            paper[top : top + height, left : left + width] = picture
    return paper.repeat(scale, axis=0).repeat(scale, axis=1)
