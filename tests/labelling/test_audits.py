"""The next audit puts its annotator right by what people said, or says why it does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import auditkit
from auditkit.cli import main
from auditkit.core.finding import Finding, Reference
from auditkit.core.report import Report
from auditkit.detectors import reporting, selection
from auditkit.eliciting import elicit
from auditkit.lab.portraits import Exact, Noisy, Painter, World, references
from auditkit.labelling import SKIPPED, label, sample
from auditkit.labels import FILE, Labels
from auditkit.pictures import open_picture
from auditkit.probes import Occupations, Unconditional
from auditkit.rendering import render
from auditkit.runs import Run

DARKER = reporting.GeneratorFrequency(references("skin"), stereotype="darker")
SHOWN = {"group": "skin", "context": "occupation"}
HALF = Reference({"darker": 0.5, "lighter": 0.5}, "half", "us")


def told(report: Report) -> Finding:
    return next(f for f in report.findings if f.estimand == "directed amplification")


def truly(run: Run, rater: str = "Ada", per_group: int = 100, attribute: str = "skin", seed: int = 0) -> None:
    """Somebody who sees what is there looks at a sample."""
    reader = Exact(("skin",))
    for task in sample(run, attribute, per_group, seed=seed, rater=rater):
        label(run, task, attribute, reader.read([open_picture(Path(task.shown))])["skin"][0], rater=rater)


def test_labels_take_the_readers_errors_out(portraits: Run) -> None:
    """A fair world, whose reader misses three darker portraits in ten."""
    raw = told(auditkit.audit(portraits, DARKER, **SHOWN))
    assert raw.interval(0.95).high < 0
    assert "uncorrected" in raw.sentence
    truly(portraits)
    report = auditkit.audit(portraits, DARKER, **SHOWN)
    right = told(report)
    assert report.recipe.roles["checked"] == ("skin (checked)",)
    assert right.interval(0.95).low < 0 < right.interval(0.95).high
    assert right.basis == "perceived by a reader with planted errors, put right by checked labels"
    assert "uncorrected" not in right.sentence
    assert right.caps == ()
    given = auditkit.audit(portraits, DARKER, checked="skin (checked)", **SHOWN)
    assert given.findings == report.findings
    assert "Column skin (checked): perceived by people." in report.recipe.notes


def test_what_was_looked_at_and_is_not_known_widens_what_is_told(portraits: Run) -> None:
    """One in five is skipped by Ada, or told otherwise by Bo, after all was told."""
    truly(portraits)
    sure = told(auditkit.audit(portraits, DARKER, **SHOWN))
    tasks = sample(portraits, "skin", 100, rater="Bo")
    for k, task in enumerate(tasks[:40]):
        label(portraits, task, "skin", SKIPPED if k % 2 else "neither", rater="Ada" if k % 2 else "Bo")
    report = auditkit.audit(portraits, DARKER, **SHOWN)
    unsure = told(report)
    assert unsure.notes[0].startswith(f"40 of {len(tasks)} rows that people looked at could not be told, were skipped")
    inner, outer = sure.interval(0.95), unsure.interval(0.95)
    assert outer.low < inner.low < inner.high < outer.high
    assert unsure.caps == ()
    assert "could not be told" in render(report, auditkit.gate(report))


def test_every_further_label_changes_the_evidence(portraits: Run) -> None:
    truly(portraits, per_group=20)
    first = auditkit.audit(portraits, DARKER, **SHOWN)
    assert {cap.because for cap in told(first).caps} == {"only 40 checked rows of all concepts; 100 are needed"}
    truly(portraits, per_group=21)
    second = auditkit.audit(portraits, DARKER, **SHOWN)
    assert auditkit.gate(first).report_hash != auditkit.gate(second).report_hash
    assert told(first).estimate != told(second).estimate


def test_what_is_given_is_not_replaced(portraits: Run) -> None:
    truly(portraits, per_group=5)
    other = auditkit.audit(portraits, DARKER, checked=None, **SHOWN)
    assert "checked" not in other.recipe.roles
    assert "uncorrected" in told(other).sentence


def noted(report: Report) -> str:
    [note] = [note for note in report.recipe.notes if note.startswith("Labels in")]
    assert "checked" not in report.recipe.roles
    return note


def test_labels_that_are_not_used_are_said_to_be(portraits: Run) -> None:
    truly(portraits, per_group=5)
    several = auditkit.audit(portraits, reporting.GeneratorFrequency(HALF), group=["skin", "answered"])
    assert "there are several groups" in noted(several)
    refusals = auditkit.audit(portraits, selection.Refusal(answered="yes"), group="skin", responded="answered")
    assert "no detector here takes any" in noted(refusals)
    prompts = reporting.GeneratorFrequency(HALF, stereotype="darker", estimand="a sample of prompts")
    sampled = auditkit.audit(portraits, prompts, group="skin", unit="prompt")
    assert "a sample of prompts takes none" in noted(sampled)
    assert told(sampled).estimate.value is not None
    others = auditkit.audit(portraits, selection.Refusal(answered="yes"), group="occupation", responded="answered")
    assert not any(note.startswith("Labels") for note in others.recipe.notes)


def test_a_run_that_its_questions_stopped_is_not_put_right(tmp_path: Path) -> None:
    asked = {"questions": (DARKER, SHOWN), "budget": 200, "batch": 8}
    run = elicit(Occupations(("judge", "nurse"), 2), Painter(World(0.9)), Exact(("skin",)), into=tmp_path, **asked)
    truly(run, per_group=5)
    assert "stopped by its questions" in noted(auditkit.audit(run, DARKER, **SHOWN))


def test_runs_beside_each_other_are_put_right_in_all_or_in_none(tmp_path: Path) -> None:
    reader = Noisy("skin", {"darker": 0.3})
    runs = {
        name: elicit(Unconditional(150), Painter(World(), side=32), reader, into=tmp_path / name, seed=seed)
        for name, seed in (("real", 1), ("generated", 2))
    }
    learned = reporting.GeneratorFrequency(real="real", stereotype="darker")
    truly(runs["generated"])
    one = auditkit.audit(runs, learned, group="skin")
    assert "not every run has some" in noted(one)
    assert told(one).estimate.value is not None
    truly(runs["real"])
    both = auditkit.audit(runs, learned, group="skin")
    assert both.recipe.roles["checked"] == ("skin (checked)",)
    assert told(both).interval(0.95).low < 0 < told(both).interval(0.95).high


def test_a_level_that_no_reference_knows_is_said(portraits: Run) -> None:
    label(portraits, sample(portraits, "skin", rater="Ada")[0], "skin", "<script>", rater="<b>")
    [silent] = auditkit.audit(portraits, DARKER, **SHOWN).not_assessed
    assert silent.because.startswith("the reference has no share for: <script>;")


def test_texts_are_put_right_too(texts: Run) -> None:
    """People know that it is she of whom "he hums" is said."""
    asked = reporting.GeneratorFrequency(Reference({"she": 0.7, "he": 0.3}, "the sayings", "us"), stereotype="she")
    raw = told(auditkit.audit(texts, asked, group="who"))
    for task in sample(texts, "who", rater="Ada"):
        label(texts, task, "who", "he" if task.shown == "he sings" else "she", rater="Ada")
    report = auditkit.audit(texts, asked, group="who")
    read = texts.to_frame().dropna(subset="who")
    gap = 0.3 - (read["answer"] == "he sings").mean()
    assert told(report).estimate.value == pytest.approx(gap, abs=0.05)
    assert told(report).estimate.value > raw.estimate.value + 0.05
    assert "put right by checked labels" in render(report, auditkit.gate(report))


PLAN = """
[probe]
name = "occupations"
occupations = ["the judge", "the nurse"]
templates = ["{}"]
repeats = 60

[target]
name = "folder"
path = "pictures"

[[annotators]]
name = "skin_tone"

[roles]
group = "skin"
context = "occupation"

[[detectors]]
code = "reporting.generator_frequency"
parity = ["darker", "lighter"]
stereotype = "darker"
"""


def test_a_plan_that_is_run_again_is_corrected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    for job in ("the judge", "the nurse"):
        (tmp_path / "pictures" / job).mkdir(parents=True)
        for k in range(60):
            colour = (130, 92, 67) if rng.random() < 0.4 else (231, 190, 160)
            face = np.clip(np.full((8, 8, 3), colour) + rng.integers(-3, 4, (8, 8, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(face).save(tmp_path / "pictures" / job / f"{k:02}.png")
    (tmp_path / "plan.toml").write_text(PLAN)
    command = ["run", str(tmp_path / "plan.toml"), "--out", str(tmp_path / "out")]
    assert main(command) in (0, 1, 3)
    before = auditkit.load(tmp_path / "out" / "report.json")
    assert isinstance(before, Report)
    folder = tmp_path / "out" / "run"
    table = Run(folder).to_frame().set_index("picture")["skin"]
    for task in sample(folder, "skin", 50, rater="Ada"):  # every fifth lighter one is darker, to Ada
        flip = table[task.shown] == "lighter" and int(task.output[:8], 16) % 5 == 0
        label(folder, task, "skin", "darker" if flip else table[task.shown], rater="Ada")
    assert main(command) in (0, 1, 3)
    after = auditkit.load(tmp_path / "out" / "report.json")
    assert isinstance(after, Report)
    assert "checked" not in before.recipe.roles
    assert after.recipe.roles["checked"] == ("skin (checked)",)
    assert told(after).estimate.value > told(before).estimate.value + 0.05
    assert "put right by checked labels" in (tmp_path / "out" / "report.html").read_text()
    assert not capsys.readouterr().err.count("Traceback")


@pytest.mark.slow
def test_corrected_audits_of_one_run_hold_the_truth(tmp_path: Path) -> None:
    """Of 200 people who each look at forty of each reading, nearly all are told an interval that holds the truth."""
    asked, reader = (
        Occupations(("doctor", "nurse"), templates=5, repeats=60),
        Noisy("skin", {"darker": 0.3, "lighter": 0.1}),
    )
    run = elicit(asked, Painter(World(), side=32), reader, into=tmp_path)
    table = run.to_frame()
    pictures = [open_picture(Path(path)) for path in table["picture"]]
    truth = dict(zip(table["picture"], Exact(("skin",)).read(pictures)["skin"], strict=True))
    jobs = [[truth[path] == "darker" for path in some] for _, some in table.groupby("occupation")["picture"]]
    share, held = np.mean([np.mean(job) for job in jobs]), 0
    for seed in range(100):
        (tmp_path / FILE).unlink(missing_ok=True)
        tasks = sample(run, "skin", 40, seed=seed, rater="Ada")
        for level in ("darker", "lighter"):  # in one go, for the sake of time
            answers = [key for task in tasks if truth[task.shown] == level for key in task.answers]
            Labels(tmp_path).give(answers, "skin", "Ada", level)
        audited = auditkit.audit(run, reporting.GeneratorFrequency(HALF, stereotype="darker"), **SHOWN)
        low, high, _ = told(audited).interval(0.95)
        held += low <= share - 0.5 <= high
    assert held >= 90


def test_labels_of_an_attribute_that_two_annotators_read_are_not_used_and_it_is_said(portraits: Run) -> None:
    """They were drawn within the levels that one of them read, and are no random sample within those of the other."""
    for task in sample(portraits, "skin", 20, rater="Ada"):
        label(portraits, task, "skin", "darker", rater="Ada")
    asked = Occupations(("doctor", "nurse", "chef", "pilot"), templates=5, repeats=20)
    again = elicit(asked, Painter(World(), side=32), Noisy("skin", {"darker": 0.1}), into=portraits.folder)
    report = auditkit.audit(again, DARKER, **SHOWN)
    assert any("several annotators have read it" in note for note in report.recipe.notes)
    assert "checked" not in report.recipe.roles
