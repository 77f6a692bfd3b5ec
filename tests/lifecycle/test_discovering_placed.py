"""How a candidate is put into a plan and a folder, whatever its name, and how fast it answers there."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import pytest

from auditkit.core.errors import InputError
from auditkit.eliciting import Pace
from auditkit.lab import naming
from auditkit.lab.models import WEIGHTS
from auditkit.lifecycle.discovering import Candidate, Wanted, compare, search
from auditkit.lifecycle.discovering.comparing import _folders, _recorded
from auditkit.lifecycle.discovering.pacing import Speed, Stopwatch
from auditkit.lifecycle.discovering.placing import able, placed
from auditkit.lifecycle.tuning.targets import target_of
from auditkit.planning import Eliciting, Plan, read_plan
from tests.lifecycle.candidates import plan_text


def test_the_labs_own_classes_are_asked_by_the_names_that_a_plan_has_for_them(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(plan_text(1, 1))
    gru = [one for one in search("lab", Wanted("translation")).candidates if one.name in naming.OWN]
    assert len(gru) == 4
    comparison = compare(gru[:2], tmp_path / "plan.toml", tmp_path / "out")
    assert [one.candidate.called for one in comparison.audited] == ["attention", "attention, dose90"]
    for one in comparison.audited:
        plan = read_plan(tmp_path / "out" / one.folder / "plan.toml")
        assert plan.target is not None
        assert plan.target["model"] == "lab:attention"  # what tune and prompt go on with
        assert one.report.recipe.sources[0]["fingerprint"] == one.candidate.hash == target_of(plan).fingerprint


def test_a_folder_of_the_labs_own_classes_is_asked_as_it_lies(tmp_path: Path) -> None:
    """What `auditkit tune` leaves of a translator: any name, no card, and the class in the configuration."""
    place = tmp_path / "models" / "mine" / "model"
    place.mkdir(parents=True)
    (place.parent / "step.json").write_text("{}")
    for name in ("config.json", "diffusion_pytorch_model.safetensors"):
        shutil.copy(WEIGHTS / "encoder_decoder" / name, place / name)
    (tmp_path / "plan.toml").write_text(plan_text(1, 1))
    comparison = compare(search(tmp_path / "models", Wanted("translation")), tmp_path / "plan.toml", tmp_path / "out")
    [one] = comparison.audited
    told = read_plan(tmp_path / "out" / one.folder / "plan.toml")
    assert (one.candidate.called, told.target and Path(str(told.target["model"])).resolve()) == ("mine", place)
    assert one.report.recipe.sources[0]["fingerprint"] == one.candidate.hash == target_of(told).fingerprint
    (place / "config.json").write_text('{"_class_name": "Attentive"}', encoding="utf-8")
    [aside] = search(tmp_path / "models").aside
    assert 'it has no "source"' in aside.because
    assert str(tmp_path) not in aside.because


def test_a_model_of_the_hub_is_put_into_the_plan_with_its_revision() -> None:
    plan = Plan(
        probe={"name": "x"},
        target={"name": "seq2seq", "model": "mine", "variant": "old", "title": "mine", "batch": 8},
        elicit=Eliciting(seed=3, into="elsewhere"),
        roles={"group": "a"},
    )
    one = Candidate("org/m", "hub", "org/m", "1" * 64, "fp16", "a" * 40)
    told = placed(plan, one)
    assert told.target == {
        "name": "seq2seq",
        "batch": 8,
        "model": "org/m",
        "title": "org/m, fp16",
        "variant": "fp16",
        "revision": "a" * 40,
    }
    assert told.elicit == Eliciting(seed=3)
    plain = placed(plan, Candidate("m", "folder", "/models/m", "2" * 64))
    assert plain.target == {"name": "seq2seq", "batch": 8, "model": "/models/m", "title": "m"}
    embedding = plan.model_copy(update={"target": {"name": "embedder", "model": "mine"}})
    assert able(embedding, [one])[1][0].because == "the target embedder takes no variant"


def test_folders_never_clash_and_take_any_name() -> None:
    some = [
        Candidate("a", "folder", "a", "1" * 64, "b"),
        Candidate("a.b", "folder", "a.b", "2" * 64),
        Candidate("../../etc", "folder", "x", "3" * 64),
        Candidate("org/m", "hub", "org/m", "4" * 64),
        Candidate("x" * 300, "folder", "x", "5" * 64),
        Candidate("\u00e9\x1b", "folder", "x", "6" * 64),
    ]
    names = _folders(some)
    assert len({name.casefold() for name in names}) == len(some)
    assert all(re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", name) for name in names)


def test_speed_is_the_median_over_batches_without_the_opening() -> None:
    watch = Stopwatch(10)
    watch.last = time.perf_counter() - 100
    for done in (10, 20, 30, 40):
        watch(Pace(done, 40, 1.0))
    assert [answers for answers, _ in watch.batches] == [10, 10, 10]
    speed = watch.speed
    assert speed is not None
    assert (speed.answers, speed.batches) == (20, 2)
    assert Speed.from_json(speed.to_json()) == speed
    assert Speed.from_json("null") is None
    assert Stopwatch(10).speed is None
    with pytest.raises(InputError, match="no measured speed"):
        Speed.from_json("[]")


def test_a_run_that_was_killed_while_it_was_begun_has_no_answers(tmp_path: Path) -> None:
    assert _recorded(tmp_path) == 0
    (tmp_path / "run.sqlite").write_bytes(b"")
    assert _recorded(tmp_path) == 0
