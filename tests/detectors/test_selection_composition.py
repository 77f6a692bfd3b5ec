"""Composition as one number: all levels against the reference, with weights, clusters and sampled references."""

import numpy as np
import pytest

from auditkit import Reference, audit
from auditkit.core.finding import NotAssessed
from auditkit.core.judgement import Outcome
from auditkit.detectors.selection import Composition
from auditkit.gating import alone

TV, RATIO = "total variation", "representation ratio"
SAID = {"why": "the census", "source": "who counted"}
CENSUS = Reference({"a": 0.5, "b": 0.3, "c": 0.2}, **SAID)


def told(groups, reference=CENSUS, **roles):
    report = audit(None, [Composition(reference)], group=groups, **roles)
    return {f.estimand if f.estimand == TV else f.level: f for f in report.findings}, report.not_assessed


def test_half_of_what_would_have_to_move():
    found, silent = told(["a"] * 600 + ["b"] * 300 + ["c"] * 100)
    assert found[TV].estimate.value == pytest.approx(0.1)
    assert found[TV].key[1:] == (TV, "all levels", "reference", "group")
    assert "+10.0 points" in found[TV].sentence
    assert not silent
    assert alone(found[TV]) is Outcome.INCONCLUSIVE


def test_it_passes_where_the_composition_is_fair_and_fails_where_a_level_is_gone():
    assert alone(told(["a"] * 500 + ["b"] * 300 + ["c"] * 200)[0][TV]) is Outcome.PASS
    assert alone(told(["a"] * 600 + ["b"] * 400)[0][TV]) is Outcome.FAIL


def test_small_gaps_add_up_where_no_ratio_fails():
    shares = {f"g{k}": 0.05 for k in range(20)}
    groups = [f"g{k}" for k in range(20) for _ in range(1_240 if k % 2 else 760)]
    found, _ = told(groups, Reference(shares, **SAID))
    assert found[TV].estimate.value == pytest.approx(0.12)
    assert alone(found[TV]) is Outcome.FAIL
    assert alone(found["g1"]) is Outcome.INCONCLUSIVE


def test_what_the_reference_does_not_know_has_no_distance():
    _, silent = told(["a"] * 50 + ["d"] * 50)
    (item,) = (item for item in silent if item.estimand == TV)
    assert isinstance(item, NotAssessed)
    assert item.because == "the reference has no share for d; give what should not occur the share 0"


def test_what_should_not_occur_counts_whole():
    found, _ = told(["a"] * 60 + ["d"] * 40, Reference({"a": 1.0, "d": 0.0}, **SAID))
    assert found[TV].estimate.value == pytest.approx(0.4)


def test_units_weights_and_a_sampled_reference_widen_it():
    groups = np.repeat(["a", "b", "c"], [200, 130, 70])
    widths = {}
    for name, reference, roles in (
        ("rows", CENSUS, {}),
        ("units", CENSUS, {"unit": np.arange(400) // 5}),
        ("weights", CENSUS, {"weight": np.tile([0.5, 1.5], 200)}),
        ("sampled", Reference(CENSUS.value, n=500, **SAID), {}),
    ):
        low, high, _ = told(groups, reference, **roles)[0][TV].interval(0.95)
        widths[name] = high - low
    assert min(widths["units"], widths["weights"], widths["sampled"]) > widths["rows"]


def test_missing_groups_take_no_part():
    found, _ = told([*["a"] * 50, *["b"] * 30, *["c"] * 20, *[None] * 40])
    assert (found[TV].estimate.value, found[TV].estimate.n) == (pytest.approx(0), 100)
