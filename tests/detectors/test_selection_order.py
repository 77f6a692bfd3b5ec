"""Selection by order: first k, systematic, and frames that are not there."""

import numpy as np
import pytest

from auditkit import audit, gate
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.judgement import Outcome
from auditkit.core.rows import Rows
from auditkit.detectors.selection import Order
from auditkit.gating import alone


def frame(selected, positions=None, **more):
    x = np.arange(len(selected), dtype=float) if positions is None else positions
    return Rows.of({"selected": ["1" if s else "0" for s in selected]} | more, {"position": x})


def test_the_first_two_hundred_of_two_thousand_fail():
    (finding,) = Order().examine(frame(np.arange(2_000) < 200))
    assert finding.estimate.value == pytest.approx(0.9)
    assert alone(finding) is Outcome.FAIL
    assert "90.0 points more" in finding.sentence
    assert finding.counts[0] == ("selected", 200, 2_000, 0.1)


def test_the_last_are_told_as_late():
    (finding,) = Order().examine(frame(np.arange(2_000) >= 1_500))
    assert "75.0 points fewer" in finding.sentence


def test_every_tenth_passes_and_is_said():
    (finding,) = Order().examine(frame(np.arange(4_000) % 10 == 3))
    assert alone(finding) is Outcome.PASS
    assert "consistent with systematic selection" in finding.notes[0]


def test_what_is_missing_takes_no_part_and_is_said():
    x = np.arange(2_000.0)
    x[:100] = np.nan
    (finding,) = Order().examine(frame(np.arange(2_000) % 3 == 0, x))
    assert finding.estimate.n == 1_900
    assert "100 rows lack" in finding.notes[-1]


def test_without_a_frame_nothing_is_told():
    for selected, x in ((np.ones(50, bool), None), (np.arange(50) < 9, np.zeros(50)), (np.arange(2) < 1, [np.nan] * 2)):
        with pytest.raises(CannotDecide):
            Order().examine(frame(selected, x))
    with pytest.raises(InputError):
        Order(chosen="taken").examine(frame(np.arange(50) < 9))


def test_weights_and_units_are_refused():
    with pytest.raises(CannotDecide, match="share rows"):
        Order().examine(frame(np.arange(50) < 9, unit=["u"] * 50))
    rows = Rows.of({"selected": ["0", "1"] * 9}, {"position": np.arange(18.0), "weight": np.ones(18)})
    with pytest.raises(CannotDecide, match="weight"):
        Order().examine(rows)


def test_a_table_goes_all_the_way():
    rng = np.random.default_rng(3)
    table = {"arrived": np.arange(6_000), "taken": rng.random(6_000) < 0.2}
    report = audit(table, [Order()], position="arrived", selected="taken")
    assert gate(report).verdicts
    assert report.findings[0].attribute == "arrived"
