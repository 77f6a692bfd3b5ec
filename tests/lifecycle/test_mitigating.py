"""Mitigation of predictors: fairlearn's own numbers, people never split, what was found, its cost, what is refused."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics as fl
from fairlearn import postprocessing, reductions
from fairlearn.postprocessing._threshold_optimizer import ALL_CONSTRAINTS
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.tree import DecisionTreeClassifier

from auditkit.cli import main
from auditkit.comparing import moves
from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.core.manifest import MANIFEST
from auditkit.core.step import FILE, Step
from auditkit.detectors.disparity import SelectionRate
from auditkit.lifecycle.mitigating import Mitigated, fairness, load, mitigate, mitigate_table, mitigation
from auditkit.lifecycle.mitigating.aims import AIMS, METHODS
from auditkit.lifecycle.mitigating.people import apart, halves, people
from auditkit.lifecycle.mitigating.table import predictor
from auditkit.lifecycle.mitigating.wire import written_of
from tests.lifecycle.applicants import FEATURES, arrays, decisions, value, world


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("mitigating") / "people.csv"
    world().to_csv(place, index=False)
    return place


def made(table: Path, out: Path, **how: Any) -> Any:
    asked = {"group": "team", "outcome": "hired", "features": FEATURES, "out": out} | how
    return mitigate_table(table, **asked)


@pytest.fixture(scope="module")
def folders(table: Path) -> dict[str, Path]:
    """One mitigation by each method, under either constraint."""
    told = {}
    for by, constraint in zip(METHODS, ("equalized_odds", "demographic_parity", "demographic_parity"), strict=True):
        told[by] = table.parent / by
        made(table, told[by], by=by, constraint=constraint)
    return told


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


def features_of(rows: pd.DataFrame, found: dict[str, Any]) -> dict[str, np.ndarray]:
    """Every feature of the default predictor, from the table and mitigated.json alone."""
    out = {}
    for name, (mean, scale) in found["encoding"]["scaling"].items():
        column = name.removeprefix("missingindicator_")
        missing = rows[column].isna()
        raw = missing.astype(float) if name != column else rows[column].fillna(found["encoding"]["medians"][column])
        out[f"numbers__{name}"] = ((raw - mean) / scale).to_numpy()
    for column, levels in found["encoding"]["levels"].items():
        out |= {f"levels__{column}_{level}": (rows[column] == level).to_numpy(float) for level in levels}
    return out


def linear(predictor: dict[str, Any], features: dict[str, np.ndarray]) -> np.ndarray:
    told = predictor["coefficients"]
    assert set(told) == set(features)
    return predictor["intercept"] + sum(weight * features[name] for name, weight in told.items())


def above(rule: dict[str, Any], i: int, score: np.ndarray) -> np.ndarray:
    threshold = float(rule[f"threshold{i}"])
    return (score > threshold if rule[f"operator{i}"] == ">" else score < threshold).astype(float)


@pytest.mark.parametrize("by", METHODS)
def test_what_was_found_decides_again_from_json_alone(folders: dict[str, Path], by: str) -> None:
    told, found = decisions(folders[by]), json.loads((folders[by] / "mitigated.json").read_text())
    features = features_of(world().iloc[told.row], found)
    score = 1 / (1 + np.exp(-linear(found["before"], features)))
    assert score == pytest.approx(told.score.to_numpy())
    chance = np.zeros(len(told))
    for one in found.get("predictors", ()):
        ones = linear(one, features) > 0 if "coefficients" in one else np.full(len(told), one["constant"])
        chance += one["weight"] * ones
    for group, rule in found.get("groups", {}).items():
        tossed = sum(rule[f"p{i}"] * above(rule, i, score) for i in (0, 1))
        own = (told.group == group).to_numpy()
        chance[own] = ((1 - rule["p_ignore"]) * tossed + rule["p_ignore"] * rule["constant"])[own]
    assert chance == pytest.approx(told.chance.to_numpy(), abs=1e-9)
    if by == "grid_search":
        assert set(told.chance) <= {0, 1}
        assert (told.after == np.where(told.chance == 1, "yes", "no")).all()


@pytest.mark.parametrize("by", METHODS)
def test_what_was_found_is_loaded_and_decides_as_it_was_audited(folders: dict[str, Path], by: str) -> None:
    """From the raw table, bit by bit; and of each alone what it decides of all."""
    told, model = decisions(folders[by]), load(folders[by])
    rows = world().iloc[told.row]
    again = model.predict(rows, sensitive_features=rows.team, random_state=model.random_state)
    assert np.where(again == 1, *reversed(model.outcomes)).tolist() == told.after.tolist()
    assert model.chances(rows, rows.team) == pytest.approx(told.chance.to_numpy(), abs=1e-9)
    assert (model.features, model.group, model.needs_group) == (FEATURES, "team", by == METHODS[0])
    one = rows.iloc[[5]]
    assert model.chances(one, one.team) == pytest.approx(told.chance.iloc[[5]].to_numpy(), abs=1e-9)
    if by == METHODS[0]:
        tosses = [model.predict(rows, rows.team).tolist() for _ in range(2)]
        assert tosses[0] != tosses[1]


def test_a_loaded_predictor_says_what_it_cannot_read(folders: dict[str, Path]) -> None:
    model, rows = load(folders[METHODS[0]] / "mitigated.json"), world(40)
    for asked, team, said in (
        (rows.drop(columns="skill"), rows.team, 'It reads the column "skill", and X has none.'),
        (rows.assign(skill="much"), rows.team, 'The column "skill" is read as numbers, and holds others'),
        (rows.assign(skill=np.inf), rows.team, 'The column "skill" holds infinities'),
        (rows.assign(skill=1j), rows.team, 'The column "skill" is read as numbers, and holds others'),
        (rows.assign(skill=pd.Timestamp(0)), rows.team, 'The column "skill" is read as numbers, and holds others'),
        (rows.assign(skill=[10**400] * 40), rows.team, 'The column "skill" is read as numbers, and holds others'),
        (pd.concat([rows, rows[["town"]]], axis=1), rows.team, 'X has 2 columns "town", and it reads one.'),
        (5, rows.team, "X is no frame, nor a mapping of columns of one length"),
        ({"town": ["Aix"], "skill": [1, 2]}, rows.team, "X is no frame, nor a mapping of columns of one length"),
        (rows, None, "It decides by team: pass each person's as sensitive_features."),
        (rows, rows.team[:-1], "X has 40 rows, and sensitive_features 39."),
        (rows, rows.team.replace("red", "rad"), 'no threshold for the team "rad". Did you mean "red"?'),
    ):
        with pytest.raises(InputError) as error:
            model.predict(asked, team)
        assert said in str(error.value)


@pytest.mark.parametrize("seed", [-1, 1.5, "x", 2**40])
def test_a_seed_that_is_none_is_refused(seed: Any, folders: dict[str, Path]) -> None:
    model, rows = load(folders[METHODS[0]]), world(40)
    with pytest.raises(InputError, match="random_state is a whole number from 0"):
        model.predict(rows, rows.team, seed)


@pytest.mark.parametrize("by", METHODS)
def test_a_level_that_was_never_learned_is_refused_or_read_as_none_of_them(folders: dict[str, Path], by: str) -> None:
    """Respelled it would decide otherwise, silently."""
    model, rows = load(folders[by]), world(200)
    for town, said in (
        ("Aix ", 'the level "Aix ", and it learned from rows without it. Did you mean "Aix"?'),
        ("aix", 'Did you mean "Aix"? It knows: Aix, Bonn, Cork. Spell it as one of them'),
        (None, 'the level "(missing)"'),
    ):
        with pytest.raises(InputError) as error:
            model.predict(rows.assign(town=[town, *rows.town[1:]]), rows.team)
        assert said in str(error.value)
    strange = rows.assign(town="Delft")
    told = json.loads((folders[by] / "mitigated.json").read_text())
    for one in (told["before"], *told.get("predictors", ())):
        one.get("coefficients", {}).update({f"levels__town_{town}": 0.0 for town in ("Aix", "Bonn", "Cork")})
    without = Mitigated(written_of(json.dumps(told)))
    assert (model.chances(strange, rows.team, unseen=True) == without.chances(rows, rows.team)).all()


def test_flags_are_not_numbers(tmp_path: Path) -> None:
    """A predictor that learned from true and false refuses 0 and 1; table and folder may be given as text."""
    rows = world(600).assign(flag=np.arange(600) % 3 == 0)
    rows.to_parquet(tmp_path / "people.parquet")
    asked: dict[str, Any] = {"group": "team", "outcome": "hired", "features": ["skill", "flag"]}
    mitigate_table(str(tmp_path / "people.parquet"), **asked, out=str(tmp_path / "out"))
    model = load(tmp_path / "out")
    assert len(model.predict(rows, rows.team)) == 600
    with pytest.raises(InputError, match=r'The column "flag" has the level "0".* It knows: False, True'):
        model.predict(rows.assign(flag=rows.flag.astype(int)), rows.team)


def test_a_score_that_is_not_finite_decides_nothing(folders: dict[str, Path]) -> None:
    told = json.loads((folders[METHODS[0]] / "mitigated.json").read_text())
    told["before"]["coefficients"] = dict.fromkeys(told["before"]["coefficients"], 1e308)
    rows = world(40).assign(skill=1e9)
    with pytest.raises(InputError, match="40 rows have no finite score"):
        Mitigated(written_of(json.dumps(told))).predict(rows, rows.team)


HOSTILE = {
    "an unknown key": (lambda told: told.update(run="os.system"), "run: Extra inputs are not permitted"),
    "no number": (lambda told: told["before"].update(intercept=True), "before.Linear.intercept"),
    "not finite": (lambda told: told["before"].update(intercept=float("nan")), "finite"),
    "no probability": (lambda told: told["groups"]["red"].update(p0=0.9, p1=0.9), "add up to 1"),
    "no scale": (lambda told: told["encoding"]["scaling"].update(age=[0.0, 0.0]), "a scale is above 0"),
    "a number of no column": (lambda told: told["encoding"]["scaling"].update(x=[0.0, 1.0]), "a number has no median"),
    "another feature": (lambda told: told["before"]["coefficients"].update(x=1.0), "not those of the features"),
    "another method": (lambda told: told.update(by="grid_search"), "a threshold optimiser has groups"),
    "another schema": (lambda told: told.update(schema=2), "schema"),
    "a schema that is no number": (lambda told: told.update(schema=True), "a schema is a number"),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence(how: str, folders: dict[str, Path], tmp_path: Path) -> None:
    change, said = HOSTILE[how]
    told = json.loads((folders[METHODS[0]] / "mitigated.json").read_text())
    change(told)
    (tmp_path / "mitigated.json").write_text(json.dumps(told))
    with pytest.raises(InputError, match="holds no mitigated predictor") as error:
        load(tmp_path)
    assert said in str(error.value)


def test_weights_that_are_no_probabilities_and_what_is_no_file_are_refused(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    told = json.loads((folders[METHODS[1]] / "mitigated.json").read_text())
    told["predictors"][0]["weight"] /= 2
    (tmp_path / "mitigated.json").write_text(json.dumps(told))
    with pytest.raises(InputError, match="probabilities that add up to 1"):
        load(tmp_path)
    for text in ("[" * 100_000, "[1, 2]", "{}", "\x00"):
        (tmp_path / "mitigated.json").write_text(text)
        with pytest.raises(InputError, match="holds no mitigated predictor"):
            load(tmp_path)
    with pytest.raises(InputError, match="cannot be read: No such file"):
        load(tmp_path / "none")


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


def tree(folder: Path) -> dict[str, bytes]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and file.name != MANIFEST)
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_the_same_work_is_the_same_bytes_and_is_not_done_twice(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = table.parent / "twin"
    first, again = made(table, table.parent / "one"), made(table, twin)
    assert tree(table.parent / "one") == tree(twin)
    assert first.to_json() == again.to_json()
    monkeypatch.setattr(mitigation.fairness, "mitigated", lambda *_: pytest.fail("fitted again"))
    kept = made(table, twin)
    assert kept == again
    with pytest.raises(InputError, match=r"twin holds another step: mitigate with \.\./people\.csv\. Give --out"):
        made(table, twin, seed=1)


def test_a_killed_mitigation_is_finished_with_the_same_bytes(table: Path) -> None:
    whole = table.parent / "whole"
    made(table, whole)
    broken = table.parent / "broken"
    code = (
        "import os, sys; from auditkit.lifecycle.mitigating import writing, mitigate_table; from pathlib import Path\n"
        "plain = writing._audit; seen = []\n"
        "def dying(*a):\n    seen.append(1)\n    plain(*a)\n    len(seen) == 1 and os.kill(os.getpid(), 9)\n"
        "writing._audit = dying\n"
        f"mitigate_table(Path(sys.argv[1]), group='team', outcome='hired', features={FEATURES}, out=Path(sys.argv[2]))"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(table), str(broken)], check=False)
    assert killed.returncode == -9
    assert (broken / "before" / "report.json").is_file()
    assert not (broken / FILE).exists()
    made(table, broken)
    assert tree(broken) == tree(whole)
    assert main(["verify", str(broken)]) == 0


def test_tampering_is_found(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = table.parent / "tampered"
    made(table, out)
    decided = out / "predictions.csv"
    decided.write_text(decided.read_text().replace(",no,no,", ",no,yes,", 1))
    capsys.readouterr()
    assert main(["verify", str(out)]) == 1
    assert "predictions.csv" in capsys.readouterr().out
    found = out / "mitigated.json"
    whole = found.read_text()
    found.write_text(whole.replace('"p0": ', '"p0": 0', 1))
    with pytest.raises(InputError, match=r"not as auditkit\.manifest\.json says it was written"):
        load(out)
    found.write_text(whole)
    made(table, out)  # and done again it is as it was
    (out / "before" / "report.json").write_text((out / "before" / "report.json").read_text().replace("0.2", "0.1", 1))
    with pytest.raises(InputError, match=r"report\.json is not as"):
        made(table, out)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"by": "treshold_optimizer"}, 'no mitigation by "treshold_optimizer". Did you mean "threshold_optimizer"?'),
        ({"constraint": "equalised_odds"}, 'has no constraint "equalised_odds". Did you mean "equalized_odds"?'),
        ({"by": "grid_search", "constraint": "selection_rate_parity"}, "grid_search has no constraint"),
        ({"constraint": "error_rate_parity"}, 'threshold_optimizer has no constraint "error_rate_parity"'),
        ({"held_out": 1.0}, "held_out is the share of rows to audit on, between 0 and 1, and got 1.0."),
        ({"positive": "Yes"}, '"hired" has no level "Yes". It has: no and yes. Did you mean "yes"?'),
        ({"margin": 0.0}, "What accuracy may lose is a positive number; this is 0.0."),
        ({"detectors": "disparity.selection_rat"}, "disparity.selection_rate"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(how: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as error:
        mitigate(LogisticRegression(), *arrays(), **how)
    assert said in str(error.value)


def test_people_that_cannot_be_compared_are_refused() -> None:
    X, y, group = arrays()
    with pytest.raises(InputError, match="X has 400, outcome has 399, group has 400"):
        mitigate(LogisticRegression(), X, y[:-1], group)
    with pytest.raises(InputError, match='The column "team" has only one group'):
        mitigate(LogisticRegression(), X, y, group.map(lambda _: "all").rename("team"))
    lonely = group.where(group.index != y.eq("yes").idxmax(), "green")
    with pytest.raises(InputError, match='green has 0 rows of hired "no", and nothing can be learned'):
        mitigate(LogisticRegression(), X, y, lonely)
    with pytest.raises(InputError, match='"hired" has 3 levels: maybe, no and yes'):
        mitigate(LogisticRegression(), X, y.where(y.index > 0, "maybe"), group)
    with pytest.raises(InputError, match='Which level of "outcome" is predicted\\? It has: a and b'):
        mitigate(LogisticRegression(), X, np.where(y == "yes", "a", "b"), group)
    with pytest.raises(InputError, match="The estimator needs the methods fit and predict, and this is str"):
        mitigate("logit", X, y, group)
    with pytest.raises(InputError, match="LogisticRegression cannot be fitted to these rows: Input X contains NaN"):
        mitigate(LogisticRegression(), X.assign(age=X.age.where(X.index > 30)), y, group)
    split = np.random.SeedSequence(0).spawn(1)[0]
    at = halves(people(X, y, group), 0.5, np.random.default_rng(split))[1].row[0]
    with pytest.raises(InputError, match="cannot decide of the held-out rows: Input X contains NaN"):
        mitigate(LogisticRegression(), X.assign(age=X.age.where(X.index != at)), y, group)


def test_any_classifier_is_mitigated_and_written_by_its_settings_alone(tmp_path: Path) -> None:
    turn = mitigate(DecisionTreeClassifier(max_depth=3, random_state=0), *arrays(600), out=tmp_path / "tree")
    assert turn.judged_after.outcome in set(Outcome)
    found = json.loads((tmp_path / "tree" / "mitigated.json").read_text())
    said = {"kind": "DecisionTreeClassifier", "settings": "DecisionTreeClassifier(max_depth=3, random_state=0)"}
    assert found["before"] == said
    assert set(found["groups"]) == {"blue", "red"}
    assert not [file for file in (tmp_path / "tree").rglob("*") if file.suffix in (".pkl", ".joblib", ".pickle")]
    with pytest.raises(InputError, match="DecisionTreeClassifier cannot be made again of what it tells, so keep"):
        load(tmp_path / "tree")


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


def test_names_that_would_be_obeyed_are_kept_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = world(800).rename(columns={"team": "=cmd()|<b>"})
    rows["=cmd()|<b>"] = rows["=cmd()|<b>"].map({"blue": "=1+1", "red": "<script>alert(1)</script>\x1b[31m"})
    rows.to_csv(tmp_path / "hostile.csv", index=False)
    args = ["--group", "=cmd()|<b>", "--outcome", "hired", "--features", "age,skill", "--out", str(tmp_path / "out")]
    main(["mitigate", str(tmp_path / "hostile.csv"), *args])
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert "Internal error" not in err
    assert "<script>" not in (tmp_path / "out" / "turn.html").read_text()
    with (tmp_path / "out" / "predictions.csv").open() as file:
        assert {row["group"][:5] for row in csv.DictReader(file)} == {"'=1+1", "<scri"}


def test_the_command_says_what_it_did_and_exits_by_the_turn(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ["mitigate", str(table), "--group", "team", "--outcome", "hired", "--out", str(tmp_path / "cli")]
    assert main([*args]) == 2
    assert "Say what to predict from: --features age,skill,town,person" in capsys.readouterr().err
    assert main([*args, "--features", "age,skil"]) == 2
    assert 'Did you mean "skill"?' in capsys.readouterr().err
    assert main([*args, "--features", "age,hired"]) == 2
    assert '"hired" is among the features, and it is what is predicted' in capsys.readouterr().err
    code = main([*args, "--features", "age,skill,town", "--features", "town"])
    out, err = capsys.readouterr()
    turn = json.loads((tmp_path / "cli" / "turn.json").read_text())
    assert code == {"FAIL": 1, "PASS": 0}.get(turn["outcome"], 3)
    told = " ".join(out.split())
    assert "fitted on 300 rows and its thresholds on 300 others" in told
    assert "audited without and with them on 600 that neither has seen" in told
    assert "the cost is that of the thresholds alone" in told
    assert "accuracy" in out
    assert "Written to" in err
    assert Step.from_json((tmp_path / "cli" / FILE).read_text()).settings["features"] == ["age", "skill", "town"]
    read = {"json": json.loads, "junit": Xml.fromstring, "md": str, "github": str}
    for format, reader in read.items():
        assert main([*args, "--features", "age,skill,town", "--format", format]) == code
        told = reader(capsys.readouterr().out)
        if format == "json":
            assert told == turn
        elif format == "junit":
            bad = sum(int(told.get(kind)) for kind in ("failures", "errors"))
            assert (bad > 0) == (code != 0)
            assert {"may lose 0.02: accuracy", "told: balanced accuracy"} <= {one.get("name") for one in told.iter()}
        else:
            assert told.startswith("<!-- auditkit -->" if format == "md" else "::notice title=auditkit")
            assert "accuracy" in told


def test_a_column_that_names_rows_is_no_feature(tmp_path: Path) -> None:
    rows = world(300)
    rows["who"] = [f"n{i}" for i in range(300)]
    rows.to_csv(tmp_path / "named.csv", index=False)
    with pytest.raises(InputError, match='"who" has 300 levels in 300 rows: it names them'):
        made(tmp_path / "named.csv", tmp_path / "out", features=("who", "age"))
    assert not (tmp_path / "out").exists()


def test_what_changed_nothing_says_so() -> None:
    X, y, group = arrays(800)
    same = fairness.Decided(np.ones(3, int), np.ones(3, int), np.ones(3), np.ones(3))
    from auditkit.lifecycle.mitigating.telling import _chance

    kept = people(X, y, group)
    assert list(_chance(AIMS["demographic_parity"], kept, same)) == [
        "It decides of each of these people as before: nothing was mitigated."
    ]


def test_the_command_imports_nothing_heavy() -> None:
    code = (
        "import sys, auditkit.lifecycle, auditkit.commands.mitigate\n"
        "assert not {'fairlearn', 'sklearn', 'pandas', 'scipy'} & set(sys.modules), sorted(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
