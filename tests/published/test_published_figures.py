"""Figures that somebody else published must come out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

import auditkit
from auditkit.core.finding import Finding
from auditkit.core.judgement import Outcome
from auditkit.core.report import Report
from auditkit.detectors import disparity
from auditkit.lab.tables import TABLES


def one(report: Report, estimand: str, level: str, stratum: str = "") -> Finding:
    (found,) = [f for f in report.findings if (f.estimand, f.level, f.stratum) == (estimand, level, stratum)]
    return found


@pytest.fixture(scope="module")
def compas(external: Callable[[str], Path]) -> Report:
    path = external("compas") / "compas_for_aequitas.csv"
    return auditkit.audit(
        path, disparity.ErrorRates(versus="Caucasian"), group="race", outcome="label_value", prediction="score"
    )


@pytest.mark.external
def test_compas_error_rates_are_propublicas(compas: Report) -> None:
    false_positive = one(compas, "false positive rate difference", "African-American")
    assert [(c.hits, c.n) for c in false_positive.counts] == [(805, 1795), (349, 1488)]
    assert [round(c.rate, 4) for c in false_positive.counts] == [0.4485, 0.2345]
    false_negative = one(compas, "false negative rate difference", "African-American")
    assert [(c.hits, c.n) for c in false_negative.counts] == [(532, 1901), (461, 966)]
    assert [round(c.rate, 4) for c in false_negative.counts] == [0.2799, 0.4772]
    (a, n), (b, m) = [(c.hits, c.n) for c in false_positive.counts]
    p = stats.chi2_contingency([[a, n - a], [b, m - b]], correction=False).pvalue
    assert f"{p:.1e}" == "2.1e-37"


@pytest.mark.external
def test_the_sure_gap_leads_the_compas_report_and_not_the_smallest_group(compas: Report) -> None:
    leading = compas.findings[0]
    assert (leading.level, leading.estimand) == ("African-American", "false positive rate difference")
    assert leading.estimate.value == pytest.approx(0.214, abs=5e-4)
    judgement = auditkit.gate(compas)
    assert judgement.verdicts[0].key == leading.key
    assert judgement.verdicts[0].outcome is Outcome.FAIL
    smallest = [v for v in judgement.verdicts if v.key is not None and v.key.level == "Native American"]
    assert smallest
    for verdict in smallest:
        assert verdict.outcome is Outcome.INCONCLUSIVE
    differences = [v for v in smallest if v.key is not None and v.key.estimand.endswith("difference")]
    assert all("more rows settle it" in v.sentence and v.needed for v in differences)


@pytest.mark.external
@pytest.mark.parametrize(
    ("position", "hits", "impact", "fisher"),
    [
        ("Captain", {"W": (16, 25), "B": (3, 8), "H": (3, 8)}, {"B": 0.59, "H": 0.59}, {"B": 0.238, "H": 0.238}),
        ("Lieutenant", {"W": (25, 43), "B": (6, 19), "H": (3, 15)}, {"B": 0.54, "H": 0.34}, {"B": 0.097, "H": 0.016}),
    ],
)
def test_ricci_impact_ratios(
    external: Callable[[str], Path], position: str, hits: dict, impact: dict, fisher: dict
) -> None:
    marks = pd.read_csv(external("ricci") / "ricci.csv")
    marks["passed"] = marks["Combine"] >= 70
    table = marks[marks["Position"] == position]
    report = auditkit.audit(
        table, disparity.SelectionRate(favourable="True", versus="W"), group="Race", outcome="passed"
    )
    for race, ratio in impact.items():
        told = one(report, "selection rate ratio", race)
        assert [(c.hits, c.n) for c in told.counts] == [hits[race], hits["W"]]
        assert round(told.estimate.value, 2) == ratio
        (a, n), (b, m) = hits[race], hits["W"]
        assert round(stats.fisher_exact([[a, n - a], [b, m - b]]).pvalue, 3) == fisher[race]


def test_berkeley_changes_sign_once_departments_are_held_fixed() -> None:
    berkeley = next(t for t in TABLES if t.name == "berkeley")
    detector = disparity.SelectionRate(favourable="admitted", versus="women", within=True)
    report = auditkit.audit(berkeley.draw(0.0, None, None), detector, **berkeley.roles)
    pooled = one(report, "selection rate difference", "men")
    assert round(pooled.estimate.value, 3) == 0.142
    (fixed,) = [f for f in report.findings if "standardised" in f.estimand]
    low, high, _ = fixed.interval(0.95)
    assert [round(x, 3) for x in (fixed.estimate.value, low, high)] == [-0.043, -0.079, -0.007]
    assert "changes sign once department is held fixed" in fixed.sentence
    judgement = auditkit.gate(report)
    failed = {v.key.stratum for v in judgement.verdicts if v.outcome is Outcome.FAIL}
    assert failed == {"sex|department A"}


def test_local_law_144_worked_example() -> None:
    table = next(t for t in TABLES if "144" in t.name)
    detector = disparity.SelectionRate(favourable="above median", versus="highest")
    report = auditkit.audit(table.draw(0.0, None, None), detector, **table.roles)
    (ratio,) = [f for f in report.findings if f.scale == "ratio"]
    by_label = {c.label.casefold(): c for c in ratio.counts}
    assert {k: (c.n, c.hits, round(100 * c.rate, 1)) for k, c in by_label.items()} == {
        "female": (76, 34, 44.7),
        "male": (92, 50, 54.3),
    }
    assert round(ratio.estimate.value, 2) == 0.82
    assert ratio.margin is None
