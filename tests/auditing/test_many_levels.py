"""A column of names in place of groups is refused at once, however many names it has."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

import auditkit
from auditkit.detectors import disparity

SECONDS = 5.0
"""Of CPU; it takes about half of one. Looking each level up among all took 23."""


@pytest.mark.parametrize(
    "detector", [disparity.SelectionRate("yes"), disparity.ErrorRates("yes")], ids=lambda d: d.code
)
def test_seventy_thousand_groups_are_refused_at_once(detector: object) -> None:
    n = 140_000  # two rows each: a name of each row is refused before it is counted by any detector
    said = np.where(np.arange(n) % 3 == 0, "no", "yes")
    table = pd.DataFrame({"name": [f"person {k // 2}" for k in range(n)], "hired": said, "said": said[::-1]})
    auditkit.audit(table[:100], [detector], group="name", outcome="hired", prediction="said")  # imports are not timed
    begun = time.process_time()
    report = auditkit.audit(table, [detector], group="name", outcome="hired", prediction="said")
    assert time.process_time() - begun < SECONDS
    assert report.findings == ()
    assert {one.because for one in report.not_assessed} == {
        "70,000 levels are too many to compare each with the others: at most 5,000 are"
    }
