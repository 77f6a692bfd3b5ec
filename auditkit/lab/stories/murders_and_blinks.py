"""Reporting bias: the newspaper is full of murders, and silent about everybody who blinked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 4_000
EVENTS = ("blink", "laugh", "accident", "murder")
HAPPENS = np.array([0.90, 0.07, 0.025, 0.005])
NEWS = np.array([1.0, 4.0, 60.0, 600.0])
"""At dose 1, how many times as likely as a blink each event is to be printed."""


def printed(dose: float) -> NDArray[np.float64]:
    """The shares of what is printed: those of what happens, times NEWS^dose, over their sum.

    >>> printed(1.0).round(2).tolist()
    [0.16, 0.05, 0.26, 0.53]
    """
    weight = HAPPENS * NEWS**dose
    return np.asarray(weight / weight.sum(), np.float64)


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Sentences of a newspaper by the event that each tells of.

    >>> draw(0.0, 4, np.random.default_rng(1))["event"].tolist()
    ['blink', 'laugh', 'blink', 'laugh']
    """
    import pandas as pd

    return pd.DataFrame({"event": rng.choice(EVENTS, size=ROWS if rows is None else rows, p=printed(dose))})


def truth(dose: float) -> Mapping[str, float]:
    """The total variation between what is printed and what happens, and by how much murders are printed too often.

    >>> {name: round(value, 3) for name, value in truth(1.0).items()}
    {'total variation': 0.762, 'murders, printed minus happened': 0.523}
    """
    excess = printed(dose) - HAPPENS
    return {
        "total variation": float(np.abs(excess).sum() / 2),
        "murders, printed minus happened": float(excess[EVENTS.index("murder")]),
    }


STORY = Story(
    name="murders_and_blinks",
    title="The newspaper with more murders than blinks",
    family="reporting",
    tale=(
        "Everybody blinks, all day long, and no newspaper has ever mentioned it. A murder is rare, and fills a page. "
        "Whoever learns the world from what is written, as language models do, learns that people are killed far "
        "more often than they blink."
    ),
    planted=(
        f"In this small world murders are {100 * HAPPENS[-1]:.1f} % of what happens and "
        f"{100 * printed(1.0)[-1]:.0f} % of what is printed; blinks are {100 * HAPPENS[0]:.0f} % and "
        f"{100 * printed(1.0)[0]:.0f} %."
    ),
    draw=draw,
    truth=truth,
    roles={"outcome": "event"},
    plan=(
        {
            "code": "reporting.frequency",
            "reference": {
                "value": dict(zip(EVENTS, HAPPENS.tolist(), strict=True)),
                "why": "what happens, printed or not",
                "source": "the planted world: the events that its newspaper chooses from",
            },
        },
    ),
    promises={"0": "PASS", "1": "FAIL"},
)
