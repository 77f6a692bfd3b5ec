"""No byte of a step of a lifecycle can change unseen, in its folder or in those within; what it took may."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from auditkit.attesting import PAYLOAD, RESULT
from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.core.manifest import ENVELOPE, MANIFEST, Manifest, digest
from auditkit.core.step import Step, Thing
from auditkit.lifecycle import recording
from auditkit.sealing import seal
from auditkit.signing import Envelope
from auditkit.verifying import lies, verify
from auditkit.verifying.things import called, summed
from tests.lifecycle.chained import plan, story, table
from tests.verifying.bundles import keys


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return story(tmp_path_factory.mktemp("steps") / "story")


@pytest.fixture
def tuned(whole: Path, tmp_path: Path) -> Path:
    """A step of its own to tamper with, with what it took beside it."""
    shutil.copytree(whole, tmp_path / "story")
    return tmp_path / "story" / "tuned"


def sound(folder: Path) -> bool:
    try:
        return verify(folder / "step.json").ok
    except InputError:
        return False


def amiss(folder: Path) -> str:
    return "\n".join(f"{f.what}: {f.found}" for f in verify(folder / "step.json").facts if f.sound is False)


def test_what_a_phase_wrote_verifies(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("curated", "tuned"):
        assert sound(whole / name)
        assert main(["verify", str(whole / name)]) == main(["verify", str(whole / name / "step.json")]) == 0
    out = capsys.readouterr().out
    assert "ok      gave model: the one that was given, " in out
    assert "ok      took data ../curated/rows.csv: the same still, " in out
    assert "ok      turn.json: after it the report " in out
    assert "ok      before/: report.json, the same when judged again: FAIL" in out
    assert "ok      after/: report.json, the same when judged again: PASS" in out
    assert out.rstrip().endswith("It is compared where it still lies, and was not kept.")


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def flip(place: Path, rng: random.Random) -> bytes:
    """Turn one bit of a file; its bytes as they were."""
    raw = place.read_bytes()
    changed = bytearray(raw)
    changed[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    place.write_bytes(changed)
    return raw


def unseen(folder: Path, flips: int, seed: int) -> list[str]:
    rng, lost = random.Random(seed), []
    for place in files(folder) * flips:
        raw = flip(place, rng)
        lost += [str(place.relative_to(folder))] if sound(folder) else []
        place.write_bytes(raw)
    return lost


def test_every_flipped_bit_is_found(tuned: Path) -> None:
    """Of every file that the step or its audits wrote: data, weights, turn, pages, reports, manifests, steps."""
    names = {path.relative_to(tuned).as_posix() for path in files(tuned)}
    wanted = {"step.json", "turn.json", "answers.csv", "model/model.safetensors", "model/config.json", MANIFEST}
    assert names > wanted | {"before/report.json", "after/judgement.json", "before/step.json", f"after/{MANIFEST}"}
    assert unseen(tuned, 2, 1) == []
    assert sound(tuned)


@pytest.mark.slow
def test_every_flipped_bit_of_many_is_found(tuned: Path) -> None:
    assert unseen(tuned, 5, 2) == []


@pytest.mark.parametrize("name", ["answers.csv", "model/model.safetensors", "before/report.json", "turn.json"])
def test_what_is_gone_is_missed(name: str, tuned: Path) -> None:
    (tuned / name).unlink()
    assert not sound(tuned)


def test_what_was_taken_may_change_and_is_told(tuned: Path) -> None:
    source = tuned.parent / "curated" / "rows.csv"
    source.write_text(source.read_text() + "f,1\n")
    found = verify(tuned / "step.json")
    [told] = [fact for fact in found.facts if fact.what == "took data ../curated/rows.csv"]
    assert found.ok
    assert told.sound is None
    assert told.found.startswith("has changed since: it was ")
    source.unlink()
    [told] = [fact.found for fact in verify(tuned / "step.json").facts if "took 2" in fact.found]
    assert "took 2 (not here to be compared: " in told
    assert "data ../curated/rows.csv" in told


def resealed(folder: Path, step: Step) -> None:
    """As somebody would who knows how: the step and its manifest written anew."""
    kept = json.loads((folder / MANIFEST).read_text())["entries"][-1]["artefacts"]
    (folder / MANIFEST).unlink()
    (folder / "step.json").write_text(step.to_json(), encoding="utf-8")
    seal(folder, [*kept])


def test_a_new_manifest_hides_no_other_model_and_no_other_audit(tuned: Path) -> None:
    step = recording.recorded(tuned)
    raw = (tuned / "model" / "config.json").read_bytes()
    (tuned / "model" / "config.json").write_bytes(raw.replace(b"tiny", b"wide"))
    resealed(tuned, step)
    assert "gave model: is not the one that was given" in amiss(tuned)
    (tuned / "model" / "config.json").write_bytes(raw)
    assert sound(tuned)
    from auditkit.running import run

    shutil.rmtree(tuned / "after")
    run(plan(table(tuned.parent / "other.csv", 0.0, 9)), tuned / "after")  # a sound audit, of other data
    told = amiss(tuned)
    assert "gave report after/report.json: is not the one that was given" in told
    assert "turn.json: is told of another report, or another verdict, than the one in after/" in told


def test_no_manifest_is_no_proof_and_no_signature(tuned: Path, tmp_path: Path) -> None:
    private, public = keys(tmp_path)
    assert main(["verify", str(tuned), "--key", str(public)]) == 1
    (tuned / MANIFEST).unlink()
    assert verify(tuned / "step.json").exit_code == 2
    assert main(["verify", str(tuned), "--sign", str(private)]) == 2
    assert not (tuned / ENVELOPE).exists()


def test_a_step_without_a_judgement_is_signed_as_a_step(
    tuned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    private, public = keys(tmp_path)
    assert main(["verify", str(tuned), "--sign", str(private), "--key", str(public)]) == 0
    assert "it attests that these files are of the step tune" in capsys.readouterr().out
    body = json.loads(Envelope.from_json((tuned / ENVELOPE).read_bytes()).body)
    took = Step.from_json((tuned / "step.json").read_text()).took
    assert body["predicateType"] == "https://in-toto.io/attestation/link/v0.3"
    assert body["predicate"]["name"] == "tune"
    assert [list(one["digest"].values()) for one in body["predicate"]["materials"]] == [[one.hash] for one in took]
    assert len({one["name"] for one in body["predicate"]["materials"]}) == len(took)
    for change in ("name", "materials"):
        forged = {**body, "predicate": {**body["predicate"], change: "curate" if change == "name" else []}}
        (tuned / ENVELOPE).write_text(Envelope.sealed(PAYLOAD, json.dumps(forged).encode(), private).to_json())
        assert "tells of another step than lies here" in amiss(tuned)
    forged = {**body, "predicateType": RESULT, "predicate": {"result": "PASSED"}}
    (tuned / ENVELOPE).write_text(Envelope.sealed(PAYLOAD, json.dumps(forged).encode(), private).to_json())
    assert "signs other files than the manifest tells of" in amiss(tuned)
    (tuned / ENVELOPE).unlink()
    (tuned / "step.json").write_text((tuned / "step.json").read_text() + " ")
    assert main(["verify", str(tuned), "--sign", str(private)]) == 1
    assert not (tuned / ENVELOPE).exists()


def test_a_step_that_was_not_sealed_says_nothing(tuned: Path) -> None:
    (tuned / "before" / "step.json").unlink()
    assert "before/step.json: is sealed, and not there" in amiss(tuned)


def test_a_model_that_is_gone_or_a_link_is_missed(tuned: Path) -> None:
    (tuned / "model").rename(tuned.parent / "elsewhere")
    assert "gave model: was given, and is not there" in amiss(tuned)
    (tuned / "model").symlink_to(tuned.parent / "elsewhere")
    assert "gave model: was given, and is not there, or is a link" in amiss(tuned)


def test_an_audit_that_was_given_must_be_sealed(tuned: Path) -> None:
    (tuned / "after" / MANIFEST).unlink()
    (tuned / "after" / "report.html").write_text("PASS")
    assert "after/: report.json was given, and is not sealed" in amiss(tuned)


def test_decoys_hide_no_audit_and_the_limit_is_told(tuned: Path) -> None:
    for k in range(250):
        (tuned / f"a{k:03}").mkdir()
    assert [fact.sound for fact in verify(tuned / "step.json").facts if fact.what == "./"] == [None]
    assert sound(tuned)
    (tuned / "after" / "report.html").write_text("PASS")
    assert "after/report.html: is not as it was sealed" in amiss(tuned)


def test_what_lies_in_a_model_and_was_not_weighed_is_named(tuned: Path) -> None:
    assert "its fingerprint does not cover" not in str(verify(tuned / "step.json"))
    for name in ("pytorch_model.bin", "modeling.py", "README.md", "model.fp16.safetensors"):
        (tuned / "model" / name).write_text("x")
    [told] = [fact for fact in verify(tuned / "step.json").facts if fact.what == "model/"]
    assert told.sound is None
    assert told.found.endswith(": README.md, model.fp16.safetensors, modeling.py, pytorch_model.bin")


def test_a_report_put_beside_a_step_hides_nothing_of_it(tuned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tuned / "report.json").write_text("{}")
    assert main(["verify", str(tuned)]) == 2
    told = capsys.readouterr().out
    assert "?       report.json: is not sealed" in told
    assert "ok      gave model: the one that was given" in told
    (tuned / "turn.md").write_text("PASS")
    assert main(["verify", str(tuned)]) == 1


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_run_in_the_folder_of_its_audit_is_as_it_was(side: str, tuned: Path) -> None:
    """Of `before` the run may lie elsewhere: gone it is told; overwritten it is amiss on either side."""
    run = Thing("run", "run", "c" * 64)
    folder = tuned / side
    entry = Manifest.from_json((folder / MANIFEST).read_bytes()).entries[-1]
    step = recording.recorded(folder)
    text = replace(step, took=(*step.took, run)).to_json()
    (folder / "step.json").write_text(text, encoding="utf-8")
    told_of = replace(entry.artefacts["step.json"], sha256=digest(text.encode()), size=len(text.encode()))
    chain = Manifest().appended(replace(entry, artefacts={**entry.artefacts, "step.json": told_of}))
    (folder / MANIFEST).write_text(chain.to_json(), encoding="utf-8")
    [told] = [fact for fact in verify(tuned / "step.json").facts if fact.what == f"{side}/took run"]
    assert told.sound is (None if side == "before" else False)
    (folder / "run").mkdir()
    (folder / "run" / "run.sqlite").write_bytes(b"overwritten")
    assert f"{side}/took run: " in amiss(tuned)
    (folder / "run" / "run.sqlite").unlink()
    assert f"{side}/took run: " in amiss(tuned)


EVIL = (
    "/etc/passwd",
    "../../x",
    "..",
    "a/../../b",
    "C:\\x",
    "a\x00b",
    "~",
    "con:",
    "x" * 2000,
    "../../../../etc/shadow",
)


@pytest.mark.parametrize("name", EVIL)
def test_a_name_in_a_step_opens_nothing_elsewhere(name: str, tmp_path: Path) -> None:
    out = tmp_path / "a" / "out"
    out.mkdir(parents=True)
    (tmp_path / "x").write_text("secret")
    assert lies(out, name) is None
    step = Step("curate", (Thing("data", name, "0" * 64),), (Thing("model", name, "0" * 64),))
    recording.record(out, step)
    assert [fact.sound for fact in verify(out / "step.json").facts if fact.what.startswith("gave")] == [
        False if name == "~" else None  # a file may be called that, and is not there
    ]


def test_links_are_not_followed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "real").mkdir(parents=True)
    (out / "real" / "a.csv").write_text("x")
    (out / "link").symlink_to(out / "real")
    (out / "b.csv").symlink_to(out / "real" / "a.csv")
    assert lies(out, "real/a.csv") == out / "real" / "a.csv"
    assert lies(out, "link/a.csv") is None
    assert lies(out, "b.csv") is None


def test_folders_within_folders_come_to_an_end(tmp_path: Path) -> None:
    """A step in a step in a step: so deep, and no deeper."""
    place = tmp_path
    for _ in range(40):
        place.mkdir(exist_ok=True)
        recording.record(place, Step("curate", ()))
        place = place / "in"
    found = verify(tmp_path / "step.json")
    assert found.ok
    assert [fact.what for fact in found.facts if "lies too deep" in fact.found] == ["in/in/in/in/"]


def test_a_thing_is_called_from_its_step_and_no_machine_is_named(tmp_path: Path) -> None:
    out, far = tmp_path / "a" / "out", tmp_path / "far" / "data.csv"
    for path in (out / "in.csv", out.parent / "beside.csv", far):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert [called(p, out) for p in (out / "in.csv", out.parent / "beside.csv", far)] == [
        "in.csv",
        "../beside.csv",
        "data.csv",
    ]
    assert summed(far) == digest(b"x")
