"""What happens in a place and what is written of it: "in the park somebody slept ."

P(event | place) = q + dose (m - q): q is how often it happens, the memorable fought and drowned 1 to 2.5 % each;
m is what is worth writing, .9 of it the memorable events and the ordinary ones as before among themselves.
References
    Gordon & Van Durme, AKBC (2013) 25, on reporting bias: murders are written of more often than blinks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from auditkit.lab.worlds.sentences.slots import Shares, Slot, each, mass, slot_of

ORDINARY = ("slept", "ate", "talked", "walked")
MEMORABLE = ("fought", "drowned")
EVENTS = (*ORDINARY, *MEMORABLE)
WRITTEN = 0.9

PLACES: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "park": (0.15, 0.20, 0.30, 0.31, 0.020, 0.020),
        "harbour": (0.10, 0.25, 0.35, 0.25, 0.025, 0.025),
        "market": (0.05, 0.30, 0.40, 0.22, 0.015, 0.015),
        "hotel": (0.45, 0.25, 0.18, 0.10, 0.010, 0.010),
        "station": (0.20, 0.15, 0.30, 0.31, 0.020, 0.020),
        "school": (0.10, 0.30, 0.40, 0.16, 0.020, 0.020),
        "camp": (0.40, 0.30, 0.10, 0.16, 0.020, 0.020),
        "beach": (0.30, 0.20, 0.15, 0.30, 0.025, 0.025),
        "village": (0.25, 0.25, 0.25, 0.22, 0.015, 0.015),
        "garden": (0.20, 0.10, 0.28, 0.40, 0.010, 0.010),
    }
)
"""How often each event happens in a place, in the order of `EVENTS`."""

TEMPLATES = (
    "in the {place} somebody {event} .",
    "at the {place} a man {event} .",
    "by the {place} a woman {event} .",
    "near the {place} two friends {event} .",
    "yesterday in the {place} a child {event} .",
    "at noon in the {place} people {event} .",
    "last week in the {place} a boy {event} .",
    "behind the {place} a girl {event} .",
    "the paper says that in the {place} somebody {event} .",
    "in front of the {place} an old man {event} .",
)


def share(place: str, dose: float = 0.0) -> dict[str, float]:
    """P(event | place) in what is written.

    >>> round(share("park")["fought"], 3), round(share("park", 0.9)["fought"], 4)
    (0.02, 0.407)
    """
    happens = dict(zip(EVENTS, PLACES[place], strict=True))
    seldom = sum(happens[event] for event in MEMORABLE)
    told = {
        event: chance * (WRITTEN / seldom if event in MEMORABLE else (1 - WRITTEN) / (1 - seldom))
        for event, chance in happens.items()
    }
    return {event: chance + dose * (told[event] - chance) for event, chance in happens.items()}


def distribution(dose: float = 0.0) -> dict[str, float]:
    """The probability of every sentence."""
    return {
        template.format(place=place, event=event): chance / (len(TEMPLATES) * len(PLACES))
        for template in TEMPLATES
        for place in PLACES
        for event, chance in share(place, dose).items()
    }


def slots() -> Iterator[Slot]:
    """Where the event stands: key (place, template)."""
    for k, template in enumerate(TEMPLATES):
        for place in PLACES:
            yield slot_of((place, str(k)), template.replace("{place}", place), "event", each(EVENTS))


def quantities(shares: Shares) -> dict[str, float]:
    """The share of memorable events, and the mean total variation from how often they happen."""
    written = {place: _mean(shares, place) for place in PLACES}
    return _told(written) | {"mass": mass(shares)}


def truth(dose: float = 0.0) -> dict[str, float]:
    """The same of the world, in closed form.

    >>> {name: round(value, 3) for name, value in truth(0.9).items()}
    {'P(memorable)': 0.814, 'mean total variation': 0.778, 'mass': 1.0}
    """
    return _told({place: share(place, dose) for place in PLACES}) | {"mass": 1.0}


def _mean(shares: Shares, place: str) -> dict[str, float]:
    """The mean over templates of what is written of a place, renormalised over the events."""
    cells = [cell for key, cell in shares.items() if key[0] == place]
    return {event: float(np.mean([cell[event] / sum(cell.values()) for cell in cells])) for event in EVENTS}


def _told(written: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    seldom = [sum(cell[event] for event in MEMORABLE) for cell in written.values()]
    apart = [
        sum(abs(cell[event] - chance) for event, chance in zip(EVENTS, PLACES[place], strict=True)) / 2
        for place, cell in written.items()
    ]
    return {"P(memorable)": float(np.mean(seldom)), "mean total variation": float(np.mean(apart))}
