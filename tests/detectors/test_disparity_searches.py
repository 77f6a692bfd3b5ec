"""Subgroups, calibration and regression by hand: what is told, folded, withheld and refused; DivExplorer's figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import auditkit
from auditkit.core.detector import Told
from auditkit.core.errors import InputError
from auditkit.core.finding import Finding, NotAssessed
from auditkit.core.judgement import Outcome
from auditkit.detectors.disparity import Calibration, Regression, Subgroups
from auditkit.gating import alone

COMPAS = ["age", "charge", "race", "sex", "#prior", "stay"]
TOP = "age=25-45 & race=Afr-Am & sex=Male & #prior=>3"


def one(findings: Told, estimand: str, level: str = "") -> Finding:
    (found,) = [f for f in findings if isinstance(f, Finding) and f.estimand == estimand and level in ("", f.level)]
    return found


@pytest.mark.external
def test_divexplorers_most_divergent_itemset_of_compas(external: Callable[[str], Path]) -> None:
    """Published in DivExplorer's notebook: support .128645, divergence .219722, t 7.117; overall FPR .088314."""
    path = external("divexplorer") / "compas_discretized.csv"
    detector = Subgroups(positive="1", metrics=("false_positive_rate",), support=0.1, fold=0.0)
    report = auditkit.audit(path, detector, feature=COMPAS, outcome="class", prediction="predicted")
    top = one(report.findings, "false positive rate divergence", TOP)
    assert top.estimate.value == max(abs(f.estimate.value) for f in report.findings)
    assert round(top.estimate.value, 6) == 0.219722
    inside, overall = top.counts
    assert round(overall.rate, 6) == 0.088314
    table = pd.read_csv(path)
    members = table[(table["age"] == "25-45") & (table["race"] == "Afr-Am") & (table["sex"] == "Male")]
    members = members[members["#prior"] == ">3"]
    assert round(len(members) / len(table), 6) == 0.128645
    posteriors = [stats.beta(1 + c.hits, 1 + c.n - c.hits) for c in (inside, overall)]
    t = abs(posteriors[0].mean() - posteriors[1].mean()) / np.sqrt(sum(p.var() for p in posteriors))
    assert round(t, 3) == 7.117
    largest = one(report.findings, "largest divergence")
    assert TOP in largest.sentence
    assert largest.estimate.value == top.estimate.value
    assert alone(largest) is Outcome.FAIL
    folded = auditkit.audit(
        path,
        Subgroups(positive="1", metrics=("false_positive_rate",), support=0.1),
        feature=COMPAS,
        outcome="class",
        prediction="predicted",
    )
    assert TOP not in {f.level for f in folded.findings}  # without "male" it is .0086 less: folded into that
    assert "age=25-45 & race=Afr-Am & #prior=>3" in {f.level for f in folded.findings}
    assert len([f for f in auditkit.gate(folded).verdicts if f.key]) == 1  # the search counts as one


def test_subgroups_name_the_cell_and_say_what_is_left_out() -> None:
    rng = np.random.default_rng(1)
    n = 4_000
    table = pd.DataFrame({"sex": rng.choice(["f", "m"], n), "town": rng.choice(["x", "y"], n), "age": rng.random(n)})
    y = rng.random(n) < 0.5
    wrong = rng.random(n) < np.where((table["sex"] == "f") & (table["town"] == "y"), 0.6, 0.1)
    table["y"], table["said"] = y, np.where(y ^ wrong, 1, 0)  # True and 1 are one answer
    table.loc[:49, "town"] = None
    report = auditkit.audit(
        table,
        Subgroups(metrics=("accuracy",), most=1),
        feature=["sex", "town", "age"],
        outcome="y",
        prediction="said",
    )
    largest = one(report.findings, "largest divergence")
    (listed,) = [f for f in report.findings if f is not largest]
    assert listed.level == "sex=f & town=y"
    assert listed.estimand == "accuracy divergence"
    assert listed.estimate.value < 0 < largest.estimate.value == pytest.approx(-listed.estimate.value)
    assert alone(largest) is Outcome.FAIL
    assert alone(listed) is None
    assert any("town" in note for note in largest.notes)
    (silent,) = report.not_assessed
    assert "group them into levels" in silent.because


def test_subgroups_refuse_what_they_cannot_read() -> None:
    with pytest.raises(InputError, match="no metric"):
        Subgroups(metrics=("recall",))
    with pytest.raises(InputError, match="support"):
        Subgroups(support=0.0)
    table = {"g": ["a", "b"] * 20, "y": ["1", "0"] * 20, "h": ["0"] * 40}
    report = auditkit.audit(pd.DataFrame(table), Subgroups(), feature="g", outcome="y", prediction="h")
    assert 'no prediction is ever "1"' in report.not_assessed[0].because


def test_calibration_by_hand() -> None:
    """Group a: .3 said, .4 came; group b: as said."""
    table = pd.DataFrame(
        {
            "g": ["a"] * 1_000 + ["b"] * 1_000,
            "s": [0.3] * 2_000,
            "y": ["1"] * 400 + ["0"] * 600 + ["1"] * 300 + ["0"] * 700,
        }
    )
    report = auditkit.audit(table, Calibration(positive="1"), group="g", outcome="y", score="s")
    off, right = (one(report.findings, "calibration in the large", level) for level in "ab")
    assert off.estimate.value == pytest.approx(-0.1)
    assert right.estimate.value == pytest.approx(0)
    assert [alone(f) for f in (off, right)] == [Outcome.FAIL, Outcome.PASS]
    error = one(report.findings, "expected calibration error", "a")
    assert error.estimate.value == pytest.approx(0.1)
    assert error.null_expectation == pytest.approx(np.sqrt(2 / np.pi * 0.21 / 1_000))
    assert one(report.findings, "calibration slope", "a").estimate.reason == "all values are equal"
    assert one(report.findings, "AUC difference").estimate.value == 0


def test_scores_that_are_no_probabilities_are_ranked_only() -> None:
    rng = np.random.default_rng(2)
    y = rng.random(900) < 0.5
    table = pd.DataFrame({"g": rng.choice(["a", "b", "c"], 900), "s": 500 + 40 * rng.normal(size=900) + 30 * y, "y": y})
    report = auditkit.audit(table, Calibration(), group="g", outcome="y", score="s")
    areas = [f for f in report.findings if f.estimand == "AUC difference"]
    assert {f.versus for f in areas} == {"all others"}
    assert len(areas) == 3
    assert all(f.estimate.value is not None for f in areas)
    large = one(report.findings, "calibration in the large", "a")
    assert large.estimate.reason == "scores outside 0 to 1 are not probabilities"
    assert alone(large) is Outcome.NOT_ASSESSED


def test_calibration_of_one_group_tells_that_group() -> None:
    table = pd.DataFrame({"g": ["a"] * 60, "s": [0.2, 0.7] * 30, "y": [0, 1] * 30})
    report = auditkit.audit(table, Calibration(), group="g", outcome="y", score="s")
    assert one(report.findings, "calibration in the large").level == "a"
    assert [type(item) for item in report.not_assessed] == [NotAssessed]


def test_regression_by_hand() -> None:
    table = pd.DataFrame({"g": ["a"] * 4 + ["b"] * 4, "y": [1.0, 3, 1, 3, 4, 8, 4, 8], "p": [2.0, 2, 2, 2, 5, 5, 5, 5]})
    report = auditkit.audit(table, Regression(), group="g", outcome="y", prediction="p")
    sd = np.std([1, 3, 1, 3, 4, 8, 4, 8])
    assert one(report.findings, "mean residual gap").estimate.value == pytest.approx(1 / sd)
    assert one(report.findings, "mean prediction gap").estimate.value == pytest.approx(3 / sd)
    assert one(report.findings, "RMSE ratio").estimate.value == pytest.approx(np.sqrt(5))
    assert one(report.findings, "mean prediction gap").margin is None
    turned = auditkit.audit(table, Regression(versus="b"), group="g", outcome="y", prediction="p")
    assert one(turned.findings, "RMSE ratio").estimate.value == pytest.approx(1 / np.sqrt(5))
    with pytest.raises(InputError, match="no group"):
        auditkit.audit(table, Regression(versus="z"), group="g", outcome="y", prediction="p")


def test_regression_takes_units_and_three_groups() -> None:
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"who": np.repeat(np.arange(60), 5).astype(str), "p": rng.normal(size=300)})
    table["g"] = table["who"].astype(int).mod(3).map({0: "a", 1: "b", 2: "c"})
    table["y"] = table["p"] + rng.normal(size=300)
    table.loc[0, "y"] = None
    report = auditkit.audit(table, Regression(), group="g", outcome="y", prediction="p", unit="who")
    gaps = [f for f in report.findings if f.estimand == "mean residual gap"]
    assert {f.versus for f in gaps} == {"all others"}
    assert all(f.estimate.clusters == 20 for f in gaps)
    assert all("1 rows lack" in note for f in gaps for note in f.notes)
