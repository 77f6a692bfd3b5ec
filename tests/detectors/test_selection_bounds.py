"""Worst-case bounds: by hand, under the keys of the selection rate, and what they withhold at the gate."""

import numpy as np
import pandas as pd
import pytest

from auditkit import audit, gate
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding, NotAssessed
from auditkit.core.judgement import Outcome
from auditkit.core.roles import MISSING
from auditkit.detectors.disparity import SelectionRate
from auditkit.detectors.selection import Bounds

HAND = {("a", "1"): 60, ("a", "0"): 40, ("b", "1"): 30, ("b", "0"): 30, ("b", MISSING): 40}


def told(evidence, **fields):
    return Bounds(**fields).examine(evidence)


def test_by_hand():
    """b: 30 of 60 seen, 40 silent, so .30 to .70 of 100; a .60: the gap is between -.30 and +.10."""
    difference, ratio, a, b = told(Tally.of_cells(("group", "outcome"), HAND))
    assert difference.estimate.value == pytest.approx(-0.1)
    low, high, _ = difference.interval(0.95)
    assert -0.45 < low < -0.30
    assert 0.10 < high < 0.25
    assert ratio.interval(0.95).low < 0.5 < 7 / 6 < ratio.interval(0.95).high
    assert a.interval(0.95).low == pytest.approx(0.502, abs=0.001)  # Wilson's, nobody of a is silent
    assert b.interval(0.95).low < 0.30 < 0.70 < b.interval(0.95).high
    assert "40.0 % of b and the 0.0 % of a" in difference.sentence
    assert "selected +25.0 points more often" in difference.notes[0]
    assert {f.margin for f in (difference, ratio, a, b)} == {None}


@pytest.mark.parametrize("fields", [{}, {"versus": "b"}, {"versus": "highest"}, {"within": True}])
@pytest.mark.parametrize("groups", [2, 4])
def test_its_keys_are_those_of_the_selection_rate(fields, groups):
    rng = np.random.default_rng(2)
    size = 900
    columns = {
        "group": rng.choice(list("abcd")[:groups], size).tolist(),
        "outcome": rng.choice(["1", "0", MISSING], size).tolist(),
        "context": rng.choice(["x", "y"], size).tolist(),
    }
    evidence = Tally.of(columns)
    bounded = {f.key[1:]: f for f in Bounds(**fields).examine(evidence) if isinstance(f, Finding)}
    plain = [f for f in SelectionRate(**fields).examine(evidence) if "standardised" not in f.estimand]
    assert plain
    for finding in plain:
        worst = bounded[finding.key[1:]]
        assert worst.estimate.value == pytest.approx(finding.estimate.value)
        assert worst.interval(0.95).low <= finding.interval(0.95).low + 1e-9
        assert worst.interval(0.95).high >= finding.interval(0.95).high - 1e-9


def test_a_gate_withholds_what_the_silent_could_undo():
    """Equal among 20,000 who answered, and a third of b did not."""
    cells = [("a", 1, 5000), ("a", 0, 5000), ("b", 1, 3350), ("b", 0, 3350), ("b", None, 3300)]
    table = pd.DataFrame([(g, y) for g, y, k in cells for _ in range(k)], columns=["sex", "hired"])
    table["hired"] = table["hired"].astype("Int64")
    alone, both = (
        gate(audit(table, detectors, group="sex", outcome="hired"))
        for detectors in ([SelectionRate()], [SelectionRate(), Bounds()])
    )
    assert alone.outcome is Outcome.PASS
    assert both.outcome is Outcome.INCONCLUSIVE
    assert any("did not answer" in verdict.sentence for verdict in both.verdicts)
    whole = gate(audit(table.dropna(), [SelectionRate(), Bounds()], group="sex", outcome="hired"))
    assert whole.outcome is Outcome.PASS


def test_who_is_said_not_to_have_answered_is_silent():
    columns = {"group": ["a", "b", "b"], "outcome": ["1", "0", "0"], "responded": ["yes", "yes", "no"]}
    difference = told(Tally.of(columns | {"outcome": ["1", "0", "1"]}, n=[50, 30, 20]))[0]
    assert difference.estimate.value == pytest.approx(-1)
    assert "40.0 % of b" in difference.sentence


def test_what_it_refuses():
    with pytest.raises(CannotDecide, match="prediction or outcome"):
        told(Tally.of_cells(("group",), {("a",): 3}))
    with pytest.raises(CannotDecide, match="only one group"):
        told(Tally.of_cells(("group", "outcome"), {("a", "1"): 3, ("a", "0"): 3, ("a", MISSING): 3}))
    with pytest.raises(CannotDecide, match="context"):
        told(Tally.of_cells(("group", "outcome"), HAND), within=True)
    with pytest.raises(InputError, match='no group "c"'):
        told(Tally.of_cells(("group", "outcome"), HAND), versus="c")
    lonely = {("a", "1", "x"): 9, ("a", "0", "x"): 9, ("b", "1", "y"): 9, ("b", MISSING, "y"): 9}
    silent = told(Tally.of_cells(("group", "outcome", "context"), lonely), within=True)
    assert [x.because for x in silent if isinstance(x, NotAssessed)] == [
        "context x has not both groups",
        "context y has not both groups",
    ]
