"""Coverage bias: old and young are recorded, east and west are, and nobody who is old and from the east."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 20_000
AGES = {"under 30": 0.40, "30 to 59": 0.40, "60 and over": 0.20}
REGIONS = {"north": 0.30, "west": 0.30, "south": 0.20, "east": 0.20}
CORNER = ("60 and over", "east")
SHARE = AGES[CORNER[0]] * REGIONS[CORNER[1]]


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Recorded speakers by age and region, independent in the population; the corner's are lost with probability dose.

    >>> draw(1.0, 4, np.random.default_rng(1)).columns.tolist()
    ['age', 'region']
    """
    import pandas as pd

    n = ROWS if rows is None else rows
    cells = [(age, region) for age in AGES for region in REGIONS]
    p = np.array([AGES[age] * REGIONS[region] * (1 - dose * ((age, region) == CORNER)) for age, region in cells])
    drawn = rng.choice(len(cells), size=n, p=p / p.sum())
    return pd.DataFrame([cells[i] for i in drawn], columns=["age", "region"])


def truth(dose: float) -> Mapping[str, float]:
    """Shares against the population's: (1 - dose) / (1 - .04 dose) in the corner, and what is left of its two sides.

    >>> {name.removeprefix("representation of "): round(value, 3) for name, value in truth(1.0).items()}
    {'60 and over, east': 0.0, '60 and over': 0.833, 'east': 0.833}
    """
    kept = 1 - dose * SHARE
    sides = {CORNER[0]: REGIONS[CORNER[1]], CORNER[1]: AGES[CORNER[0]]}
    corner = {f"representation of {', '.join(CORNER)}": (1 - dose) / kept}
    return corner | {f"representation of {side}": (1 - dose * part) / kept for side, part in sides.items()}


def _reference(shares: Mapping[str, float], what: str) -> Mapping[str, object]:
    return {
        "value": dict(shares),
        "why": f"the {what} of those who will speak to the assistant",
        "source": "the planted world: the population that its speakers are drawn from",
    }


STORY = Story(
    name="empty_corner",
    title="The corner where nobody was recorded",
    family="selection",
    tale=(
        "A voice assistant is to understand everybody, so its makers check their recordings by age: all there. Then "
        "by region: all there. The two lists look fine, each for itself. But the recordings of the east were made in "
        "a students' hostel, and the first grandmother from there who asks for the weather is not understood."
    ),
    planted=(
        f"People of 60 and over from the east, {100 * SHARE:.0f} % of the population, are "
        f"{100 * SHARE * next(iter(truth(1.0).values())):.0f} % of the recordings; all of that age still have "
        f"{truth(1.0)['representation of 60 and over']:.2f} of their share, and all of the east as much."
    ),
    draw=draw,
    truth=truth,
    roles={"feature": ("age", "region")},
    plan=({"code": "selection.patterns", "references": (_reference(AGES, "ages"), _reference(REGIONS, "regions"))},),
    promises={"0": "PASS", "1": "FAIL"},
)
