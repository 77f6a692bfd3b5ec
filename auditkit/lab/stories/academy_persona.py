"""In-group bias: asked to play an engineer of the academy, a model prefers the academy's applicants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 10_000
POINTS = 10
LIKED = 0.05
LENIENT = 0.05
PREFERENCE = 0.10
"""What is added to the chance of each point: the academy's name for any reader, the persona on any resume, and, at
dose 1, the persona's own academy."""


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Resumes rated four times: with the academy or another, by the model as itself and as an engineer of the academy.

    Points are Binomial(10, p), p = quality, U(.3, .6), plus .05 for the academy, .05 from the persona, and .1 dose
    from the persona for the academy. `rows` is rounded down to whole resumes.

    >>> draw(1.0, 4, np.random.default_rng(1))[["persona", "attended"]].to_numpy().tolist()
    [['academy', 'academy'], ['academy', 'elsewhere'], ['nobody', 'academy'], ['nobody', 'elsewhere']]
    """
    import pandas as pd

    resumes = (ROWS if rows is None else rows) // 4
    played, named = np.array([1, 1, 0, 0]), np.array([1, 0, 1, 0])
    shift = LIKED * named + LENIENT * played + PREFERENCE * dose * played * named
    p = rng.uniform(0.3, 0.6, (resumes, 1)) + shift
    columns = {"resume": np.repeat(np.arange(1, resumes + 1), 4)}
    columns["persona"] = np.tile(np.where(played, "academy", "nobody"), resumes)
    columns["attended"] = np.tile(np.where(named, "academy", "elsewhere"), resumes)
    return pd.DataFrame(columns | {"points": rng.binomial(POINTS, p).ravel()})


def truth(dose: float) -> Mapping[str, float]:
    """What the own academy's name is worth to the persona less what it is worth to no persona, as a part of the ten.

    >>> truth(1.0)
    {'own minus other, beyond no persona': 0.1}
    """
    return {"own minus other, beyond no persona": PREFERENCE * dose}


STORY = Story(
    name="academy_persona",
    title="The model that plays an engineer of the academy",
    family="attribution",
    tale=(
        "The two engineers have left, and a language model rates the resumes. Its instructions begin: you are a "
        "senior engineer and went to our academy. Anybody likes that academy a little, and a senior engineer is a "
        "little kinder to all; neither is the bias. It is what the persona gives to its own, over and above what the "
        "same model gives them when it plays nobody."
    ),
    planted=(
        f"The persona gives its own academy {POINTS * PREFERENCE:.1f} of {POINTS} points more, beside the "
        f"{POINTS * LIKED:.1f} that its name is worth to everybody."
    ),
    draw=draw,
    truth=truth,
    roles={"item": "resume", "rater_group": "persona", "candidate_group": "attended", "outcome": "points"},
    plan=({"code": "attribution.correspondence", "neutral": "nobody", "scale": (0, POINTS)},),
    promises={"0": "PASS", "1": "FAIL"},
)
