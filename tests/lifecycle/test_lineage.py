"""A lineage says what was made of what by hashes alone, and where that is broken, whatever lies in the folder."""

from __future__ import annotations

import json
import os
import shutil
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit import audit, elicit
from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.core.lineage import Deed, Flaw, Known, Lineage
from auditkit.core.step import FILE, Step, Thing
from auditkit.lifecycle import recording
from auditkit.lifecycle.lineage import stamp, trace
from auditkit.lifecycle.monitoring import Watch, monitor
from auditkit.planning import plan_of
from auditkit.probes import Continuations
from auditkit.rendering import drawing, lineage_formats, vega_lineage
from auditkit.running import run
from auditkit.targets import Function
from tests.lifecycle.chained import plan, story, table
from tests.lifecycle.watched import RATE, as_lines, decisions, watch
from tests.rendering import canned


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return story(tmp_path_factory.mktemp("lineage") / "story")


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))


def kinds(lineage: Lineage) -> set[tuple[str, str]]:
    return {(flaw.kind, flaw.where) for flaw in lineage.flaws}


def test_the_chain_goes_from_the_data_to_the_gate(whole: Path) -> None:
    found = trace(whole)
    assert (found.flaws, found.exit_code) == ((), 0)
    passed = next(one for one in found.things if one.outcome == "PASS")
    kin = found.of(passed.hash)
    before = {(one.kind, one.lies[0] if one.lies else one.name) for one in kin.ancestors}
    assert {("report", "tuned/after/report.json"), ("data", "tuned/answers.csv"), ("model", "hub/tiny")} < before
    assert {("data", "curated/rows.csv"), ("data", "applicants.csv"), ("policy", "policy")} < before
    assert kin.descendants == ()
    source = next(one for one in found.things if one.lies == ("applicants.csv",))
    after = found.of(source.hash[:8])
    assert after.ancestors == ()
    assert passed in after.descendants
    assert {deed.phase for deed in found.deeds} == {"audit", "gate", "curate", "tune"}
    [same] = [one for one in found.things if "tuned/before/report.json" in one.lies]
    assert same.lies == ("curated/after/report.json", "tuned/before/report.json")  # of the same rows, the same report


def test_the_same_folder_gives_the_same_bytes_wherever_it_lies(whole: Path, root: Path) -> None:
    assert trace(whole).to_json() == trace(root).to_json()
    text = trace(root).to_json()
    assert str(root) not in text
    assert Lineage.from_json(text).to_json() == text


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"schema": 2}', '{"schema": 1, "things": [], "deeds": [], "flaws": [], "more": 1}',
     '{"schema": 1, "things": [{"kind": "data", "name": 1, "hash": "x"}], "deeds": [], "flaws": []}',
     '{"schema": 1, "things": [{"kind": "data", "lies": "x"}], "deeds": [], "flaws": []}',
     '{"schema": 1, "things": [], "deeds": [], "flaws": [{"kind": "odd", "where": "", "sentence": ""}]}', "[" * 5000],
)  # fmt: skip
def test_what_is_no_lineage_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="lineage"):
        Lineage.from_json(text)


def test_a_hash_that_nobody_has_is_a_sentence(whole: Path) -> None:
    found = trace(whole)
    with pytest.raises(InputError, match="Give at least 6 of its digits"):
        found.of(found.things[0].hash[:3])
    with pytest.raises(InputError, match="Nothing here has the hash ffffffffff"):
        found.of("f" * 10)


def test_a_file_that_changed_since_is_told(root: Path) -> None:
    rows = root / "curated" / "rows.csv"
    rows.write_text(rows.read_text() + "f,1\n")
    found = trace(root)
    assert found.exit_code == 1
    assert ("changed", "curated/rows.csv") in kinds(found)
    assert any("is not as it was sealed" in flaw.sentence for flaw in found.flaws)


def test_data_that_is_nowhere_is_told_and_is_found_where_it_was_moved(root: Path) -> None:
    source = root / "applicants.csv"
    (root / "kept").mkdir()
    shutil.move(source, root / "kept" / "applicants.csv")
    moved = trace(root)
    assert moved.exit_code == 0
    assert any(one.lies == ("kept/applicants.csv",) for one in moved.things)
    (root / "kept" / "applicants.csv").unlink()
    lost = trace(root)
    assert lost.exit_code == 3
    [flaw] = lost.flaws
    assert flaw.kind == "lost"
    assert flaw.sentence.startswith("data ")
    assert "is nowhere here, and no step gave it." in flaw.sentence


def test_two_things_of_one_name_are_told(root: Path) -> None:
    """The curated rows are made anew, over those that the tuning took."""
    out = root / "curated"
    table(out / "rows.csv", 0.1, 5)
    (out / "step.json").unlink()
    (out / "auditkit.manifest.json").unlink()
    step = Step("curate", (recording.thing("data", root / "applicants.csv", out),), settings={"seed": 8})
    recording.record(out, recording.given(out, step, {"rows.csv": "data"}), files=["rows.csv"])
    found = trace(root)
    assert ("twofold", "curated/rows.csv") in kinds(found)
    told = next(flaw.sentence for flaw in found.flaws if flaw.kind == "twofold")
    assert "in curated/after/step.json" in told  # which took the rows that were there before
    assert "in curated/step.json" in told


def test_a_judgement_of_another_report_is_told(root: Path) -> None:
    shutil.copy(root / "curated" / "before" / "judgement.json", root / "tuned" / "after" / "judgement.json")
    found = trace(root)
    assert ("changed", "tuned/after/judgement.json") in kinds(found)
    lone = root / "lone"
    lone.mkdir()
    shutil.copy(root / "tuned" / "after" / "judgement.json", lone / "judgement.json")
    (lone / "judgement.json").write_text(
        (lone / "judgement.json").read_text().replace('"report_hash": "', '"report_hash": "0')
    )
    assert ("lost", "lone/judgement.json") in kinds(trace(root))


def test_a_report_by_itself_says_that_nobody_knows_its_data(tmp_path: Path) -> None:
    audit(group=["a", "b"] * 50, outcome=[0, 1, 1, 0] * 25).save(tmp_path / "report.json")
    found = trace(tmp_path)
    assert (found.exit_code, kinds(found)) == (3, {("lost", "report.json")})
    assert found.flaws[0].sentence == "No step says which data this report is of."


def answers(tmp_path: Path) -> Path:
    """A run of a model, in its folder."""
    says = Function(
        lambda texts: [f"she writes {text}" for text in texts], verb="generate", plain=True, title="a parrot"
    )
    elicit(Continuations(["a letter", "a song"], templates=5, repeats=4), says, [], into=tmp_path / "run")
    return tmp_path / "run"


def test_a_run_stands_between_its_model_and_its_report(tmp_path: Path) -> None:
    audited = {"data": {"path": str(answers(tmp_path))}, "roles": {"group": ["subject"], "outcome": "answered"}}
    run(plan_of(audited | {"detectors": [{"code": "disparity.selection_rate", "favourable": "yes"}]}), tmp_path / "out")
    found = trace(tmp_path)
    judged = next(one for one in found.things if one.kind == "judgement")
    line = [one.kind for one in found.of(judged.hash).ancestors]
    assert sorted(line) == ["model", "plan", "policy", "report", "run"]
    deeds = {deed.phase: {found.of(hash).thing.kind for hash in deed.took} for deed in found.deeds}
    assert deeds == {"elicit": {"model"}, "audit": {"plan", "run"}, "gate": {"report", "policy"}}
    assert found.exit_code == 0


def test_a_report_without_a_step_finds_its_run_by_what_both_say(tmp_path: Path) -> None:
    audit(answers(tmp_path), group="subject", outcome="answered").save(tmp_path / "report.json")
    found = trace(tmp_path)
    report = next(one for one in found.things if one.kind == "report")
    assert {one.kind for one in found.of(report.hash).ancestors} == {"run", "model"}
    shutil.rmtree(tmp_path / "run")
    [model] = trace(tmp_path).of(report.hash).ancestors
    assert (model.kind, model.name) == ("model", "a parrot, continuations")


def test_a_run_is_of_the_step_that_it_lies_nearest_to(tmp_path: Path) -> None:
    """It was drawn where it lies; a later step in another folder, first by its name, took the same answers."""
    says = Function(lambda texts: ["she"] * len(texts), verb="generate", plain=True, title="a parrot")
    for name in ("found/model", "found/other"):
        elicit(Continuations([f"a letter {name}"], templates=5, repeats=4), says, [], into=tmp_path / name / "run")
    drawn = trace(tmp_path)
    runs = {one.lies[0]: one.hash for one in drawn.things if one.kind == "run"}
    [asked] = [one for one in drawn.things if one.kind == "model"]
    model, run = Thing("model", "a parrot", asked.hash), Thing("run", "a run", runs["found/model/run"])
    assert {deed.at for deed in drawn.deeds} == {"found/model/run", "found/other/run"}  # no step yet: they themselves
    recording.record(tmp_path / "found" / "model", Step("audit", (model,)))
    recording.record(tmp_path / "a", Step("audit", (model, run)))
    recording.record(tmp_path / "found" / "other", Step("audit", (Thing("model", "another", "c" * 64),)))
    found = {(deed.phase, deed.at): deed for deed in trace(tmp_path).deeds}
    elicited = {at: deed.gave for (phase, at), deed in found.items() if phase == "elicit"}
    assert elicited == {"found/model/step.json": (run.hash,), "found/other/run": (runs["found/other/run"],)}
    assert found["audit", "found/model/step.json"].took == (run.hash,)
    assert found["audit", "a/step.json"].took == (run.hash,)
    assert found["audit", "found/other/step.json"].took == ("c" * 64,)  # which was not asked for that run
    shutil.rmtree(tmp_path / "found")
    [elicited] = [deed for deed in trace(tmp_path).deeds if deed.phase == "elicit"]
    assert (elicited.at, elicited.took) == ("a/step.json", (model.hash,))


def watched(root: Path, events: int) -> Path:
    """A stream of so many events in the folder that watches it; the folder."""
    out = root / "watched"
    out.mkdir(exist_ok=True)
    (out / "events.jsonl").write_text(as_lines(decisions(300)[:events]))
    return out


def test_a_stream_that_grows_breaks_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = watched(tmp_path, 100)
    rules = Watch.model_validate(watch(RATE))
    monitor(str(out / "events.jsonl"), rules, out / "state.json")
    for events in (100, 300):
        watched(tmp_path, events)
        if events == 300:
            monitor(str(out / "events.jsonl"), rules, out / "state.json")
        found = trace(tmp_path)
        assert (found.flaws, found.exit_code) == ((), 0)
        [stream] = [one for one in found.things if one.kind == "data"]
        assert (stream.about, stream.lies) == ("the first 100 events of a stream, not kept by design", ())
        assert [(one.kind, one.lies) for one in found.things if one.lies] == [("state", ("watched/alarms.json",))]
        assert main(["verify", str(out)]) == 0
        assert "took data events.jsonl: the first 100 events of a stream, not kept by design" in capsys.readouterr().out
    (out / "events.jsonl").unlink()
    assert trace(tmp_path).exit_code == 0
    (out / "state.json").rename(out / "report.json")  # whatever it is called
    assert trace(tmp_path).exit_code == 0
    (out / "alarms.json").write_text("{}")
    assert trace(tmp_path).exit_code == 1  # what was sealed may not change all the same


def test_only_data_of_a_monitor_are_a_stream(tmp_path: Path) -> None:
    recording.record(tmp_path / "a", Step("curate", (Thing("data", "events.jsonl", "d" * 64),)))
    assert trace(tmp_path).exit_code == 3


def test_what_mlflow_keeps_is_passed_over(root: Path) -> None:
    before = trace(root)
    for name, meta in {"mlruns": "", "kept": "artifact_location: x\nlifecycle_stage: active\n"}.items():
        shutil.copytree(root / "curated", root / name / "1" / "artifacts")
        (root / name / "1" / "meta.yaml").write_text(meta)
        (root / name / "1" / "artifacts" / "step.json").write_text("{")
    assert trace(root) == before
    (root / "kept" / "1" / "meta.yaml").write_text("package: {name: x}\n")  # of conda, which hides nothing
    assert trace(root).exit_code == 1


def test_other_answers_are_another_run(tmp_path: Path) -> None:
    from auditkit.runs import Run

    one, two = answers(tmp_path / "one"), answers(tmp_path / "two")
    assert Run(one).digest == Run(two).digest
    says = Function(
        lambda texts: [f"he writes {text}" for text in texts], verb="generate", plain=True, title="a parrot"
    )
    elicit(Continuations(["a letter", "a song"], templates=5, repeats=4), says, [], into=tmp_path / "three")
    assert Run(tmp_path / "three").digest != Run(one).digest


HOSTILE = [
    *(b"", b"{", b"[" * 100_000, b"\xff\xfe\x00", b"null", b"1e999", b'{"a": NaN}'),
    *(b'{"schema": 1}', b'{"schema": 1, "phase": {}}', b'{"schema": 1, "verdicts": 7}'),
    b'{"schema": 1, "levels": [], "recipe": []}',
]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", [FILE, "report.json", "judgement.json", "auditkit.manifest.json", "run.sqlite"])
def test_hostile_files_are_flaws_and_stop_nothing(name: str, raw: bytes, root: Path) -> None:
    (root / "evil").mkdir()
    (root / "evil" / name).write_bytes(raw)
    found = trace(root)
    assert {where for _, where in kinds(found)} == ({"evil"} if name == "run.sqlite" else {f"evil/{name}"})
    assert {kind for kind, _ in kinds(found)} == {"damaged"}
    assert len(found.deeds) == 10


def test_links_are_not_followed_and_other_things_not_opened(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    recording.record(tmp_path / "outside", Step("tune", ()))
    before = trace(root)
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(root)
    (root / "curated" / "in").mkdir()
    (root / "curated" / "in" / FILE).symlink_to(tmp_path / "outside" / FILE)
    os.mkfifo(root / "report.json")  # opened, it would wait for ever
    assert trace(root) == before


def test_what_is_no_folder_or_empty_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no folder"):
        trace(tmp_path / "nowhere")
    with pytest.raises(InputError, match="holds nothing of a lineage"):
        trace(tmp_path)


def test_a_judgement_that_a_step_gave_keeps_its_outcome(root: Path) -> None:
    """A phase may tell of its judgements before the gate does: the verdict is known all the same."""
    out = root / "curated"
    step = recording.given(out, recording.recorded(out), {"after/judgement.json": "judgement"})
    (out / "step.json").write_text(step.to_json())
    judged = [one for one in trace(root).things if one.kind == "judgement"]
    assert {one.outcome for one in judged} == {"FAIL", "PASS"}


def test_a_circle_is_followed_once(tmp_path: Path) -> None:
    a, b = Thing("data", "a", "a" * 64), Thing("data", "b", "b" * 64)
    for name, took, gave in (("one", a, b), ("two", b, a)):
        recording.record(tmp_path / name, Step("curate", (took,), (gave,)))
    found = trace(tmp_path)
    assert [one.name for one in found.of(a.hash).ancestors] == ["b"]
    assert lineage_formats(found)["txt"].count("curate") == 2
    assert len(drawing(found).things) == 2


@st.composite
def lineages(draw: st.DrawFn) -> Lineage:
    """Any graph of things and deeds, circles among them."""
    n = draw(st.integers(1, 14))
    kind = st.sampled_from(["data", "model", "run", "report", "judgement", "policy", "page"])
    things = tuple(Known(draw(kind), f"thing {k}", f"{k:064x}") for k in range(n))
    some = st.lists(st.integers(0, n - 1), max_size=3, unique=True).map(lambda ks: tuple(f"{k:064x}" for k in ks))
    deeds = tuple(Deed("tune", f"{k}/step.json", draw(some), draw(some)) for k in range(draw(st.integers(0, 8))))
    return Lineage(things, deeds)


@settings(max_examples=150)
@given(lineages())
def test_no_two_boxes_of_a_drawing_touch_and_all_stand_in_it(lineage: Lineage) -> None:
    drawn = drawing(lineage)
    boxes = [*drawn.things, *drawn.deeds]
    for k, one in enumerate(boxes):
        assert 0 <= one.x <= one.x + one.wide <= drawn.size[0]
        assert 0 <= one.y <= one.y + one.tall <= drawn.size[1]
        for other in boxes[:k]:
            apart = one.x + one.wide <= other.x or other.x + other.wide <= one.x
            assert apart or one.y + one.tall <= other.y or other.y + other.tall <= one.y
    ends = {(box.x + box.wide, box.y + box.tall / 2) for box in boxes}
    starts = {(box.x, box.y + box.tall / 2) for box in boxes}
    assert all((wire.x, wire.y) in ends and (wire.to_x, wire.to_y) in starts for wire in drawn.wires)
    assert len(drawn.things) + drawn.left_out == len(lineage.things)
    assert Lineage.from_json(lineage.to_json()) == lineage


def test_chains_that_share_nothing_stand_in_bands(tmp_path: Path) -> None:
    things = tuple(Known("data", f"thing {k}", f"{k:064x}") for k in range(8))
    ways = [(0, 3), (1, 2), (3, 5), (4, 6)]  # 0-3-5, 1-2, 4-6, and 7 by itself
    deeds = tuple(Deed("tune", f"{k}/step.json", (f"{a:064x}",), (f"{b:064x}",)) for k, (a, b) in enumerate(ways))
    high = {box.title: (box.y, box.y + box.tall) for box in drawing(Lineage(things, deeds)).things}
    bands = [[f"thing {k}" for k in band] for band in ((0, 3, 5), (1, 2), (4, 6), (7,))]
    ends = [(min(high[one][0] for one in band), max(high[one][1] for one in band)) for band in bands]
    assert all(above[1] < below[0] for above, below in pairwise(ends))


def test_of_a_chain_every_wire_goes_to_the_right_and_the_folder_of_a_report_owns_it(whole: Path) -> None:
    drawn = drawing(trace(whole))
    assert drawn.wires
    assert all(wire.x < wire.to_x for wire in drawn.wires)
    report = next(box for box in drawn.things if box.title == "tuned/after/report.json")
    [into] = [wire for wire in drawn.wires if (wire.to_x, wire.to_y) == (report.x, report.y + report.tall / 2)]
    [deed] = [box for box in drawn.deeds if (box.x + box.wide, box.y + box.tall / 2) == (into.x, into.y)]
    assert (deed.title, deed.below) == ("audit", "tuned/after/step.json")


def test_page_picture_and_chart_show_the_same(whole: Path) -> None:
    found = trace(whole)
    told, chart, drawn = lineage_formats(found, "story"), vega_lineage(drawing(found)), drawing(found)
    assert f"min-width: {0.75 * drawn.size[0]:.0f}px" in told["html"]
    assert "auditkit lineage DIR --of HASH" in told["html"]
    for box in drawn.things:
        for text in (box.title, box.below):
            assert text in told["html"]
            assert text in told["svg"]
    shown = {(one["x"], one["y"], one["title"], one["below"]) for one in chart["datasets"]["things"]}
    assert shown == {(box.x, box.y, box.title, box.below) for box in drawn.things}
    assert (chart["width"], chart["height"]) == drawn.size
    assert "http" not in json.dumps(chart).replace(chart["$schema"], "")
    assert json.loads(told["json"]) == json.loads(found.to_json())
    assert told["txt"].startswith(f"{len(found.things)} things, 10 steps: every hash that is told is the hash of what")


@pytest.mark.parametrize("text", canned.HOSTILE)
def test_hostile_names_do_nothing(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    things = (Known("data", text, "a" * 64, text, (text,)), Known("judgement", text, "b" * 64, text, (), "FAIL"))
    deed = Deed(text, text, ("a" * 64,), ("b" * 64,), {text: text}, (text,))
    told = lineage_formats(Lineage(things, (deed,), (Flaw("changed", text, text), Flaw("lost", text, text))), text)
    for form in ("html", "svg"):
        assert canned.Tags(told[form]).acting == []
    for line in (*told["md"].splitlines(), *told["txt"].splitlines()):
        assert "::" not in line
        assert "##[" not in line
        assert all(letter.isprintable() for letter in line.replace("\u200b", ""))


def test_the_command(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "lineage.json"
    assert main(["lineage", str(root), "--out", str(out)]) == 0
    assert Lineage.from_json(out.read_text()) == trace(root)
    assert capsys.readouterr().err == f"Written to {out}.\n"
    for form, start in {"json": "{", "md": "<!-- auditkit -->", "svg": "<svg", "page": "<!DOCTYPE html>"}.items():
        assert main(["lineage", str(root), "--format", form]) == 0
        assert capsys.readouterr().out.startswith(start)
    model = next(one for one in trace(root).things if one.name == "model")
    assert main(["lineage", str(root), "--of", model.hash[:8]]) == 0
    told = capsys.readouterr().out
    assert "hub/tiny" in told
    assert "tuned/after/judgement.json" not in told
    (root / "applicants.csv").write_text("sex,hired\n")
    assert main(["lineage", str(root)]) == 1
    assert "◆ applicants.csv: It has changed since curated/" in capsys.readouterr().out
    assert main(["lineage", str(tmp_path / "nowhere")]) == 2


def test_a_stamp_changes_with_every_file(root: Path) -> None:
    before = stamp(root)
    assert stamp(root) == before
    (root / "applicants.csv").write_text("x")
    assert stamp(root) != before


def test_hundreds_of_steps_are_followed_in_a_second(tmp_path: Path) -> None:
    """A chain of four hundred; 2 s of the processor."""
    for k in range(400):
        place = tmp_path / f"{k:04}"
        place.mkdir()
        (place / "rows.csv").write_text(str(k))
        took = (recording.thing("data", tmp_path / f"{k - 1:04}" / "rows.csv", place),) if k else ()
        step = Step("curate", took, (recording.thing("data", place / "rows.csv", place),))
        (place / FILE).write_text(step.to_json())
    start = time.process_time()
    found = trace(tmp_path)
    told = lineage_formats(found)
    assert time.process_time() - start < 2
    assert len(found.of(found.things[-1].hash).ancestors) + len(found.of(found.things[-1].hash).descendants) == 399
    assert "250 more things" in told["html"]


def test_plans_of_one_meaning_are_one_thing_wherever_the_data_lie(tmp_path: Path) -> None:
    hashes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        run(plan(table(tmp_path / name / "data.csv", 0.1, 1)), tmp_path / name / "out")
        step = recording.recorded(tmp_path / name / "out")
        hashes.append([one.hash for one in step.took])
    assert hashes[0] == hashes[1]
