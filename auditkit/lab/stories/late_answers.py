"""Non-response bias: the form closes on Friday, and who works nights had no time to fill it in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 5_000
LATE = 0.10
LATER = 0.25
CONTENT = {"day": 0.70, "night": 0.40}


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Employees, every other one on nights, and their answers, which are missing where they came too late.

    P(late) = .1 by day and .1 + .25 dose by night, whatever the answer.

    >>> draw(0.0, 4, np.random.default_rng(1))["shift"].tolist()
    ['day', 'night', 'day', 'night']
    """
    import pandas as pd

    n = ROWS if rows is None else rows
    night = np.arange(n) % 2 == 1
    content = rng.random(n) < np.where(night, CONTENT["night"], CONTENT["day"])
    late = rng.random(n) < LATE + LATER * dose * night
    answer = pd.Series(np.where(content, "content", "not content")).mask(late)
    return pd.DataFrame({"shift": np.where(night, "night", "day"), "answer": answer})


def truth(dose: float) -> Mapping[str, float]:
    """Missing rates by night less by day; and the share that is content as it is seen, less as it is.

    >>> {name: round(value, 3) for name, value in truth(1.0).items()}
    {'late, night minus day': 0.25, 'content, seen minus all': 0.024}
    """
    seen = np.array([1 - LATE, 1 - LATE - LATER * dose])
    content = np.array([CONTENT["day"], CONTENT["night"]])
    return {
        "late, night minus day": LATER * dose,
        "content, seen minus all": float(np.cov(seen, content, ddof=0)[0, 1] / seen.mean()),
    }


STORY = Story(
    name="late_answers",
    title="The answers that came after Friday",
    family="selection",
    tale=(
        "How content are you with your work? The form goes to everybody on Monday and closes on Friday. Those who "
        "work by day fill it in at their desks; those who work nights sleep, and mean to do it at the weekend. The "
        "firm learns that its people are happier than they are. Late answers were opened in the end, and within a "
        "shift they were like the others."
    ),
    planted=(
        f"On nights {100 * (LATE + LATER):.0f} % of the answers come too late, by day {100 * LATE:.0f} %; that makes "
        f"the firm look {100 * truth(1.0)['content, seen minus all']:.1f} percentage points more content."
    ),
    draw=draw,
    truth=truth,
    roles={"group": "shift", "feature": "answer"},
    plan=(
        {
            "code": "selection.missingness",
            "versus": "day",
            "ignorable": "the late answers were opened in the end, and within a shift they were like those in time",
        },
    ),
    promises={"0": "PASS", "1": "FAIL"},
)
