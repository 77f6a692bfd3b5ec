"""Graduate admissions to the University of California, Berkeley, autumn 1973: the six largest departments.

Counts as published by Bickel, Hammel & O'Connell, "Sex bias in graduate admissions: data from Berkeley", Science 187
(1975), and in the teaching table made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from auditkit.lab.story import Story

if TYPE_CHECKING:
    import pandas as pd

ADMITTED: Mapping[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "A": ((512, 313), (89, 19)),
    "B": ((353, 207), (17, 8)),
    "C": ((120, 205), (202, 391)),
    "D": ((138, 279), (131, 244)),
    "E": ((53, 138), (94, 299)),
    "F": ((22, 351), (24, 317)),
}
"""(admitted, rejected) men, then women, by department."""


def frame() -> pd.DataFrame:
    """One row an applicant: sex, department, and whether they were admitted or rejected.

    >>> len(frame()), frame().columns.tolist()
    (4526, ['sex', 'department', 'admitted'])
    """
    import pandas as pd

    cells = [
        (sex, department, decision, count)
        for department, sexes in ADMITTED.items()
        for sex, counts in zip(("men", "women"), sexes, strict=True)
        for decision, count in zip(("admitted", "rejected"), counts, strict=True)
    ]
    sex, department, decision, counts = (np.array(column) for column in zip(*cells, strict=True))
    columns = {"sex": sex, "department": department, "admitted": decision}
    return pd.DataFrame({name: np.repeat(column, counts) for name, column in columns.items()})


def draw(dose: float, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """The published table, whatever is asked: it has no dose and no chance in it.

    >>> len(draw(0.0, None, np.random.default_rng(1)))
    4526
    """
    return frame()


def truth(dose: float) -> Mapping[str, float]:
    """Admission rate of men less that of women: over all, and standardised to the pooled mix of departments.

    The standardised gap is sum over departments of N_k / N (men's rate - women's rate).

    >>> {name: round(value, 3) for name, value in truth(0.0).items()}
    {'gap, men minus women': 0.142, 'standardised gap, men minus women': -0.043}
    """
    counts = np.array(list(ADMITTED.values()), float)
    men, women = counts.sum(axis=0)[:, 0] / counts.sum(axis=(0, 2))
    within = counts[:, :, 0] / counts.sum(axis=2)
    size = counts.sum(axis=(1, 2)) / counts.sum()
    return {
        "gap, men minus women": float(men - women),
        "standardised gap, men minus women": float(size @ (within[:, 0] - within[:, 1])),
    }


STORY = Story(
    name="berkeley",
    title="Berkeley 1973: the gap that changes sign",
    family="disparity",
    tale=(
        "In the autumn of 1973 Berkeley admitted a far larger share of the men who applied to graduate school than of "
        "the women. Department by department the picture turns: women applied where few are admitted. Which gap is "
        "the bias depends on what is held fixed, so a report has to show both."
    ),
    planted="Nothing was planted: these are the published figures.",
    draw=draw,
    truth=truth,
    roles={"group": "sex", "context": "department", "outcome": "admitted"},
    plan=({"code": "disparity.selection_rate", "favourable": "admitted", "versus": "women", "within": True},),
    promises={"0": "FAIL"},
)
