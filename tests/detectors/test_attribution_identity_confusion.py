"""Identity confusion by hand, what it withholds, and how people are drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from auditkit import audit
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Rows
from auditkit.core.judgement import Outcome
from auditkit.detectors.attribution import IdentityConfusion
from auditkit.gating import alone
from auditkit.stats import false_matches

IN = IdentityConfusion(ingroup="in")


def faces(angles, groups, units=None):
    a = np.asarray(angles, float)
    columns = {"group": list(groups)} | ({} if units is None else {"unit": list(units)})
    return Rows.of(columns, {"vector": np.column_stack([np.cos(a), np.sin(a)])})


def test_rates_by_hand_at_a_given_threshold():
    """Within .25 of one another: 2 of 3 pairs outside, 1 of 3 within; one person's own two images do not count."""
    rows = faces([0, 0.1, 0.3, 0, 0.2, 1, 1.001], ["out"] * 3 + ["in"] * 4, "abcdeff")
    (finding,) = IdentityConfusion(ingroup="in", threshold=float(np.cos(0.25))).examine(rows)
    assert finding.estimate.value == pytest.approx((2 / 3) / (1 / 5))
    assert finding.estimate.clusters == 3
    assert "cosine > 0.969" in finding.sentence


def test_under_a_hundred_people_no_verdict_however_large_the_ratio():
    few, enough = (IN.plant(1.0, n, np.random.default_rng(1)).evidence for n in (240, 800))
    (finding,) = IN.examine(few)
    assert {cap.withholds for cap in finding.caps} == {"PASS", "FAIL"}
    assert alone(finding) is Outcome.INCONCLUSIVE
    (finding,) = IN.examine(enough)
    assert finding.caps == ()
    assert alone(finding) is Outcome.FAIL


def test_a_group_told_apart_better_is_no_bias():
    rng = np.random.default_rng(2)
    angles = np.concatenate([2 * rng.standard_normal(400), rng.standard_normal(400)])
    (finding,) = IN.examine(faces(angles, ["out"] * 400 + ["in"] * 400))
    assert finding.interval(0.95).high < 0.9
    assert alone(finding) is Outcome.PASS


def test_every_row_is_a_person_where_units_are_dropped():
    angles = np.random.default_rng(3).standard_normal(300)
    groups = np.resize(["in", "out"], 300)
    own = IN.examine(faces(angles, groups, [f"p{i}" for i in range(300)]))[0].estimate
    assert IN.examine(faces(angles, groups))[0].estimate.value == pytest.approx(own.value)


def test_people_are_drawn_by_the_hash_of_the_rows(monkeypatch):
    rows = IN.plant(0.5, 800, np.random.default_rng(4)).evidence
    (whole,) = IN.examine(rows)
    monkeypatch.setattr(false_matches.drawn_subjects, "__defaults__", (300,))
    halves = rows.taken(np.arange(0, 800, 2)) + rows.taken(np.arange(1, 800, 2))
    (one,), (two,) = IN.examine(rows), IN.examine(halves)
    assert one.estimate == two.estimate
    assert one.estimate.n <= 600
    assert one.estimate.value != whole.estimate.value
    assert any("drawn" in note for note in one.notes)
    assert not any("drawn" in note for note in whole.notes)


def test_what_decides_nothing_says_why():
    with pytest.raises(CannotDecide, match="nothing can be compared"):
        IN.examine(faces([0, 1], ["in", "in"]))
    with pytest.raises(InputError, match="Say which with ingroup"):
        IdentityConfusion().examine(faces([0, 1], ["a", "b"]))
    with pytest.raises(CannotDecide, match="no row of in has a vector with a direction"):
        IN.examine(Rows.of({"group": ["in", "out"]}, {"vector": [[0.0, 0.0], [1.0, 0.0]]}))
    (finding,) = IN.examine(faces([0, 0.1, 0.2], ["in", "in", "out"]))
    assert "one person" in finding.estimate.reason
    with pytest.raises(InputError, match="between 0 and 1"):
        IdentityConfusion(ingroup="in", false_match_rate=1.0).examine(faces([0, 1, 2, 3], ["in", "in", "out", "out"]))


def test_through_the_front_door():
    rng = np.random.default_rng(5)
    angle = rng.standard_normal(400) * np.resize([1.0, 0.3], 400)
    frame = pd.DataFrame(
        {"x": np.cos(angle), "y": np.sin(angle), "who": np.arange(400) // 2, "race": np.resize(["in", "out"], 400)}
    )
    frame["race"] = np.repeat(np.resize(["in", "out"], 200), 2)
    report = audit(frame, IN, unit="who", group="race", vector=["x", "y"])
    (finding,) = report.findings
    assert (finding.level, finding.estimate.clusters) == ("out", 100)
