"""What each occupation of the portrait world wears: a garment, and on some heads a hat."""

from __future__ import annotations

from collections.abc import Callable

from auditkit.lab.worlds.figures.brush import GOLD, INK, NAVY, WHITE, Brush


def _doctor(b: Brush) -> None:
    b.shape([(25, 50), (39, 50), (32, 64)], "#7fb7d6", head=False)
    b.line([(24, 50), (26, 57), (31, 60.5)], INK, 1.4, head=False)
    b.line([(40, 50), (38, 57), (33, 60.5)], INK, 1.4, head=False)
    b.oval((29.5, 58.5, 34.5, 63.5), "#8d93a1", head=False)


def _nurse(b: Brush) -> None:
    b.shape([(25, 50), (39, 50), (32, 59)], "#0d6f74", head=False)
    b.block((41, 54, 48, 61), WHITE, 1, head=False)
    b.block((43.6, 55, 45.4, 60), "#d92a34", head=False)
    b.block((42, 56.6, 47, 58.4), "#d92a34", head=False)


def _chef(b: Brush) -> None:
    b.shape([(24, 50), (40, 50), (32, 57)], "#d92a34", head=False)
    for x in (27.0, 37.0):
        for y in (58.0, 62.5):
            b.oval((x - 1.4, y - 1.4, x + 1.4, y + 1.4), INK, head=False)


def _officer(b: Brush) -> None:
    b.shape([(26, 50), (38, 50), (34, 64), (30, 64)], "#8fb4e8", head=False)
    b.shape([(30.5, 52), (33.5, 52), (34.5, 64), (29.5, 64)], "#101628", head=False)
    b.oval((42, 54, 49, 61), GOLD, head=False)


def _firefighter(b: Brush) -> None:
    b.block((9, 55, 55, 58.5), GOLD, head=False)
    b.block((9, 60.5, 55, 64), "#dfe3e8", head=False)
    b.line([(32, 51), (32, 64)], INK, 1.4, head=False)


def _builder(b: Brush) -> None:
    b.shape([(24, 49), (40, 49), (34, 64), (30, 64)], "#4a6fa5", head=False)
    b.block((15, 49, 20, 64), "#e8ef5c", head=False)
    b.block((44, 49, 49, 64), "#e8ef5c", head=False)


def _pilot(b: Brush) -> None:
    b.shape([(25, 49.5), (39, 49.5), (32, 61)], WHITE, head=False)
    b.shape([(30.6, 51), (33.4, 51), (34, 61), (32, 64), (30, 61)], "#101114", head=False)
    for x in (12.0, 43.0):
        for y in (51.5, 54.5, 57.5):
            b.block((x, y, x + 9, y + 1.7), GOLD, head=False)


def _judge(b: Brush) -> None:
    b.shape([(27, 49), (37, 49), (39, 64), (25, 64)], WHITE, head=False)
    b.line([(32, 52), (32, 64)], "#c6c6cf", 1.2, head=False)


def _farmer(b: Brush) -> None:
    for y in (51.0, 56.0, 61.0):
        b.block((9, y, 55, y + 2), "#e9d7c3", head=False)
    b.block((18, 49, 23, 64), "#35579b", head=False)
    b.block((41, 49, 46, 64), "#35579b", head=False)
    b.block((18, 57, 46, 66), "#35579b", 2, head=False)
    b.oval((19, 57.5, 22, 60.5), GOLD, head=False)
    b.oval((42, 57.5, 45, 60.5), GOLD, head=False)


def _teacher(b: Brush) -> None:
    b.shape([(25, 49.5), (39, 49.5), (32, 58)], "#f3e9c9", head=False)
    b.line([(32, 57), (32, 64)], "#14532d", 1.4, head=False)
    b.block((37, 55, 49, 64), "#c0392b", 1, head=False)
    b.block((39, 56.5, 47.5, 64), WHITE, 1, head=False)


def _engineer(b: Brush) -> None:
    b.shape([(25, 50), (32, 56), (39, 50), (36, 49), (28, 49)], WHITE, head=False)
    b.shape([(30.4, 54), (33.6, 54), (35, 64), (29, 64)], "#7a1f3d", head=False)
    b.block((40, 56, 47, 64), "#5d7fb2", 1, head=False)
    b.line([(42, 54.5), (42, 59)], GOLD, 1.3, head=False)
    b.line([(44.7, 54.5), (44.7, 59)], INK, 1.3, head=False)


def _cleaner(b: Brush) -> None:
    b.block((20, 53, 44, 66), "#f7d7e6", 3, head=False)
    b.line([(21, 54), (24, 49)], "#f7d7e6", 2.4, head=False)
    b.line([(43, 54), (40, 49)], "#f7d7e6", 2.4, head=False)
    b.block((27, 58, 37, 64), "#e58fb8", 1, head=False)


GARMENTS: dict[str, tuple[str, Callable[[Brush], None]]] = {
    "doctor": ("#f4f6f8", _doctor),
    "nurse": ("#2bb3b1", _nurse),
    "chef": ("#fffaf0", _chef),
    "officer": (NAVY, _officer),
    "firefighter": ("#3c3a36", _firefighter),
    "builder": ("#ff7a1a", _builder),
    "pilot": ("#2b2d38", _pilot),
    "judge": ("#16131a", _judge),
    "farmer": ("#c8402f", _farmer),
    "teacher": ("#2e8b57", _teacher),
    "engineer": ("#9fc1ef", _engineer),
    "cleaner": ("#8e5bb5", _cleaner),
}
"""The base colour of what each occupation wears, and what is drawn on it."""


def _cap(b: Brush, colour: str, badge: str) -> None:
    b.oval((16, 4, 48, 17), colour)
    b.block((18, 11, 46, 17), colour, 2)
    b.dome((18, 11.5, 46, 23), INK)
    b.oval((29.5, 6, 34.5, 11), badge)


def _helmet(b: Brush, colour: str, mark: str) -> None:
    b.dome((16, 2, 48, 31), colour)
    b.block((12.5, 14.5, 51.5, 18), colour, 1.7)
    b.block((29.5, 3, 34.5, 14.5), mark, 1.5)


def _nurse_cap(b: Brush) -> None:
    b.shape([(20, 15), (18, 6), (46, 6), (44, 15)], WHITE)
    b.block((30.5, 7, 33.5, 14), "#d92a34")
    b.block((28.5, 9, 35.5, 12), "#d92a34")


def _toque(b: Brush) -> None:
    for x in (17.0, 26.0, 35.0):
        b.oval((x, 0.5, x + 12.5, 12), WHITE)
    b.block((19, 7, 45, 16.5), WHITE, 1.5)
    b.line([(20, 14.5), (44, 14.5)], "#d5d5d5", 1.2)


def _straw(b: Brush) -> None:
    b.dome((20, 2, 44, 27), "#e2b55a")
    b.oval((8, 12, 56, 18.5), "#e2b55a")
    b.block((20, 11, 44, 14), "#8a4b2a", 1)


def _wig(b: Brush) -> None:
    for x in (18.0, 25.0, 32.0, 39.0):
        b.oval((x, 6.5, x + 8, 14.5), "#e9e6da")
    b.block((20, 10, 45, 16.5), "#e9e6da", 2)


def _scarf(b: Brush) -> None:
    b.dome((16, 6, 48, 28), "#e58fb8")
    for x, y in ((22.0, 13.0), (28.0, 9.5), (36.0, 9.5), (42.0, 13.0), (32.0, 14.0)):
        b.oval((x - 1.3, y - 1.3, x + 1.3, y + 1.3), WHITE)


def _headphones(b: Brush) -> None:
    b.smile((14.5, 7.5, 49.5, 46), "#3b4252", 2.6, 200, 340)


HATS: dict[str, Callable[[Brush], None]] = {
    "nurse": _nurse_cap,
    "chef": _toque,
    "officer": lambda b: _cap(b, NAVY, GOLD),
    "firefighter": lambda b: _helmet(b, "#d22b2b", GOLD),
    "builder": lambda b: _helmet(b, "#ffd21f", "#f0a500"),
    "pilot": lambda b: _cap(b, "#e9ecf2", GOLD),
    "judge": _wig,
    "farmer": _straw,
    "cleaner": _scarf,
    "engineer": _headphones,
}
"""What some wear on their heads; it leaves the hair at the temples to be seen."""
