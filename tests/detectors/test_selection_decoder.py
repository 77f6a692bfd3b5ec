"""Deployed against ancestral sampling by hand: shares, paired seeds, sweeps, and what cancels."""

from __future__ import annotations

import numpy as np
import pytest

from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding, NotAssessed
from auditkit.core.judgement import Outcome
from auditkit.core.roles import MISSING
from auditkit.detectors.selection import Decoder
from auditkit.gating import alone
from auditkit.stats.pairs import paired_difference


def rows(**arms):
    """Counts of levels by arm, without contexts."""
    cells = {(arm, level): n for arm, levels in arms.items() for level, n in levels.items()}
    return Tally.of_cells(("arm", "group"), cells)


def shifts(told):
    return {(f.level, f.stratum): f for f in told if isinstance(f, Finding) and f.estimand == "share difference"}


def test_two_levels_make_one_shift_by_newcombe():
    told = Decoder().examine(rows(deployed={"a": 14, "b": 56}, ancestral={"a": 32, "b": 48}))
    (shift,) = shifts(told).values()
    assert [f.estimand for f in told] == ["share difference", "mean total variation", "diversity ratio"]
    assert [round(end, 4) for end in shift.interval()[:2]] == [0.0524, 0.3339]  # published: Newcombe 1998
    assert (shift.level, shift.versus, shift.stratum) == ("deployed", "ancestral", "b")
    assert [(c.label, c.hits, c.n) for c in shift.counts] == [("deployed", 56, 70), ("ancestral", 48, 80)]
    assert shift.sentence.startswith("b under deployed against ancestral: a difference of +20.0 points")
    assert told[1].estimate.value == pytest.approx(0.2)


def test_every_scale_of_guidance_is_held_against_none():
    sweep = {"1": (40, 60), "2": (45, 55), "4": (60, 40), "7.5": (80, 20)}
    world = rows(**{arm: {"woman": w, "man": m} for arm, (w, m) in sweep.items()})
    curve = shifts(Decoder(ancestral="1").examine(world))
    assert [arm for arm, _ in curve] == ["2", "4", "7.5"]
    assert [f.estimate.value for f in curve.values()] == pytest.approx([0.05, 0.2, 0.4])
    (only,) = shifts(Decoder(deployed=("4",), ancestral="1").examine(world))
    assert only == ("4", "woman")


def test_three_levels_are_told_each():
    world = rows(deployed={"x": 60, "y": 30, "z": 10}, ancestral={"x": 40, "y": 30, "z": 30})
    told = {level: f.estimate.value for (_, level), f in shifts(Decoder().examine(world)).items()}
    assert told == pytest.approx({"x": 0.2, "y": 0.0, "z": -0.2})


def test_paired_seeds_are_compared_with_themselves():
    both, first, second, neither = 59, 6, 16, 80
    seen = [("b", "b")] * both + [("b", "a")] * first + [("a", "b")] * second + [("a", "a")] * neither
    columns = {
        "arm": ["deployed", "ancestral"] * len(seen),
        "item": np.repeat(np.arange(len(seen)), 2).astype(str).tolist(),
        "group": [level for pair in seen for level in pair],
    }
    (shift,) = shifts(Decoder().examine(Tally.of(columns))).values()
    assert shift.interval(0.95) == paired_difference(both, first, second, neither).interval(0.95)
    (crude,) = shifts(Decoder().examine(Tally.of({k: v for k, v in columns.items() if k != "item"}))).values()
    assert np.ptp(shift.interval()[:2]) < 0.7 * np.ptp(crude.interval()[:2])
    assert any("items are what is sampled" in note for note in shift.notes)


def test_contexts_that_lean_opposite_ways_cancel_and_diversity_still_falls():
    cells = {
        (arm, context, level): n
        for arm, high in (("deployed", 900), ("ancestral", 700))
        for context, levels in (("nurse", "ba"), ("smith", "ab"))
        for level, n in zip(levels, (high, 1000 - high), strict=True)
    }
    told = Decoder().examine(Tally.of_cells(("arm", "context", "group"), cells))
    shift, distance, diversity = told
    assert shift.estimate.value == pytest.approx(0)
    assert distance.estimate.value == pytest.approx(0.2)
    assert distance.estimate.lower[2] is None  # averaged over contexts it is described alone
    assert diversity.estimate.value == pytest.approx(0.09 / 0.21, rel=1e-3)
    assert diversity.interval(0.95).high < 0.6
    assert "differ under deployed" in diversity.sentence


def test_another_mix_of_contexts_is_no_shift():
    cells = {}
    for arm, sizes in (("deployed", (1000, 100)), ("ancestral", (100, 1000))):
        for context, size, share in zip("xy", sizes, (0.9, 0.1), strict=True):
            cells |= {(arm, context, "a"): round(size * share), (arm, context, "b"): round(size * (1 - share))}
    (shift,) = shifts(Decoder().examine(Tally.of_cells(("arm", "context", "group"), cells))).values()
    assert shift.estimate.value == pytest.approx(0)


def test_a_temperature_alone_fails():
    world = Decoder().plant(1.0, 4_800, np.random.default_rng(1))
    assert alone(Decoder().examine(world.evidence)[0]) is Outcome.FAIL
    assert next(iter(world.truth.values())) == pytest.approx(0.2192, abs=1e-4)  # T = .3: .6 → .794, .7 → .944


def test_shared_prompts_widen_it_and_leave_the_rest_untold():
    rng = np.random.default_rng(2)
    p = rng.beta(5, 5, 30)
    unit = np.tile(np.repeat(np.arange(30), 10), 2)
    columns = {
        "arm": ["deployed"] * 300 + ["ancestral"] * 300,
        "unit": unit.astype(str).tolist(),
        "group": np.where(rng.random(600) < p[unit], "b", "a").tolist(),
    }
    told = Decoder().examine(Tally.of(columns))
    assert told[0].estimate.clusters == 30
    assert isinstance(told[1], NotAssessed)


def test_what_it_cannot_be_asked():
    with pytest.raises(InputError, match='"arm" has no arm cool'):
        Decoder(deployed=("cool",)).examine(rows(deployed={"a": 1, "b": 2}, ancestral={"a": 1, "b": 2}))
    with pytest.raises(InputError, match="no arm ancestral"):
        Decoder().examine(rows(deployed={"a": 1, "b": 2}))
    with pytest.raises(CannotDecide, match="two arms and two levels"):
        Decoder().examine(rows(deployed={"a": 1, MISSING: 2}, ancestral={"a": 1}))
