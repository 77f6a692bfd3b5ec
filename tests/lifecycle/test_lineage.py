"""A lineage says what was made of what by hashes alone: data, models, runs, streams, reports and judgements."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from auditkit import audit, elicit
from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.core.lineage import Lineage
from auditkit.core.step import Step, Thing
from auditkit.lifecycle import recording
from auditkit.lifecycle.lineage import trace
from auditkit.lifecycle.monitoring import Watch, monitor
from auditkit.planning import plan_of
from auditkit.probes import Continuations
from auditkit.running import run
from auditkit.targets import Function
from tests.lifecycle.chained import plan, table
from tests.lifecycle.watched import RATE, as_lines, decisions, watch


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


def test_other_answers_are_another_run(tmp_path: Path) -> None:
    from auditkit.runs import Run

    one, two = answers(tmp_path / "one"), answers(tmp_path / "two")
    assert Run(one).digest == Run(two).digest
    says = Function(
        lambda texts: [f"he writes {text}" for text in texts], verb="generate", plain=True, title="a parrot"
    )
    elicit(Continuations(["a letter", "a song"], templates=5, repeats=4), says, [], into=tmp_path / "three")
    assert Run(tmp_path / "three").digest != Run(one).digest


def test_a_judgement_that_a_step_gave_keeps_its_outcome(root: Path) -> None:
    """A phase may tell of its judgements before the gate does: the verdict is known all the same."""
    out = root / "curated"
    step = recording.given(out, recording.recorded(out), {"after/judgement.json": "judgement"})
    (out / "step.json").write_text(step.to_json())
    judged = [one for one in trace(root).things if one.kind == "judgement"]
    assert {one.outcome for one in judged} == {"FAIL", "PASS"}


def test_plans_of_one_meaning_are_one_thing_wherever_the_data_lie(tmp_path: Path) -> None:
    hashes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        run(plan(table(tmp_path / name / "data.csv", 0.1, 1)), tmp_path / name / "out")
        step = recording.recorded(tmp_path / name / "out")
        hashes.append([one.hash for one in step.took])
    assert hashes[0] == hashes[1]
