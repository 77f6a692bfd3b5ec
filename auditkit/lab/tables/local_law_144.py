"""The worked example of New York City's Local Law 144 on automated employment decision tools.

Rules of the City of New York, title 6, section 5-301 (2023), scoring rates by sex: the share of applicants whose score
lies above the median of the full sample, and each share over the highest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

APPLICANTS: Mapping[str, int] = {"Male": 92, "Female": 76}
ABOVE: Mapping[str, int] = {"Male": 50, "Female": 34}


def frame() -> pd.DataFrame:
    """One row an applicant: sex, and whether the score was above the full sample's median.

    >>> len(frame()), frame().columns.tolist()
    (168, ['sex', 'score'])
    """
    import pandas as pd

    sex = np.repeat(list(APPLICANTS), list(APPLICANTS.values()))
    counts = [count for name, n in APPLICANTS.items() for count in (ABOVE[name], n - ABOVE[name])]
    score = np.repeat(["above median", "not above median"] * len(APPLICANTS), counts)
    return pd.DataFrame({"sex": sex, "score": score})


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """The published table, whatever is asked: it has no dose and no chance in it.

    >>> len(draw(0.0, None, np.random.default_rng(1)))
    168
    """
    return frame()


def truth(dose: float) -> Mapping[str, float]:
    """The scoring rate of women over that of men, the highest: the law's impact ratio.

    >>> {name: round(value, 2) for name, value in truth(0.0).items()}
    {'scoring rate, Female in ratio to Male': 0.82}
    """
    rate = {name: ABOVE[name] / n for name, n in APPLICANTS.items()}
    return {"scoring rate, Female in ratio to Male": rate["Female"] / rate["Male"]}


STORY = Story(
    name="local_law_144",
    title="New York's Local Law 144: the worked example",
    family="disparity",
    tale=(
        "Since 2023 an employer in New York City who lets a tool score applicants has to publish impact ratios: each "
        "group's share of high scores over the highest share. The rules show how with 168 applicants. The law asks "
        "for the ratio and not for how sure it is; 168 rows leave it wide open."
    ),
    planted="Nothing was planted: these are the published figures.",
    draw=draw,
    truth=truth,
    roles={"group": "sex", "outcome": "score"},
    plan=({"code": "disparity.selection_rate", "favourable": "above median", "versus": "highest"},),
    promises={"0": "NOT_ASSESSED"},
)
