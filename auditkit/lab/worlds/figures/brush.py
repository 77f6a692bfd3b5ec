"""A brush in the coordinates of a portrait of 64 by 64, whatever the size it is painted at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

FINE = 4
"""How many times as large a portrait is painted, before it is reduced by averaging."""
INK, WHITE, GOLD, NAVY = "#26222b", "#fbfbf7", "#f2c230", "#22305e"

Box = tuple[float, float, float, float]


class Brush:
    """Shapes in the coordinates of a picture of 64 by 64, moved with the head where they belong to it."""

    def __init__(self, draw: ImageDraw, pose: tuple[float, float, float, float, float]) -> None:
        self.draw, self.pose = draw, pose

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the head stands: about its middle (32, 32), sized and shifted by the pose."""
        dx, dy, size, _, _ = self.pose
        grown = 1 + 0.04 * size
        return ((x - 32) * grown + 32 + dx) * FINE, ((y - 32) * grown + 32 + dy) * FINE

    def oval(self, box: Box, fill: str, head: bool = True) -> None:
        """An ellipse."""
        self.draw.ellipse(self._corners(box, head), fill=fill)

    def block(self, box: Box, fill: str, radius: float = 0.0, head: bool = True) -> None:
        """A rectangle, its corners rounded."""
        self.draw.rounded_rectangle(self._corners(box, head), radius * FINE, fill=fill)

    def dome(self, box: Box, fill: str) -> None:
        """The upper half of an ellipse."""
        self.draw.pieslice(self._corners(box, True), 180, 360, fill=fill)

    def shape(self, points: list[tuple[float, float]], fill: str, head: bool = True) -> None:
        """A polygon."""
        self.draw.polygon([self.at(*p) if head else (p[0] * FINE, p[1] * FINE) for p in points], fill=fill)

    def line(self, points: list[tuple[float, float]], fill: str, width: float, head: bool = True) -> None:
        """A line."""
        placed = [self.at(*p) if head else (p[0] * FINE, p[1] * FINE) for p in points]
        self.draw.line(placed, fill=fill, width=round(width * FINE), joint="curve")

    def smile(self, box: Box, fill: str, width: float, start: float, end: float) -> None:
        """An arc of an ellipse, from one angle to another in degrees."""
        self.draw.arc(self._corners(box, True), start, end, fill=fill, width=round(width * FINE))

    def _corners(self, box: Box, head: bool) -> Any:
        if not head:
            return [v * FINE for v in box]
        return [*self.at(*box[:2]), *self.at(*box[2:])]
