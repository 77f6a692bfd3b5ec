"""What a person says of an output stands beside what was read, whoever says it and when; the run stays as it was."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import auditkit
from auditkit.annotators import HumanLabels
from auditkit.core.annotator import PERCEIVED
from auditkit.core.errors import InputError
from auditkit.eliciting import elicit
from auditkit.lab.portraits import Exact, Painter, World
from auditkit.labelling import agreement, given, label, labelled, sample
from auditkit.labels import FILE
from auditkit.probes import Unconditional
from auditkit.runs import Run

ROOT = Path(__file__).parents[2]


def digests(folder: Path) -> dict[str, str]:
    """Every file of a run but its labels."""
    files = (f for f in sorted(folder.rglob("*")) if f.is_file() and not f.name.startswith(FILE))
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def kept(run: Run) -> tuple[str, str]:
    """A run's table, and all that is kept with it, as text."""
    table = run.to_frame()
    return table.to_csv(index=False), json.dumps(table.attrs, sort_keys=True)


def test_a_person_says_what_a_picture_shows(portraits: Run) -> None:
    first, second, *_ = sample(portraits, "skin", rater="Ada")
    assert first.kind == "picture"
    assert Path(first.shown).is_file()
    assert auditkit.label(portraits, first, "skin", "darker", rater="Ada") is None
    auditkit.label(str(portraits.folder), second, "skin", "lighter", rater="Ada")
    table = portraits.to_frame()
    told = table.set_index("picture")["skin (checked)"].dropna()
    assert told.to_dict() == {first.shown: "darker", second.shown: "lighter"}
    assert table.columns[-1] == "skin (checked)"
    assert table.attrs[PERCEIVED]["skin (checked)"] == "perceived by people"
    assert table.attrs[PERCEIVED]["skin"] == "perceived by a reader with planted errors"


def test_a_run_is_never_written_and_without_labels_its_table_is_what_it_was(portraits: Run) -> None:
    before, files = kept(portraits), digests(portraits.folder)
    assert "checked" not in "".join(before)
    assert "auditkit.labelled" not in before[1]
    labelled(portraits, "skin"), agreement(portraits, "skin")
    tasks = sample(portraits, "skin", rater="Ada")
    assert not (portraits.folder / FILE).exists(), "looking makes no file"
    for task in tasks[:5]:
        label(portraits, task, "skin", "darker", rater="Ada")
    assert kept(portraits) != before
    for task in tasks[:5]:
        label(portraits, task, "skin", None, rater="Ada")
    assert kept(portraits) == before
    assert digests(portraits.folder) == files


def test_a_second_label_takes_the_place_of_the_first(portraits: Run) -> None:
    task, *_ = sample(portraits, "skin", rater="Ada")
    for level in ("darker", "lighter", "in between"):
        label(portraits, task, "skin", level, rater="Ada")
        assert labelled(portraits, "skin").truths == {level: 1}
    assert sample(portraits, "skin", rater="Ada")[0] != task
    label(portraits, task, "skin", "", rater=" Ada ")
    assert labelled(portraits, "skin").truths == {}
    assert sample(portraits, "skin", rater="Ada")[0] == task


def test_the_majority_counts_and_a_tie_is_not_told(portraits: Run) -> None:
    tasks = sample(portraits, "skin", rater="Ada")[:4]
    said = {"Ada": ["darker"] * 4, "Bo": ["darker", "lighter", "(missing)", "lighter"]}
    said["Cy"] = ["lighter", "", "", "lighter"]
    for rater, levels in said.items():
        for task, level in zip(tasks, levels, strict=True):
            label(portraits, task, "skin", level, rater=rater)
    told = portraits.to_frame().set_index("picture")["skin (checked)"]
    assert [told[task.shown] if isinstance(told[task.shown], str) else None for task in tasks] == [
        "darker",
        "(untold)",
        "darker",
        "lighter",
    ]
    assert told.isna().sum() == 396
    assert labelled(portraits, "skin").raters == {"Ada": 4, "Bo": 4, "Cy": 2}


def test_an_output_named_by_its_words_means_all_that_say_them(texts: Run, portraits: Run) -> None:
    label(texts, "he hums", "who", "he", rater="Ada")
    table = texts.to_frame()
    assert (table["who (checked)"].notna() == (table["answer"] == "he hums")).all()
    [task] = sample(portraits, "skin", 1, rater="Ada")[:1]
    for name, level in ((task.shown, "a"), (task.output, "b"), (task.answers[0], "c")):
        label(portraits, name, "skin", level, rater="Ada")
        assert portraits.to_frame()["skin (checked)"].dropna().tolist() == [level]


def test_every_label_is_given_back_with_what_it_is_about(texts: Run) -> None:
    assert given(texts) == ()
    task = sample(texts, "who", rater="Ada")[0]
    label(texts, task, "who", "she", rater="Ada")
    label(texts, task, "who", "he", rater="Bo")
    told = given(texts)
    assert {(output, one.answer, one.rater, one.level) for output, one in told} == {
        (task.shown, key, *said) for key in task.answers for said in (("Ada", "she"), ("Bo", "he"))
    }
    assert all(one.attribute == "who" and one.at.endswith("+00:00") for _, one in told)


RATER = """
import sys
from auditkit.labelling import label, sample
folder, rater = sys.argv[1:]
for task in sample(folder, "skin", 25, rater=rater):
    label(folder, task, "skin", "darker", rater=rater)
"""


def test_two_people_label_one_run_at_once(portraits: Run) -> None:
    command = [sys.executable, "-c", RATER, str(portraits.folder)]
    people = [subprocess.Popen([*command, rater], cwd=ROOT, stderr=subprocess.PIPE) for rater in ("Ada", "Bo")]
    for person in people:
        assert not person.communicate(timeout=120)[1]
    assert labelled(portraits, "skin").raters == {"Ada": 50, "Bo": 50}
    assert agreement(portraits, "skin").n == 50


def test_labels_of_a_file_and_labels_of_the_run_do_not_hide_each_other(portraits: Run, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(f"picture,skin\n{'0' * 64},darker\n")
    target = Painter(World(), side=32)
    people = HumanLabels(str(tmp_path / "labels.csv"), "skin")
    elicit(Unconditional(4), target, [Exact(("skin",)), people], into=tmp_path / "filed")
    with pytest.raises(InputError, match='column "skin \\(checked\\)" already'):
        label(tmp_path / "filed", sample(tmp_path / "filed", "skin", rater="Ada")[0], "skin", "darker", rater="Ada")
    elicit(Unconditional(4), target, Exact(("skin",)), into=tmp_path / "free")
    label(tmp_path / "free", sample(tmp_path / "free", "skin", rater="Ada")[0], "skin", "darker", rater="Ada")
    with pytest.raises(InputError, match="a column that this run has"):
        elicit(Unconditional(4), target, people, into=tmp_path / "free")


def test_labels_stay_where_a_run_goes_on(tmp_path: Path) -> None:
    target, reader = Painter(World(), side=32), Exact(("skin",))
    run = elicit(Unconditional(20), target, reader, into=tmp_path, budget=10)
    for task in sample(run, "skin", rater="Ada"):
        label(run, task, "skin", "darker", rater="Ada")
    again = elicit(Unconditional(20), target, reader, into=tmp_path)
    assert again.to_frame()["skin (checked)"].notna().tolist() == [True] * 10 + [False] * 10


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "'; DROP TABLE labels; --", "\x1b]0;x\x07", "=1+1", "::error::x"]
)
def test_hostile_raters_and_levels_are_kept_as_they_are(portraits: Run, text: str) -> None:
    [task] = sample(portraits, "skin", 1, rater=text)[:1]
    label(portraits, task, "skin", text, rater=text)
    assert portraits.to_frame()["skin (checked)"].dropna().tolist() == [text]
    assert labelled(portraits, "skin").raters == {text.strip(): 1}
    assert labelled(portraits, "skin").truths == {text: 1}
