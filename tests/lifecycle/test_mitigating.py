"""Mitigation of predictors: the rates, decisions and costs are fairlearn's own, and so is how far a gap moved."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from fairlearn import metrics as fl
from fairlearn import postprocessing, reductions
from fairlearn.postprocessing._threshold_optimizer import ALL_CONSTRAINTS
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score

from auditkit.comparing import moves
from auditkit.core.judgement import Outcome
from auditkit.core.step import FILE, Step
from auditkit.detectors.disparity import SelectionRate
from auditkit.lifecycle.mitigating import fairness, mitigate, mitigation
from auditkit.lifecycle.mitigating.aims import AIMS, METHODS
from auditkit.lifecycle.mitigating.people import apart, halves, people
from auditkit.lifecycle.mitigating.table import predictor
from tests.lifecycle.applicants import FEATURES, arrays, decisions, made, value, world


def test_names_are_fairlearns_own() -> None:
    assert sorted(set(AIMS) - {"error_rate_parity"}) == sorted(ALL_CONSTRAINTS)
    for aim in AIMS.values():
        assert aim.moment is None or getattr(reductions, aim.moment).short_name == aim.moment


@pytest.mark.parametrize("by", METHODS)
def test_rates_are_metric_frames(folders: dict[str, Path], table: Path, by: str) -> None:
    told, turn = decisions(folders[by]), made(table, folders[by], by=by, constraint=constraint_of(folders[by]))
    y = (told.outcome == "yes").astype(int)
    measures = {"sel": fl.selection_rate, "tpr": fl.true_positive_rate, "fpr": fl.false_positive_rate}
    for report, side in ((turn.before, "before"), (turn.after, "after")):
        said = (told[side] == "yes").astype(int)
        frame = fl.MetricFrame(metrics=measures, y_true=y, y_pred=said, sensitive_features=told.group)
        gap = frame.by_group.loc["red"] - frame.by_group.loc["blue"]
        assert value(report, "selection rate difference") == pytest.approx(gap["sel"])
        assert value(report, "true positive rate difference") == pytest.approx(gap["tpr"])
        assert value(report, "false positive rate difference") == pytest.approx(gap["fpr"])
        worst = fl.equalized_odds_difference(y, said, sensitive_features=told.group)
        assert value(report, "equalized odds gap (worst)") == pytest.approx(worst)
    cost = turn.costs[0]
    scores = [accuracy_score(told.outcome, told[side]) for side in ("before", "after")]
    assert [cost.before.value, cost.after.value] == pytest.approx(scores)
    assert cost.lost.value == pytest.approx(scores[0] - scores[1])
    assert (cost.name, cost.paired, cost.margin) == ("accuracy", True, 0.02)
    for group, rows in told.groupby("group"):
        own = next(cost for cost in turn.costs if cost.name == f"accuracy of {group}")
        assert own.after.value == pytest.approx((rows.after == rows.outcome).mean())
        assert own.outcome is None


def constraint_of(folder: Path) -> str:
    return str(json.loads((folder / "mitigated.json").read_text())["constraint"])


def test_decisions_are_those_that_fairlearn_takes(table: Path, folders: dict[str, Path]) -> None:
    """The same split, fitted again by hand through fairlearn's front door."""
    rows = world()
    rows["town"] = rows["town"].astype(object)
    X = rows[list(FEATURES)]
    split, toss, again = np.random.SeedSequence(0).spawn(3)
    learned, kept = halves(people(X, rows.hired, rows.team), 0.5, np.random.default_rng(split))
    own, others = apart(learned, np.random.default_rng(again))
    assert sorted([*own.row, *others.row, *kept.row]) == list(range(len(rows)))
    plain = predictor(X).fit(X.iloc[own.row], own.y)
    told = decisions(folders["threshold_optimizer"])
    assert told.row.tolist() == kept.row.tolist()
    yes = plain.predict(X.iloc[kept.row])
    assert (told.before == "yes").astype(int).tolist() == yes.tolist()
    assert told.score.to_numpy() == pytest.approx(plain.predict_proba(X.iloc[kept.row])[:, 1])
    fair = postprocessing.ThresholdOptimizer(estimator=plain, constraints="equalized_odds", prefit=True)
    fair.fit(X.iloc[others.row], others.y, sensitive_features=rows.team.iloc[others.row])
    seed = int(toss.generate_state(1)[0])
    drawn = fair.predict(X.iloc[kept.row], sensitive_features=rows.team.iloc[kept.row], random_state=seed)
    assert (told.after == "yes").astype(int).tolist() == drawn.tolist()


def test_missing_values_are_counted_and_told_by_group(folders: dict[str, Path]) -> None:
    folder, rows = folders[METHODS[2]], world()
    counted = json.loads((folder / "mitigated.json").read_text())["missing"]
    holes = rows.skill.isna()
    assert counted == {
        "skill": {
            team: {"missing": int(holes[rows.team == team].sum()), "n": int((rows.team == team).sum())}
            for team in ("blue", "red")
        }
    }
    said = f"skill is missing in {holes.sum()} of 1,200 rows, which are read as the median"
    for place in (folder / FILE, folder / "turn.json", folder / "turn.md", folder / "turn.html"):
        assert said in place.read_text(encoding="utf-8")
    assert "missing more often" not in (folder / "turn.md").read_text()


def test_how_far_a_gap_moved_is_paired_by_the_people_behind_both(folders: dict[str, Path], table: Path) -> None:
    """Also where no column says who shares rows; and the folder says the same again."""
    turn = made(table, folders[METHODS[1]], by=METHODS[1])
    judged = next(move for move in turn.moves if move.key.estimand == "selection rate difference")
    assert judged.paired
    alone = np.hypot(*(np.diff(f.interval(0.90)[:2])[0] for f in (turn.before.findings[0], turn.after.findings[0])))
    assert judged.shift.interval(0.90).high - judged.shift.interval(0.90).low < alone


@pytest.mark.slow
def test_the_paired_change_of_a_gap_covers_and_is_shorter_than_of_independent_reports() -> None:
    """Decisions before and after that mostly agree, on 400 people: at 95 % the true change of the gap is held."""
    cover, shorter, worlds = 0, 0, 120
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        one = rng.random(400) < 0.3
        was = rng.random(400) < np.where(one, 0.35, 0.55)
        now = np.where(was, rng.random(400) >= np.where(one, 0.02, 0.12), rng.random(400) < np.where(one, 0.1, 0.01))
        kept = people(np.zeros((400, 1)), rng.random(400) < 0.5, np.where(one, "one", "two"))
        looked = (SelectionRate(favourable=kept.outcomes[1]),)
        before, after = (mitigation.audited(kept, told.astype(int), looked, "x") for told in (was, now))
        move = next(move for move in moves(after, before) if move.scale == "difference")
        truth = -(0.35 * 0.98 + 0.65 * 0.1 - 0.35) + (0.55 * 0.88 + 0.45 * 0.01 - 0.55)  # two minus one
        low, high, _ = move.shift.interval(0.95)
        assert move.paired
        cover += low <= truth <= high
        sides = [next(f for f in report.findings if f.key == move.key).interval(0.95) for report in (before, after)]
        shorter += high - low < 0.8 * float(np.hypot(*(side.high - side.low for side in sides)))
    assert cover >= 108  # of 120 at 95 %; fewer have a probability of 1 %
    assert shorter > 0.9 * worlds


def test_a_toss_is_told_with_its_share(folders: dict[str, Path], table: Path) -> None:
    folder = folders["threshold_optimizer"]
    told, turn = decisions(folder), made(table, folder, constraint="equalized_odds")
    share = ((told.chance > 0) & (told.chance < 1)).mean()
    assert share > 0.02
    certain = next(cost for cost in turn.costs if cost.name == "decisions that no toss makes")
    assert certain.lost.value == pytest.approx(share)
    assert (certain.before.value, certain.after.value) == (1, pytest.approx(1 - share))
    done = " ".join(Step.from_json((folder / FILE).read_text()).done)
    assert f"a share of {share:.3f}" in done
    assert f"decide otherwise for {(2 * told.chance * (1 - told.chance)).mean():.3f}" in done
    assert "It must know team at every decision" in done
    other = " ".join(Step.from_json((folders["exponentiated_gradient"] / FILE).read_text()).done)
    assert "must know" not in other
    assert "toss" not in " ".join(Step.from_json((folders["grid_search"] / FILE).read_text()).done)


def test_only_the_aim_is_judged_unless_a_policy_says_otherwise() -> None:
    X, y, group = arrays(800)
    turn = mitigate(LogisticRegression(), X, y, group)
    keys = {verdict.key.estimand for verdict in turn.judged_after.verdicts if verdict.key}
    assert keys == {"selection rate difference"}
    assert {"true positive rate difference", "precision difference"} <= {f.estimand for f in turn.after.findings}
    every = mitigate(LogisticRegression(), X, y, group, policy={"rules": [{"rule": "within"}]})
    assert len({v.key for v in every.judged_after.verdicts if v.key}) > 4
    twin = mitigate(LogisticRegression(), X, y, group, constraint="false_negative_rate_parity")
    told = {f.estimand for f in twin.after.findings}
    assert "false negative rate difference" in told
    assert "true positive rate difference" not in told


def test_a_predictor_that_always_says_the_same_is_not_assessed() -> None:
    X, y, group = arrays(800)
    turn = mitigate(LogisticRegression(), X * 0, y, group, by="exponentiated_gradient")
    assert turn.outcome is Outcome.NOT_ASSESSED
    assert turn.exit_code == 3


def test_what_changed_nothing_says_so() -> None:
    X, y, group = arrays(800)
    same = fairness.Decided(np.ones(3, int), np.ones(3, int), np.ones(3), np.ones(3))
    from auditkit.lifecycle.mitigating.telling import _chance

    kept = people(X, y, group)
    assert list(_chance(AIMS["demographic_parity"], kept, same)) == [
        "It decides of each of these people as before: nothing was mitigated."
    ]
