"""Missing values by group: by hand, one finding a column, and a PASS that the data cannot give."""

import numpy as np
import pandas as pd
import pytest

from auditkit import audit
from auditkit.core.errors import CannotDecide
from auditkit.core.evidence import Tally
from auditkit.core.judgement import Outcome
from auditkit.core.roles import MISSING
from auditkit.detectors.selection import Missingness
from auditkit.gating import alone
from auditkit.stats.contrasts import newcombe
from auditkit.stats.proportions import rates, wilson


def test_by_hand():
    cells = {("a", "1"): 70, ("a", "7"): 20, ("a", MISSING): 10, ("b", "1"): 60, ("b", MISSING): 40, (MISSING, "1"): 9}
    (finding,) = Missingness().examine(Tally.of_cells(("group", "feature"), cells))
    curve = newcombe(wilson(rates(40, 100)), wilson(rates(10, 100)))
    assert finding.estimate.value == pytest.approx(0.3)
    assert finding.interval(0.95)[:2] == pytest.approx((curve.lower[2, 0], curve.upper[2, 0]))
    assert finding.sentence.startswith("In feature, missing rate 40.0 % for b against 10.0 % for a")


def test_each_column_by_itself():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"sex": rng.choice(["f", "m"], 500), "income": rng.random(500).round(1), "zip": "x"})
    table.loc[table["sex"].eq("f") & (rng.random(500) < 0.5), "income"] = np.nan
    report = audit(table, [Missingness()], group="sex", feature=["income", "zip"])
    assert {f.stratum: f.estimate.value != 0 for f in report.findings} == {"income": True, "zip": False}


def test_values_that_hide_themselves_never_pass_as_no_bias():
    """Alike in both groups, and missing for what they are: the rates cannot show it, and no PASS says otherwise."""
    world = Missingness().plant(0.0, 40_000, np.random.default_rng(2), Missingness.nuisances[1])
    (careful,) = Missingness().examine(world.evidence)
    (told,) = Missingness(ignorable="a follow-up found the same values").examine(world.evidence)
    assert alone(careful) is Outcome.INCONCLUSIVE
    assert "cannot be told from the data" in careful.caps[0].because
    assert "No test confirms" in careful.notes[0]
    assert alone(told) is Outcome.PASS
    assert told.notes == ("Taken as ignorable: a follow-up found the same values.",)


def test_nothing_missing_hides_nothing():
    cells = {("a", "1"): 5_000, ("b", "1"): 5_000}
    (finding,) = Missingness().examine(Tally.of_cells(("group", "feature"), cells))
    assert finding.caps == ()
    assert alone(finding) is Outcome.PASS


def test_one_group_decides_nothing():
    with pytest.raises(CannotDecide, match="only one group"):
        Missingness().examine(Tally.of_cells(("group", "feature"), {("a", "1"): 5, ("a", MISSING): 5}))
