"""Implicit bias: an engineer takes for granted that a head shake means no, and in one region it means yes."""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import TYPE_CHECKING

import numpy as np

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 20_000
REGIONS = ("north", "east", "south", "west")
ELSEWHERE = "east"
USUAL = 0.80
"""P(a shake means no) = P(a nod means yes) where nothing is turned around."""


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Recorded gestures of four equal regions, with the meaning that people of the region gave them.

    In the east each meaning is turned around with probability `dose`.

    >>> draw(1.0, 4, np.random.default_rng(1))["region"].tolist()
    ['north', 'east', 'south', 'west']
    """
    import pandas as pd

    n = ROWS if rows is None else rows
    region = np.array(REGIONS)[np.arange(n) % len(REGIONS)]
    shake = rng.random(n) < 0.5
    no = shake == (rng.random(n) < USUAL)
    no ^= (region == ELSEWHERE) & (rng.random(n) < dose)
    gesture, meaning = np.where(shake, "shake", "nod"), np.where(no, "no", "yes")
    return pd.DataFrame({"region": region, "gesture": gesture, "meaning": meaning})


def shakes_that_mean_no(dose: float) -> float:
    """P(no | shake) in the east: .8 (1 - dose) + .2 dose.

    >>> round(shakes_that_mean_no(1.0), 3)
    0.2
    """
    return USUAL * (1 - dose) + (1 - USUAL) * dose


def truth(dose: float) -> Mapping[str, float]:
    """The log odds ratio of shake and no in the east, less that of the three other regions; and the same as shares.

    With P(no | shake) = P(yes | nod) = p, the log odds ratio is 2 log(p / (1 - p)).

    >>> {name: round(value, 3) for name, value in truth(1.0).items()}
    {'log odds ratio, east minus the rest': -5.545, 'shakes that mean no, east minus the rest': -0.6}
    """
    shares = shakes_that_mean_no(dose), USUAL
    east, rest = (2 * log(p / (1 - p)) for p in shares)
    return {
        "log odds ratio, east minus the rest": east - rest,
        "shakes that mean no, east minus the rest": shares[0] - shares[1],
    }


STORY = Story(
    name="head_shake",
    title="The head shake that means no here and yes there",
    family="implicit",
    tale=(
        "An engineer teaches a model to read gestures and uses a shake of the head as the sign for no, as it is at "
        "home. In some parts of the world people shake their heads to agree. Nothing in the recordings is wrong; the "
        "meaning was taken from the engineer's own experience."
    ),
    planted=(
        f"A head shake means no {100 * USUAL:.0f} % of the time in three regions, and "
        f"{100 * shakes_that_mean_no(1.0):.0f} % of the time in the east."
    ),
    draw=draw,
    truth=truth,
    roles={"group": "region", "feature": "gesture", "outcome": "meaning"},
    plan=({"code": "implicit.label_semantics", "sign": "shake", "meaning": "no"},),
    promises={"0": "PASS", "1": "FAIL"},
)
