from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import auditkit
from auditkit.core.annotator import Annotator
from auditkit.core.errors import InputError
from auditkit.core.generation import seed_of
from auditkit.core.probe import Prompt
from auditkit.detectors import selection
from auditkit.eliciting import Pace, elicit
from auditkit.probes import Neutral, Occupations
from auditkit.runs import Run
from tests.eliciting.dots import JOBS, PROBE, Dots, records


class Bright(Annotator):
    """Whether a picture is bright, and how often it was asked."""

    basis = "perceived by its mean"
    reads = "image"

    def __init__(self) -> None:
        self.asked = 0

    @property
    def fingerprint(self) -> str:
        return "bright"

    def read(self, outputs, /):
        self.asked += len(outputs)
        return {"brightness": [None if x is None else "bright" if x.mean() > 127 else "dark" for x in outputs]}


SMALL = Occupations(JOBS, templates=2, repeats=4)


def test_every_prompt_is_asked_as_often_as_the_design_says(tmp_path: Path) -> None:
    table = elicit(SMALL, Dots(), into=tmp_path).to_frame()
    assert len(table) == 40
    assert (table.groupby(["occupation", "template"]).size() == 4).all()
    assert table["seed"].is_unique
    assert set(table["answered"]) == {"yes", "no"}


def test_a_refusal_is_recorded_with_its_reason_and_has_no_picture(tmp_path: Path) -> None:
    table = elicit(PROBE, Dots(), into=tmp_path).to_frame()
    refused = table[table["answered"] == "no"]
    assert 5 < len(refused) < 45
    assert set(refused["because"]) == {"one in twenty"}
    assert refused["picture"].isna().all()


def test_refusals_become_findings_without_more_ado(tmp_path: Path) -> None:
    run = elicit(PROBE, Dots(), into=tmp_path)
    asked = selection.Refusal(answered="yes", versus="judge")
    report = auditkit.audit(run, asked, group="occupation", responded="answered")
    assert {finding.code for finding in report.findings} == {"selection.refusal"}
    assert auditkit.audit(str(tmp_path), asked, group="occupation", responded="answered").findings == report.findings


def test_a_prompt_that_raises_costs_that_prompt(tmp_path: Path) -> None:
    run = elicit(SMALL, Dots(faulty="pilot"), into=tmp_path)
    table = run.to_frame()
    failed = table[table["answered"].isna()]
    assert len(failed) == 8
    assert set(failed["occupation"]) == {"pilot"}
    assert set(failed["because"]) == {"ValueError: cannot draw pilot"}
    assert "8 failed" in str(run)


def test_the_same_design_draws_the_same_pictures_whatever_the_batch_and_the_workers(tmp_path: Path) -> None:
    elicit(PROBE, Dots(), into=tmp_path / "a")
    elicit(PROBE, Dots(), into=tmp_path / "b", batch=64)
    elicit(PROBE, Dots(), into=tmp_path / "c", workers=2)
    first, second, third = (Run(tmp_path / name).to_frame() for name in "abc")
    assert records(tmp_path / "a") == records(tmp_path / "c")
    assert third.equals(third)
    strip = [name for name in first.columns if name != "picture"]
    assert first[strip].equals(second[strip])
    assert set(records(tmp_path / "a")[1]) == set(records(tmp_path / "b")[1])


def test_batch_size_is_halved_where_memory_does_not_do_and_recorded(tmp_path: Path) -> None:
    run = elicit(SMALL, Dots(bound=3), into=tmp_path)
    assert len(run) == 40
    assert run.store.cuts() == [(0, 2)]
    assert {g.batch for g in run.store.generations()} == {2}
    alone = elicit(SMALL, Dots(bound=0), into=tmp_path / "none").to_frame()
    assert alone["answered"].isna().all()
    assert alone["because"].str.startswith("MemoryError").all()


def test_nothing_is_drawn_twice_and_other_readers_read_what_is_there(tmp_path: Path) -> None:
    log = tmp_path / "log"
    elicit(SMALL, Dots(str(log)), into=tmp_path / "run")
    reader = Bright()
    read = elicit(SMALL, Dots(str(log)), reader, into=tmp_path / "run").to_frame()
    elicit(SMALL, Dots(str(log)), reader, into=tmp_path / "run")
    assert log.stat().st_size == 40
    assert reader.asked == read["picture"].nunique()
    assert set(read["brightness"].dropna()) == {"bright", "dark"}
    assert read.attrs["auditkit.perceived"] == {"brightness": "perceived by its mean"}


def test_progress_tells_rate_and_what_is_left(tmp_path: Path) -> None:
    told: list[Pace] = []
    elicit(SMALL, Dots(), into=tmp_path, progress=told.append)
    assert [pace.done for pace in told] == [8, 16, 24, 32, 40]
    assert told[-1].left == 0
    assert all(pace.rate > 0 for pace in told)


def test_another_run_in_the_folder_is_refused(tmp_path: Path) -> None:
    elicit(SMALL, Dots(), into=tmp_path)
    with pytest.raises(InputError, match="holds another run: its probe"):
        elicit(PROBE, Dots(), into=tmp_path)
    with pytest.raises(InputError, match="its seed is 0 and not 1"):
        elicit(SMALL, Dots(), into=tmp_path, seed=1)


@pytest.mark.parametrize(
    ("probe", "target", "says"),
    [
        ("prompts", Dots(), "needs a probe"),
        (SMALL, "model", "needs a target"),
        (Occupations(["a"], templates=["text of {}"], repeats=0), Dots(), None),
    ],
)
def test_what_is_no_probe_or_target_is_said(tmp_path: Path, probe, target, says) -> None:
    if says is None:
        assert len(elicit(probe, target, into=tmp_path)) == 0
        return
    with pytest.raises(InputError, match=says):
        elicit(probe, target, into=tmp_path)


def test_a_live_object_is_not_sent_to_other_processes(tmp_path: Path) -> None:
    target = Dots()
    target.portable = False
    with pytest.raises(InputError, match="live object"):
        elicit(SMALL, target, into=tmp_path, workers=2)


def test_a_factor_that_is_a_column_of_every_run_is_refused(tmp_path: Path) -> None:
    class Bad(Neutral):
        def __iter__(self):
            yield Prompt("a", factors={"seed": "1"})

    with pytest.raises(InputError, match='factor named "seed"'):
        elicit(Bad(), Dots(), into=tmp_path)


def test_seeds_hang_on_prompt_and_repeat_alone() -> None:
    keys = [Prompt(text).key for text in "abcdefgh"]
    seeds = {seed_of(0, key, turn) for key in keys for turn in range(100)}
    assert len(seeds) == 800
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert seed_of(1, keys[0], 0) not in seeds


def test_prompts_differ_by_picture_mask_and_factors() -> None:
    blank, white = np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 255, np.uint8)
    made = [
        Prompt("a"),
        Prompt("b"),
        Prompt("a", blank),
        Prompt("a", white),
        Prompt("a", blank, blank[..., 0]),
        Prompt("a", factors={"x": "1"}),
        Prompt("a", blank.reshape(2, 8, 3)),
    ]
    assert len({prompt.key for prompt in made}) == len(made)


def test_records_are_json_and_in_the_order_of_the_design(tmp_path: Path) -> None:
    run = elicit(SMALL, Dots(), into=tmp_path)
    generations = list(run.store.generations())
    assert [g.replicate for g in generations] == sorted(g.replicate for g in generations)
    assert all(json.loads(g.to_json())["key"] == g.key for g in generations)
    assert len({g.key for g in generations}) == 40
