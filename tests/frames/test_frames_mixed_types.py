"""In a column of mixed types the order of arrival cannot decide how a value is spelled."""

from __future__ import annotations

import pandas as pd
import pytest

from auditkit.frames import tally

MIXED = [True, 1, "x", False, 0, 1.0, None]


@pytest.mark.parametrize("column", [MIXED, MIXED[::-1]])
def test_true_is_not_one_whichever_came_first(column: list) -> None:
    counted = tally(pd.DataFrame({"v": pd.Series(column, dtype=object)}), {"outcome": "v"})
    levels = dict(zip(counted.levels_of("outcome"), counted.cube("outcome", of="n").tolist(), strict=True))
    assert levels == {"True": 1, "1": 2, "x": 1, "False": 1, "0": 1, "(missing)": 1}
