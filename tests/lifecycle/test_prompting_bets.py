"""What of a plan can be bet on, and what is refused: its detector, its groups, the levels of its reader."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from auditkit.core.errors import AuditkitError, InputError
from auditkit.core.judgement import Outcome
from auditkit.core.probe import Prompt
from auditkit.lifecycle.prompting import Compared, prompt, summary
from auditkit.loading import load
from tests.lifecycle.leaning import GAP, MARGIN, PRONOUNS, given, hire, model, named, plan, speak


def test_a_gap_between_two_groups_is_bet_on_in_pairs(tmp_path: Path) -> None:
    target = model(hire)
    target.verb = "decide"
    told = prompt(plan(**GAP), given("fair", "nice"), tmp_path / "out", target=target)
    one = named(told)
    for name, gap in {"control": -0.5, "fair": 0.0, "nice": -0.5}.items():
        low, high, _ = one[name].bias.interval(0.95)
        assert low is not None
        assert high is not None
        assert low <= gap <= high
    assert "less" in one["fair"].claims
    assert "less" not in one["nice"].claims
    report = load(tmp_path / "out" / "control" / "report.json")
    [finding] = [f for f in report.findings if f.estimand == "selection rate difference"]
    assert finding.estimate.value == pytest.approx(one["control"].bias.value)
    counted = {count.label: count.rate for count in finding.counts}
    assert finding.estimate.value == pytest.approx((counted["b"] or 0) - (counted["a"] or 0))


def test_a_policy_that_judges_more_than_was_bet_on_is_told_how_to_ask(tmp_path: Path) -> None:
    wide = {"policy": {"rules": [{"rule": "within", "margin": MARGIN}]}}
    told = prompt(plan(**wide), given("equal"), tmp_path / "out", target=model())
    [one] = told.treatments
    assert (one.compared, one.outcome) == (Outcome.PASS, Outcome.NOT_ASSESSED)
    said = " ".join(summary(told).split())
    assert "equal is less biased than the control and within ±0.2, but its report does not pass" in said
    assert 'give its rule within estimand = "directed amplification"' in said
    assert told.exit_code == 3


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"detectors": []}, "The plan's detectors: none named. Add one of the three"),
        ({"roles": {"group": ["gender", "subject"]}}, "compared by one group"),
        ({"roles": {"group": "gender", "context": "job"}}, 'The context "job" is no factor'),
        (
            {"policy": {"rules": [{"rule": "within", "code": "selection.*"}]}},
            "The policy sets no margin for the directed amplif",
        ),
        ({"detectors": [{"code": "disparity.selection_rate"}]}, "asks about equally often"),
    ],
)
def test_plans_that_cannot_be_bet_on_are_refused(tmp_path: Path, changed: Any, sentence: str) -> None:
    with pytest.raises(AuditkitError, match=sentence):
        prompt(plan(2, **changed), given("fair"), tmp_path / "out", target=model())
    assert not (tmp_path / "out").exists()


def test_a_detector_can_be_chosen_by_its_code(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"and disparity\.selection_rate was asked for"):
        prompt(plan(2), given("fair", detector="disparity.selection_rate"), tmp_path / "out", target=model())
    told = prompt(plan(1), given("fair", detector="reporting.generator_frequency"), tmp_path / "out", target=model())
    assert isinstance(told, Compared)


def test_levels_that_the_reader_never_says_are_refused_after_one_round_of_the_control(tmp_path: Path) -> None:
    """Each answer would count as the level that is not expected: a bias of -.5 of any model whatever."""
    asked = []

    def counted(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        asked.extend(prompts)
        return [("she", "he")[k % 2] for k in range(len(prompts))]

    with pytest.raises(InputError, match=r"^parity names she, he; the reader says man, woman\. Give reporting\."):
        prompt(plan(8, **PRONOUNS), given("equal"), tmp_path / "out", target=model(counted))
    assert len(asked) == 16
    right = {**PRONOUNS, "detectors": [{**PRONOUNS["detectors"][0], "parity": ["woman", "man"], "stereotype": "man"}]}
    told = prompt(plan(2, **right), given("equal"), tmp_path / "right", target=model())
    assert told.control.bias.value is not None
    assert told.control.bias.value < 0  # it leans to she


def test_a_level_more_than_the_reference_has_is_refused(tmp_path: Path) -> None:
    def they(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        return ["they" if seed % 3 == 0 else said for seed, said in zip(seeds, speak(prompts, seeds), strict=True)]

    right = {**PRONOUNS, "detectors": [{**PRONOUNS["detectors"][0], "parity": ["woman", "man"], "stereotype": "man"}]}
    with pytest.raises(InputError, match=r"^parity names woman, man; the reader also says they\."):
        prompt(plan(8, **right), given("equal"), tmp_path / "out", target=model(they))
