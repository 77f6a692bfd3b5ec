"""Families of generative models side by side: what each draws of one planted world, checked and put on common axes."""

from __future__ import annotations

import base64
import binascii
import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from auditkit.core.estimate import Interval
from auditkit.core.finding import Margin
from auditkit.core.judgement import Outcome
from auditkit.formats.intervals import Figure, Row, figure_of
from auditkit.formats.sheets import Shot, size_of
from auditkit.formats.words import interval, margin, number, outcome_word

LOST, OVER = 0.5, 2.0
"""A mode is lost where it is drawn less than half as often as expected; beyond twice as often, it is crowded."""
LARGEST, LONGEST = 1_024, 400_000
"""Pixels of a side of a contact sheet, and its letters in base64: 12 by 4 portraits of pure noise have 230,000."""
WHOLE = 0.0, 1.0


@dataclass(frozen=True, slots=True)
class Mode:
    """A kind of portrait, and how often it is drawn for each time expected: 0 never, 1 as often as in the world.

    >>> Mode("black", "lilac", .49).lost, Mode("black", "lilac", 3).crowded, Mode("black", "lilac", .81).side
    (True, True, 0.9)
    """

    hair: str
    background: str
    ratio: float

    @property
    def lost(self) -> bool:
        """Whether it is drawn so seldom that it counts as lost."""
        return self.ratio < LOST

    @property
    def crowded(self) -> bool:
        """Whether it is drawn more than twice as often as expected."""
        return self.ratio > OVER

    @property
    def side(self) -> float:
        """The side of a square whose area is the ratio, at most 1."""
        return math.sqrt(min(max(self.ratio, 0.0), 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What one model draws that learned from the world at a dose; `None` is what was not measured of it.

    `sheet` is a contact sheet as base64 of a PNG. `shown` is the share of darker skin in what it was shown, `truth` the
    share in a `pool` of so many of its answers. `world`, `data` and `gap` are rows of its report: how much oftener it
    draws lighter skin than the world has it, and than it was shown, and its coverage gap. `modes` are by skin, the same
    modes for either. `outcome` is the verdict of the report at `href`.
    """

    dose: float
    sheet: str | None = None
    shown: float | None = None
    truth: float | None = None
    pool: int | None = None
    world: Row | None = None
    data: Row | None = None
    gap: Row | None = None
    modes: Mapping[str, Sequence[Mode]] = field(default_factory=dict)
    per_second: float | None = None
    outcome: Outcome | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """A family of models: its name, a title of a few words or none, how it works in a sentence, and what it draws."""

    name: str
    title: str
    how: str
    drawn: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """The modes of people of one skin, in rows and columns that are those of every other grid."""

    skin: str
    cells: tuple[tuple[int, int, Mode], ...]

    @property
    def lost(self) -> tuple[Mode, ...]:
        """The modes that are lost, the rarest first."""
        return tuple(sorted((mode for _, _, mode in self.cells if mode.lost), key=lambda mode: mode.ratio))


@dataclass(frozen=True, slots=True)
class Lane:
    """What was drawn at one dose, ready to be painted: `audited` is the row `world` on the axis of darker skin."""

    drawn: Drawn
    href: str
    plate: Shot | None
    audited: Row | None
    grids: tuple[Grid, ...]


@dataclass(frozen=True, slots=True)
class Axes:
    """The axes that all families share, and the names of the columns and rows of their grids of modes."""

    share: Figure
    data: Figure
    gap: Figure
    speed: Figure
    skins: tuple[str, ...]
    hair: tuple[str, ...]
    backgrounds: tuple[str, ...]


def told(families: Sequence[Family], world: float) -> dict[str, Any]:
    """What the page is painted from; `world` is the share of darker skin in the world."""
    axes = _axes(families)
    lanes = [(family, tuple(_lane(drawn, world, axes) for drawn in family.drawn)) for family in families]
    every = [drawn for family in families for drawn in family.drawn]
    sizes = {
        "pools": sorted({drawn.pool for drawn in every if drawn.pool is not None}),
        "audited": sorted({row.n for drawn in every for row in (drawn.world, drawn.data) if row is not None}),
    }
    return {"families": lanes, "axes": axes, "world": world, "said": said, "spoken": spoken, **sizes}


def said(row: Row) -> str:
    """The estimate and its 95 % interval."""
    return f"{number(row.value)} {interval(Interval(row.low, row.high, 0.95))}"


def spoken(row: Row) -> str:
    """All there is of a row, for those who hear a picture."""
    tolerated = margin(Margin(row.margin_low, row.margin_high))
    return f"{said(row)}, margin {tolerated}: {outcome_word(row.outcome).lower()}"


def sheet_of(picture: str | None) -> Shot | None:
    """A contact sheet, if it is nothing but the pixels of a PNG of a bearable size."""
    if not picture or len(picture) > LONGEST:
        return None
    try:
        size = size_of(base64.b64decode(picture, validate=True))
    except (binascii.Error, ValueError, struct.error):
        return None
    return Shot(picture, *size, "") if size is not None and 0 < min(size) <= max(size) <= LARGEST else None


def turned(row: Row, world: float) -> Row:
    """How much oftener lighter skin is drawn, as the share of darker skin: oftener the one is rarer the other."""

    def at(value: float | None) -> float | None:
        return None if value is None else world - value

    wide, narrow = (at(row.high), at(row.low)), (at(row.high90), at(row.low90))
    placed = replace(row, value=at(row.value), null=world - row.null, low=wide[0], high=wide[1])
    placed = replace(placed, low90=narrow[0], high90=narrow[1])
    return replace(placed, margin_low=at(row.margin_high), margin_high=at(row.margin_low))


def _lane(drawn: Drawn, world: float, axes: Axes) -> Lane:
    audited = None if drawn.world is None else turned(drawn.world, world)
    href = quote(drawn.href or "", safe="/#.-_", errors="replace")
    grids = tuple(_grid(skin, modes, axes) for skin, modes in drawn.modes.items() if modes)
    return Lane(drawn, href, sheet_of(drawn.sheet), audited, grids)


def _grid(skin: str, modes: Iterable[Mode], axes: Axes) -> Grid:
    return Grid(skin, tuple((axes.hair.index(m.hair), axes.backgrounds.index(m.background), m) for m in modes))


def _axes(families: Sequence[Family]) -> Axes:
    every = [drawn for family in families for drawn in family.drawn]
    modes = [mode for drawn in every for some in drawn.modes.values() for mode in some]
    return Axes(
        share=Figure("share", "", "", "difference", (), WHOLE, (0.0, 0.25, 0.5, 0.75, 1.0)),
        data=figure_of(("", "", "data", "difference"), [drawn.data for drawn in every if drawn.data is not None]),
        gap=figure_of(("", "", "gap", "difference"), [drawn.gap for drawn in every if drawn.gap is not None]),
        speed=_decades([drawn.per_second for drawn in every if drawn.per_second]),
        skins=tuple(dict.fromkeys(skin for drawn in every for skin in drawn.modes)),
        hair=tuple(dict.fromkeys(mode.hair for mode in modes)),
        backgrounds=tuple(dict.fromkeys(mode.background for mode in modes)),
    )


def _decades(paces: Sequence[float]) -> Figure:
    """An axis of powers of ten on which even the slowest has some length."""
    low = math.floor(math.log10(min(paces, default=1.0)) - 0.1)
    high = max(math.ceil(math.log10(max(paces, default=10.0))), low + 1)
    ticks = tuple(10.0**power for power in range(low, high + 1))
    return Figure("pictures a second", "", "", "ratio", (), (ticks[0], ticks[-1]), ticks)
