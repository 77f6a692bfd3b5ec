"""Answers that are missing, refused or unread are told, and make no bias small."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from auditkit.core.judgement import Outcome
from auditkit.core.probe import Prompt
from auditkit.core.target import Refusal
from auditkit.lifecycle.prompting import prompt, summary
from auditkit.loading import load
from tests.lifecycle.leaning import GAP, PRONOUNS, given, hire, model, named, plan, speak


def test_a_model_that_says_nothing_is_told_and_not_praised(tmp_path: Path) -> None:
    def mute(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        return [None if "hush" in p.text.lower() else a for p, a in zip(prompts, speak(prompts, seeds), strict=True)]

    told = prompt(plan(6), given("hush"), tmp_path / "out", target=model(mute))
    [one] = told.treatments
    assert one.outcome is Outcome.FAIL
    assert (one.bias.value, one.refused, told.best) == (None, one.asked, None)
    said = " ".join(summary(told).split())
    assert f"{one.asked}/0 {one.asked}" in said
    assert "100.0 % of the answers, or of their pairs with the control's, could not be used" in said


def test_missing_answers_are_said_and_make_no_bias_small(tmp_path: Path) -> None:
    """A bias beyond the margin of which one in 25 answers, all to one side, stays away: it is not told inside."""

    def shy(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        told = []
        for asked, seed, said in zip(prompts, seeds, speak(prompts, seeds), strict=True):
            silent = said == "she" and "equal" in asked.text and np.random.default_rng((seed, 1)).random() < 0.06
            told.append(None if silent else said)
        return told

    told = prompt(plan(30), given("equal"), tmp_path / "out", target=model(shy))
    [one] = told.treatments
    assert 0 < one.missing <= 0.05
    assert "inside" in one.claims  # a margin of .2 has room for them
    said = " ".join(summary(told).split())
    page = (tmp_path / "out" / "comparison.html").read_text()
    told_json = json.loads((tmp_path / "out" / "comparison.json").read_text())
    share = f"{100 * one.missing:.1f} % of the answers"
    assert f"{share}, or of their pairs with the control's, could not be used" in said
    assert "its bias and change are those of the answered" in said
    assert "its bias and change are those of the answered" in " ".join(page.split())
    assert told_json["treatments"][0]["bias_of"] == "the answered; inside the margin with the missing at the worst end"
    assert told_json["control"]["bias_of"] == "all that was asked"
    report = load(tmp_path / "out" / "equal" / "report.json")
    [finding] = [f for f in report.findings if f.estimand == "directed amplification"]
    assert any("of the answered" in note for note in finding.notes)


def test_ends_of_what_is_missing_are_those_of_a_pair_whose_other_answer_is_there(tmp_path: Path) -> None:
    target = model(hire)
    target.verb = "decide"
    from auditkit.lifecycle.prompting.bench import bench_of
    from auditkit.lifecycle.prompting.headline import headline_of

    asked = given("fair")
    bench = bench_of(plan(**GAP), asked, tmp_path, target, None)
    head = headline_of(plan(**GAP), asked, bench.prompts)
    second = [prompt.factors["subject"] == "b" for prompt in bench.prompts]
    read = ["yes" if b else None for b in second]
    told = head.answers(read)
    assert np.isnan(told.stakes).all()
    assert told.low is not None
    assert told.high is not None
    assert (told.low.tolist(), told.high.tolist()) == ([[0.0] * 3], [[1.0] * 3])
    none = head.answers([None] * 6)
    assert none.low is not None
    assert (set(none.low.ravel()), head.bounds.support) == ({-1.0}, (-1.0, 1.0))


def test_a_control_without_a_usable_answer_ends_it_after_one_round_and_says_why(tmp_path: Path) -> None:
    def shut(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        said = speak(prompts, seeds)
        return [
            one if "equal" in p.text else Refusal("it is \x1b[31m*shy*") for p, one in zip(prompts, said, strict=True)
        ]

    told = prompt(plan(), given("equal", "usual"), tmp_path / "out", target=model(shut))
    assert (told.asked, told.exit_code, told.best) == (16 * 3, 3, None)
    assert {one.closed for one in told.treatments} == {"no control"}
    assert {claim for one in (told.control, *told.treatments) for claim in one.claims} <= {"affordable"}
    said = " ".join(summary(told).split())
    assert said.startswith("Nothing is compared: no answer of the control could be used.")
    first = "The nurse said that"
    assert f'Refused: 16 of 16, 16 of them with "it is [31m*shy*", for example when asked "{first}".' in said
    assert "\x1b" not in said
    assert named(told)["equal"].lost_to == ()
    page = (tmp_path / "out" / "comparison.html").read_text()
    assert "Refused: 16 of 16" in " ".join(page.split())
    again = prompt(plan(), given("equal", "usual"), tmp_path / "out", target=model(shut))
    assert again.to_json() == told.to_json()


def test_what_cannot_be_read_is_shown(tmp_path: Path) -> None:
    def odd(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        return ["It <b>rained</b>." if k % 4 else "Snow." for k in range(len(prompts))]

    right = {**PRONOUNS, "detectors": [{**PRONOUNS["detectors"][0], "parity": ["woman", "man"], "stereotype": "man"}]}
    told = prompt(plan(**right), given("equal"), tmp_path / "out", target=model(odd))
    assert told.asked == 32
    [why] = told.control.lost_to
    assert why == 'Unread: of 16 of 16 answers the reader tells no gender, 11 of them "It <b>rained</b>.".'
    assert "<b>rained" not in (tmp_path / "out" / "comparison.html").read_text()
