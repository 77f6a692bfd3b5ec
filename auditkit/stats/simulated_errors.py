"""Answers that are amounts, off by a size that is known, on items of several intensities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from auditkit.core.evidence import Ints, Tally


def answers_off(arms: Mapping[str, tuple[Ints, Ints]], off: Sequence[float], rng: np.random.Generator) -> Tally:
    """Draw outcomes i + ½ to either side of 0 for intensity i, and predictions of which some are off.

    `arms` holds rows (k,) and wrong answers (k,) by intensity; a wrong one is off by each size of `off` up or down
    equally often.

    >>> world = answers_off({"a": (np.array([5]), np.array([0]))}, [1.0], np.random.default_rng(1))
    >>> world.total, set(world.levels_of("prediction")) <= {"-0.5", "0.5"}
    (5, True)
    """
    cells: dict[tuple[str, ...], int] = {}
    steps = [sign * size for sign in (-1, 1) for size in off]
    for arm, (rows, wrong) in arms.items():
        for i, (size, missed) in enumerate(zip(rows.tolist(), wrong.tolist(), strict=True)):
            kinds = [(side * (i + 0.5), step) for side, step in product((-1, 1), steps)]
            hit = rng.binomial(size - missed, 0.5)
            split = rng.multinomial(missed, [1 / len(kinds)] * len(kinds)).tolist()
            drawn = [(i + 0.5, 0.0, hit), (-i - 0.5, 0.0, size - missed - hit)]
            drawn += [(*kind, count) for kind, count in zip(kinds, split, strict=True)]
            cells |= {(f"{y:g}", f"{y + step:g}", str(i), arm): int(count) for y, step, count in drawn}
    return Tally.of_cells(("outcome", "prediction", "intensity", "arm"), {k: c for k, c in cells.items() if c})
