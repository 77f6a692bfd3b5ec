"""Gaming edits, each made on a real repository whose honest gate is red: every one keeps or turns the exit code, or is
listed in the summary that a reviewer reads."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.laws.gaming import edits
from tests.laws.gaming.desk import COMPOSED, CROSSED, PLAN, PLANNED, SHARED, Desk, people, repository
from tests.laws.gaming.edits import Edit


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home, fair, biased = tmp_path_factory.mktemp("repositories"), people(0), people(18)
    few_women = pd.concat([fair[fair.sex == "m"], fair[fair.sex == "f"].iloc[::3]])
    made = {
        "": (PLAN, fair, biased),
        "green": (PLAN, fair, fair),
        "composed": (COMPOSED, fair, few_women, '[[rules]]\nrule = "ratio"\n'),
        "crossed": (CROSSED, fair, biased),
        "planned": (PLANNED, fair, biased),
        "shared": (SHARED, fair, biased),
    }
    return {name: repository(home / f"w{name}", *parts) for name, parts in made.items()}


@pytest.fixture
def desk(worlds: dict[str, Path], tmp_path: Path) -> Callable[[str], Desk]:
    def copied(name: str) -> Desk:
        shutil.copytree(worlds[name], tmp_path / "desk")
        return Desk(tmp_path / "desk")

    return copied


@pytest.mark.parametrize(("name", "code"), [("", 1), ("green", 0), ("composed", 1), ("crossed", 1), ("shared", 1)])
def test_the_honest_gate(name: str, code: int, desk: Callable[[str], Desk], capsys: pytest.CaptureFixture[str]) -> None:
    """Red where the world is biased; and where nobody edited anything nothing is listed, save that there are fewer
    women, and that rows that share people are worth less where these are treated alike."""
    at = desk(name)
    for at.revision in (None, "main"):
        exit_code, summary = at.gate(capsys)
        assert exit_code == code, summary
        assert ("What changed" in summary) == (name in ("composed", "shared")), summary


EDITS: dict[str, tuple[str, Edit, int, tuple[str, ...]]] = {
    "loosen the margins": ("", edits.loosened, 0, ("margin was 0.05 and is 0.5", "atleast was not set and is 0.1")),
    "loosen them where main judges": (
        "",
        edits.loosened_beside_main,
        1,
        ("does not judge", "margin was 0.05 and is 0.5"),
    ),
    "loosen the plan's policy": ("planned", edits.in_the_plan, 1, ("does not judge", "margin was 0.05 and is 0.9")),
    "decide nothing and warn": (
        "",
        edits.warned,
        0,
        ("inconclusive was fail and is warn", "neff was 30 and is 100000"),
    ),
    "raise what is enough": ("", edits.more_is_enough, 3, ("neff was 30 and is 100000",)),
    "allow for no multiplicity": ("", edits.uncorrected, 1, ("multiplicity was holm and is none",)),
    "narrow a rule": ("", edits.narrowed, 1, ("estimand was * and is nothing*",)),
    "narrow the rules to what passes": ("", edits.narrowed_to_what_passes, 3, ("The rule within", "is gone")),
    "delete the rules": ("", edits.without_rules, 3, ("The rule within", "The rule ratio", "is gone")),
    "drop a detector and do not ask for it": (
        "",
        edits.assessed_less,
        1,
        ("disparity.selectionrate", "no longer has *"),
    ),
    "drop one of two groups": ("", edits.group_dropped, 3, ("has vanished", "Gone from sex: m")),
    "drop a group": ("", edits.race_dropped, 1, ("has vanished", "Gone from race: z")),
    "drop a group of a green world": ("green", edits.race_dropped, 3, ("has vanished", "Gone from race: z")),
    "rename a column": ("green", edits.column_renamed, 3, ("has vanished", "was played by sex, race")),
    "drop a column": ("", edits.column_dropped, 3, ("has vanished", "was played by sex, race and is played by race")),
    "rename a level": ("green", edits.level_renamed, 3, ("has vanished", "New in sex: male")),
    "merge groups": ("green", edits.groups_merged, 3, ("has vanished", "Gone from race: x, y", "New in race: x or y")),
    "lower n": ("", edits.rows_fewer, 3, ("42 rows, and the baseline on 4,200", "Fewer rows by more than 10 %")),
    "lower n and warn": ("", edits.rows_fewer_and_warned, 0, ("42 rows, and", "Too few rows", "fail and is warn")),
    "repeat the rows": ("green", edits.rows_repeated, 0, ("12,600 rows, and the baseline on 4,200", "More rows")),
    "make rows missing": ("", edits.rows_missing, 1, ("rows have no group (sex), and in the baseline 0",)),
    "drop rows until it balances": ("", edits.rows_dropped_to_balance, 1, ("Fewer rows by more than 10 %: m of sex",)),
    "drop a detector": ("green", edits.detector_dropped, 3, ("has vanished", "The detector disparity.errorrates")),
    "change the metric": (
        "green",
        edits.metric_changed,
        3,
        ("has vanished", "no longer has accuracy and now has precision"),
    ),
    "change what is favourable": ("", edits.favourable_changed, 1, ("favourable was yes and is no",)),
    "compare so that nothing is judged": ("", edits.described_only, 1, ("versus was not set and is highest",)),
    "change the reference": (
        "composed",
        edits.reference_changed,
        0,
        ("reference.value.f was 0.5 and is 0.25", "reference"),
    ),
    "switch crossed off": (
        "crossed",
        edits.uncrossed,
        1,
        ("has vanished", "No longer said of the data: Groups are crossed"),
    ),
    "drop the unit": ("shared", edits.unit_dropped, 1, ("No column plays the role unit any more",)),
    "drop the weight": ("shared", edits.weight_dropped, 1, ("No column plays the role weight any more",)),
    "judge another column": ("", edits.another_column, 3, ("The role prediction was played by said",)),
    "delete findings from the report": ("", edits.findings_deleted, 3, ("has vanished", "no longer tells 2 findings")),
    "delete a detector from the report": (
        "",
        edits.audit_rewritten,
        3,
        ("has vanished", "The detector disparity.errorrates"),
    ),
    "edit the bounds": ("", edits.bounds_edited, 3, ("was edited",)),
    "edit the bounds, and say that the counts do not make them": (
        "",
        edits.bounds_edited_and_counts_disowned,
        0,
        ("was made by its counts alone and is not",),
    ),
    "edit the bounds beside three counts": ("", edits.bounds_edited_beside_three_counts, 3, ("was edited",)),
    "edit the bounds and delete the counts": ("", edits.bounds_edited_without_counts, 3, ("was edited",)),
    "leave upper bounds alone": ("", edits.upper_bounds_alone, 3, ("was edited",)),
    "tolerate everything in the report": ("", edits.margin_without_sides, 2, ("no limit on either side",)),
    "tell everything twice": ("", edits.told_twice, 0, ("told more than once",)),
    "drown what changed": ("", edits.drowned, 0, ("The subject was hiring", "was ±0.05 and is")),
    "put a plain report for the baseline": ("", edits.a_plain_report_for_a_baseline, 0, ("no change of the policy",)),
    "ask that nothing is assessed": ("", edits.assessing_nothing, 2, ("codes is empty",)),
    "edit the margins in the report": (
        "",
        edits.margin_in_the_report,
        0,
        ("margin that is suggested", "was ±0.05 and is"),
    ),
    "withhold verdicts in the report": (
        "",
        edits.withheld_in_the_report,
        0,
        ("withholds FAIL, since it is complicated",),
    ),
    "empty the report": ("", edits.silence_deleted, 3, ("has vanished",)),
    "edit the baseline": ("green", edits.baseline_edited, 2, ("edited by hand",)),
    "write an acceptance into the baseline": ("", edits.acceptance_written_in, 2, ("edited by hand",)),
    "accept it all": ("", edits.baseline_of_the_bias, 0, ("accepted by me until 2099-01-01",)),
    "accept it all where main judges": (
        "",
        edits.baseline_of_the_bias_beside_main,
        1,
        ("is not used", "accepted by me until"),
    ),
    "extend an expiry": ("", edits.accepted_and_put_off, 1, ("until 2026-01-01", "accepted by me until 2099-01-01")),
    "remove the baseline": ("", edits.baseline_removed, 2, ("There is no baseline",)),
    "remove it where main judges": ("", edits.baseline_removed_beside_main, 1, ("is gone; that of main",)),
    "name a tag main": ("", edits.a_tag_named_main, 2, ("more than one revision",)),
}


@pytest.mark.parametrize(("world", "edit", "code", "listed"), EDITS.values(), ids=EDITS.keys())
def test_an_edit_turns_the_gate_or_is_listed(
    world: str,
    edit: Edit,
    code: int,
    listed: tuple[str, ...],
    desk: Callable[[str], Desk],
    capsys: pytest.CaptureFixture[str],
) -> None:
    at = desk(world)
    edit(at)
    exit_code, summary = at.gate(capsys)
    assert exit_code == code, summary
    for words in listed:
        assert words in summary.replace("_", ""), summary


def test_there_are_enough_edits() -> None:
    assert len(EDITS) >= 40
    assert all(listed or code for _, _, code, listed in EDITS.values())
