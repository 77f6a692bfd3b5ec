"""COMPAS, mitigated: both of fairlearn's ways close the gap on held-out people, and what that costs differs much.

The table is that of DivExplorer (Pastor, de Alfaro & Baralis 2021): ProPublica's 6,172 defendants, discretised. The
groups are the two that ProPublica compared; the favourable outcome of a defendant is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics as fl
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from auditkit.core.judgement import Outcome
from auditkit.core.step import FILE, Step
from auditkit.lifecycle.mitigating import mitigate, mitigate_table
from auditkit.lifecycle.mitigating.table import predictor
from auditkit.lifecycle.turning import Turn

pytestmark = pytest.mark.external
FEATURES = ["age", "charge", "sex", "#prior", "stay"]
CASES = [
    (by, constraint)
    for by in ("threshold_optimizer", "exponentiated_gradient")
    for constraint in ("demographic_parity", "equalized_odds")
]
Turned = Callable[..., tuple[Turn, pd.DataFrame]]


@pytest.fixture(scope="module")
def turned(external: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Turned:
    rows = pd.read_csv(external("divexplorer") / "compas_discretized.csv")
    assert len(rows) == 6172
    two = rows[rows.race.isin(["Afr-Am", "Cauc"])]
    assert len(two) == 5278
    out = tmp_path_factory.mktemp("compas")

    @cache
    def make(by: str, constraint: str, *more: str) -> tuple[Turn, pd.DataFrame]:
        X, folder = two[[*FEATURES, *more]], out / "-".join([by, constraint, *more])
        turn = mitigate(predictor(X), X, two["class"], two.race, by=by, constraint=constraint, out=folder)
        return turn, pd.read_csv(folder / "predictions.csv")

    return make


def aimed(turn: Turn) -> tuple[Any, Any, Any]:
    """The finding that the constraint wants at 0, before and after, and its move."""
    (verdict,) = [verdict for verdict in turn.judged_after.verdicts if verdict.key]
    was, now = (next(f for f in report.findings if f.key == verdict.key) for report in (turn.before, turn.after))
    return was, now, next(move for move in turn.moves if move.key == verdict.key)


@pytest.mark.parametrize(("by", "constraint"), CASES)
def test_every_number_is_fairlearns_on_the_held_out_rows(turned: Turned, by: str, constraint: str) -> None:
    turn, told = turned(by, constraint)
    assert len(told) == 2639
    was, now, _ = aimed(turn)
    for finding, side in ((was, "before"), (now, "after")):
        asked = {"y_true": told.outcome, "y_pred": told[side], "sensitive_features": told.group}
        if constraint == "equalized_odds":
            assert finding.estimate.value == pytest.approx(fl.equalized_odds_difference(**asked))
        else:
            assert abs(finding.estimate.value) == pytest.approx(fl.demographic_parity_difference(**asked))
        rates = fl.MetricFrame(metrics={"a": accuracy_score, "b": fl.selection_rate}, **asked)
        assert (
            [count.rate for count in now.counts or ()] == []
            or side == "before"
            or [count.rate for count in now.counts]
            == pytest.approx(rates.by_group["b"].loc[["Cauc", "Afr-Am"]].tolist())
        )
    for cost, score in zip(turn.costs[:2], (accuracy_score, balanced_accuracy_score), strict=True):
        before, after = (score(told.outcome, told[side]) for side in ("before", "after"))
        assert (cost.before.value, cost.after.value) == pytest.approx((before, after))
        assert cost.lost.value == pytest.approx(before - after)


@pytest.mark.parametrize(("by", "constraint"), CASES)
def test_the_gap_fails_before_and_shrinks_beyond_its_interval(turned: Turned, by: str, constraint: str) -> None:
    turn, _ = turned(by, constraint)
    was, now, move = aimed(turn)
    assert turn.judged_before.outcome is Outcome.FAIL
    assert turn.judged_after.outcome in (Outcome.PASS, Outcome.INCONCLUSIVE)
    assert abs(was.estimate.value) > 0.2
    assert abs(now.estimate.value) < 0.06
    assert move.way == "better"
    assert move.interval.high is not None
    assert move.interval.high < -0.1


def test_without_race_at_hand_equal_rates_cost_much_more(turned: Turned) -> None:
    """A threshold for each race costs about 1 point of accuracy (or none: the interval holds 0) for equal selection
    rates and 4 for equalized odds; one rule for all of them about 10 for either, and it fails."""
    dear = turned("threshold_optimizer", "equalized_odds")[0].costs[0]
    assert (dear.lost.value, dear.interval.low) == pytest.approx((0.039, 0.023), abs=5e-4)
    cheap = turned("threshold_optimizer", "demographic_parity")[0].costs[0]
    assert (cheap.lost.value, *cheap.interval[:2]) == pytest.approx((0.012, -0.001, 0.025), abs=5e-4)
    for constraint in ("demographic_parity", "equalized_odds"):
        thresholds, reduced = (
            turned(by, constraint)[0].costs[0] for by in ("threshold_optimizer", "exponentiated_gradient")
        )
        assert thresholds.lost.value > 0
        assert thresholds.interval.high < 0.06 < reduced.interval.low
        assert reduced.outcome is Outcome.FAIL
        assert turned("exponentiated_gradient", constraint)[0].exit_code == 1
    informed = turned("exponentiated_gradient", "demographic_parity", "race")[0]
    assert informed.costs[0].interval.high < 0.03
    assert aimed(informed)[2].way == "better"


def test_the_draw_is_one_of_many_with_the_told_chances(turned: Turned) -> None:
    turn, told = turned("threshold_optimizer", "equalized_odds")
    tossed = told[(told.chance > 0) & (told.chance < 1)]
    assert len(tossed) / len(told) == pytest.approx(0.721, abs=5e-4)
    z = (tossed.after.sum() - tossed.chance.sum()) / np.sqrt((tossed.chance * (1 - tossed.chance)).sum())
    assert abs(z) < 3
    assert turn.costs[-1].lost.value == pytest.approx(len(tossed) / len(told))


def test_the_whole_table_with_its_smallest_groups_is_not_green(external: Callable[[str], Path], tmp_path: Path) -> None:
    out, table = tmp_path / "all", external("divexplorer") / "compas_discretized.csv"
    turn = mitigate_table(table, group="race", outcome="class", features=FEATURES, out=out)
    assert turn.judged_before.outcome is Outcome.FAIL
    assert turn.outcome is Outcome.INCONCLUSIVE
    done = " ".join(Step.from_json((out / FILE).read_text()).done)
    assert "Asian (8) and Native American (3)" in done
    assert "fitted on 1,543 rows and its thresholds on 1,543 others" in done
    assert "with them on 3,086 that neither has seen" in done
