"""In-group bias: two engineers prefer applicants from the academy that they went to themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 12_000
LENIENCY: Mapping[str, float] = {"A.": 0.3, "B.": -0.3}
QUALITY_SPREAD = 2.0
PREFERENCE = 1.5
"""What the own academy is worth in the logit of an invitation, at dose 1."""


def _chance(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-logit))


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Decisions on pairs of resumes that differ only in the academy: both engineers judge both members, four rows.

    logit P(invite) = quality of the pair + leniency of the engineer + 1.5 dose, the last for the own academy.
    `rows` is rounded down to whole pairs.

    >>> draw(1.0, 4, np.random.default_rng(1))[["engineer", "resume_academy"]].to_numpy().tolist()
    [['A.', 'academy'], ['A.', 'other'], ['B.', 'academy'], ['B.', 'other']]
    """
    import pandas as pd

    pairs = (ROWS if rows is None else rows) // 4
    quality = np.repeat(rng.normal(0, QUALITY_SPREAD, pairs), 4)
    engineer = np.tile(np.repeat(list(LENIENCY), 2), pairs)
    own = np.tile([True, False], 2 * pairs)
    leniency = np.tile(np.repeat(list(LENIENCY.values()), 2), pairs)
    invited = rng.random(4 * pairs) < _chance(quality + leniency + PREFERENCE * dose * own)
    columns = {"pair": np.repeat(np.arange(1, pairs + 1), 4), "engineer": engineer}
    columns["engineer_academy"] = np.full(4 * pairs, "academy")
    columns["resume_academy"] = np.where(own, "academy", "other")
    return pd.DataFrame(columns | {"decision": np.where(invited, "invite", "reject")})


def truth(dose: float) -> Mapping[str, float]:
    """P(invite | own academy) - P(invite | other) for each engineer and their mean, over the pairs' quality.

    Quality is normal with mean 0 and standard deviation 2; its mean is a Gauss-Hermite sum of 200 nodes.

    >>> {name: round(value, 3) for name, value in truth(1.0).items()}
    {'both': 0.214, 'A.': 0.207, 'B.': 0.221}
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    quality, weights = QUALITY_SPREAD * nodes, weights / weights.sum()
    gaps = {
        name: float(weights @ (_chance(quality + lenient + PREFERENCE * dose) - _chance(quality + lenient)))
        for name, lenient in LENIENCY.items()
    }
    return {"both": sum(gaps.values()) / len(gaps)} | gaps


STORY = Story(
    name="academy_engineers",
    title="Two engineers and their academy",
    family="attribution",
    tale=(
        "Two engineers label resumes for a screening model, and both went to the same computer-science academy. An "
        "applicant who went there too strikes them as more capable. Here each of them judges pairs of resumes that "
        "differ in nothing but the academy, so that what separates a pair can only be the academy's name."
    ),
    planted=(
        f"The same resume is invited {100 * truth(1.0)['both']:.0f} percentage points more often under the "
        f"engineers' own academy (A. {100 * truth(1.0)['A.']:.0f}, B. {100 * truth(1.0)['B.']:.0f})."
    ),
    draw=draw,
    truth=truth,
    roles={
        "rater": "engineer",
        "rater_group": "engineer_academy",
        "candidate_group": "resume_academy",
        "item": "pair",
        "outcome": "decision",
    },
    plan=({"code": "attribution.ingroup", "favourable": "invite", "raters": "fixed"},),
    promises={"0": "PASS", "1": "FAIL"},
)
