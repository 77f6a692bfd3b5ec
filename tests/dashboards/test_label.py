"""The page on which people label: blind, kept at once, undone, and the only thing that the dashboard writes."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import canned
import pytest
from streamlit.testing.v1 import AppTest

from auditkit import labels
from auditkit.annotators import Choice, Thumbnail
from auditkit.eliciting import elicit
from auditkit.lab.portraits import Exact, Noisy, Painter, World
from auditkit.labelling import Progress, Stratum, Task, agreement, disputed, given, label, labelled, sample
from auditkit.labels import FILE, Labels
from auditkit.probes import Continuations, Occupations, Unconditional
from auditkit.rendering import csv_text
from auditkit.runs import Run
from auditkit.store import DATABASE, Store
from auditkit.targets import Function
from dashboards.parts.label import sitting as sittings
from dashboards.parts.label.sitting import Sitting
from dashboards.parts.label.standing import enough, label_rows, next_command, someone_alike, untold

Page = Callable[..., AppTest]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty portraits."""
    folder = tmp_path_factory.mktemp("drawn")
    asked = Occupations(("doctor", "nurse"), templates=4, repeats=10)
    elicit(asked, Painter(World(), side=32), Noisy("skin", {"darker": 0.3, "lighter": 0.1}), into=folder / "run")
    return folder


@pytest.fixture
def folder(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one run, and a rater who may press as fast as a test does."""
    monkeypatch.setattr(sittings, "QUICKEST", 0.0)
    return Path(shutil.copytree(drawn, tmp_path / "shelf"))


def begun(at: AppTest, rater: str = "Ada", per_group: int = 10, seed: int = 0) -> AppTest:
    """A rater has given a name and begun."""
    at.text_input[0].input(rater)
    at.number_input[0].set_value(per_group)
    at.number_input[1].set_value(seed)
    at.button(key="FormSubmitter:who-Begin").click().run()
    assert not at.exception, at.exception
    return at


def press(at: AppTest, name: str) -> AppTest:
    """Press the button of this name that is there now."""
    [button] = [one for one in at.button if one.label == name]
    button.click().run()
    assert not at.exception, at.exception
    return at


def picture(at: AppTest) -> str:
    """The address of the one picture that is shown."""
    [shown] = at.get("image")
    return str(shown.proto.imgs[0].url)


def words_of(at: AppTest) -> str:
    return "\n".join(element.proto.body for element in at.get("html"))


def said(folder: Path, attribute: str = "skin") -> list[tuple[str, str, str]]:
    return [tuple(one) for one in Labels(folder).of(attribute)]


# -- looking and saying -----------------------------------------------------------------------------------------------


def test_nobody_is_guessed_and_nothing_is_shown_before_somebody_began(at_page: Page, folder: Path) -> None:
    at = at_page("label", folder)
    assert at.text_input[0].value == ""
    assert not at.get("image")
    at.button(key="FormSubmitter:who-Begin").click().run()
    assert "Write a name" in words_of(at)
    at.text_input[0].input("   ")
    at.button(key="FormSubmitter:who-Begin").click().run()
    assert "Write a name" in words_of(at)
    assert not at.get("image")
    assert not (folder / "run" / FILE).exists()


def test_every_key_says_what_it_says_of_what_is_shown(at_page: Page, folder: Path) -> None:
    run = folder / "run"
    tasks = sample(run, "skin", 10, seed=3, rater="Ada")
    at = begun(at_page("label", folder, run="run", attribute="skin"), seed=3)
    assert len(at.get("image")) == 1
    keys = {one.label: one.proto.shortcut for one in at.button if one.proto.shortcut}
    assert keys == {"darker": "1", "lighter": "2", "Cannot tell": "0", "Undo": "u", "Skip": "s"}
    press(press(press(at, "darker"), "lighter"), "Cannot tell")
    told = dict(zip([task.answers[0] for task in tasks], ["darker", "lighter", "(missing)"], strict=False))
    assert said(run) == sorted((answer, "Ada", level) for answer, level in told.items())
    press(press(at, "Undo"), "Undo")
    assert said(run) == [(tasks[0].answers[0], "Ada", "darker")]
    press(press(at, "Skip"), "lighter")
    told = {tasks[0].answers[0]: "darker", tasks[1].answers[0]: "(skipped)", tasks[2].answers[0]: "lighter"}
    assert {one[0]: one[2] for one in said(run)} == told
    assert at.get("progress")[0].proto.text == "3 of 20 in this sitting"


def test_a_level_that_no_button_has_is_written_and_has_one_from_then_on(at_page: Page, folder: Path) -> None:
    tasks = sample(folder / "run", "skin", 10, rater="Ada")
    at = begun(at_page("label", folder))
    press(at, "Say")
    assert said(folder / "run") == []
    at.text_input[0].input("  **in** between  ")
    press(at, "Say")
    assert said(folder / "run") == [(tasks[0].answers[0], "Ada", "**in** between")]
    press(at, r"\*\*in\*\* between")
    assert {one[2] for one in said(folder / "run")} == {"**in** between"}
    assert len(said(folder / "run")) == 2


def test_at_the_end_what_was_skipped_is_shown_once_more(at_page: Page, folder: Path) -> None:
    first, *rest = sample(folder / "run", "skin", 1, rater="Ada")
    at = press(begun(at_page("label", folder), per_group=1), "Skip")
    for _ in rest:
        press(at, "darker")
    assert "1 labelled, 1 skipped" in words_of(at)
    press(press(at, "Look at 1 again"), "lighter")
    assert (first.answers[0], "Ada", "lighter") in said(folder / "run")
    assert "2 labelled, 0 skipped" in words_of(at)
    press(at, "Undo")
    assert len(said(folder / "run")) == 1
    press(at, "lighter")
    press(at, "Change")
    begun(at, per_group=1)
    assert "nothing left to look at" in words_of(at)


def test_two_raters_of_one_seed_see_the_same_and_of_another_seed_another(at_page: Page, folder: Path) -> None:
    seen = []
    for rater, seed in (("Ada", 0), ("Bo", 0), ("Cy", 1)):
        at, shown = begun(at_page("label", folder), rater, 5, seed), []
        for _ in range(10):
            shown.append(picture(at))
            press(at, "darker")
        seen.append(shown)
    assert seen[0] == seen[1] != seen[2]
    assert len(set(seen[0])) == 10


def test_nothing_that_is_shown_tells_what_was_asked_or_read(at_page: Page, folder: Path) -> None:
    """Not the words, the file's name, its place or its own bytes: only the picture, and levels in one fixed order."""
    run = Run(folder / "run")
    tasks = {task.output: task for task in sample(run, "skin", 10, rater="Ada")}
    table = run.to_frame()
    at, orders = begun(at_page("label", folder)), set()
    for _ in range(6):
        whole = "\n".join(str(element.proto) for element in at.main)
        for secret in [*table["text"], *table["occupation"], *table["prompt"], *tasks, "objects", *table["picture"]]:
            assert secret not in whole
        assert re.fullmatch(r"(/mock)?/media/[0-9a-f]+[.]png", picture(at))
        orders.add(tuple(one.label for one in at.button if one.proto.shortcut in ("1", "2")))
        press(at, "darker")
    assert orders == {("darker", "lighter")}


def test_no_count_by_reading_is_shown_while_somebody_labels(at_page: Page, folder: Path) -> None:
    rated(folder / "run")
    before = at_page("label", folder)
    assert any("read as" in frame.value for frame in before.dataframe)
    assert not any("read as" in frame.value for frame in begun(before, "Eve").dataframe)


def test_the_count_by_reading_stands_still_while_somebody_labels() -> None:
    """One that moved at each label would tell what had been read: it is no part of what is redrawn."""
    from dashboards.views import label as page

    assert "tallied" not in page._sit.__wrapped__.__code__.co_names
    assert "tallied" in page.show.__code__.co_names


# -- keys that are pressed twice --------------------------------------------------------------------------------------


@pytest.fixture
def seat(drawn: Path, tmp_path: Path) -> Iterator[tuple[Sitting, list[float]]]:
    """A sitting, and the clock that it goes by."""
    run, clock = Path(shutil.copytree(drawn / "run", tmp_path / "run")), [100.0]
    held = pytest.MonkeyPatch()
    held.setattr(sittings.time, "monotonic", lambda: clock[0])
    yield Sitting(run, "skin", "Ada", list(sample(run, "skin", 10, rater="Ada"))), clock
    held.undo()


def test_a_press_for_what_is_no_longer_shown_is_not_taken(seat: tuple[Sitting, list[float]]) -> None:
    sitting, clock = seat
    sitting.say(0, "darker")
    for act in (lambda: sitting.say(0, "darker"), lambda: sitting.skip(0), lambda: sitting.back(0)):
        clock[0] += 5
        act()
    assert (sitting.done, sitting.turn, len(said(sitting.run))) == (1, 1, 1)


def test_a_key_that_is_held_down_labels_once(seat: tuple[Sitting, list[float]]) -> None:
    sitting, clock = seat
    for _ in range(100):
        sitting.say(sitting.turn, "darker")
        clock[0] += 0.033
    assert len(said(sitting.run)) == 1
    clock[0] += 0.3
    sitting.say(sitting.turn, "darker")
    assert len(said(sitting.run)) == 2


# -- what the labels come to ------------------------------------------------------------------------------------------


def rated(run: Path) -> None:
    """Two raters, of whom one errs now and then, and a third whose name no spreadsheet should run."""
    reader = Exact(("skin",))
    from auditkit.pictures import open_picture

    for rater in ("Ada", "Bo", "=Cy"):
        for k, task in enumerate(sample(run, "skin", 15, rater=rater)):
            level = reader.read([open_picture(task.shown)])["skin"][0]
            label(run, task, "skin", "lighter" if rater == "Bo" and k % 4 == 0 else level, rater=rater)


def test_the_panel_tells_what_the_library_counts(at_page: Page, folder: Path) -> None:
    run = folder / "run"
    at = at_page("label", folder)
    assert "Nobody has labelled" in words_of(at)
    rated(run)
    at = press(at, "Count again")
    progress = labelled(run, "skin")
    rows = [frame.value.to_dict("records") for frame in at.dataframe]
    assert rows[0] == [
        {"read as": one.level, "answers": one.answers, "labelled": one.labelled, "cannot tell": one.cannot_tell,
         "skipped": one.skipped, "raters even": one.tied, "still to label": one.needed}
        for one in progress.strata
    ]  # fmt: skip
    assert "All that was looked at could be told." in words_of(at)
    assert rows[1] == [{"people say": level, "answers": n} for level, n in progress.truths.items()]
    assert rows[2] == [{"rater": name, "outputs looked at": n} for name, n in progress.raters.items()]
    [((one, other), n)] = disputed(run, "skin").items()
    assert rows[3] == [{"one says": one, "another says": other, "outputs": n}]
    assert n > 2
    told = agreement(run, "skin")
    low, high, _ = told.interval(0.95)
    assert f"α is {told.value:.3f} ({low:.3f} to {high:.3f} at 95 %), over 30 outputs" in words_of(at)
    assert "not enough labels" in words_of(at)
    assert at.code[0].value == f"auditkit.audit({str(run)!r}, group='skin')"
    (folder / "report.json").write_text("{}")
    assert next_command(run, "skin") == f"auditkit run PLAN.toml --out {folder}"


def test_what_is_not_known_of_what_was_looked_at_is_told() -> None:
    strata = Stratum("darker", 90, 40, cannot_tell=3, skipped=2, tied=1), Stratum("lighter", 90, 50, skipped=4)
    assert untold(Progress({}, strata, {})).startswith("10 of 100 answers that were looked at are not known: nobody")
    assert untold(Progress({}, (Stratum("darker", 9, 9),), {})) == "All that was looked at could be told."


def test_enough_is_what_the_library_says_is_enough(portraits_enough: Path) -> None:
    assert enough(labelled(portraits_enough, "skin")).startswith("There are enough")
    label(portraits_enough, given(portraits_enough)[0][1].answer, "skin", None, rater="Ada")
    assert enough(labelled(portraits_enough, "skin")).startswith("There are not enough")


@pytest.fixture
def portraits_enough(drawn: Path, tmp_path: Path) -> Path:
    run = Path(shutil.copytree(drawn / "run", tmp_path / "run"))
    read = Run(run).to_frame().set_index("picture")["skin"]
    Labels(run).give([t.answers[0] for t in sample(run, "skin", rater="Ada")], "skin", "Ada", "darker")
    for level in ("darker", "lighter"):
        some = [t.answers[0] for t in sample(run, "skin", rater="-") if read[t.shown] == level]
        Labels(run).give(some, "skin", "Ada", level)
    return run


def test_all_labels_are_a_table_that_no_spreadsheet_runs(folder: Path) -> None:
    run = folder / "run"
    rated(run)
    rows = list(csv.DictReader(io.StringIO(csv_text(label_rows(run)))))
    with sqlite3.connect(run / FILE) as db:
        kept = db.execute("SELECT attribute, answer, rater, level, at FROM labels ORDER BY 1, 2, 3").fetchall()
    db.close()
    own = [(row["attribute"], row["answer"], row["rater"].removeprefix("'"), row["level"], row["at"]) for row in rows]
    assert own == kept
    assert len(own) == 90
    assert {row["rater"] for row in rows} == {"Ada", "Bo", "'=Cy"}
    outputs = dict(zip(Run(run).to_frame()["picture"], [None] * 80, strict=True))
    assert all(str(run / "objects" / row["output"][:2] / row["output"]) in outputs for row in rows)


def test_a_name_that_differs_in_its_letters_size_is_asked_about(at_page: Page, folder: Path) -> None:
    label(folder / "run", sample(folder / "run", "skin", rater="Ada")[0], "skin", "darker", rater="Ada")
    at = begun(at_page("label", folder), "ADA")
    assert "There are labels of <b>Ada</b> already" in words_of(at)
    assert someone_alike("Ada", labelled(folder / "run", "skin")) is None


# -- whatever is in a run ---------------------------------------------------------------------------------------------


def test_texts_levels_and_names_of_any_kind_are_shown_and_do_nothing(at_page: Page, tmp_path: Path) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in canned.HOSTILE]
    target = Function(lambda prompts: [texts[int(p.split()[-1])] for p in prompts], verb="generate", plain=True)
    asks = Continuations([f"{k}" for k in range(len(texts))], templates=["{}"], repeats=1)
    elicit(asks, target, Choice(["x", "y"], "who"), into=tmp_path / "run")
    store = Store(tmp_path / "run", write=True)
    design = store.design()["readers"][0]["fingerprint"]
    store.note(design, {output: {"who": texts[k % len(texts)]} for k, (_, output) in enumerate(store.outputs())})
    store.close()
    at = begun(at_page("label", tmp_path), "<script>alert(1)</script>")
    for _ in range(len(texts)):
        assert "<script" not in words_of(at)
        assert "<img" not in words_of(at)
        for button in at.button:
            assert not re.search(r"(?<!\\)[\[<`*!:]", button.label)
        if any(one.label == "Skip" for one in at.button):
            press(at, "Skip")
    assert "&lt;script&gt;alert(1)" in words_of(at)


def test_a_text_keeps_its_lines_and_a_long_one_is_cut(at_page: Page, tmp_path: Path) -> None:
    target = Function(lambda prompts: ["one\ntwo" + "x" * 30_000 for _ in prompts], verb="generate", plain=True)
    asks = Continuations(["a"], templates=["{}"], repeats=1)
    elicit(asks, target, Choice(["one", "two"], "who"), into=tmp_path / "run")
    at = begun(at_page("label", tmp_path))
    assert "one<br>two" in words_of(at)
    assert "first 20,000 letters" in words_of(at)
    assert "x" * 20_000 not in words_of(at)


def test_a_picture_that_is_not_the_one_that_was_drawn_is_not_shown(at_page: Page, folder: Path) -> None:
    task = sample(folder / "run", "skin", 10, rater="Ada")[0]
    Path(task.shown).write_bytes(b"something else")
    at = begun(at_page("label", folder))
    assert not at.get("image")
    assert "cannot be shown, so skip it" in words_of(at)
    assert "another digest" in words_of(at)
    assert len(press(at, "Skip").get("image")) == 1


def test_where_no_levels_were_read_there_is_nothing_to_label(tmp_path: Path, at_page: Page) -> None:
    elicit(Unconditional(3), Painter(World(), side=32), Thumbnail(), into=tmp_path / "run")
    assert "Elicit with annotators" in words_of(at_page("label", tmp_path))


def test_the_address_names_the_run_and_the_attribute(drawn: Path, tmp_path: Path, at_page: Page) -> None:
    for name in ("a", "b"):
        reader = Exact(("skin", "age"))
        elicit(Unconditional(4), Painter(World(), side=32), reader, into=tmp_path / name / "run")
    at = at_page("label", tmp_path, run="a/run", attribute="age")
    assert [one.value for one in at.sidebar.selectbox] == ["a/run", "age"]
    at = at_page("label", tmp_path, run="../../etc", attribute="hair")
    assert "no run <code>../../etc</code> in this folder" in words_of(at)
    assert at.query_params["run"] in ("a/run", "b/run")
    assert at.query_params["attribute"] in ("skin", "age")


@pytest.mark.parametrize("harm", ["cut", "record", "newer", "folder"])
def test_a_run_that_cannot_be_read_is_said_to_be(harm: str, at_page: Page, folder: Path) -> None:
    file = folder / "run" / DATABASE
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:5000])
    elif harm == "folder":
        shutil.rmtree(folder)
        folder.mkdir()
    else:
        db = sqlite3.connect(file)
        record = "UPDATE generations SET record = 'nothing' WHERE position = 3"
        db.execute(record if harm == "record" else "UPDATE design SET value = '9' WHERE name = 'schema'")
        db.commit()
        db.close()
    at = at_page("label", folder)
    words = {"folder": "no run in this folder", "newer": "newer auditkit"}.get(harm, "cannot be shown")
    assert words in words_of(at)


# -- the only thing that is written -----------------------------------------------------------------------------------


def test_a_label_that_cannot_be_kept_is_said_so_and_the_answer_stays(
    at_page: Page, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels, "PATIENCE", 0.1)
    run = folder / "run"
    at = begun(at_page("label", folder))
    label(run, sample(run, "skin", rater="Bo")[0], "skin", "darker", rater="Bo")
    other = sqlite3.connect(run / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    shown = picture(at)
    press(at, "darker")
    assert "This label was not kept" in words_of(at)
    assert "locked" in words_of(at)
    assert picture(at) == shown
    other.execute("ROLLBACK")
    other.close()
    press(at, "darker")
    assert "not kept" not in words_of(at)
    assert len(said(run)) == 2


def test_labels_are_not_written_through_a_link(at_page: Page, folder: Path, tmp_path: Path) -> None:
    at = begun(at_page("label", folder))
    elsewhere = tmp_path / "elsewhere.sqlite"
    (folder / "run" / FILE).symlink_to(elsewhere)
    press(at, "darker")
    assert "is a link to another file" in words_of(at)
    assert not elsewhere.exists()


WATCHED: dict[str, Any] = {"folder": None, "seen": []}


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Note which files of a folder are opened, and how."""
    folder = WATCHED["folder"]
    if folder is None or event not in ("open", "sqlite3.connect"):
        return
    name = arguments[0].decode() if isinstance(arguments[0], bytes) else str(arguments[0])
    if str(folder) in name:
        writes = event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & 0b11)
        WATCHED["seen"].append((event, name, writes))


sys.addaudithook(watch)


def test_a_run_is_opened_for_reading_alone_and_stays_as_it_is(at_page: Page, folder: Path) -> None:
    """Told by Python's own audit of what is opened: a copy for writing, which is tried first, is noticed."""
    run = folder / "run"
    WATCHED.update(folder=folder, seen=[])
    try:
        Store(run, write=True).close()
        assert [name for _, name, _ in WATCHED["seen"]] == [str(run / DATABASE)]
        before = {f: hashlib.sha256(f.read_bytes()).hexdigest() for f in run.rglob("*") if f.is_file()}
        WATCHED["seen"].clear()
        at = begun(at_page("label", folder))
        press(press(press(at, "darker"), "lighter"), "Undo")
        for name in ("overview", "evidence", "label"):
            at_page(name, folder, run="run")
    finally:
        seen, WATCHED["folder"] = WATCHED["seen"], None
    connected = [name for event, name, _ in seen if event == "sqlite3.connect"]
    assert any(f"{DATABASE}?mode=ro" in name for name in connected)
    assert all(name.endswith("mode=ro") for name in connected if DATABASE in name)
    assert {Path(name.partition("?")[0]).name for name in connected if not name.endswith("mode=ro")} == {FILE}
    assert {Path(name).name for event, name, writes in seen if event == "open" and writes} <= {FILE}
    assert len(said(run)) == 1
    assert before == {f: hashlib.sha256(f.read_bytes()).hexdigest() for f in before}
    assert {f.name.partition("-")[0] for f in run.iterdir() if f not in before} <= {"objects", FILE, DATABASE}


def test_a_task_of_many_answers_labels_all_of_them(at_page: Page, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(sittings, "QUICKEST", 0.0)
    target = Function(lambda prompts: ["she sings" for _ in prompts], verb="generate", plain=True)
    asks = Continuations(["a", "b", "c"], templates=["{}"], repeats=1)
    elicit(asks, target, Choice(["she", "he"], "who"), into=tmp_path / "run")
    [task] = sample(tmp_path / "run", "who", rater="Ada")
    assert isinstance(task, Task)
    press(begun(at_page("label", tmp_path)), "she")
    assert len(said(tmp_path / "run", "who")) == len(task.answers) == 3
