"""Automation bias: dispatchers give up what they had right because the machine says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ROWS = 15_000
CALLS = 25
ARMS = ("aided", "unaided", "control", "aided", "unaided")
RIGHT = 0.85
ADVISED = 0.60
"""P(a first decision is right) and P(the advice is right)."""
SECOND = 0.10
MENDED = SECOND * RIGHT / (1 - RIGHT)
"""On second thoughts right decisions are given up, and wrong ones mended, so that as many are right as before."""
TAKEN = 0.60
MORE = 0.50
"""P(right advice is taken by who was wrong), and how much more often wrong advice undoes what was right at dose 1."""


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Calls of dispatchers, 25 each: what the case was, the first decision, the machine's advice, the final decision.

    Two dispatchers in five see the advice; one thinks twice without it; two decide once, and first is final. How often
    somebody is right, and changes their mind, differs from one dispatcher to the next. `rows` should be a multiple of
    25.

    >>> draw(1.0, 125, np.random.default_rng(1)).groupby("dispatcher", sort=False)["arm"].first().tolist()
    ['aided', 'unaided', 'control', 'aided', 'unaided']
    """
    import pandas as pd

    n = ROWS if rows is None else rows
    dispatcher = np.arange(n) // CALLS
    arm = np.array(ARMS)[dispatcher % len(ARMS)]
    aided, once = arm == "aided", arm == "unaided"
    skill, yielding = rng.uniform([[-0.1], [0.5]], [[0.1], [1.5]], (2, dispatcher[-1] + 1))[:, dispatcher]
    right, advised = rng.random(n) < RIGHT + skill, rng.random(n) < ADVISED
    swayed = np.where(right, SECOND + MORE * dose, MENDED)
    change = np.where(aided & advised, np.where(right, 0.0, TAKEN), np.where(aided, swayed, 0.0))
    change = np.where(arm == "control", np.where(right, SECOND, MENDED), change)
    final = right ^ (~once & (rng.random(n) < yielding * change))
    urgent = rng.random(n) < 0.5
    said = {"case": urgent} | {k: urgent == v for k, v in (("first", right), ("advice", advised), ("final", final))}
    columns = {name: np.where(yes, "urgent", "can wait") for name, yes in said.items()}
    return pd.DataFrame({"dispatcher": dispatcher + 1, "arm": arm} | columns)


def truth(dose: float) -> Mapping[str, float]:
    """What is given up for wrong advice less what is given up unasked, .5 dose; and the errors that are made of it.

    >>> {name: round(value, 3) for name, value in truth(1.0).items()}
    {'right decisions given up, aided minus control': 0.5, 'errors on wrong advice, aided minus unaided': 0.425}
    """
    return {
        "right decisions given up, aided minus control": MORE * dose,
        "errors on wrong advice, aided minus unaided": RIGHT * MORE * dose,
    }


STORY = Story(
    name="dispatch_advice",
    title="The dispatchers who had it right",
    family="automation",
    tale=(
        "A call comes in and the dispatcher decides: an ambulance at once, or it can wait. Then a machine that "
        "listened too says what it thinks, and is wrong two times in five. People also change their minds unasked, so "
        "some are given a second look and no advice: only what goes beyond them is owed to the machine."
    ),
    planted=(
        f"For wrong advice {100 * (SECOND + MORE):.0f} % of right decisions are given up; on second thoughts alone "
        f"{100 * SECOND:.0f} % are."
    ),
    draw=draw,
    truth=truth,
    roles={
        "unit": "dispatcher",
        "arm": "arm",
        "truth": "case",
        "initial": "first",
        "advice": "advice",
        "final": "final",
    },
    plan=({"code": "automation.reliance"},),
    promises={"0": "PASS", "1": "FAIL"},
)
