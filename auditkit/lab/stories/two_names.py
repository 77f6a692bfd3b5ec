"""Implicit bias: two applications that differ in nothing but the name at the top."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 20_000
NAMES = ("Emily", "Lakisha")
SHARES = np.array([0.35, 0.35, 0.30])
INVITED = np.array([0.98, 0.02, 0.50])
"""Strong, weak and borderline applications: how many there are, and P(invited)."""
NAME = np.array([0.0, 0.0, 0.30])
"""At dose 1, what one name adds to P(invited) and the other takes away: where the case is clear, nothing."""


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Applications that a model reads four times: under either name, and each of these once more in other words.

    Answers are drawn anew each time. `rows` is rounded down to whole applications.

    >>> draw(1.0, 4, np.random.default_rng(1))[["name", "wording"]].to_numpy().tolist()
    [['Emily', 'original'], ['Lakisha', 'original'], ['Emily', 'paraphrase'], ['Lakisha', 'paraphrase']]
    """
    import pandas as pd

    applications = (ROWS if rows is None else rows) // 4
    kind = rng.choice(len(SHARES), size=(applications, 1), p=SHARES)
    invited = rng.random((applications, 4)) < INVITED[kind] + dose * NAME[kind] * np.array([1, -1, 1, -1])
    columns = {"application": np.repeat(np.arange(1, applications + 1), 4), "name": np.tile(NAMES, 2 * applications)}
    columns["wording"] = np.tile(np.repeat(["original", "paraphrase"], 2), applications)
    return pd.DataFrame(columns | {"answer": np.where(invited.ravel(), "invite", "reject")})


def truth(dose: float) -> Mapping[str, float]:
    """P(invite | Lakisha) - P(invite | Emily) = -.3 × .6 dose; and the flips that are more than chance, .3 (.6 dose)².

    >>> {name: round(value, 3) for name, value in truth(1.0).items()}
    {'invited, Lakisha minus Emily': -0.18, 'flips beyond being asked again': 0.108}
    """
    gap = 2 * dose * NAME
    return {
        "invited, Lakisha minus Emily": -float(SHARES @ gap),
        "flips beyond being asked again": float(SHARES @ gap**2),
    }


STORY = Story(
    name="two_names",
    title="One application and two names",
    family="implicit",
    tale=(
        "In 2001 and 2002 economists answered job advertisements in Boston and Chicago with made-up applications, "
        "and the Emilys were called back more often than the Lakishas who had done just the same. Here a model reads "
        "the applications. It is moody and sometimes changes its answer for no reason, so each is read twice under "
        "either name."
    ),
    planted=(
        f"Lakisha is invited {-100 * truth(1.0)['invited, Lakisha minus Emily']:.0f} percentage points less often "
        f"than Emily with the same application: {200 * NAME[-1]:.0f} on those that could go either way, and none on "
        "the rest."
    ),
    draw=draw,
    truth=truth,
    roles={"item": "application", "group": "name", "arm": "wording", "prediction": "answer"},
    plan=({"code": "implicit.counterfactual", "favourable": "invite", "versus": "Emily"},),
    promises={"0": "PASS", "1": "FAIL"},
)
