"""A judge that is behind a plan, that fails, and a hypothesis with braces of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from auditkit import catalog
from auditkit.annotators import Entailment, Judge
from auditkit.core.errors import InputError
from auditkit.planning import read_plan
from auditkit.targets import Endpoint, Function

HERE = {"name": "endpoint", "model": "m", "base_url": "http://127.0.0.1:1", "key_env": ""}
PLAN = """
[data]
path = "answers.csv"
[roles]
group = "sex"
outcome = "judgement"
[[annotators]]
name = "judge"
rubric = "How does it sound?"
levels = ["kind", "cruel"]
target = { name = "causal_lm", model = "small" }
"""


def failing(prompts: Sequence[Any], seeds: Sequence[int]) -> list[str]:
    raise TimeoutError("no answer in time")


def test_a_judge_that_fails_is_said_and_reads_nothing() -> None:
    judge = Judge(Function(failing, verb="generate", title="a judge"), "How?", ("kind", "cruel"))
    with pytest.raises(InputError, match="The judge a judge failed: TimeoutError: no answer in time"):
        judge.read(["a text"])


def test_a_table_names_a_judges_model() -> None:
    judge = catalog.reader("judge", {"target": HERE, "rubric": "How?", "levels": ["kind", "cruel"]})
    assert isinstance(judge, Judge)
    assert judge.target == Endpoint("m", base_url="http://127.0.0.1:1", key_env="")
    with pytest.raises(InputError, match='no target "endpiont"'):
        catalog.reader("judge", {"target": HERE | {"name": "endpiont"}, "rubric": "How?", "levels": ["kind", "cruel"]})


def test_a_judges_model_lies_beside_its_plan(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "config.json").write_text("{}")
    (tmp_path / "plan.toml").write_text(PLAN)
    assert read_plan(tmp_path / "plan.toml").annotators[0]["target"]["model"] == str(tmp_path / "small")


def test_what_is_no_judge_is_not_repeated() -> None:
    with pytest.raises(InputError, match="this dict is none") as caught:
        Judge({"api_key": "hunter2"}, "How?", ("kind", "cruel"))
    assert "hunter2" not in str(caught.value)


def test_a_hypothesis_has_braces_of_its_own() -> None:
    asked = Entailment({"theme": ["{work}", "home"]}, "no model", template="{It} is about {}.")
    assert asked._hypotheses(["{work}", "home"]) == ["{It} is about {work}.", "{It} is about home."]
