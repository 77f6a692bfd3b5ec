"""What people look at is drawn at random and blind; what they say stands beside what was read."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chisquare

import auditkit
from auditkit.annotators import HumanLabels, Thumbnail
from auditkit.core.annotator import PERCEIVED
from auditkit.core.errors import InputError
from auditkit.eliciting import elicit
from auditkit.lab.portraits import Exact, Painter, World
from auditkit.labelling import (
    CANNOT_TELL,
    SKIPPED,
    Stratum,
    Task,
    agreement,
    attributes,
    disputed,
    given,
    label,
    labelled,
    sample,
)
from auditkit.labels import FILE
from auditkit.probes import Unconditional
from auditkit.runs import Run
from auditkit.stats.agreement import krippendorff_alpha
from auditkit.store import DATABASE, Store

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


def test_what_is_skipped_or_cannot_be_told_is_counted_by_reading_and_comes_again(portraits: Run) -> None:
    """Somebody who tells three of four, skips one in eight, and cannot tell one in eight."""
    tasks, read = sample(portraits, "skin", 20, rater="Ada"), portraits.to_frame().set_index("picture")["skin"]
    given = dict(zip((task.shown for task in tasks), ["darker", SKIPPED, "lighter", CANNOT_TELL] * 10, strict=True))
    for task in tasks:
        label(portraits, task, "skin", given[task.shown], rater="Ada")
    progress = labelled(portraits, "skin")
    for stratum in progress.strata:
        mine = Counter(said for shown, said in given.items() if read[shown] == stratum.level)
        assert (stratum.skipped, stratum.cannot_tell, stratum.tied) == (mine[SKIPPED], mine[CANNOT_TELL], 0)
        assert stratum.labelled == mine["darker"] + mine["lighter"]
        assert stratum.untold == mine[SKIPPED] + mine[CANNOT_TELL]
    assert progress.raters == {"Ada": 30}, "a skip is for later"
    again = sample(portraits, "skin", 20, rater="Ada")
    assert [task.shown for task in again] == [shown for shown, said in given.items() if said == SKIPPED]
    column = portraits.to_frame().set_index("picture")["skin (checked)"].dropna()
    assert column.to_dict() == {
        shown: "(untold)" if said in (SKIPPED, CANNOT_TELL) else said for shown, said in given.items()
    }
    label(portraits, again[0], "skin", "darker", rater="Ada")
    label(portraits, again[1], "skin", "lighter", rater="Bo")
    assert sum(one.skipped for one in labelled(portraits, "skin").strata) == 8


def test_a_level_of_which_few_can_be_told_needs_no_more_than_there_are() -> None:
    assert Stratum("darker", 60, 50, cannot_tell=6, skipped=3, tied=1).needed == 0
    assert Stratum("darker", 160, 50, cannot_tell=10).needed == 50


# -- what is drawn ----------------------------------------------------------------------------------------------------


def read(run: Run, task: Task, attribute: str = "skin") -> str:
    table = run.to_frame()
    return str(table.set_index("picture" if task.kind == "picture" else "answer")[attribute][task.shown])


def test_as_many_of_each_level_are_drawn_and_mixed(portraits: Run) -> None:
    table = portraits.to_frame().set_index("picture")["skin"]
    tasks = sample(portraits, "skin", per_group=60, rater="Ada")
    levels = [table[task.shown] for task in tasks]
    assert Counter(levels) == {"darker": 60, "lighter": 60}
    runs = 1 + sum(a != b for a, b in pairwise(levels))
    assert 40 < runs < 82, "runs of 120 in random order: 61, give or take 16"
    few = sample(portraits, "skin", per_group=10_000, rater="Ada")
    assert len(few) == 400


def test_the_order_does_not_tell_which_level_is_rare(portraits: Run) -> None:
    """Of 40 draws: the rarer level stands in the first half as often as in the second."""
    table = portraits.to_frame().set_index("picture")["skin"]
    assert table.value_counts()["darker"] < 0.75 * table.value_counts()["lighter"]
    early = 0
    for seed in range(40):
        first = sample(portraits, "skin", 30, seed=seed, rater="Ada")[:30]
        early += sum(table[task.shown] == "darker" for task in first)
    assert abs(early - 600) < 5 * np.sqrt(40 * 30 / 4 * 30 / 59)


def test_raters_of_one_seed_see_the_same_in_the_same_order_less_what_they_labelled(portraits: Run) -> None:
    ada, bo = (sample(portraits, "skin", 50, seed=3, rater=who) for who in ("Ada", "Bo"))
    assert ada == bo
    label(portraits, ada[2], "skin", "darker", rater="Ada")
    assert sample(portraits, "skin", 50, seed=3, rater="Ada") == ada[:2] + ada[3:]
    assert sample(portraits, "skin", 50, seed=3, rater="Bo") == bo
    other = sample(portraits, "skin", 50, seed=4, rater="Bo")
    assert 0 < len({t.output for t in other} & {t.output for t in bo}) < 80
    more = sample(portraits, "skin", 80, seed=3, rater="Bo")
    assert {t.output for t in bo} < {t.output for t in more}, "asking for more adds"


def test_a_task_tells_nothing_of_what_was_read_or_asked(portraits: Run, texts: Run) -> None:
    assert [field.name for field in fields(Task)] == ["output", "kind", "shown", "answers"]
    table = portraits.to_frame()
    for task in sample(portraits, "skin", rater="Ada")[:40]:
        shown = repr(task).replace(str(portraits.folder), "")
        assert not any(word in shown for word in ("darker", "lighter", *table["occupation"].unique()))
    assert {task.shown for task in sample(texts, "who", rater="Ada")} <= set(texts.to_frame()["answer"].dropna())


def test_every_answer_of_a_level_is_as_likely_to_be_drawn(texts: Run) -> None:
    """Of 600 draws; whether it comes early or late, whatever its words."""
    him = [g.key for g in texts.store.generations() if g.output in ("he sings", "he hums")]
    size = len(him)
    seen: Counter[str] = Counter()
    for seed in range(600):
        keys = [key for task in sample(texts, "who", 20, seed=seed, rater="Ada") for key in task.answers]
        assert len(keys) == len(set(keys)) == 40
        seen.update(keys)
    counts = np.array([seen[key] for key in him])
    assert counts.sum() == 600 * 20
    # without replacement the variance is smaller by (size - 20)/(size - 1)
    assert chisquare(counts).statistic * (size - 1) / (size - 20) < size + 5 * np.sqrt(2 * size)


def test_the_same_words_are_looked_at_once_and_count_as_often_as_they_were_drawn(texts: Run) -> None:
    tasks = sample(texts, "who", 30, rater="Ada")
    assert sorted(task.shown for task in tasks) == ["he hums", "he sings", "she hums", "she sings"]
    assert sum(len(task.answers) for task in tasks) == 60
    for task in tasks:
        label(texts, task, "who", task.shown.split()[0], rater="Ada")
    assert texts.to_frame()["who (checked)"].notna().sum() == 60
    assert sample(texts, "who", 30, rater="Ada") == ()


def test_what_was_drawn_counts_and_not_all_that_say_the_same(texts: Run) -> None:
    """Of 300 draws of three: where all that say the same counted, rare words would be hardly ever a third of them."""
    answers = texts.to_frame()["answer"]
    times = {words: int((answers == words).sum()) for words in ("he sings", "he hums")}
    drawn, whole = [], []
    for seed in range(300):
        found = {task.shown: len(task.answers) for task in sample(texts, "who", 3, seed=seed, rater="Ada")}
        drawn.append(found.get("he hums", 0) / 3)
        whole.append("he hums" in found and times["he hums"] / sum(times[words] for words in times if words in found))
    share = times["he hums"] / sum(times.values())
    assert np.mean(drawn) == pytest.approx(share, abs=0.04)
    assert abs(np.mean(whole) - share) > 0.04


def test_what_was_refused_or_could_not_be_read_is_not_drawn(texts: Run) -> None:
    table = texts.to_frame()
    shown = {task.shown for task in sample(texts, "who", 1000, rater="Ada")}
    assert (table["answered"] == "no").any()
    assert "they sing" in set(table["answer"])
    assert "they sing" not in shown


def test_an_output_named_by_its_words_means_all_that_say_them(texts: Run, portraits: Run) -> None:
    label(texts, "he hums", "who", "he", rater="Ada")
    table = texts.to_frame()
    assert (table["who (checked)"].notna() == (table["answer"] == "he hums")).all()
    [task] = sample(portraits, "skin", 1, rater="Ada")[:1]
    for name, level in ((task.shown, "a"), (task.output, "b"), (task.answers[0], "c")):
        label(portraits, name, "skin", level, rater="Ada")
        assert portraits.to_frame()["skin (checked)"].dropna().tolist() == [level]


# -- how far it is, and whether people agree --------------------------------------------------------------------------


def test_progress_counts_by_rater_by_reading_and_by_truth(portraits: Run) -> None:
    table = portraits.to_frame().set_index("picture")["skin"]
    tasks = sample(portraits, "skin", rater="Ada")
    assert not labelled(portraits, "skin").enough
    for k, task in enumerate(tasks):
        label(portraits, task, "skin", table[task.shown] if k % 10 else "(missing)", rater="Ada")
    told = labelled(portraits, "skin")
    assert told.raters == {"Ada": len(tasks)}
    assert [one.level for one in told.strata] == ["darker", "lighter"]
    assert sum(one.answers for one in told.strata) == 400
    unsure = Counter(table[task.shown] for task in tasks[::10])
    for one in told.strata:
        assert one.labelled == min(100, one.answers) - unsure[one.level]
        assert one.needed == unsure[one.level]
    assert not told.enough
    for task in sample(portraits, "skin", 150, rater="Ada"):
        label(portraits, task, "skin", table[task.shown], rater="Ada")
    assert labelled(portraits, "skin").enough
    assert labelled(portraits, "skin").truths.keys() == {"darker", "lighter"}


def test_enough_needs_fifteen_of_the_rarer_truth(portraits: Run) -> None:
    tasks = sample(portraits, "skin", rater="Ada")
    for k, task in enumerate(tasks):
        label(portraits, task, "skin", "darker" if k < 14 else "lighter", rater="Ada")
    assert not any(one.needed for one in labelled(portraits, "skin").strata)
    assert not labelled(portraits, "skin").enough
    label(portraits, tasks[14], "skin", "darker", rater="Ada")
    assert labelled(portraits, "skin").enough


def test_agreement_is_krippendorffs_alpha_of_what_two_could_tell(portraits: Run) -> None:
    assert agreement(portraits, "skin").reason == "no item has two ratings"
    tasks = sample(portraits, "skin", 20, rater="Ada")
    rng, counts = np.random.default_rng(1), []
    for task in tasks:
        own = {"Ada": "darker" if rng.random() < 0.5 else "lighter"}
        own["Bo"] = own["Ada"] if rng.random() < 0.8 else "darker"
        for rater, level in own.items():
            label(portraits, task, "skin", level, rater=rater)
        counts.append([list(own.values()).count(level) for level in ("darker", "lighter")])
    label(portraits, sample(portraits, "skin", 40, rater="Ada")[0], "skin", "darker", rater="Ada")
    for skipped in (0, 1):
        ours, theirs = agreement(portraits, "skin"), krippendorff_alpha(counts[skipped:])
        assert (ours.value, *ours.lower) == pytest.approx((theirs.value, *theirs.lower))
        assert ours.n == theirs.n == 40 - skipped
        label(portraits, tasks[0], "skin", "(missing)", rater="Bo")


def test_the_same_words_agree_once(texts: Run) -> None:
    for rater in ("Ada", "Bo"):
        for task in sample(texts, "who", rater=rater):
            label(texts, task, "who", task.shown.split()[0], rater=rater)
    assert agreement(texts, "who").n == 4


def test_disputes_are_counted_by_output_and_what_nobody_could_tell_is_none(portraits: Run) -> None:
    said = (("a", "b"), ("b", "a"), ("a", "a"), ("a", "(missing)"), ("b", "c"))
    for task, levels in zip(sample(portraits, "skin", 5, rater="Ada"), said, strict=False):
        for rater, level in zip(("Ada", "Bo"), levels, strict=True):
            label(portraits, task, "skin", level, rater=rater)
    assert disputed(portraits, "skin") == {("a", "b"): 2, ("b", "c"): 1}


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


def test_what_can_be_labelled_are_levels_that_an_annotator_read(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(f"picture,age\n{'0' * 64},old\n")
    people = HumanLabels(str(tmp_path / "labels.csv"), "age")
    readers = [Exact(("skin", "age")), Thumbnail(), people]
    assert attributes(elicit(Unconditional(4), Painter(World(), side=32), readers, into=tmp_path / "run")) == ("skin",)
    assert attributes(elicit(Unconditional(4), Painter(World(), side=32), Thumbnail(), into=tmp_path / "v")) == ()


def test_a_damaged_run_is_said_to_be(portraits: Run) -> None:
    store = Store(portraits.folder, write=True)
    store._db.execute("UPDATE generations SET record = 'nothing' WHERE position = 3")
    store.close()
    with pytest.raises(InputError, match="is damaged"):
        labelled(portraits, "skin")


# -- two at once ------------------------------------------------------------------------------------------------------

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


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"attribute": "skim"}, 'reads "skim". They read: skin. Did you mean "skin"?'),
        ({"output": "0" * 64}, "has no answer '0000"),
        ({"output": "../../etc/passwd"}, "sample()"),
        ({"output": 7}, "output is a text, and got 7"),
        ({"output": "\ud800"}, "half a character"),
        ({"rater": "  "}, "Say whose"),
        ({"rater": None}, "rater is a text, and got None"),
        ({"rater": "L" * 1001}, "1,001 characters, and 1,000 are the most"),
        ({"level": 1}, "level is a text, and got 1"),
        ({"level": "\udc00"}, "half a character"),
        ({"output": Task("x", "text", "x", ())}, "has no answer"),
    ],
)
def test_what_cannot_be_labelled_is_refused_kindly(portraits: Run, given: dict[str, object], says: str) -> None:
    [task] = sample(portraits, "skin", 1, rater="Ada")[:1]
    asked = {"output": task, "attribute": "skin", "level": "darker", "rater": "Ada"} | given
    with pytest.raises(InputError) as error:
        label(portraits, asked["output"], asked["attribute"], asked["level"], rater=asked["rater"])  # type: ignore[arg-type]
    assert says in str(error.value)
    assert not (portraits.folder / FILE).exists()


def test_the_nearest_output_is_named_and_a_refusal_shows_nothing(texts: Run) -> None:
    with pytest.raises(InputError, match='Did you mean "she sings"'):
        label(texts, "she singes", "who", "she", rater="Ada")
    refused = next(g.key for g in texts.store.generations() if g.refused)
    with pytest.raises(InputError, match="nothing to see"):
        label(texts, refused, "who", "she", rater="Ada")


def test_a_sample_of_nothing_is_refused(portraits: Run, tmp_path: Path) -> None:
    for per_group in (0, -1, 2.5, "all"):
        with pytest.raises(InputError, match="how many answers of each level"):
            sample(portraits, "skin", per_group, rater="Ada")  # type: ignore[arg-type]
    for act in (labelled, agreement):
        with pytest.raises(InputError, match='reads "hair"'):
            act(portraits, "hair")
    with pytest.raises(InputError, match="holds no run"):
        sample(tmp_path, "skin", rater="Ada")
    elicit(Unconditional(3), Painter(World(), side=32), Thumbnail(), into=tmp_path / "vectors")
    [attribute] = Run(tmp_path / "vectors").design["readers"][0]["attributes"]
    with pytest.raises(InputError, match="people label levels"):
        sample(tmp_path / "vectors", attribute, rater="Ada")
    elicit(Unconditional(3), Painter(World(), side=32), into=tmp_path / "unread")
    with pytest.raises(InputError, match="There are none"):
        sample(tmp_path / "unread", "skin", rater="Ada")


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


def test_a_run_that_names_files_elsewhere_is_not_followed(portraits: Run) -> None:
    store = Store(portraits.folder, write=True)
    record = json.loads(next(iter(store._db.execute("SELECT record FROM generations")))[0])
    record |= {"output": "../../../../etc/passwd", "key": "f" * 64}
    store._db.execute("INSERT INTO generations VALUES (?, ?, ?)", (10_000, "f" * 64, json.dumps(record)))
    store.note(portraits.design["readers"][0]["fingerprint"], {record["output"]: {"skin": "darker"}})
    store.close()
    with pytest.raises(InputError, match="none of its own"):
        sample(portraits, "skin", 1000, rater="Ada")
    with pytest.raises(InputError, match="none of its own"):
        portraits.to_frame()


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "'; DROP TABLE labels; --", "\x1b]0;x\x07", "=1+1", "::error::x"]
)
def test_hostile_raters_and_levels_are_kept_as_they_are(portraits: Run, text: str) -> None:
    [task] = sample(portraits, "skin", 1, rater=text)[:1]
    label(portraits, task, "skin", text, rater=text)
    assert portraits.to_frame()["skin (checked)"].dropna().tolist() == [text]
    assert labelled(portraits, "skin").raters == {text.strip(): 1}
    assert labelled(portraits, "skin").truths == {text: 1}


def readers(value: object) -> str:
    return f"UPDATE design SET value = '{json.dumps(value)}' WHERE name = 'readers'"


@pytest.mark.parametrize(
    "sql",
    [
        *(f"UPDATE readings SET reading = '{told}'" for told in ("[]", '"x"', "[" * 100_000)),
        *map(readers, (5, ["x"], [{"fingerprint": "f", "attributes": 5}], [{"fingerprint": "f", "attributes": [5]}])),
        readers([{"attributes": ["who"]}]),
        "UPDATE generations SET record = json_set(record, '$.more', 1)",
    ],
    ids=range(9),
)
def test_a_broken_record_is_a_sentence(texts: Run, sql: str) -> None:
    db = sqlite3.connect(texts.folder / DATABASE)
    db.executescript(sql)
    db.close()
    with pytest.raises(InputError, match="is damaged"):
        attributes(texts.folder), sample(texts.folder, "who", rater="Ada")
