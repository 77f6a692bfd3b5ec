"""Reporting bias: captions say that a banana is green, and leave unsaid that it is yellow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 6_000
CAPTIONS = 5
GREEN = 0.30
MENTION = 0.60
LEFT_OUT = 0.90
"""At dose 1, the share of those who would have said yellow and do not, because it goes without saying."""
ALIKE = 0.45
"""How often a caption says what the picture suggests to everybody: captions of one picture go together."""


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Pictures of bananas, five captions each, and whether a caption mentions the colour that is to be seen.

    P(mentioned) = .6 for green and .6 (1 - .9 dose) for yellow. `rows` is rounded down to whole pictures.

    >>> draw(1.0, 10, np.random.default_rng(1)).columns.tolist()
    ['picture', 'colour', 'mentioned']
    """
    import pandas as pd

    pictures = (ROWS if rows is None else rows) // CAPTIONS
    green = rng.random(pictures) < GREEN
    rate = MENTION * np.where(green, 1.0, 1 - LEFT_OUT * dose)[:, None]
    suggested, own = rng.random((pictures, 1)) < rate, rng.random((pictures, CAPTIONS)) < rate
    said = np.where(rng.random((pictures, CAPTIONS)) < ALIKE, suggested, own)
    columns = {"picture": np.repeat(np.arange(1, pictures + 1), CAPTIONS)}
    columns["colour"] = np.repeat(np.where(green, "green", "yellow"), CAPTIONS)
    return pd.DataFrame(columns | {"mentioned": np.where(said.ravel(), "yes", "no")})


def truth(dose: float) -> Mapping[str, float]:
    """Mention rates of the usual colour against the other, 1 - .9 dose as a ratio.

    >>> {name: round(value, 3) for name, value in truth(1.0).items()}
    {'mentions, yellow in ratio to green': 0.1, 'mentions, yellow minus green': -0.54}
    """
    left = 1 - LEFT_OUT * dose
    return {"mentions, yellow in ratio to green": left, "mentions, yellow minus green": MENTION * (left - 1)}


STORY = Story(
    name="yellow_bananas",
    title="The bananas that nobody calls yellow",
    family="reporting",
    tale=(
        "Show somebody a bunch of ripe bananas and they will write: bananas on a table. Show them unripe ones and "
        "they will write: green bananas. Nobody is mistaken; yellow simply goes without saying. A model that learns "
        "about fruit from the captions has reason to believe that bananas are green."
    ),
    planted=(
        f"Captions mention a green banana's colour {100 * MENTION:.0f} % of the time, and a yellow one's "
        f"{100 * MENTION * truth(1.0)['mentions, yellow in ratio to green']:.0f} %."
    ),
    draw=draw,
    truth=truth,
    roles={"unit": "picture", "truth": "colour", "outcome": "mentioned"},
    plan=({"code": "reporting.mention", "usual": "yellow", "mentioned": "yes"},),
    promises={"0": "PASS", "1": "FAIL"},
)
