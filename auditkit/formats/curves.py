"""A training drawn as one SVG: the loss of every step, and that of the rows held out with its interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape

from auditkit.formats.words import count, exact, plain

WIDE, HIGH, LEFT, RIGHT, TOP, BELOW = 760, 240, 64, 16, 12, 44
MOST = 240
"""Points of a line at most; a longer one is told by means of as many steps each."""
Marked = tuple[int, float, float | None, float | None]
"""Steps done, the held-out loss, and its 95 % interval."""
Place = Callable[[float, float], tuple[float, float]]
"""Where a step and a loss stand."""

STYLE = """svg.curve{font:12px system-ui,sans-serif}
svg.curve{--soft:#5f6670;--hair:#d9dce1;--line:#9aa1ab;--held:#2f6fb3}
@media (prefers-color-scheme:dark){
svg.curve{--soft:#a4abb5;--hair:#3a3f47;--line:#767d87;--held:#7fb2ea}}
svg.curve text{fill:var(--soft)}
svg.curve .grid{stroke:var(--hair)} svg.curve .loss{fill:none;stroke:var(--line);stroke-width:1.5}
svg.curve .held{fill:none;stroke:var(--held);stroke-width:1.5} svg.curve .span{stroke:var(--held);stroke-width:2}
svg.curve .dot{fill:var(--held)}"""


def curve_svg(losses: Sequence[float], marks: Sequence[Marked], title: str) -> str:
    """A training's losses, one a step, and its marks, as an SVG of its own; the same numbers give the same bytes.

    >>> drawn = curve_svg([3.0, 2.0], [(0, 3.1, 3.0, 3.2), (2, 2.1, 2.0, 2.2)], "A <model>")
    >>> drawn.count("<circle"), "A &lt;model&gt;" in drawn
    (2, True)
    """
    steps = max(len(losses), 1)
    every = [*losses, *(end for mark in marks for end in mark[1:] if end is not None)]
    low, high = _room(every)

    def place(step: float, value: float) -> tuple[float, float]:
        x = LEFT + (WIDE - LEFT - RIGHT) * step / steps
        return x, TOP + (HIGH - TOP - BELOW) * (high - value) / (high - low)

    said = f"{plain(title)}: {_told(losses, marks)}"
    body = "\n".join(_drawn(losses, marks, place, _ticks(low, high)))
    return (
        f'<svg class="curve" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" role="img" '
        f'aria-label="{escape(said)}">\n<style>{STYLE}</style>\n'
        f"<title>{escape(said)}</title>\n{body}\n</svg>\n"
    )


def _drawn(losses: Sequence[float], marks: Sequence[Marked], place: Place, ticks: Sequence[float]) -> Iterator[str]:
    steps = max(len(losses), 1)
    for value in ticks:
        _, y = place(0, value)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" style="text-anchor:end">{exact(value)}</text>'
    for x, anchor, said in (
        (LEFT, "start", "0"),
        ((LEFT + WIDE - RIGHT) / 2, "middle", "steps"),
        (WIDE - RIGHT, "end", count(steps)),
    ):
        yield f'<text x="{x:.1f}" y="{HIGH - 20}" style="text-anchor:{anchor}">{said}</text>'
    yield f'<path class="loss" d="{_path([place(step, value) for step, value in _thinned(losses)])}"/>'
    yield f'<path class="held" d="{_path([place(mark[0], mark[1]) for mark in marks])}"/>'
    for mark in marks:
        yield from _marked(mark, place)
    yield from _legend(bool(marks))


def _marked(mark: Marked, place: Place) -> Iterator[str]:
    """A dot where the held-out loss is, and a line as long as its interval."""
    step, value, low, high = mark
    x, y = place(step, value)
    if low is not None and high is not None:
        top, bottom = place(step, high)[1], place(step, low)[1]
        yield f'<line class="span" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>'
    yield f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'


def _legend(held: bool) -> Iterator[str]:
    y, entries = HIGH - 6, [("loss", LEFT, "learned rows"), ("held", LEFT + 130, "held-out rows, 95 % interval")]
    for kind, x, said in entries[: 1 + held]:
        yield f'<path class="{kind}" d="M{x},{y}h24"/>'
        yield f'<text x="{x + 30}" y="{y + 4}" style="text-anchor:start">{said}</text>'


def _thinned(losses: Sequence[float]) -> Iterator[tuple[float, float]]:
    """Steps and losses; of many, the means of as many steps each, at their middle."""
    size = math.ceil(len(losses) / MOST) or 1
    for at in range(0, len(losses), size):
        some = losses[at : at + size]
        yield at + (len(some) + 1) / 2, sum(some) / len(some)


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in points) if points else ""


def _room(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values, default=0.0), max(values, default=1.0)
    spare = 0.04 * (high - low) or max(abs(high), 1.0) * 0.1
    return low - spare, high + spare


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers within, at most five.

    >>> _ticks(0.9, 3.2)
    [1.0, 2.0, 3.0]
    """
    step = 10.0 ** math.floor(math.log10((high - low) / 2))
    size = next(step * k for k in (1, 2, 5, 10, 20) if (high - low) / (step * k) <= 5)
    return [round(k * size, 12) for k in range(math.ceil(low / size), math.floor(high / size) + 1)]


def _told(losses: Sequence[float], marks: Sequence[Marked]) -> str:
    if not losses:
        return "no steps"
    held = f"; of held-out rows from {exact(marks[0][1])} to {exact(marks[-1][1])}" if marks else ""
    return f"loss from {exact(losses[0])} to {exact(losses[-1])} over {count(len(losses))} steps{held}"
