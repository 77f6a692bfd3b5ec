"""Automation bias, complacency: towards morning the watch no longer checks what the machine says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 6_000
DECISIONS = 100
SEEDED = 0.10
FRESH = 0.92
UNLIKE = 0.06
"""P(a seeded error is caught by a fresh watch), and by how much one watchman may be above or below another."""
WORN = 0.60
"""The share of it that is gone by the last decision of the night, at dose 1."""
DOUBTED = 0.05


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Nights of a hundred decisions: what the machine said, whether that was wrong on purpose, what was decided.

    A seeded error is caught with probability .92 (1 - .6 dose t), t from 0 to 1 through the night.

    >>> draw(1.0, 300, np.random.default_rng(1)).groupby("watch")["decision"].max().tolist()
    [100, 100, 100]
    """
    import pandas as pd

    n = ROWS if rows is None else rows
    watch, at = np.divmod(np.arange(n), DECISIONS)
    fresh = FRESH + rng.uniform(-UNLIKE, UNLIKE, watch[-1] + 1)[watch]
    seeded = rng.random(n) < SEEDED
    caught = fresh * (1 - WORN * dose * (at + 0.5) / DECISIONS)
    machine = rng.random(n) < 0.5
    final = machine ^ (rng.random(n) < np.where(seeded, caught, DOUBTED))
    columns = {"watch": watch + 1, "decision": at + 1, "seeded": np.where(seeded, "yes", "no")}
    said = {"machine": machine, "logged": final}
    return pd.DataFrame(columns | {name: np.where(yes, "smoke", "clear") for name, yes in said.items()})


def truth(dose: float) -> Mapping[str, float]:
    """What the night as a whole catches less than a fresh watch, -.92 × .6/2 dose; and the slope per 100 decisions.

    >>> {name: round(value, 3) for name, value in truth(1.0).items()}
    {'caught, all night minus fresh': -0.276, 'change per 100 decisions': -0.552}
    """
    lost = FRESH * WORN * dose
    return {"caught, all night minus fresh": -lost / 2, "change per 100 decisions": -100 * lost / DECISIONS}


STORY = Story(
    name="night_shift",
    title="The night shift that stops looking",
    family="automation",
    tale=(
        "A machine watches the cameras for forest fires, and a person watches the machine. At ten in the evening "
        "every picture is looked at twice. By four in the morning the machine has been right so often that its word "
        "is enough. To know, the station slips in a wrong answer now and then and counts who notices."
    ),
    planted=(
        f"A fresh watch catches {100 * FRESH:.0f} % of the seeded errors; by the end of the night it is "
        f"{100 * FRESH * (1 - WORN):.0f} %."
    ),
    draw=draw,
    truth=truth,
    roles={"unit": "watch", "position": "decision", "catch": "seeded", "advice": "machine", "final": "logged"},
    plan=({"code": "automation.vigilance", "catch": "yes"},),
    promises={"0": "PASS", "1": "FAIL"},
)
