"""The gate's page says what an undecided verdict waits for, and rows only where rows are what it waits for."""

from __future__ import annotations

import pytest

from auditkit.core.judgement import Outcome, Verdict
from auditkit.wording import STOPPED

pytest.importorskip("streamlit")


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("Of 1 report so far 0.1, 60 rows. Bets need more reports: stake multiplied by 2.0, ...", "more reports"),
        ("Bets need more answers: stake multiplied by 2.0, and 20 settles it.", "more answers"),
        (STOPPED, "an earlier comparison"),
        ("The interval reaches across the margin. No realistic number of rows settles it.", "no realistic number"),
    ],
)
def test_what_it_waits_for(sentence: str, told: str) -> None:
    from dashboards.parts.gate.weighed import _otherwise

    assert _otherwise(Verdict("within", Outcome.INCONCLUSIVE, sentence)) == told
