"""Every story keeps the contract: seeded, sized, quick, with every column in a role and every level in the table."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from auditkit.core.finding import Reference
from auditkit.core.judgement import Outcome
from auditkit.core.roles import Roles
from auditkit.lab.stories import STORIES
from auditkit.lab.story import Story
from auditkit.lab.tables import TABLES

DOSES = (0.0, 0.25, 0.5, 0.75, 1.0)
stories = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
everything = pytest.mark.parametrize("story", [*STORIES, *TABLES], ids=lambda story: story.name)


def drawn(story: Story, dose: float = 0.0, rows: int | None = None, seed: int = 7) -> pd.DataFrame:
    return story.draw(dose, rows, np.random.default_rng(seed))


def null(name: str) -> float:
    return 1.0 if "in ratio to" in name or "representation" in name else 0.0


@stories
@pytest.mark.parametrize("dose", [0.0, 0.5, 1.0])
def test_the_seed_decides_the_table(story: Story, dose: float) -> None:
    pd.testing.assert_frame_equal(drawn(story, dose), drawn(story, dose))


@stories
@pytest.mark.parametrize("dose", [0.0, 0.5])
def test_another_seed_is_another_table(story: Story, dose: float) -> None:
    assert not drawn(story, dose).equals(drawn(story, dose, seed=8))


@stories
@pytest.mark.parametrize("dose", [0.0, 0.5, 1.0])
def test_the_table_has_the_rows_asked_for(story: Story, dose: float) -> None:
    assert len(drawn(story, dose, 400)) == 400
    assert 1_000 <= len(drawn(story, dose)) <= 20_000


@stories
def test_dose_0_is_no_bias_at_all(story: Story) -> None:
    assert all(value == pytest.approx(null(name), abs=1e-12) for name, value in story.truth(0.0).items())


@stories
def test_more_dose_is_more_bias(story: Story) -> None:
    headline = next(iter(story.truth(0.0)))
    size = [abs(story.truth(dose)[headline] - null(headline)) for dose in DOSES]
    assert all(more > less for less, more in pairwise(size))


@everything
def test_every_column_plays_a_role(story: Story) -> None:
    roles = Roles.of(**story.roles)
    named = [column for role in roles for column in roles[role]]
    assert sorted(named) == sorted(drawn(story).columns)


@everything
def test_no_value_is_missing_but_where_that_is_the_story(story: Story) -> None:
    asked = {item["code"] for item in story.plan}
    missing = set(np.array(drawn(story, 1.0).columns)[drawn(story, 1.0).isna().any()])
    assert missing == (set(Roles.of(**story.roles)["feature"]) if "selection.missingness" in asked else set())


@everything
def test_the_plan_speaks_of_levels_that_are_there(story: Story) -> None:
    table = drawn(story)
    levels = {str(value) for column in table for value in table[column].unique()}
    words = {"code", "reference", "references", "extremes", "raters", "within", "scale", "ignorable"}
    for item in story.plan:
        assert item["code"].startswith(f"{story.family}.")
        named = {value for field, value in item.items() if field not in words} | set(item.get("extremes", ()))
        assert named - {"highest"} <= levels


@everything
def test_the_plan_can_be_written_down(story: Story) -> None:
    assert json.loads(json.dumps(story.plan))
    for item in story.plan:
        if "reference" in item:
            assert set(Reference(**item["reference"]).shares()) >= set(item.get("extremes", ()))
        for reference, column in zip(item.get("references", ()), story.roles.get("feature", ()), strict=False):
            assert set(Reference(**reference).shares()) == set(drawn(story)[column])


@everything
def test_the_promises_are_outcomes_at_doses(story: Story) -> None:
    assert all(Outcome(outcome) and 0 <= float(dose) <= 1 for dose, outcome in story.promises.items())


@stories
def test_a_world_promises_calm_at_0_and_alarm_at_1(story: Story) -> None:
    assert story.promises == {"0": "PASS", "1": "FAIL"}


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("book_reviews", ["71 % of what is posted", "25 % of what readers think"]),
        ("sprockets", ["75 %", "90 %", "15 percentage points", "absolute"]),
        ("phone_survey_coverage", ["55 % of the market", "are 0 %"]),
        ("phone_survey_refusal", ["54 %", "30 %", "80 % more often"]),
        ("first_200", ["0.70", "0.35"]),
        ("academy_engineers", ["21 percentage points", "A. 21, B. 22"]),
        ("outside_the_academy", ["factor of 3.3", "of 1.0 outside"]),
        ("head_shake", ["80 %", "20 %"]),
        ("subtle_reviews", ["40 % of the faint", "twin 20 %", "5 %"]),
        ("yellow_bananas", ["green banana's colour 60 %", "yellow one's 6 %"]),
        ("murders_and_blinks", ["0.5 % of what happens", "53 % of what is printed", "90 % and 16 %"]),
        ("unusual_incidents", ["2.2 times"]),
        ("dispatch_advice", ["60 % of right decisions", "10 % are"]),
        ("night_shift", ["92 %", "37 %"]),
        ("essay_by_ai", ["1.2 of 10 points"]),
        ("empty_corner", ["4 % of the population", "are 0 %", "0.83 of their share"]),
        ("late_answers", ["35 %", "10 %", "2.4 percentage points"]),
        ("academy_persona", ["1.0 of 10 points", "0.5 that"]),
        ("two_names", ["18 percentage points", "60 on those"]),
    ],
)
def test_what_was_planted_is_said_in_figures(name: str, figures: list[str]) -> None:
    planted = next(story.planted for story in STORIES if story.name == name)
    assert [figure for figure in figures if figure not in planted] == []


def test_names_are_unique_and_the_files_own() -> None:
    told = {story.name: story.draw.__module__ for story in (*STORIES, *TABLES)}
    assert len(told) == len(STORIES) + len(TABLES) == 21
    assert all(module.rsplit(".", 1)[1] == name for name, module in told.items())


@everything
def test_a_table_is_drawn_in_a_fifth_of_a_second(story: Story) -> None:
    times = []
    for _ in range(3):
        start = time.process_time()
        drawn(story, 1.0)
        times.append(time.process_time() - start)
    assert min(times) < 0.2


def test_the_lab_imports_nothing_heavy() -> None:
    script = "import sys, auditkit.lab.stories, auditkit.lab.tables; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "auditkit.lab.story" in loaded
    assert {"pandas", "scipy", "sklearn", "narwhals", "duckdb"}.isdisjoint(loaded)
