"""A run looked through shows what its table shows, to the last answer: whatever its names are, and while it grows."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from auditkit.annotators import Choice
from auditkit.browsing import Browsed, browse, digest
from auditkit.core.cells import level_order
from auditkit.core.errors import InputError
from auditkit.core.generation import Generation
from auditkit.core.perception import PERCEIVED
from auditkit.core.roles import MISSING
from auditkit.core.target import Refusal
from auditkit.eliciting import elicit
from auditkit.labels import Labels
from auditkit.levels import spelled
from auditkit.probes import Continuations
from auditkit.runs import OWN, WORDED, Run
from auditkit.store import DATABASE, SCHEMA, Store
from auditkit.targets import Function

NAMES = ("a\"b'$.x[0]", "]", "$", "$.output", "a.b", "größe", "名", "\x00", "a\x00b", "", "#-1", "x\\", 'x\\"', "'; --")
TARGET = {"title": "a model", "fingerprint": "f", "settings": {}}


def answer(at: int, **told: Any) -> Generation:
    said = {"factors": {}, "output": f"answer {at}", "kind": "text"} | told
    return Generation(f"{at:064x}", f"{at % 3:064x}", f"say {at}", target="m", fingerprint="f", settings={}, batch=1,
                      seed=at, replicate=0, **said)  # fmt: skip


def written(folder: Path, answers: list[Generation], readers: list[dict[str, Any]], read: list[dict[str, Any]]) -> Path:
    store = Store(folder, write=True)
    store.begin({"probe": {"name": "questions"}, "target": TARGET, "seed": 0})
    store.add(0, answers, 0.1)
    for reader, told in zip(readers, read, strict=True):
        store.note(reader["fingerprint"], told)
    store.set("readers", readers)
    store.close()
    return folder


def reader(name: str, *attributes: str) -> dict[str, Any]:
    basis = f"perceived by {name}"
    return {"name": name, "fingerprint": name, "basis": basis, "attributes": list(attributes), "misread": []}


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
names = st.one_of(st.sampled_from(NAMES), words).filter(lambda name: name not in (*OWN, *WORDED))
values = st.one_of(
    st.none(), words, st.sampled_from(["old", "young"]), st.booleans(), st.floats(-9, 9), st.integers(-5, 5)
)


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[Generation], list[dict[str, Any]], list[dict[str, Any]]]:
    """A few answers: pictures or texts, some in conversation, some refused or failed, read by two or fewer."""
    kind = draw(st.sampled_from(["picture", "text"]))
    factors, attributes = draw(st.lists(names, max_size=3, unique=True)), draw(st.lists(names, max_size=3, unique=True))
    outputs = draw(st.lists(st.one_of(words, st.sampled_from(NAMES)).filter(bool), min_size=1, max_size=4, unique=True))
    if kind == "picture":
        outputs = [f"{k:064x}.png" for k in range(len(outputs))]
    talks = kind == "text" and draw(st.booleans())
    answers = []
    for at in range(draw(st.integers(1, 12))):
        state = draw(st.sampled_from(["answered", "answered", "refused", "failed"]))
        told = {name: draw(st.one_of(words, st.sampled_from("ab"))) for name in factors if draw(st.booleans())}
        turns = tuple(("why?", draw(st.sampled_from(outputs))) for _ in range(draw(st.integers(0, 2)) if talks else 0))
        said = (
            {"refused": "no", "failed": ""} if state == "refused" else {"failed": "boom"} if state == "failed" else {}
        )
        output = draw(st.sampled_from(outputs)) if state == "answered" else ""
        answers.append(answer(at, factors=told, kind=kind, output=output, turns=turns, **said))
    known = [reader(f"reader {k}", *attributes[: 3 - k]) for k in range(draw(st.integers(0, 2)))]
    read = [
        {output: {name: draw(values) for name in one["attributes"]} for output in outputs if draw(st.booleans())}
        for one in known
    ]
    return answers, known, read


def hold_as_the_table(folder: Path) -> None:
    """Every column, every level, every pair of columns, every answer."""
    table, found = Run(folder).to_frame(), browse(folder)
    columns = [name for name in table if name not in (*OWN, *WORDED) and not str(name).startswith("answer ")]
    assert list(found.columns) == columns
    assert {name: one.basis for name, one in found.columns.items() if one.basis} == table.attrs[PERCEIVED]
    levels = {name: spelled([None if one != one else one for one in table[name].tolist()], name) for name in columns}
    assert {name: list(one.told()) for name, one in found.columns.items()} == levels
    assert all(list(one.levels) == sorted(set(levels[name]), key=level_order) for name, one in found.columns.items())
    states = table["answered"].map({"yes": 0, "no": 1}).fillna(2).astype(int).tolist()
    for one in (found.counts, *found.crosstab()):
        assert [one.answered, one.refused, one.failed] == [states.count(k) for k in range(3)]
    for first in columns:
        for second in columns:
            counts = Counter(zip(levels[first], levels[second], states, strict=True))
            told = {(*g.levels, k): n for g in found.crosstab(first, second) for k, n in enumerate(g[1:]) if n}
            assert told == counts
            for here in {cell[:2] for cell in counts}:
                hold_answers(found, dict(zip((first, second), here, strict=True)), table, levels)


def hold_answers(found: Browsed, where: dict[str, str], table: Any, levels: dict[str, list[str]]) -> None:
    rows = [k for k in range(len(table)) if all(levels[name][k] == said for name, said in where.items())]
    assert found.count(where) == len(rows)
    shown = [one for start in range(0, len(rows) + 2, 2) for one in found.answers(where, start=start, most=2)]
    assert [one.generation.seed for one in shown] == table["seed"].iloc[rows].tolist()
    for row, one in zip(rows, shown, strict=True):
        read = {name: levels[name][row] for name, column in found.columns.items() if column.basis}
        assert one.readings == {name: said for name, said in read.items() if said != MISSING}
        assert dict(one.generation.factors).items() <= {
            n: levels[n][row] for n in levels if not found.columns[n].basis
        }.items() | {(n, s) for n, s in one.generation.factors.items() if found.columns[n].basis}


@settings(max_examples=60, deadline=None)
@given(runs())
def test_a_run_is_browsed_as_its_table_says(made) -> None:
    with tempfile.TemporaryDirectory() as place:
        hold_as_the_table(written(Path(place) / "run", *made))


def test_an_edit_that_kept_what_was_there_is_a_column_and_so_are_labels(tmp_path: Path) -> None:
    answers = [
        answer(k, factors={"skin before": "ab"[k % 2]}, kind="picture", output=f"{k:064x}.png") for k in range(6)
    ]
    read = {f"{k:064x}.png": {"skin": "aab"[k % 3]} for k in range(5)}
    folder = written(tmp_path / "run", answers, [reader("eyes", "skin")], [read])
    Labels(folder).give([answers[0].key, answers[5].key], "skin", "Ada", "c")
    Labels(folder).give([answers[1].key], "skin", "Ada", MISSING)
    hold_as_the_table(folder)
    found = browse(folder)
    assert list(found.columns) == ["skin before", "skin", "skin kept", "skin (checked)"]
    assert found.columns["skin (checked)"].basis == "perceived by people"
    assert found.answers({"skin (checked)": "c"})[1].readings == {"skin (checked)": "c"}


def test_a_reading_is_that_of_the_whole_text_and_of_a_refusal_there_is_none(tmp_path: Path) -> None:
    """Of two texts that are alike up to a NUL, where SQLite ends a text, each has its own."""
    answers = [answer(0, output="a"), answer(1, output="a\x00b"), answer(2, output="", refused="no\x00no")]
    answers += [answer(3, output="a\x00b", turns=(("why?", "a\x00b"),)), answer(4, output="", failed="boom")]
    folder = written(tmp_path / "run", answers, [reader("eyes", "who")], [{"a": {"who": "x"}, "a\x00b": {"who": "y"}}])
    assert list(browse(folder).columns["who"].told()) == ["x", "y", MISSING, "y", MISSING]
    hold_as_the_table(folder)


def test_readings_that_are_vectors_are_named_and_not_counted(tmp_path: Path) -> None:
    read = {"answer 0": {"place": [0.1, 0.2], "who": "x"}, "answer 1": {"place": None, "who": None}}
    folder = written(tmp_path / "run", [answer(0), answer(1)], [reader("eyes", "place", "who")], [read])
    found = browse(folder)
    assert (list(found.columns), found.uncounted) == (["who"], ("place",))


def test_a_column_that_is_not_there_is_said(tmp_path: Path) -> None:
    found = browse(written(tmp_path / "run", [answer(0, factors={"skin": "a"})], [], []))
    with pytest.raises(InputError, match=r'no column "skim" to count. It has: skin. Did you mean "skin"'):
        found.crosstab("skim")
    assert found.answers({"skin": "no such level"}) == ()


def test_a_digest_changes_with_whatever_is_recorded_and_with_nothing_else(tmp_path: Path) -> None:
    folder = written(tmp_path / "run", [answer(0)], [reader("eyes", "who")], [{}])
    seen = [digest(folder)]
    assert [digest(folder), browse(folder).digest] == seen * 2
    labels, store = Labels(folder), Store(folder, write=True)
    changes = (
        lambda: store.add(1, [answer(1)], 0.1),
        lambda: store.note("eyes", {"answer 0": {"who": "x"}}),
        lambda: store.note("eyes", {"answer 0": {"who": "y"}}),
        lambda: store.set("settled", [1]),
        lambda: labels.give([answer(0).key], "who", "Ada", "x"),
        lambda: labels.give([answer(0).key], "who", "Ada", "y"),
        lambda: labels.give([answer(0).key], "who", "Bo", "y"),
        lambda: labels.give([answer(0).key], "who", "Ada", None),
    )
    for change in changes:
        change()
        told = digest(folder)
        assert told not in seen
        assert digest(folder) == browse(folder).digest == told
        seen.append(told)
    store.close()


def test_a_run_made_anew_in_the_same_place_has_another_digest(tmp_path: Path) -> None:
    folder = written(tmp_path / "run", [answer(0)], [], [])
    before = digest(folder)
    shutil.rmtree(folder)
    written(folder, [answer(0, output="another")], [], [])
    assert digest(folder) != before


def test_a_run_is_browsed_while_it_is_being_written_and_from_any_thread(tmp_path: Path) -> None:
    folder, seen, failed = tmp_path / "run", [], []
    started, done = threading.Event(), threading.Event()

    def look() -> None:
        while not done.is_set():
            try:
                found = browse(folder)
                seen.append(len(found))
                assert (
                    sum(group.every for group in found.crosstab("who")) == len(found)
                    if "who" in found.columns
                    else True
                )
                found.answers(most=3)
            except Exception as error:
                failed.append(error)
                return
            started.set()

    def says(prompts: Any, seeds: Any) -> list[Any]:
        if not lookers[0].ident:
            [one.start() for one in lookers]
        started.wait(20)
        return [Refusal("no") if seed % 7 == 0 else ("she sings", "he hums")[seed % 2] for seed in seeds]

    lookers = [threading.Thread(target=look) for _ in range(2)]
    run = elicit(Continuations(["a letter"], templates=3, repeats=60), Function(says, verb="generate"),
                 Choice(["she", "he"], "who"), into=folder)  # fmt: skip
    done.set()
    [one.join(60) for one in lookers]
    assert not failed
    assert seen
    assert max(seen) <= len(run) == 180
    assert len(browse(folder)) == 180


def broken(folder: Path, sql: str) -> Path:
    db = sqlite3.connect(folder / DATABASE)
    db.executescript(sql)
    db.close()
    return folder


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE design SET value = '99' WHERE name = 'schema'", f"newer auditkit .schema 99; this one reads {SCHEMA}"),
        ("UPDATE generations SET record = '{'", "is damaged: OperationalError: malformed JSON"),
        ("UPDATE generations SET record = '[1]'", "is damaged"),
        ("UPDATE design SET value = '{'", "is damaged: JSONDecodeError"),
        ("DELETE FROM design WHERE name = 'target'", "is damaged: KeyError"),
        ("DROP TABLE readings", "is damaged: OperationalError: no such table: readings"),
    ],
)
def test_what_is_wrong_with_a_run_is_one_sentence(tmp_path: Path, sql: str, said: str) -> None:
    folder = broken(written(tmp_path / "run", [answer(0)], [reader("eyes", "who")], [{}]), sql)
    with pytest.raises(InputError, match=said):
        browse(folder)


def test_a_file_that_is_no_database_and_a_folder_without_one_are_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no run"):
        browse(tmp_path)
    (tmp_path / DATABASE).write_text("hello", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be opened: file is not a database"):
        browse(tmp_path)


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x position, x key, x record FROM n"


@pytest.mark.parametrize("name", ["design", "cuts", "generations", "Readings"])
def test_a_view_in_a_tables_place_is_not_asked(tmp_path: Path, name: str) -> None:
    folder = broken(
        written(tmp_path / "run", [answer(0)], [], []), f"DROP TABLE {name}; CREATE VIEW {name} AS {ENDLESS}"
    )
    with pytest.raises(InputError, match=f"is no run of auditkit: {name} is a view"):
        browse(folder)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE INDEX i ON times(hex(zeroblob(400000000)))",
        "DROP TABLE times; CREATE TABLE times (position INTEGER PRIMARY KEY, seconds AS (hex(zeroblob(400000000))))",
        "CREATE TRIGGER t AFTER INSERT ON times BEGIN DELETE FROM times; END",
    ],
)
def test_a_table_that_computes_is_not_asked(tmp_path: Path, sql: str) -> None:
    folder = broken(written(tmp_path / "run", [answer(0)], [], []), f"DELETE FROM times; {sql}")
    with pytest.raises(InputError, match="is no run of auditkit"):
        browse(folder)


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-journal"])
def test_a_pipe_or_a_link_beside_a_run_is_said(tmp_path: Path, ending: str) -> None:
    folder = written(tmp_path / "run", [answer(0)], [], [])
    place = folder / f"{DATABASE}{ending}"
    place.unlink(missing_ok=True)
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="is a link to another file"):
        browse(folder)
    if hasattr(os, "mkfifo"):
        place.unlink()
        os.mkfifo(place)
        with pytest.raises(InputError, match="is no file"):
            browse(folder)


WRONG = {"output": [5, [5], None], "text": [5, None], "told": [[]], "settings": [[]], "seed": ["x"]}
WRONG |= {"turns": [5, [["a"]], [[1, 2]], ["ab", "c"]], "factors": [[]], "more": [1]}


@pytest.mark.parametrize(("part", "value"), [(part, value) for part, values in WRONG.items() for value in values])
def test_a_record_of_other_kinds_is_said(part: str, value: Any) -> None:
    record = json.loads(answer(0).to_json())
    with pytest.raises((ValueError, TypeError)):
        Generation.from_json(json.dumps(record | {part: value}))


def test_half_a_character_in_a_record_is_a_question_mark(tmp_path: Path) -> None:
    line = answer(0, factors={"who": "x"}).to_json().replace("who", "w\\ud800").replace("say 0", "say \\uDFFF")
    read = Generation.from_json(line)
    assert (read.text, dict(read.factors)) == ("say ?", {"w?": "x"})
    sql = f"UPDATE generations SET record = '{line}'"
    found = browse(broken(written(tmp_path / "run", [answer(0)], [], []), sql))
    assert found.answers({"w?": "x"})[0].generation == read
