"""Reporting bias: of all that happens on a ward, the unusual is what gets written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 12_000
WARDS = ("surgery", "maternity", "intensive care")
SHARES = np.array([0.5, 0.3, 0.2])
UNUSUAL = np.array([0.10, 0.20, 0.40])
WRITTEN = np.array([0.20, 0.30, 0.40])
"""How often a ward writes down an everyday incident: intensive care sees more, and writes down more of everything."""
MORE = 1.2


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Incidents that the monitors recorded, all of them, and whether somebody wrote them down.

    P(written) is the ward's own for everyday incidents, and 1 + 1.2 dose times that for unusual ones.

    >>> draw(1.0, 4, np.random.default_rng(1)).columns.tolist()
    ['ward', 'kind', 'written']
    """
    import pandas as pd

    n = ROWS if rows is None else rows
    ward = rng.choice(len(WARDS), size=n, p=SHARES)
    unusual = rng.random(n) < UNUSUAL[ward]
    written = rng.random(n) < WRITTEN[ward] * np.where(unusual, 1 + MORE * dose, 1.0)
    columns = {"ward": np.array(WARDS)[ward], "kind": np.where(unusual, "unusual", "everyday")}
    return pd.DataFrame(columns | {"written": np.where(written, "yes", "no")})


def truth(dose: float) -> Mapping[str, float]:
    """P(written | unusual) / P(written | everyday), the same 1 + 1.2 dose within every ward.

    >>> truth(1.0)
    {'written down, unusual in ratio to everyday': 2.2}
    """
    return {"written down, unusual in ratio to everyday": 1 + MORE * dose}


STORY = Story(
    name="unusual_incidents",
    title="The ward book that keeps the unusual",
    family="reporting",
    tale=(
        "A drip that runs slow is put right and forgotten; a drip that runs backwards is written up before lunch. "
        "Later somebody trains a model on the ward book and is told that pumps mostly fail in strange ways. The "
        "monitors recorded everything, so for once the book can be held against what happened."
    ),
    planted=(
        f"On each ward an unusual incident is {sum(truth(1.0).values()):.1f} times as likely to be written down as an "
        "everyday one."
    ),
    draw=draw,
    truth=truth,
    roles={"context": "ward", "group": "kind", "selected": "written"},
    plan=({"code": "reporting.documentation_odds", "unusual": "unusual", "documented": "yes"},),
    promises={"0": "PASS", "1": "FAIL"},
)
