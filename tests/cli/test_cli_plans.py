"""A plan written is the plan read, whatever stands in it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.errors import InputError, PolicyError
from auditkit.core.roles import ROLES, SEVERAL
from auditkit.lab.stories import STORIES
from auditkit.lab.tables import TABLES
from auditkit.planning import Data, Plan, first_plan, plan_of, plan_text, read_plan
from auditkit.rules import Enough, Policy, Ratio, Within
from auditkit.running import write

words = st.text(min_size=1)
singles = st.sampled_from(sorted(set(ROLES) - SEVERAL))
scalars = st.one_of(
    words, st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3))


@given(
    st.builds(Data, path=words, subject=st.none() | words),
    st.dictionaries(singles, words),
    st.lists(words, max_size=3, unique=True),
    st.booleans(),
    st.lists(st.dictionaries(words, values, max_size=4), max_size=2),
)
def test_what_is_written_is_read(
    data: Data, roles: dict[str, str | list[str]], groups: list[str], crossed: bool, detectors: list[dict[str, object]]
) -> None:
    plan = Plan(data=data, roles=roles | {"group": groups}, crossed=crossed, detectors=detectors)
    assert Plan.model_validate(tomllib.loads(plan_text(plan))) == plan


@pytest.mark.parametrize(
    "policy", [Policy(), Policy((Within(0.1, "disparity.*"), Enough(50)), "none", "warn"), Policy((Ratio(0.8),))]
)
def test_a_policy_is_written_and_read(policy: Policy) -> None:
    plan = Plan(data=Data(path="a.csv"), roles={"group": "sex"}, policy=policy.to_dict())
    assert Policy.read(plan_of(tomllib.loads(plan_text(plan))).policy) == policy


@pytest.mark.parametrize("story", [*STORIES, *TABLES], ids=lambda story: story.name)
def test_every_story_can_be_written_as_a_plan(story: object) -> None:
    assert isinstance(story, type(STORIES[0]))
    roles = {role: columns if isinstance(columns, str) else list(columns) for role, columns in story.roles.items()}
    plan = Plan(data=Data(path="a.csv"), roles=roles, detectors=[dict(item) for item in story.plan])
    again = plan_of(tomllib.loads(plan_text(plan)))
    assert [item["code"] for item in again.detectors] == [item["code"] for item in story.plan]
    assert plan_text(again) == plan_text(plan)


def test_a_relative_path_starts_at_the_plan(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text('[data]\npath = "data/a.csv"\n[roles]\ngroup = "sex"\n')
    assert read_plan(tmp_path / "plan.toml").data.path == str(tmp_path / "data" / "a.csv")
    (tmp_path / "plan.toml").write_text(f'[data]\npath = "{tmp_path}/b.csv"\n[roles]\ngroup = "sex"\n')
    assert read_plan(tmp_path / "plan.toml").data.path == str(tmp_path / "b.csv")


def test_a_first_plan_asks_what_its_roles_allow() -> None:
    fields = {"favourable": "yes", "positive": None, "versus": "m", "within": None}
    roles = {"group": ["sex"], "outcome": "hired", "prediction": None}
    assert [item["code"] for item in first_plan("a.csv", roles, fields).detectors] == ["disparity.selection_rate"]
    both = first_plan("a.csv", roles | {"prediction": "said"}, fields).detectors
    assert both[1] == {"code": "disparity.error_rates", "versus": "m", "positive": "yes"}
    with pytest.raises(InputError, match="error rates"):
        first_plan("a.csv", roles, fields | {"positive": "yes"})


def test_files_are_written_all_or_none(tmp_path: Path) -> None:
    write(tmp_path, {"a": "old"})
    (tmp_path / ".b.partial").mkdir()
    with pytest.raises(InputError, match="Cannot write"):
        write(tmp_path, {"a": "new", "b": "new"})
    assert (tmp_path / "a").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".b.partial", "a"]


def test_a_plan_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        read_plan(tmp_path / "nowhere" / "plan.toml")
