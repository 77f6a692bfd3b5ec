"""Every point estimate of disparity is fairlearn's, save where fairlearn calls an undefined rate 0."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from fairlearn import metrics as fl
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score

import auditkit
from auditkit.detectors.disparity import ErrorRates, SelectionRate
from auditkit.stats.confusion import METRICS

PEERS = {
    "true_positive_rate": fl.true_positive_rate,
    "false_positive_rate": fl.false_positive_rate,
    "false_negative_rate": fl.false_negative_rate,
    "true_negative_rate": fl.true_negative_rate,
    "accuracy": accuracy_score,
}


@st.composite
def tables(draw: st.DrawFn) -> dict[str, np.ndarray]:
    n = draw(st.integers(8, 120))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    groups = draw(st.integers(2, 5))
    skew = rng.dirichlet(np.full(groups, draw(st.sampled_from([0.3, 1.0, 5.0]))))
    group = rng.choice([f"g{i}" for i in range(groups)], n, p=skew)
    group[:2] = "g0", "g1"
    truth, said = (rng.random(n) < draw(st.floats(0.05, 0.95)) for _ in range(2))
    truth[:2], said[:2] = (True, False), (False, True)
    return {"group": group, "truth": truth.astype(int), "said": said.astype(int)}


def undefined(metric: str, table: dict[str, np.ndarray], rows: np.ndarray) -> bool:
    condition, given_, *_ = METRICS[metric]
    if not condition:
        return not rows.any()
    column = table["truth"] if condition == "outcome" else table["said"]
    return not (column[rows] == int(given_)).any()


def peer(metric: str, table: dict[str, np.ndarray], rows: np.ndarray) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        extra = {} if metric == "accuracy" else {"pos_label": 1}
        return float(PEERS[metric](table["truth"][rows], table["said"][rows], **extra))


@settings(max_examples=60, deadline=None)
@given(tables())
def test_error_rates(table: dict[str, np.ndarray]) -> None:
    detector = ErrorRates(positive="1", versus="g0", metrics=tuple(PEERS))
    report = auditkit.audit(None, detector, group=table["group"], outcome=table["truth"], prediction=table["said"])
    first = table["group"] == "g0"
    for finding in report.findings:
        metric = finding.estimand.rsplit(" ", 1)[0].replace(" ", "_")
        rows = table["group"] == finding.level
        if undefined(metric, table, rows) or undefined(metric, table, first):
            assert finding.estimate.value is None
            assert finding.estimate.reason
            continue
        ours, theirs = finding.estimate.value, (peer(metric, table, rows), peer(metric, table, first))
        if finding.scale == "difference":
            assert ours == pytest.approx(theirs[0] - theirs[1], abs=1e-12)
        elif theirs[1] == 0:
            assert ours is None
            assert finding.estimate.reason
        else:
            assert ours == pytest.approx(theirs[0] / theirs[1], abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(tables())
def test_demographic_parity_and_equalized_odds(table: dict[str, np.ndarray]) -> None:
    roles = {"group": table["group"], "outcome": table["truth"], "prediction": table["said"]}
    shared = {"y_true": table["truth"], "y_pred": table["said"], "sensitive_features": table["group"]}
    report = auditkit.audit(None, SelectionRate(favourable="1", gap=True), **roles)
    (gap,) = [f for f in report.findings if "max-min" in f.estimand]
    assert gap.estimate.value == pytest.approx(fl.demographic_parity_difference(**shared), abs=1e-12)
    defined = all(
        not undefined(metric, table, table["group"] == group)
        for metric in ("true_positive_rate", "false_positive_rate")
        for group in np.unique(table["group"])
    )
    for how, agg in (("worst", "worst_case"), ("mean", "mean")):
        report = auditkit.audit(None, ErrorRates(positive="1", metrics=(), equalized_odds=how), **roles)
        (odds,) = report.findings
        if defined:
            expected = fl.equalized_odds_difference(**shared, agg=agg)
            assert odds.estimate.value == pytest.approx(expected, abs=1e-12)
        else:
            assert odds.estimate.reason or odds.notes
