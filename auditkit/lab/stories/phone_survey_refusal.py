"""Non-response bias: both kinds of customers are called, and one kind hangs up more often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 5_000
REFUSE = 0.30
MORE = 0.80


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Calls, every other one to a customer of the competitor, and whether they were answered to the end.

    >>> draw(1.0, 4, np.random.default_rng(1))["product"].tolist()
    ['ours', 'competitor', 'ours', 'competitor']
    """
    import pandas as pd

    n = ROWS if rows is None else rows
    theirs = np.arange(n) % 2 == 1
    refused = rng.random(n) < np.where(theirs, REFUSE * (1 + MORE * dose), REFUSE)
    product = np.where(theirs, "competitor", "ours")
    return pd.DataFrame({"product": product, "responded": np.where(refused, "no", "yes")})


def truth(dose: float) -> Mapping[str, float]:
    """The competitor's customers against one's own: of refusal rates 1 + .8 dose, of response rates far less.

    >>> {name: round(value, 3) for name, value in truth(1.0).items()}
    {'refusal, competitor in ratio to ours': 1.8, 'response, competitor in ratio to ours': 0.657}
    """
    theirs = REFUSE * (1 + MORE * dose)
    return {
        "refusal, competitor in ratio to ours": theirs / REFUSE,
        "response, competitor in ratio to ours": (1 - theirs) / (1 - REFUSE),
    }


_TIMES = truth(1.0)["refusal, competitor in ratio to ours"]

STORY = Story(
    name="phone_survey_refusal",
    title="The phone survey that the competitor's customers refuse",
    family="selection",
    tale=(
        "This time the company calls its own customers and the competitor's alike. Those who bought from the "
        "competitor are 80 % more likely to hang up. The list was fair, but the answers are mostly from one side."
    ),
    planted=(
        f"Customers of the competitor refuse {100 * REFUSE * _TIMES:.0f} % of calls, one's own customers "
        f"{100 * REFUSE:.0f} %: {100 * (_TIMES - 1):.0f} % more often."
    ),
    draw=draw,
    truth=truth,
    roles={"group": "product", "responded": "responded"},
    plan=({"code": "selection.refusal", "answered": "yes"},),
    promises={"0": "PASS", "1": "FAIL"},
)
