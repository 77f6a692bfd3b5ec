"""Out-group homogeneity: applicants from outside the academy are taken as all alike, whatever their test says."""

from __future__ import annotations

from collections.abc import Mapping
from math import comb, sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 12_000
TASKS = 10
WORTH = 1.2
"""What one standard deviation of the test is worth in the logit of an invitation, for applicants of the academy."""


def chance(score: NDArray[np.int64], slope: float) -> NDArray[np.float64]:
    """P(invited) at a score: logit P = slope z, with z = (score - 5) / sqrt(2.5), the score's own scale.

    >>> chance(np.array([5]), 1.2).tolist()
    [0.5]
    """
    standard = (score - TASKS / 2) / sqrt(TASKS / 4)
    return np.asarray(1 / (1 + np.exp(-slope * standard)), np.float64)


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Applicants, every other one from outside, with a test of ten tasks that both groups solve equally well.

    The test moves an invitation by 1.2 logits a standard deviation inside, by (1 - dose) as much outside.

    >>> draw(1.0, 4, np.random.default_rng(1))["academy"].tolist()
    ['yes', 'no', 'yes', 'no']
    """
    import pandas as pd

    n = ROWS if rows is None else rows
    outside = np.arange(n) % 2 == 1
    score = rng.binomial(TASKS, 0.5, n)
    likely = np.where(outside, chance(score, WORTH * (1 - dose)), chance(score, WORTH))
    invited = np.where(rng.random(n) < likely, "yes", "no")
    return pd.DataFrame({"academy": np.where(outside, "no", "yes"), "score": score, "invited": invited})


def auc(slope: float) -> float:
    """P(score of an invited > score of a rejected applicant) + half the ties: exact sums over the eleven scores.

    >>> auc(0.0)
    0.5
    """
    score = np.arange(TASKS + 1)
    share = np.array([comb(TASKS, k) for k in score]) / 2**TASKS
    invited, rejected = share * chance(score, slope), share * (1 - chance(score, slope))
    below = np.cumsum(rejected) - rejected / 2
    return float(invited @ below / (invited.sum() * rejected.sum()))


def truth(dose: float) -> Mapping[str, float]:
    """Inside less outside: the slope of the logit per standard deviation (1.2 dose), and the area under the curve.

    >>> {name: round(value, 3) for name, value in truth(1.0).items()}
    {'slope, inside minus outside': 1.2, 'area, inside minus outside': 0.269}
    """
    return {
        "slope, inside minus outside": WORTH * dose,
        "area, inside minus outside": auc(WORTH) - auc(WORTH * (1 - dose)),
    }


STORY = Story(
    name="outside_the_academy",
    title="The applicants outside the academy, taken as all alike",
    family="attribution",
    tale=(
        "The same two engineers are sure that nobody learns to write software outside an academy. They read the test "
        "scores of those who attended one, and do not look at the scores of those who did not. A brilliant outsider "
        "and a hopeless one have the same chance."
    ),
    planted=(
        f"A standard deviation of the test score moves the odds of an invitation by a factor of {np.exp(WORTH):.1f} "
        f"inside the academy and of {np.exp(WORTH - truth(1.0)['slope, inside minus outside']):.1f} outside."
    ),
    draw=draw,
    truth=truth,
    roles={"group": "academy", "outcome": "invited", "evidence": "score"},
    plan=({"code": "attribution.individual_signal", "ingroup": "yes", "favourable": "yes"},),
    promises={"0": "PASS", "1": "FAIL"},
)
