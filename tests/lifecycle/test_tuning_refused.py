"""What tune refuses, in a sentence: a typo leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from auditkit.core.errors import InputError
from auditkit.lifecycle.tuning import tune
from auditkit.lifecycle.tuning.checking import checked
from auditkit.lifecycle.tuning.targets import target_of
from auditkit.planning import Plan, plan_of
from tests.lifecycle.small_tuning import FEW, TABLE, plan, sentences, written

pytest.importorskip("torch")
pytest.importorskip("peft")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sentences(tmp_path_factory.mktemp("curated"))


@pytest.mark.parametrize(
    ("asked", "options", "sentence"),
    [
        (
            plan_of({**TABLE, "target": {"name": "endpoint", "base_url": "http://localhost:1/v1", "model": "m"}}),
            {},
            "weights",
        ),
        (plan_of({"data": {"path": "a.csv"}, "roles": {"group": ["a"], "outcome": "b"}}), {}, "no model to tune"),
        (plan(), {"batch": 5000}, "fewer than a batch of 5000"),
        (plan(), {"method": "lora", "modules": ["q_proj"]}, 'no module "q_proj" to adapt.*It has: .*k, lm_head, o, q'),
        (plan(), {"guard_margin": {"exactnes": 0.1}}, 'no quality "exactnes" to guard. Did you mean "exactness"'),
        (plan(), {"guard_margin": -1.0}, "may lose is a positive number"),
        (plan(), {"method": "lore"}, 'no method "lore". Did you mean "lora"'),
        (plan(), {"held_out": 1.5}, "share of rows kept from learning"),
        (plan(), {"steps": 0}, "steps is 0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_done_is_said(
    asked: Plan, options: Mapping[str, Any], sentence: str, data: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=sentence):
        tune(asked, data, tmp_path / "out", **{"method": "full", "steps": 1, **options})


@pytest.mark.parametrize(
    ("header", "row", "sentence"),
    [
        (["text"], ["o un doktor ."], "it needs the columns source and target. It has: text"),
        (["source", "target"], ["o un doktor .", "he is a wizard ."], "row 1 cannot be learned.*wizard"),
        (["source", "target"], ["o un doktor .", ""], "row 1 has nothing in the column target"),
        (["source", "target", "weight"], ["o un doktor .", "he is a doctor .", "-1"], "weight of row 1 is -1"),
        (["source", "target", "weight"], ["o un doktor .", "he is a doctor .", "0"], "every weight is 0"),
    ],
)
def test_data_that_cannot_be_learned_from_are_said(
    header: list[str], row: list[str], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=sentence):
        tune(plan(), written(tmp_path / "data.csv", header, [row] * 40), tmp_path / "out", **FEW)


@pytest.mark.parametrize(
    ("changed", "options", "sentence"),
    [
        ({}, {"method": "lora", "modules": ["q_proj"]}, 'no module "q_proj" to adapt'),
        ({}, {"faithful": {"ocupation": "pronoun"}}, 'no column "ocupation" for the role asked.*"occupation"'),
        ({}, {"faithful": {"occupation": "pronuon"}}, 'no column "pronuon" for the role shown.*"pronoun"'),
        ({"roles": {"group": "pronuon"}}, {}, 'no column "pronuon" for the role group.*"pronoun"'),
        ({"detectors": [{"code": "reporting.generator_frequency", "stereotipe": "he"}]}, {}, "stereotipe"),
        ({"probe": {**TABLE["probe"], "templats": ["o un {} ."]}}, {}, "templats"),
        ({"annotators": [{"name": "pronoun_gendre"}]}, {}, "pronoun_gendre"),
    ],
)
def test_a_typo_leaves_no_folder(
    changed: Mapping[str, Any], options: Mapping[str, Any], sentence: str, data: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=sentence):
        tune(plan_of({**TABLE, **changed}), data, tmp_path / "out", **{**FEW, **options})
    assert not (tmp_path / "out").exists()


def test_a_column_that_the_model_tells_is_no_typo() -> None:
    asked = plan_of({**TABLE, "roles": {**TABLE["roles"], "score": "log_probability"}})
    target = target_of(asked)
    checked(asked, target, {})
    with pytest.raises(InputError, match=r'no column "log_probabilty".*Did you mean "log_probability"'):
        checked(plan_of({**TABLE, "roles": {"score": "log_probabilty"}}), target, {})


def test_a_folder_where_nothing_was_drawn_is_no_other_work(data: Path, tmp_path: Path, monkeypatch: Any) -> None:
    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("auditkit.lifecycle.tuning.frame.run", killed)
    for seed in (0, 1):
        with pytest.raises(KeyboardInterrupt):
            tune(plan(), data, tmp_path / "out", **{**FEW, "seed": seed})
    begun = json.loads((tmp_path / "out" / "tuning" / "begun.json").read_text())
    assert begun["settings"]["seed"] == 1
