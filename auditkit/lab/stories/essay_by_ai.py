"""Automation bias: the same essay earns more points when a machine is said to have written it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 4_000
BOXES = 10
LABELS = ("AI", "student")
SOUND = 0.50
FAULT = 0.10
LABEL = 0.12
"""What a factual error costs of the chance that a box is ticked; and what the label adds to it at dose 1."""


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Essays, each graded under both labels by two people who tick ten boxes: points are Binomial(10, p).

    p = quality, U(.3, .7), less .1 for a factual error, plus .12 dose under the label "AI". `rows` is rounded down to
    whole essays.

    >>> draw(1.0, 4, np.random.default_rng(1))["said_to_be_by"].tolist()
    ['AI', 'student', 'AI', 'student']
    """
    import pandas as pd

    essays = (ROWS if rows is None else rows) // 2
    sound = rng.random((essays, 1)) < SOUND
    p = rng.uniform(0.3, 0.7, (essays, 1)) - FAULT * ~sound + LABEL * dose * np.array([1, 0])
    columns = {"essay": np.repeat(np.arange(1, essays + 1), 2), "said_to_be_by": np.tile(LABELS, essays)}
    columns["facts"] = np.repeat(np.where(sound.ravel(), "sound", "wrong"), 2)
    return pd.DataFrame(columns | {"points": rng.binomial(BOXES, p).ravel()})


def truth(dose: float) -> Mapping[str, float]:
    """Points under the label "AI" less points under "student", as a part of the ten: .12 dose, right or wrong.

    >>> truth(1.0)
    {'points, AI minus student': 0.12, 'points, AI minus student, wrong essays': 0.12}
    """
    return dict.fromkeys(("points, AI minus student", "points, AI minus student, wrong essays"), LABEL * dose)


STORY = Story(
    name="essay_by_ai",
    title="The same essay, said to be by a machine",
    family="automation",
    tale=(
        "Two graders get the same essay. One reads 'by a student' at the top, the other 'by AI', and not a word below "
        "differs. The machine's essay sounds more thorough, it seems, even where it moves a battle to the wrong "
        "century. Here half of the essays hold such an error."
    ),
    planted=(
        f"The label 'AI' is worth {BOXES * truth(1.0)['points, AI minus student']:.1f} of {BOXES} points, and just as "
        "much on essays that get their facts wrong."
    ),
    draw=draw,
    truth=truth,
    roles={"item": "essay", "source_label": "said_to_be_by", "truth": "facts", "outcome": "points"},
    plan=({"code": "automation.source_swap", "automated": "AI", "scale": (0, BOXES), "right": "sound"},),
    promises={"0": "PASS", "1": "FAIL"},
)
