"""tune: what it writes, that it goes on where it was, and what it says; by the miniature translator, a little."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.eliciting import Pace
from auditkit.lab.models import WEIGHTS
from auditkit.lifecycle.tuning import tune
from auditkit.lifecycle.tuning.loop import Stride, Training
from auditkit.lifecycle.turning import Turn
from auditkit.planning import plan_text
from auditkit.verifying import verify
from tests.lifecycle.small_tuning import FEW, plan, sentences, written

pytest.importorskip("torch")
pytest.importorskip("peft")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sentences(tmp_path_factory.mktemp("curated"))


@pytest.fixture(scope="module")
def done(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Turn, Path]:
    """The small tuning, finished."""
    folder = tmp_path_factory.mktemp("tuned")
    (folder / "plan.toml").write_text(plan_text(plan()), encoding="utf-8")
    return tune(folder / "plan.toml", data, folder / "out", **FEW), folder / "out"


def test_it_writes_both_audits_the_model_its_card_and_the_turn_and_verify_checks_them(done: tuple[Turn, Path]) -> None:
    turn, out = done
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    wanted = {"turn.json", "turn.md", "turn.html", "curve.json", "curve.svg", "quality.json", "step.json"}
    wanted |= {f"{side}/{name}" for side in ("before", "after") for name in ("report.json", "report.html")}
    assert wanted | {"model/model.safetensors", "model/tokenizer.json", "model/README.md"} <= names
    assert not [name for name in names if name.endswith((".bin", ".pt", ".pth", ".pkl", ".ckpt"))]
    assert not (out / "tuning").exists()  # what it went on from is gone
    assert verify(out / "step.json").ok
    step = json.loads((out / "step.json").read_text())
    assert [one["kind"] for one in step["took"]] == ["data", "plan", "model"]
    assert step["gave"][0]["kind"] == "model"
    assert turn.costs[0].lost.n == len(json.loads((out / "quality.json").read_text())["exactness"]["before"]) == 30
    assert turn.costs[0].paired
    curve = json.loads((out / "curve.json").read_text())
    assert len(curve["losses"]) == 8
    assert [mark["step"] for mark in curve["held_out"]] == [0, 3, 6, 8]
    assert all(mark["low"] < mark["value"] < mark["high"] for mark in curve["held_out"])


def test_no_folder_of_this_machine_is_told_in_what_is_written(done: tuple[Turn, Path], data: Path) -> None:
    _, out = done
    told = [path for path in out.rglob("*") if path.suffix in (".json", ".md", ".html", ".svg")]
    told = [path for path in told if path.name != "auditkit.manifest.json"]
    assert told
    for path in told:
        text = path.read_text(encoding="utf-8")
        assert str(out.parent) not in text
        assert str(WEIGHTS) not in text
        assert str(data) not in text


def test_the_card_says_where_it_comes_from_what_changed_and_what_it_cost(done: tuple[Turn, Path]) -> None:
    turn, out = done
    card = (out / "model" / "README.md").read_text(encoding="utf-8")
    front = dict(line.split(": ", 1) for line in card.split("---")[1].strip().splitlines())
    assert json.loads(front["base_model"]) == "a translator"
    assert json.loads(front["license"]) == "mit"
    assert json.loads((out / "step.json").read_text())["took"][0]["hash"] in card
    assert "directed amplification" in card
    assert "exactness (probability)" in card
    assert {Outcome.PASS: "Pass", Outcome.INCONCLUSIVE: "Inconclusive", Outcome.FAIL: "Fail"}[turn.outcome] in card


def test_the_same_again_does_nothing_and_gives_the_same_turn(done: tuple[Turn, Path], data: Path) -> None:
    turn, out = done
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    again = tune(out.parent / "plan.toml", data, out, **FEW)
    assert again.to_json() == turn.to_json()
    after = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert {path: time for path, time in after.items() if "sqlite" not in path.name} == {
        path: time for path, time in before.items() if "sqlite" not in path.name
    }


def test_stopped_it_goes_on_to_the_same_weights_to_the_bit(done: tuple[Turn, Path], data: Path, tmp_path: Path) -> None:
    def stop(told: Any) -> None:
        if isinstance(told, Stride) and told.step == 4:
            raise KeyboardInterrupt
        assert isinstance(told, Stride) or told.rate == 0.0

    # the answers of the audit before are there already, and are not drawn again
    asked = plan().model_copy(update={"elicit": plan().elicit.model_copy(update={"into": str(done[1] / "before/run")})})
    with pytest.raises(KeyboardInterrupt):
        tune(asked, data, tmp_path / "out", **FEW, progress=stop)
    steps: list[int] = []
    tune(
        asked, data, tmp_path / "out", **FEW, progress=lambda p: steps.append(p.step) if isinstance(p, Stride) else None
    )
    assert steps == [4, 5, 6, 7, 8]  # from the checkpoint of step 3
    for name in ("model/model.safetensors", "curve.json", "turn.json", "quality.json", "after/report.json"):
        assert (tmp_path / "out" / name).read_bytes() == (done[1] / name).read_bytes(), name


def test_the_order_of_the_rows_changes_no_weight(done: tuple[Turn, Path], data: Path, tmp_path: Path) -> None:
    header, *rows = csv.reader((data / "data.csv").read_text(encoding="utf-8").splitlines())
    turned = written(tmp_path / "data.csv", header, rows[::-1])
    tune(plan(), turned, tmp_path / "out", **FEW)
    weights = "model/model.safetensors"
    assert (tmp_path / "out" / weights).read_bytes() == (done[1] / weights).read_bytes()


def test_a_folder_with_other_work_is_left_alone(done: tuple[Turn, Path], data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds another step: tune"):
        tune(plan(), data, done[1], **{**FEW, "steps": 9})
    (tmp_path / "letter.txt").write_text("keep me")
    with pytest.raises(InputError, match=r"holds other files: letter\.txt. Give --out an empty folder"):
        tune(plan(), data, tmp_path, **FEW)
    with pytest.raises(InputError, match=r"holds no data\.parquet, data\.csv or data\.tsv. It holds: letter\.txt"):
        tune(plan(), tmp_path, tmp_path / "out", **FEW)

    def stop(_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(plan(), data, tmp_path / "begun", **FEW, progress=stop)
    with pytest.raises(InputError, match="another tuning that did not finish"):
        tune(plan(), data, tmp_path / "begun", **{**FEW, "seed": 1})


def test_the_command_says_what_happened(done: tuple[Turn, Path], data: Path, capsys: Any) -> None:
    turn, out = done
    asked = ["tune", str(out.parent / "plan.toml"), "--data", str(data)]
    options = ["--method", "full", "--steps", "8", "--batch", "16", "--save-every", "3"]
    assert main([*asked, "--out", str(out), *options]) == turn.exit_code
    told = capsys.readouterr()
    assert "What it cost" in told.out
    assert "exactness (probability)" in told.out
    assert "auditkit verify" in told.err
    assert main([*asked, "--out", str(out), "--guard-margin", "much"]) == 2
    assert "Give a number, or NAME=NUMBER" in capsys.readouterr().err


@pytest.fixture
def command(done: tuple[Turn, Path], data: Path, tmp_path: Path) -> list[str]:
    """The small tuning as a command into another folder, its answers before there already."""
    before = plan().elicit.model_copy(update={"into": str(done[1] / "before" / "run")})
    (tmp_path / "plan.toml").write_text(plan_text(plan().model_copy(update={"elicit": before})), encoding="utf-8")
    options = ["--method", "full", "--steps", "20", "--batch", "16", "--save-every", "3", "--out"]
    return ["tune", str(tmp_path / "plan.toml"), "--data", str(data), *options, str(tmp_path / "out")]


def test_stopped_it_says_where_and_off_a_terminal_it_says_how_far(
    command: list[str], capsys: Any, monkeypatch: Any
) -> None:
    stepped = Training._step

    def stop(self: Training, optimiser: Any, step: int) -> float:
        if step == 8:
            raise KeyboardInterrupt
        return stepped(self, optimiser, step)

    with monkeypatch.context() as instead:
        instead.setattr(Training, "_step", stop)
        assert main(command) == 130
    first, second, *steps, last = capsys.readouterr().err.splitlines()
    assert first == "Auditing a translator before the tuning."
    assert second.startswith("Tuning a translator: ")
    assert [line.split(",")[0] for line in steps] == [f"step {k} of 20" for k in (2, 4, 6, 8)]
    assert last == "Stopped at step 8 of 20; the same command goes on from step 6."
    main(command)
    said = capsys.readouterr().err
    assert "before the tuning" not in said
    assert "step 20 of 20" in said
    assert "Auditing a translator after the tuning." in said


def test_stopped_in_an_audit_or_before_it_says_so(command: list[str], capsys: Any, monkeypatch: Any) -> None:
    def stop(plan: Any, out: Any, progress: Any) -> None:
        progress(Pace(300, 1512, 2.0))
        raise KeyboardInterrupt

    with monkeypatch.context() as instead:
        instead.setattr("auditkit.lifecycle.tuning.frame.run", stop)
        assert main(command) == 130
    assert capsys.readouterr().err.endswith("Stopped at 300 of 1,512 answers; the same command goes on.\n")
    monkeypatch.setattr("auditkit.lifecycle.tuning.frame.checked", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    assert main(command) == 130
    assert capsys.readouterr().err == "Stopped before anything was done.\n"
