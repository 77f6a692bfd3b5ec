"""Modes by hand, what makes it speak and what does not, what is drawn, and what it withholds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from auditkit import audit
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Rows
from auditkit.core.finding import Finding, NotAssessed
from auditkit.core.judgement import Outcome
from auditkit.detectors.selection import Modes, modes
from auditkit.gating import alone
from auditkit.stats.neighbours import expected_coverage

IN = Modes(ingroup="in")


def rows_of(cells, **more):
    """Rows from {(group, arm): points}."""
    points = {cell: np.asarray(x, float).reshape(len(x), -1) for cell, x in cells.items()}
    columns = {axis: [cell[i] for cell, x in points.items() for _ in x] for i, axis in enumerate(("group", "arm"))}
    return Rows.of(columns | more, {"vector": np.concatenate(list(points.values()))})


def fair(rng, sizes):
    return rows_of({cell: rng.standard_normal((n, 2)) for cell, n in sizes.items()})


def told(rows, detector=IN):
    return {(f.estimand, f.level, f.stratum): f for f in detector.examine(rows) if isinstance(f, Finding)}


def test_by_hand_with_the_nearest_neighbour():
    """Four real points, each 1 from its neighbour: two of them covered outside, all within; 4/7 is expected."""
    rows = rows_of(
        {
            ("out", "real"): [0, 1, 10, 11],
            ("out", "gan"): [0.5, 0.6, 0.7, 50],
            ("in", "real"): [0, 1, 10, 11],
            ("in", "gan"): [0.5, 10.5, 30, 40],
        }
    )
    found = told(rows, Modes(ingroup="in", neighbours=1))
    assert next(iter(found)) == ("coverage gap", "out", "")
    gap = found["coverage gap", "out", ""]
    assert gap.estimate.value == pytest.approx(0.5)
    assert [(c.label, c.hits, c.n) for c in gap.counts] == [("out", 2, 4), ("in", 0, 4)]
    assert found["coverage shortfall", "out", ""].estimate.value == pytest.approx(4 / 7 - 1 / 2)
    assert found["coverage shortfall", "in", ""].estimate.value == pytest.approx(4 / 7 - 1)
    assert {cap.withholds for cap in gap.caps} == {"PASS", "FAIL"}
    assert all(f.margin is None for f in found.values() if f is not gap)


def test_a_minority_of_which_nine_tenths_are_lost_fails_and_a_fair_generator_passes():
    bad, good = (IN.plant(dose, IN.n_min, np.random.default_rng(1)).evidence for dose in (1.0, 0.0))
    assert alone(told(bad)["coverage gap", "out", ""]) is Outcome.FAIL
    assert alone(told(good)["coverage gap", "out", ""]) is Outcome.PASS
    assert told(good)["coverage shortfall", "out", ""].notes[0].startswith("As good as fresh real rows: p = ")


def test_half_of_a_group_thinned_to_a_tenth_fails_with_a_thousand_rows_a_sample():
    """Every real neighbourhood there has .18 generated rows where .18/1.18 is drawn, five times: .43 are missed."""
    rng, n = np.random.default_rng(2), 1_000
    far = {"out real": 0.5, "out made": 0.05 / 0.55, "in real": 0.5, "in made": 0.5}
    cells = {
        tuple(cell.split()): rng.standard_normal((n, 2)) + 40 * (rng.random((n, 1)) < share)
        for cell, share in far.items()
    }
    cells = {(group, "real" if arm == "real" else "gan"): x for (group, arm), x in cells.items()}
    gap = told(rows_of(cells))["coverage gap", "out", ""]
    assert gap.estimate.value == pytest.approx(0.189, abs=0.08)
    assert alone(gap) is Outcome.FAIL


@pytest.mark.parametrize("nuisance", Modes.nuisances)
def test_what_is_no_gap_does_not_trip_it(nuisance):
    found = told(IN.plant(1.0, IN.n_min, np.random.default_rng(3), nuisance).evidence)
    gap = found["coverage gap", "out", ""]
    assert gap.interval(0.95).low < 0 < gap.interval(0.95).high
    assert alone(gap) is not Outcome.FAIL
    poor = found["coverage shortfall", "out", ""].interval(0.95).low > 0.1
    assert poor == (nuisance == "an equally poor generator")


def test_no_order_of_rows_matters_where_some_are_drawn():
    rng = np.random.default_rng(4)
    rows = fair(rng, {("out", "real"): 60, ("out", "gan"): 70, ("in", "real"): 150, ("in", "gan"): 90})
    mixed = rng.permutation(len(rows))
    columns = {axis: rows.column(axis)[mixed].tolist() for axis in rows.axes}
    again = Rows.of(columns, {"vector": rows.numbers["vector"][mixed]})
    assert IN.examine(again) == IN.examine(rows)
    gap = told(rows)["coverage gap", "out", ""]
    assert [count.n for count in gap.counts] == [60, 60]
    assert "Drawn at random: 60 real and as many generated rows of a group." in gap.notes
    assert not gap.caps


def test_the_gap_is_the_difference_of_the_shortfalls_that_are_told():
    rng = np.random.default_rng(5)
    sizes = {(g, arm): n for g, n in (("out", 80), ("in", 120), ("third", 100)) for arm in ("real", "gan")}
    found = told(fair(rng, sizes))
    short = {level: f.estimate.value for (estimand, level, _), f in found.items() if estimand == "coverage shortfall"}
    assert found["coverage gap", "third", ""].estimate.value == pytest.approx(short["third"] - short["in"])
    missed = found["coverage shortfall", "in", ""].counts[0]
    assert short["in"] == pytest.approx(expected_coverage(80, 80) - 1 + missed.rate)


def test_a_group_too_small_for_a_verdict_withholds_its_own_alone():
    sizes = {(g, arm): n for g, n in (("out", 60), ("in", 60), ("few", 30)) for arm in ("real", "gan")}
    found = told(fair(np.random.default_rng(6), sizes))
    few, out = (found["coverage gap", level, ""] for level in ("few", "out"))
    assert "30 real or generated rows" in few.caps[0].because
    assert alone(few) is Outcome.INCONCLUSIVE
    assert (out.caps, out.counts[0].n, few.counts[0].n) == ((), 60, 30)


def test_what_is_never_generated_is_a_question_of_shares():
    rng = np.random.default_rng(7)
    cells = {("out", "real"): 60, ("in", "real"): 60, ("in", "gan"): 60, ("new", "gan"): 60}
    items = IN.examine(fair(rng, cells))
    silent = {item.because for item in items if isinstance(item, NotAssessed)}
    assert silent == {
        "gan has generated nothing of out: how often a group is shown is the question of reporting.generator_frequency",
        "there is no real row of new, so there is nothing to cover",
    }
    assert [item.estimand for item in items if isinstance(item, Finding)] == ["coverage shortfall"]


def test_every_generator_is_told_by_itself():
    rng = np.random.default_rng(8)
    sizes = {(g, arm): 55 for g in ("in", "out") for arm in ("photo", "gan", "vae")}
    found = told(fair(rng, sizes), Modes(ingroup="in", real="photo"))
    assert {stratum for *_, stratum in found} == {"gan", "vae"}
    assert "by vae" in found["coverage gap", "out", "vae"].sentence


def test_at_most_so_many_rows_are_compared(monkeypatch):
    monkeypatch.setattr(modes, "MOST", 55)
    found = told(fair(np.random.default_rng(9), {(g, arm): 80 for g in ("in", "out") for arm in ("real", "gan")}))
    assert found["coverage gap", "out", ""].counts[0].n == 55


def test_what_decides_nothing_says_why():
    sizes = {(g, arm): 9 for g in ("in", "out") for arm in ("real", "gan")}
    rows = fair(np.random.default_rng(10), sizes)
    with pytest.raises(InputError, match="Say which with ingroup"):
        Modes().examine(rows)
    with pytest.raises(InputError, match=r'has no level "reel".*[Dd]id you mean'):
        Modes(ingroup="in", real="reel").examine(rows)
    with pytest.raises(InputError, match="neighbours is 0"):
        Modes(ingroup="in", neighbours=0).examine(rows)
    with pytest.raises(CannotDecide, match="nothing can be compared"):
        IN.examine(rows.where("arm", "gan"))
    with pytest.raises(CannotDecide, match="units share rows"):
        IN.examine(rows_of({("in", "real"): [1, 2]}, unit=["a", "a"]))
    gap = told(rows, Modes(ingroup="in", neighbours=20))["coverage gap", "out", ""]
    assert "9 real points have no neighbour number 20" in gap.sentence


def test_through_the_front_door():
    rng = np.random.default_rng(11)
    frame = pd.DataFrame(rng.standard_normal((300, 2)), columns=["x", "y"])
    frame["gender"] = np.resize(["in", "in", "in", "out", "out", "out"], 300)
    frame["from"] = np.resize(["real", "gan"], 300)
    frame.loc[0, "x"] = np.nan
    report = audit(frame, IN, group="gender", arm="from", vector=["x", "y"])
    assert [f.estimand for f in report.findings].count("coverage gap") == 1
    assert any("1 rows lack" in note for f in report.findings for note in f.notes)
