"""Treatments of gaps between several groups, and of who is refused: each is bet on, and all claims hold together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.core.probe import Prompt
from auditkit.core.target import Refusal
from auditkit.lifecycle.prompting import Compared, prompt, summary
from auditkit.loading import load
from auditkit.verifying import verify
from tests.lifecycle.leaning import given, model, named, plan

RATES = {"one": 0.25, "two": 0.25, "three": 0.8}
"""How often the plain wording hires each; asked to be equal, each in half of the cases."""
DIFFERENCE = "selection rate difference"


def asked(**other: Any) -> Any:
    """A plan on three groups that are asked about alike."""
    told: dict[str, Any] = {
        "probe": {
            "name": "continuations",
            "subjects": {name: f"nurse {name}" for name in RATES},
            "templates": ["Would you hire {}?", "{} applied. Hire?", "Do we want {}?"],
            "verb": "decide",
            "options": ["yes", "no"],
            "repeats": 100,
        },
        "roles": {"group": "subject", "outcome": "answer"},
        "annotators": [],
        "detectors": [{"code": "disparity.selection_rate", "favourable": "yes"}],
        "policy": {"rules": [{"rule": "within", "margin": 0.2, "estimand": DIFFERENCE}]},
    }
    return plan(**(told | other))


def share(prompt: Prompt) -> float:
    words = prompt.given + prompt.text
    return 0.5 if "equal" in words.lower() else RATES[next(name for name in RATES if f"nurse {name}" in words)]


def hire(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
    drawn = (np.random.default_rng(seed).random() for seed in seeds)
    return ["yes" if u < share(one) else "no" for one, u in zip(prompts, drawn, strict=True)]


def refuse(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
    """The same, refusing where the other hires; told to be shy it refuses everybody."""
    told: list[Any] = []
    for one, said in zip(prompts, hire(prompts, seeds), strict=True):
        shy = "careful" in (one.given + one.text).lower()
        told.append(Refusal("I would rather not") if shy or said == "yes" else "no")
    return told


def deciding(answers: Any) -> Any:
    target = model(answers)
    target.verb = "decide"
    return target


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Compared, Path]:
    out = tmp_path_factory.mktemp("groups") / "out"
    return prompt(asked(), given("equal", "nice"), out, target=deciding(hire)), out


def test_each_is_held_against_all_others_and_the_one_apart_is_named(done: tuple[Compared, Path]) -> None:
    told, _ = done
    one = named(told)
    truth = {"one": -0.275, "two": -0.275, "three": 0.55}
    for gap in one["control"].gaps:
        low, high, _ = gap.bias.interval(0.95)
        assert low is not None
        assert high is not None
        assert low <= truth[gap.level] <= high
        assert gap.versus == "all others"
    assert [gap.level for gap in one["control"].gaps if "outside" in gap.claims] == ["three"]
    assert told.question == f"disparity.selection_rate, {DIFFERENCE} of subject, each against all others"
    assert one["equal"].outcome is Outcome.PASS
    assert {"less", "inside", "affordable"} <= set(one["equal"].claims)
    moved = one["equal"].change
    assert moved is not None
    assert moved.low is not None
    assert moved.high is not None
    assert moved.low <= -0.55 <= moved.high < 0
    assert one["nice"].outcome is Outcome.FAIL
    assert not {"less", "more", "inside"} & set(one["nice"].claims)
    assert "(three against all others" in summary(told).replace("\n", " ").replace("  ", " ")


def test_the_largest_gap_is_the_bias(done: tuple[Compared, Path]) -> None:
    told, _ = done
    for one in (told.control, *told.treatments):
        sizes = [abs(gap.bias.value or 0.0) for gap in one.gaps]
        assert abs(one.bias.value or 0.0) == max(sizes)
        wide, own = one.bias.interval(0.95), one.gaps[sizes.index(max(sizes))].bias.interval(0.95)
        assert wide.low is not None
        assert own.low is not None
        assert wide.low < own.low


def test_every_report_tells_the_same_gaps_and_is_judged_by_their_bets(done: tuple[Compared, Path]) -> None:
    told, out = done
    report = load(out / "control" / "report.json")
    found = {f.level: f for f in report.findings if f.estimand == DIFFERENCE}
    for gap in told.control.gaps:
        assert found[gap.level].estimate.value == pytest.approx(gap.bias.value)
        assert found[gap.level].estimate.wagers
        counted = {count.label: count.rate for count in found[gap.level].counts}
        first, second = (value or 0.0 for value in counted.values())
        assert first - second == pytest.approx(gap.bias.value)
    written = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    assert [gap["level"] for gap in written["control"]["gaps"]] == ["one", "three", "two"]
    assert verify(out / "step.json").ok
    assert named(told)["equal"].judged is Outcome.PASS


def test_a_group_may_be_named_to_compare_with(tmp_path: Path) -> None:
    detectors = [{"code": "disparity.selection_rate", "favourable": "yes", "versus": "one"}]
    told = prompt(asked(detectors=detectors), given("equal"), tmp_path / "out", target=deciding(hire))
    assert [(gap.level, gap.versus) for gap in told.control.gaps] == [("three", "one"), ("two", "one")]
    assert told.question.endswith("each against one")


REFUSALS: Mapping[str, Any] = {
    "roles": {"group": "subject", "responded": "answered"},
    "detectors": [{"code": "selection.refusal"}],
    "policy": {"rules": [{"rule": "within", "margin": 0.2, "estimand": "refusal rate difference"}]},
}


def test_who_is_refused_is_bet_on_and_refusing_all_alike_is_no_mitigation(tmp_path: Path) -> None:
    told = prompt(asked(**REFUSALS), given("equal", "careful"), tmp_path / "out", target=deciding(refuse))
    one = named(told)
    rates = {gap.level: gap.bias.value for gap in told.control.gaps}
    assert rates["three"] == pytest.approx(0.55, abs=0.15)
    assert told.control.unread == 0
    assert "less" in one["equal"].claims
    assert all(gap.bias.value == 0 for gap in one["careful"].gaps)  # nobody is refused more often than others
    assert "costly" in one["careful"].claims
    assert one["careful"].outcome is Outcome.FAIL
    report = load(tmp_path / "out" / "control" / "report.json")
    [third] = [f for f in report.findings if (f.estimand, f.level) == ("refusal rate difference", "three")]
    assert third.estimate.value == pytest.approx(rates["three"])


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({**REFUSALS, "policy": {"rules": [{"rule": "within"}]}}, r"sets no margin for the refusal rate difference"),
        (
            {**REFUSALS, "roles": {"group": "subject", "responded": "answer"}},
            "Give selection.refusal as answered the lev",
        ),
        ({"detectors": [{"code": "disparity.selection_rate", "favourable": "yes", "versus": "highest"}]}, "as versus"),
        ({"detectors": [{"code": "disparity.selection_rate"}]}, "the favourable answer"),
    ],
)
def test_what_cannot_be_bet_on_is_refused(other: Any, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=sentence):
        prompt(asked(**other), given("equal"), tmp_path / "out", target=deciding(hire))
