"""Counts of classes that are named beforehand, so that one that never occurs counts 0 and not nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auditkit.core.estimate import Floats
from auditkit.core.evidence import Tally


def class_counts(tally: Tally, axis: str, classes: Sequence[str], by: str = "", among: Sequence[str] = ()) -> Floats:
    """Count the rows of K classes, the levels of an axis: (K,), or (C, K) for the levels of another axis, `by`.

    The rows of the answer are the levels `among`, or all levels of `by` where that is empty. Other classes and other
    levels are not counted.

    >>> t = Tally.of_cells(("context", "outcome"), {("sky", "blue"): 3, ("sea", "blue"): 2, ("sea", "green"): 1})
    >>> class_counts(t, "outcome", ["blue", "red"]).tolist()
    [5.0, 0.0]
    >>> class_counts(t, "outcome", ["blue", "green"], "context", ["sky", "sea"]).tolist()
    [[3.0, 0.0], [2.0, 1.0]]
    """
    rows = [*(among or tally.levels_of(by))] if by else [""]
    place, column = ({level: i for i, level in enumerate(levels)} for levels in (rows, classes))
    out = np.zeros((len(rows), len(classes)))
    k = np.array([column.get(level, -1) for level in tally.levels_of(axis)], np.int64)[
        tally.codes[:, tally.index(axis)]
    ]
    if by:
        r = np.array([place.get(level, -1) for level in tally.levels_of(by)], np.int64)[tally.codes[:, tally.index(by)]]
    else:
        r = np.zeros(len(tally), np.int64)
    known = (k >= 0) & (r >= 0)
    np.add.at(out, (r[known], k[known]), tally.n[known])
    return out if by else out[0]
