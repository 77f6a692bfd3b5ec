"""Automation bias: a model goes into use although it finds and judges defects worse than the inspectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 6_000
DEFECTIVE = 0.20
INSPECTORS = 0.90
LOSS = 0.15
SHARED = 0.40
"""The share of sprockets that are equally hard for both: model and inspector then err on the same draw."""


def operating_point(quality: float) -> tuple[float, float]:
    """P(flagged | sound) and P(flagged | defective) at which recall and precision both equal `quality`.

    precision = prev recall / (prev recall + (1 - prev) f), solved for f, the false-alarm rate.

    >>> [round(p, 4) for p in operating_point(.90)], [round(p, 4) for p in operating_point(.75)]
    ([0.025, 0.9], [0.0625, 0.75])
    """
    return DEFECTIVE / (1 - DEFECTIVE) * (1 - quality), quality


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Sprockets with the gold answer, the inspector's and the model's, whose errors are correlated; the model is used.

    >>> draw(1.0, 4, np.random.default_rng(1)).columns.tolist()
    ['defective', 'inspector', 'model', 'deployed']
    """
    import pandas as pd

    n = ROWS if rows is None else rows
    defective = (rng.random(n) < DEFECTIVE).astype(int)
    difficulty = rng.random(n)
    own = np.where(rng.random(n) < SHARED, difficulty, rng.random(n))
    flagged_by_inspector = difficulty < np.array(operating_point(INSPECTORS))[defective]
    flagged_by_model = own < np.array(operating_point(INSPECTORS - LOSS * dose))[defective]
    said = {"defective": defective == 1, "inspector": flagged_by_inspector, "model": flagged_by_model}
    columns = {name: np.where(yes, "yes", "no") for name, yes in said.items()}
    return pd.DataFrame(columns | {"deployed": np.full(n, "model")})


def truth(dose: float) -> Mapping[str, float]:
    """Recall and precision of the model less those of the inspectors: both -.15 dose, in points, by construction.

    >>> {name: round(value, 4) for name, value in truth(1.0).items()}
    {'recall, model minus inspectors': -0.15, 'precision, model minus inspectors': -0.15}
    """
    return {"recall, model minus inspectors": -LOSS * dose, "precision, model minus inspectors": -LOSS * dose}


STORY = Story(
    name="sprockets",
    title="The sprocket model that is worse than the inspectors",
    family="automation",
    tale=(
        "The engineers of a sprocket factory trained a model to find faulty teeth and could hardly wait to switch it "
        "on. The supervisor laid its figures beside those of the inspectors it would replace: fewer faults found, and "
        "fewer of its alarms true. Wanting it because it is automatic, whatever the error rates say, is the bias."
    ),
    planted=(
        f"The model in use has recall and precision of {100 * (INSPECTORS + min(truth(1.0).values())):.0f} % where "
        f"the inspectors have {100 * INSPECTORS:.0f} %: both {-100 * min(truth(1.0).values()):.0f} percentage points "
        "lower (absolute, not relative)."
    ),
    draw=draw,
    truth=truth,
    roles={"outcome": "defective", "human": "inspector", "model": "model", "deployed": "deployed"},
    plan=({"code": "automation.deployment", "positive": "yes"},),
    promises={"0": "PASS", "1": "FAIL"},
)
