"""Candidates are asked alike, ranked by judgement, and told apart only where chance does not."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.core.estimate import QUANTILES, Estimate
from auditkit.core.finding import Margin
from auditkit.core.judgement import Outcome
from auditkit.core.manifest import digest
from auditkit.core.step import Step
from auditkit.eliciting import Pace
from auditkit.formats.toml import toml_lines
from auditkit.lab import naming
from auditkit.lab.galleries.language.translated import probe
from auditkit.lab.models import WEIGHTS
from auditkit.lab.worlds.translations.language import PRONOUNS
from auditkit.lifecycle.discovering import Audited, Candidate, Comparison, Wanted, compare, search
from auditkit.lifecycle.discovering.claims import _nearer
from auditkit.lifecycle.discovering.comparing import _folders, _recorded
from auditkit.lifecycle.discovering.pacing import Speed, Stopwatch
from auditkit.lifecycle.discovering.placing import able, placed
from auditkit.lifecycle.lineage import trace
from auditkit.lifecycle.tuning.targets import target_of
from auditkit.planning import Eliciting, Plan, read_plan
from auditkit.runs import Run
from auditkit.sealing import untouched
from auditkit.targets import Seq2Seq
from auditkit.verifying import verify

HALF = {"value": dict.fromkeys(PRONOUNS, 0.5), "why": "as many of either", "source": "auditkit.lab"}


def plan_text(repeats: int, variants: int) -> str:
    """The translators' own probe as a plan."""
    asked: Any = probe(repeats, variants)
    fields = ("occupations", "templates", "others", "variants", "repeats")
    told = {"name": "translations", **{name: getattr(asked, name) for name in fields}}
    told |= {"templates": list(told["templates"]), "others": {k: list(v) for k, v in told["others"].items()}}
    reader = {"name": "pronoun_gender", "attribute": "pronoun", "pronouns": {one: [one] for one in PRONOUNS}}
    detector = {"code": "reporting.generator_frequency", "stereotype": "he"}
    lines = ["[probe]", *toml_lines(told), "[target]", 'name = "seq2seq"', 'model = "any"', "[elicit]", "seed = 7"]
    lines += ["[roles]", 'group = "pronoun"', 'context = "occupation"', 'unit = "prompt"']
    detector |= {"reference": dict.fromkeys(asked.occupations, HALF)}  # type: ignore[dict-item]
    lines += ["[[annotators]]", *toml_lines(reader), "[[detectors]]", *toml_lines(detector)]
    return "\n".join(lines) + "\n"


def models(folder: Path) -> Path:
    """A folder with the transformer in both variants, one whose weights are another model's, and one of a function."""
    for name in ("transformer", "attention"):
        shutil.copytree(WEIGHTS / name, folder / name)
    config = (folder / "attention" / "config.json").read_text(encoding="utf-8")
    (folder / "attention" / "config.json").write_text(config.replace("Attentive", "Mine"), encoding="utf-8")
    shutil.copytree(WEIGHTS / "transformer", folder / "broken")
    (folder / "broken" / "model.dose90.safetensors").unlink()
    shutil.copyfile(WEIGHTS / "masked_lm" / "model.safetensors", folder / "broken" / "model.safetensors")
    return folder


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Comparison, Path, Path]:
    """The translators under one plan, once for all tests of this file."""
    pytest.importorskip("transformers")
    place = tmp_path_factory.mktemp("discover")
    plan = place / "plan.toml"
    plan.write_text(plan_text(2, 1))
    return compare(search(models(place / "models")), plan, place / "out"), plan, place / "out"


def test_all_are_asked_the_same_with_the_same_seeds(compared: tuple[Comparison, Path, Path]) -> None:
    comparison, _, out = compared
    tables = [Run(out / one.folder / "run").to_frame() for one in comparison.audited]
    assert [len(table) for table in tables] == [len(tables[0])] * 2
    for column in ("prompt", "seed", "text"):
        assert tables[0][column].tolist() == tables[1][column].tolist()
    assert tables[0]["seed"].nunique() == len(tables[0])
    assert (tables[0]["answer"] != tables[1]["answer"]).any()


def test_a_candidates_step_names_the_run_so_that_verify_finds_another_in_its_place(
    compared: tuple[Comparison, Path, Path], tmp_path: Path
) -> None:
    comparison, _, out = compared
    for one in comparison.audited:
        took = Step.from_json((out / one.folder / "step.json").read_text()).took
        assert [(thing.name, thing.hash) for thing in took if thing.kind == "run"] == [
            ("run", Run(out / one.folder / "run").digest)
        ]
    assert verify(out / "step.json").ok
    assert not [flaw for flaw in trace(out).flaws if flaw.kind != "lost"]
    copy = shutil.copytree(out, tmp_path / "out")
    first, second = (copy / one.folder / "run" for one in comparison.audited)
    shutil.rmtree(first)
    assert "took run: " in missed(copy)
    shutil.copytree(second, first)
    assert "took run: has changed since" in missed(copy)


def missed(out: Path) -> str:
    return "\n".join(f"{fact.what}: {fact.found}" for fact in verify(out / "step.json").facts if fact.sound is False)


def test_the_comparison_says_who_passes_and_what_it_rests_on(compared: tuple[Comparison, Path, Path]) -> None:
    comparison, plan, out = compared
    told = json.loads((out / "comparison.json").read_text())
    assert [(one["rank"], one["called"], one["outcome"]) for one in told["candidates"]][1][1:] == (
        "transformer, dose90",
        "FAIL",
    )
    assert told["exit_code"] == comparison.exit_code
    (claim,) = comparison.claims
    assert (claim.paired, claim.stands, claim.less) == (True, True, "transformer")
    assert claim.shift.value is not None
    assert 0.04 < claim.shift.value < 0.14  # P(he) .6 against .5, enumerated in the models' cards
    assert {one.called for one in comparison.aside} == {"attention", "attention, dose90"}
    step = Step.from_json((out / "step.json").read_text())
    assert [thing.kind for thing in step.took] == ["plan", "model", "model", "model"]
    assert step.took[0].hash == digest(plan.read_bytes())
    assert all(thing.hash == digest((out / thing.name).read_bytes()) for thing in step.gave)
    assert "speed" not in (out / "comparison.json").read_text()
    speeds = json.loads((out / "speed.json").read_text())["candidates"]
    assert all(one["low"] <= one["median"] <= one["high"] for one in speeds.values())
    for name in ("comparison.md", "comparison.html"):
        assert "a second" in (out / name).read_text()
    for file in ("comparison.json", "speed.json", "comparison.html", "comparison.md", "step.json"):
        untouched(out / file)
        with (out / file).open("ab") as held:
            held.write(b" ")
        with pytest.raises(InputError, match="is not as"):
            untouched(out / file)
        with (out / file).open("rb+") as held:
            held.truncate((out / file).stat().st_size - 1)


def test_what_is_done_is_not_asked_again(
    compared: tuple[Comparison, Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    comparison, plan, out = compared
    really, asked = Seq2Seq.generate, []

    def noted(target: Seq2Seq, prompts: Any, seeds: Any) -> Any:
        asked.append(target.title)
        return really(target, prompts, seeds)

    monkeypatch.setattr(Seq2Seq, "generate", noted)
    found = search(plan.parent / "models")
    manifest = (out / "auditkit.manifest.json").read_bytes()
    again = compare(found, plan, out)
    assert set(asked) == {"broken"}  # what could not be asked is tried again, and nothing else
    assert (out / "auditkit.manifest.json").read_bytes() == manifest
    assert [one.speed for one in again.audited] == [one.speed for one in comparison.audited]
    (out / "comparison.json").write_text("{}")
    assert main(["discover", str(plan.parent / "models"), "--plan", str(plan), "--out", str(out)]) == again.exit_code
    told = capsys.readouterr()
    assert "transformer is less biased than transformer, dose90" in " ".join(told.out.split())
    assert "Written to" in told.err
    assert json.loads((out / "comparison.json").read_text())["schema"] == 1  # written again, from what was recorded
    untouched(out / "comparison.json")
    main(["discover", str(plan.parent / "models"), "--plan", str(plan), "--out", str(out), "--format", "junit"])
    names = {case.get("name") for case in ElementTree.fromstring(capsys.readouterr().out).iter("testcase")}
    assert {"audited: transformer", "audited: transformer, dose90", "asked: broken"} <= names
    with pytest.raises(InputError, match="holds another step"):
        compare([one for one in found.candidates if one.called == "transformer"], plan, out)


def test_one_that_cannot_be_opened_costs_itself_alone(compared: tuple[Comparison, Path, Path]) -> None:
    comparison, plan, out = compared
    assert [one.called for one in comparison.failed] == ["broken"]
    assert str(plan.parent) not in comparison.failed[0].because
    assert [one.candidate.called for one in comparison.audited] == ["transformer", "transformer, dose90"]
    assert "broken could not be asked" in (out / "comparison.md").read_text()
    assert not (out / "broken" / "step.json").exists()


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


def test_what_does_not_fit_a_plan_is_told(compared: tuple[Comparison, Path, Path], tmp_path: Path) -> None:
    _, plan, _ = compared
    with pytest.raises(InputError, match=r"whose target is seq2seq\. There were 3 for fill-mask"):
        compare(search("lab", Wanted("fill-mask")), plan, tmp_path / "out")
    gru = [one for one in search(plan.parent / "models").candidates if one.name == "attention"]  # of no lab: a folder
    with pytest.raises(InputError, match=r"No candidate of given fits.*weights\.Own"):
        compare(gru, plan, tmp_path / "out")
    (tmp_path / "table.toml").write_text('[data]\npath = "x.csv"\n[roles]\ngroup = "a"\n')
    with pytest.raises(InputError, match="audits a table"):
        compare(search("lab"), tmp_path / "table.toml", tmp_path / "out")
    missing = replace(search("lab", Wanted("translation")).candidates[4], place=str(tmp_path / "gone"))
    with pytest.raises(InputError, match=r"None of the candidates could be asked\. transformer: "):
        compare([missing], plan, tmp_path / "out")


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


# What is said of several, by simulation.


def normal(value: float, error: float) -> Estimate:
    """An estimate with the curve of a normal one."""
    half = [error * z for z in QUANTILES]
    lower, upper = tuple(value - h for h in half), tuple(value + h for h in half)
    return Estimate(value, lower, upper, 1000, 1000.0, "normal")


def finding(estimate: Estimate) -> Any:
    return SimpleNamespace(estimate=estimate, null=0.0, scale="difference")


@pytest.mark.parametrize("rho", [-0.8, 0.0, 0.8])
@pytest.mark.parametrize(
    ("place", "margin"),
    [
        *(((a, b), Margin.within(0.05)) for a, b in ((0.0, 0.0), (0.06, 0.06), (0.06, -0.06), (0.01, -0.01))),
        *(((a, a), Margin.at_most(0.05)) for a in (0.0, 0.06)),
        ((-0.06, -0.02), Margin.at_most(0.05)),  # an excess alone is bias, and neither has any
    ],
)
def test_of_two_alike_neither_is_called_less_biased_more_often_than_alpha(
    rho: float, place: tuple[float, float], margin: Margin
) -> None:
    rng, error, n = np.random.default_rng(3), 0.02, 700
    cover = error**2 * np.array([[1, rho], [rho, 1]])
    called = 0
    for a, b in rng.multivariate_normal(place, cover, n):
        shift = normal(b - a, error * float(np.sqrt(2 - 2 * rho)))
        both = finding(normal(a, error)), finding(normal(b, error))
        called += min(_nearer(*both, shift, margin, way) for way in (1.0, -1.0)) <= 0.05
    assert called / n <= 0.05 + 3.3 * np.sqrt(0.05 * 0.95 / n)


def test_one_that_is_far_less_biased_is_called_so_whatever_the_sign() -> None:
    for a, b in ((0.0, 0.2), (0.0, -0.2), (0.05, -0.2)):
        both = finding(normal(a, 0.02)), finding(normal(b, 0.02))
        shift = normal(b - a, 0.028)
        z = min(abs(b - a) / 0.028, abs(a + b) / 0.04)  # the less sure of both; the sum errs as if both erred together
        p = 2 * (1 - NormalDist().cdf(z))
        assert _nearer(*both, shift, Margin.within(0.05), 1.0) == pytest.approx(max(p, 1e-5), abs=2e-6)
        assert _nearer(*both, shift, Margin.within(0.05), -1.0) == 1.0
    undefined = Estimate.undefined("nothing")
    assert _nearer(finding(undefined), finding(normal(0.2, 0.02)), undefined, Margin.within(0.05), 1.0) == 1.0


def audited(value: float, error: float, margin: float = 0.05) -> Audited:
    """A candidate with one finding, judged as `gate` judges it: PASS by its 90 %, FAIL by its 95 % interval."""
    e = normal(value, error)
    low, high = -margin, margin
    outcome = Outcome.PASS if e.interval(0.90).inside(low, high) else Outcome.INCONCLUSIVE
    wide = e.interval(0.95)
    if (wide.low or 0) > high or (wide.high or 0) < low:
        outcome = Outcome.FAIL
    verdict = SimpleNamespace(key="k", margin=Margin(low, high), outcome=outcome)
    report: Any = SimpleNamespace(findings=[SimpleNamespace(key="k", estimate=e)])
    judgement: Any = SimpleNamespace(outcome=outcome, verdicts=[verdict], passed=outcome is Outcome.PASS)
    return Audited(Candidate("m", "folder", "m"), "m", report, judgement)


def test_choosing_the_best_of_several_on_the_margin_errs_at_most_in_twenty() -> None:
    rng, k, n = np.random.default_rng(5), 8, 1_500
    passes = chosen = 0
    for values in rng.normal(0.05, 0.01, (n, k)):
        several = Comparison("", tuple(audited(value, 0.01) for value in values))
        passes += any(one.outcome is Outcome.PASS for one in several.audited)
        chosen += several.exit_code == 0
    assert passes / n > 0.25  # what a bare PASS would come to: 1 - .95^8 is a third
    assert chosen / n <= 0.05 + 3.3 * np.sqrt(0.05 * 0.95 / n)


def test_of_one_candidate_the_choice_is_its_judgement() -> None:
    rng = np.random.default_rng(9)
    for value in rng.normal(0.03, 0.02, 300):
        one = audited(value, 0.01)
        assert bool(Comparison("", (one,)).chosen) == (one.outcome is Outcome.PASS)


def test_ranks_follow_judgements_and_never_estimates() -> None:
    wide, fair, bad, sure = audited(0.0, 0.1), audited(0.02, 0.001), audited(0.2, 0.01), audited(0.0, 0.001)
    several = Comparison("", (bad, wide, fair, sure))
    assert [(rank, one) for rank, one in several.ranked] == [(1, fair), (1, sure), (3, wide), (4, bad)]
    assert several.exit_code == 0
    assert Comparison("", (bad, bad)).exit_code == 1
    assert Comparison("", (bad, wide)).exit_code == 3


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


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_and_gives_the_same_bytes(
    compared: tuple[Comparison, Path, Path], tmp_path: Path
) -> None:
    _, plan, out = compared
    shutil.copyfile(plan, tmp_path / "plan.toml")
    here, source = tmp_path / "out", models(tmp_path / "models")
    asked = ["discover", str(source), "--plan", str(tmp_path / "plan.toml"), "--out", str(here)]
    command = [sys.executable, "-m", "auditkit", *asked]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    until = time.monotonic() + 120  # one is done by then, and the next is under way
    while not (here / "transformer.dose90" / "run" / "run.sqlite").exists() and time.monotonic() < until:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    first = (here / "transformer" / "auditkit.manifest.json").read_bytes()
    assert not (here / "transformer.dose90" / "step.json").exists()
    assert not (here / "step.json").exists()
    assert main(asked) == json.loads((out / "comparison.json").read_text())["exit_code"]
    assert (here / "transformer" / "auditkit.manifest.json").read_bytes() == first
    own = [f"{name}/{file}" for name in ("transformer", "transformer.dose90") for file in ("report.json", "step.json")]
    for file in ("comparison.json", "step.json", *own):  # and the models lie elsewhere, which changes nothing
        assert (here / file).read_bytes() == (out / file).read_bytes()
