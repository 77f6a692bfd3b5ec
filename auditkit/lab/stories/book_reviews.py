"""Reporting bias: who loved or hated a book writes a review, who merely liked it does not bother."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditkit.lab.story import Story, gathered

if TYPE_CHECKING:
    import pandas as pd

ROWS = 3_000
STARS = np.arange(1, 6)
OPINIONS = np.array([0.10, 0.20, 0.30, 0.25, 0.15])
EAGER = 5.0
"""At dose 1, each star further from the middle makes a reader this many times as likely to review."""


def posting(dose: float) -> NDArray[np.float64]:
    """The probability of posting a review at each opinion: EAGER^(dose (|x - 3| - 2)), 1 at both ends.

    >>> posting(1.0).tolist()
    [1.0, 0.2, 0.04, 0.2, 1.0]
    """
    return np.asarray(EAGER ** (dose * (np.abs(STARS - 3) - 2)), np.float64)


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Posted reviews: readers form opinions, and some of them post.

    >>> draw(1.0, 4, np.random.default_rng(1)).columns.tolist()
    ['reader', 'stars']
    """
    import pandas as pd

    n = ROWS if rows is None else rows
    chance = posting(dose)

    def posts() -> NDArray[np.int64]:
        opinions: NDArray[np.int64] = rng.choice(STARS, size=n, p=OPINIONS)
        return opinions[rng.random(n) < chance[opinions - 1]]

    return pd.DataFrame({"reader": np.arange(1, n + 1), "stars": gathered(n, posts)})


def truth(dose: float) -> Mapping[str, float]:
    """The share of one- and five-star reviews among those posted, less the share of such opinions.

    P(x | posted) = q(x) P(posted | x) / sum over x of the same.

    >>> round(truth(1.0)["excess of extreme reviews"], 3)
    0.46
    """
    posted = OPINIONS * posting(dose)
    extreme = posted[[0, -1]].sum() / posted.sum()
    return {"excess of extreme reviews": float(extreme - OPINIONS[[0, -1]].sum())}


_THINK = float(OPINIONS[[0, -1]].sum())
_POSTED = _THINK + truth(1.0)["excess of extreme reviews"]

STORY = Story(
    name="book_reviews",
    title="Book reviews whose raters hold extreme opinions",
    family="reporting",
    tale=(
        "A model is to learn from a website's book reviews which ones are kind. Readers who loved or hated a book "
        "write; readers whom it left lukewarm move on to the next one. So the model meets few of the measured "
        "sentences that most opinions would be written in, and reads those worst."
    ),
    planted=(
        f"Readers without a strong opinion rarely review: one- and five-star reviews are {100 * _POSTED:.0f} % of "
        f"what is posted and {100 * _THINK:.0f} % of what readers think."
    ),
    draw=draw,
    truth=truth,
    roles={"outcome": "stars", "unit": "reader"},
    plan=(
        {
            "code": "reporting.extremity",
            "extremes": ("1", "5"),
            "reference": {
                "value": {str(star): float(share) for star, share in zip(STARS, OPINIONS, strict=True)},
                "why": "what readers think of their books when a random sample of them is asked",
                "source": "the planted world: the opinions that its readers are drawn from",
            },
        },
    ),
    promises={"0": "PASS", "1": "FAIL"},
)
