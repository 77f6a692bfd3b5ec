"""Coverage bias: the survey calls only one's own customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditkit.lab.story import Story, gathered

if TYPE_CHECKING:
    import pandas as pd

ROWS = 3_000
COMPETITOR = 0.55


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Consumers on the survey's list: a fraction `dose` of the competitor's customers never gets onto it.

    >>> draw(1.0, 4, np.random.default_rng(1))["product"].tolist()
    ['ours', 'ours', 'ours', 'ours']
    """
    import pandas as pd

    n = ROWS if rows is None else rows

    def listed() -> NDArray[np.bool_]:
        theirs = rng.random(n) < COMPETITOR
        return theirs[~theirs | (rng.random(n) >= dose)]

    return pd.DataFrame({"product": np.where(gathered(n, listed), "competitor", "ours")})


def truth(dose: float) -> Mapping[str, float]:
    """Shares on the list, p = (1 - dose) pi / (1 - dose pi) for the competitor's, set against the market's pi.

    >>> {name: round(value, 3) for name, value in truth(1.0).items()}
    {'total variation': 0.55, 'representation of competitor': 0.0, 'representation of ours': 2.222}
    """
    listed = 1 - dose * COMPETITOR
    return {
        "total variation": COMPETITOR - (1 - dose) * COMPETITOR / listed,
        "representation of competitor": (1 - dose) / listed,
        "representation of ours": 1 / listed,
    }


STORY = Story(
    name="phone_survey_coverage",
    title="The phone survey of one's own customers only",
    family="selection",
    tale=(
        "To forecast how a new product will sell, a company telephones people who bought it. Nobody calls those who "
        "looked at it and took the competitor's instead. What kept them away is missing from the data, and from every "
        "forecast that is trained on them."
    ),
    planted=(
        f"The competitor's customers, {100 * COMPETITOR:.0f} % of the market, are "
        f"{100 * COMPETITOR * truth(1.0)['representation of competitor']:.0f} % of the consumers on the survey's list."
    ),
    draw=draw,
    truth=truth,
    roles={"group": "product"},
    plan=(
        {
            "code": "selection.composition",
            "reference": {
                "value": {"ours": 1 - COMPETITOR, "competitor": COMPETITOR},
                "why": "who bought which product in the whole market",
                "source": "the planted world: the market that its consumers are drawn from",
            },
        },
    ),
    promises={"0": "PASS", "1": "FAIL"},
)
