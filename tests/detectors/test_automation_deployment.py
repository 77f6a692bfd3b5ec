"""Deployment: audited gold, relative margins, and costs that decide alone."""

import numpy as np
import pandas as pd
import pytest

import auditkit
from auditkit.core.errors import InputError
from auditkit.core.finding import Finding
from auditkit.core.judgement import Outcome
from auditkit.detectors.automation import Deployment
from auditkit.gating import alone
from auditkit.stats.readers import joint_shares

CELLS = [(y, m, h) for y in "01" for m in "01" for h in "01"]


def table(model: tuple[float, float], n: int, seed: int, used: str = "model") -> pd.DataFrame:
    """People at .90 recall and precision, and a model at others, one positive in five."""
    drawn = np.random.default_rng(seed).choice(8, n, p=joint_shares(0.2, model, (0.9, 0.9), 0.4))
    columns = dict(zip(("outcome", "model", "human"), np.array(CELLS)[drawn].T, strict=True))
    return pd.DataFrame(columns | {"deployed": used})


def told(frame: pd.DataFrame, detector: Deployment) -> dict[str, Finding]:
    roles = {name: name for name in frame.columns}
    return {f.estimand: f for f in auditkit.audit(frame, detector, **roles).findings}


def audited(frame: pd.DataFrame, rate: float, weights: bool, seed: int) -> pd.DataFrame:
    """Gold for all flagged items, and for a share of the others."""
    flagged = (frame["model"] == "1") | (frame["human"] == "1")
    seen = flagged | (np.random.default_rng(seed).random(len(frame)) < rate)
    part = frame.assign(outcome=frame["outcome"].where(seen))
    return part.assign(weight=np.where(flagged, 1.0, 1 / rate)) if weights else part


def test_weights_identify_recall_that_is_withheld_without_them() -> None:
    frame = table((0.6, 0.9), 6_000, 1)
    known = told(frame, Deployment())["recall difference"]
    naive, weighted = (told(audited(frame, 0.2, w, 2), Deployment())["recall difference"] for w in (False, True))
    assert alone(naive) is Outcome.INCONCLUSIVE
    assert {cap.withholds for cap in naive.caps} == {"PASS", "FAIL"}
    assert not weighted.caps
    assert alone(weighted) is Outcome.FAIL
    low, high, _ = weighted.interval()
    assert low < known.estimate.value < high
    assert high - low > np.diff(known.interval()[:2])
    shares = joint_shares(0.2, (0.6, 0.9), (0.9, 0.9), 0.4)
    assert weighted.counts[0].rate == pytest.approx(shares[[6, 7]].sum() / shares[4:].sum(), abs=0.05)
    assert naive.counts[0].rate > weighted.counts[0].rate


def test_fifteen_percent_lower_is_said_in_points_or_as_a_ratio() -> None:
    frame = table((0.9 * 0.97, 0.9), 40_000, 3)
    points, ratio = (told(frame, Deployment(relative=r)) for r in (False, True))
    assert points["recall difference"].estimate.value == pytest.approx(-0.027, abs=0.02)
    assert ratio["recall ratio"].estimate.value == pytest.approx(0.97, abs=0.02)
    assert ratio["recall ratio"].scale == "ratio"
    assert ratio["recall ratio"].null == 1
    assert alone(ratio["recall ratio"]) is Outcome.PASS
    worse = told(table((0.85 * 0.9, 0.9), 8_000, 4), Deployment(relative=True))
    assert alone(worse["recall ratio"]) is Outcome.FAIL
    assert "a ratio of 0.8" in worse["recall ratio"].sentence


def equal_cost(recall: float, miss: float) -> float:
    """The precision at which a model of this recall costs what people at .90 and .90 cost; false alarms cost 1."""
    alarms = 0.2 * 0.9 * (1 / 0.9 - 1) + miss * 0.2 * (recall - 0.9)
    return 0.2 * recall / (0.2 * recall + alarms)


def test_another_operating_point_of_equal_cost_is_no_bias() -> None:
    frame = table((0.99, equal_cost(0.99, 3)), 30_000, 5)
    assert alone(told(frame, Deployment())["precision difference"]) is Outcome.FAIL
    priced = told(frame, Deployment(false_positive_cost=1, false_negative_cost=3, tolerated_cost=0.02))
    assert priced["precision difference"].margin is None
    assert priced["recall difference"].margin is None
    assert alone(priced["cost difference"]) is Outcome.PASS
    dear = told(frame, Deployment(false_positive_cost=3, false_negative_cost=1))
    assert alone(dear["cost difference"]) is Outcome.FAIL


def test_costs_rightly_withheld_where_people_are_in_use() -> None:
    frame = table((0.6, 0.6), 4_000, 6, used="human")
    found = told(frame, Deployment(false_positive_cost=1, false_negative_cost=1))
    assert all(finding.margin is None for finding in found.values())
    assert "the people are in use" in found["cost difference"].sentence


def test_costs_without_gold_are_withheld() -> None:
    frame = audited(table((0.6, 0.9), 4_000, 7), 0.2, False, 8)
    cost = told(frame, Deployment(false_positive_cost=1, false_negative_cost=1))["cost difference"]
    assert alone(cost) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("costs", [(1, None), (None, 2), (-1, 1), (0, 0), (float("inf"), 1), (float("nan"), 1)])
def test_costs_that_are_none_are_refused(costs) -> None:
    with pytest.raises(InputError, match="go together"):
        Deployment(false_positive_cost=costs[0], false_negative_cost=costs[1])


@pytest.mark.slow
@pytest.mark.parametrize(
    "detector", [Deployment(relative=True), Deployment(false_positive_cost=1, false_negative_cost=4)]
)
def test_other_readings_keep_the_promises_too(detector) -> None:
    from auditkit.calibrating import calibrate, plantings

    card = calibrate(detector, 1_000, worlds=[p for p in plantings(detector) if p.dose in (0, 1) or p.kind == "edge"])
    assert not [bound for bound in card.bounds if bound.tail < 1e-4]
    assert {r.estimand for world in card.worlds for r in world.readings} & {"recall ratio", "cost difference"}
