"""What a mitigation found: it decides again from JSON alone, and a file that holds none is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier

from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.lifecycle.mitigating import Mitigated, load, mitigate, mitigate_table
from auditkit.lifecycle.mitigating.aims import METHODS
from auditkit.lifecycle.mitigating.wire import written_of
from tests.lifecycle.applicants import FEATURES, arrays, decisions, world


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
    "an unknown key": (lambda told: told.update(run="os.system"), ": run is not known here."),
    "no number": (
        lambda told: told["before"].update(intercept=True),
        "before.Linear.intercept should be a number, and is true",
    ),
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
