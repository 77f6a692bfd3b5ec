"""Sampling bias: whoever answers the e-mail first is taken, and the eager answer first."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 20_000
TAKEN = 0.10
EAGERNESS = 0.40
"""The correlation of enthusiasm with answering early, at dose 1."""
SPENDING = 0.50
"""The correlation of enthusiasm with spending, at every dose."""


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Invited consumers, and whether they were among the first tenth to answer.

    How early somebody answers is s z + sqrt(1 - s^2) e, with z their enthusiasm and s = .4 dose.

    >>> (draw(1.0, 40, np.random.default_rng(1))["selected"] == "yes").sum()
    np.int64(4)
    """
    import pandas as pd

    n = ROWS if rows is None else rows
    keen, thrift, chance = rng.standard_normal((3, n))
    early = EAGERNESS * dose * keen + np.sqrt(1 - (EAGERNESS * dose) ** 2) * chance
    selected = np.full(n, "no", dtype="<U3")
    selected[np.argsort(-early)[: round(TAKEN * n)]] = "yes"
    spend = 100 + 20 * (SPENDING * keen + np.sqrt(1 - SPENDING**2) * thrift)
    age = rng.integers(18, 81, n)
    return pd.DataFrame({"enthusiasm": 50 + 10 * keen, "age": age, "spend": spend, "selected": selected})


def truth(dose: float) -> Mapping[str, float]:
    """Mean of the selected less mean of the frame, in standard deviations of the frame.

    The first share f of a normal order has mean phi(z) / f with Phi(z) = 1 - f; a property that correlates c with
    the order has c phi(z) / f. Exact for a large frame.

    >>> {name: round(value, 3) for name, value in truth(1.0).items()}
    {'enthusiasm': 0.702, 'spend': 0.351, 'age': 0.0}
    """
    normal = NormalDist()
    lead = EAGERNESS * dose * normal.pdf(normal.inv_cdf(1 - TAKEN)) / TAKEN
    return {"enthusiasm": lead, "spend": SPENDING * lead, "age": 0.0}


STORY = Story(
    name="first_200",
    title="The first 200 who answered the e-mail",
    family="selection",
    tale=(
        "Instead of drawing buyers at random, the surveyor writes to 2,000 of them and takes the first 200 who "
        "answer. Who answers within the hour likes the product better than who answers next week, or never. Here the "
        f"e-mail goes to {ROWS:,} and the first {TAKEN * ROWS:,.0f} are taken, the same tenth, because 200 answers are "
        "too few to rule out that they differ a little."
    ),
    planted=(
        f"The first tenth to answer are {truth(1.0)['enthusiasm']:.2f} standard deviations more enthusiastic than "
        f"all who were invited, and {truth(1.0)['spend']:.2f} above them in spending; in age they do not differ."
    ),
    draw=draw,
    truth=truth,
    roles={"selected": "selected", "feature": ("enthusiasm", "age", "spend")},
    plan=({"code": "selection.frame", "chosen": "yes"},),
    promises={"0": "PASS", "1": "FAIL"},
)
