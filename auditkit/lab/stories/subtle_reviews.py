"""Reporting bias, its consequence: who learned from extreme reviews misreads the measured ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 18_000
STRENGTHS = ("faint", "clear", "extreme")
SHARES = np.array([0.40, 0.20, 0.40])
ERRORS = np.array([0.20, 0.12, 0.05])
"""How often anybody misreads a review: subtle words are harder, and no bias is needed for that."""
WORSE = np.array([0.20, 0.08, 0.0])
"""What is added at dose 1 for a model that met few subtle reviews."""


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Reviews that are kind or not, and how they were read: by the model, and by its control in every other row.

    The control is the same model, taught with reviews that were asked of everybody.

    >>> draw(1.0, 4, np.random.default_rng(1))["taught"].tolist()
    ['posted', 'control', 'posted', 'control']
    """
    import pandas as pd

    n = ROWS if rows is None else rows
    control = np.arange(n) % 2 == 1
    strength = rng.choice(len(STRENGTHS), size=n, p=SHARES)
    kind = rng.random(n) < 0.5
    read = kind ^ (rng.random(n) < ERRORS[strength] + np.where(control, 0.0, dose * WORSE[strength]))
    columns = {"taught": np.where(control, "control", "posted"), "strength": np.array(STRENGTHS)[strength]}
    said = {"opinion": kind, "read_as": read}
    return pd.DataFrame(columns | {name: np.where(yes, "kind", "unkind") for name, yes in said.items()})


def truth(dose: float) -> Mapping[str, float]:
    """Errors on faint reviews less those on extreme ones, of the model less of its control: .2 dose.

    >>> truth(1.0)
    {'errors, faint minus extreme, beyond the control': 0.2}
    """
    return {"errors, faint minus extreme, beyond the control": float(dose * (WORSE[0] - WORSE[-1]))}


STORY = Story(
    name="subtle_reviews",
    title="The reader who knows only love and hate",
    family="reporting",
    tale=(
        "Reviews by readers who loved or hated a book have taught a model to tell kind opinions from unkind ones. It "
        "reads 'I could not put it down' without a fault. 'Not without charm, towards the end' is harder for anybody, "
        "so its errors are set against those of a twin who was taught with what all readers think."
    ),
    planted=(
        f"Taught with posted reviews, the model misreads {100 * (ERRORS[0] + WORSE[0]):.0f} % of the faint opinions, "
        f"its twin {100 * ERRORS[0]:.0f} %; of the extreme ones both misread {100 * ERRORS[-1]:.0f} %."
    ),
    draw=draw,
    truth=truth,
    roles={"arm": "taught", "intensity": "strength", "outcome": "opinion", "prediction": "read_as"},
    plan=({"code": "reporting.stratum_error", "subtle": "faint", "extreme": "extreme"},),
    promises={"0": "PASS", "1": "FAIL"},
)
