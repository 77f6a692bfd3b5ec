"""A name that is changed, beside a placebo: what is kept, and whether a group matters beyond it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import auditkit
from auditkit.core.probe import Prompt
from auditkit.detectors import implicit
from auditkit.probes import Counterfactuals
from tests.probes.worded import NAMES, answers


def test_a_placebo_changes_the_name_and_keeps_the_group() -> None:
    group = {name: cue for cue, names in NAMES.items() for name in names}
    items: dict[str, dict[str, Counter]] = {}
    for prompt in Counterfactuals(NAMES, templates=3):
        f = prompt.factors
        assert group[f["name"]] == f["cue"]
        assert f["name"] in prompt.text
        items.setdefault(f["item"], {}).setdefault(f["arm"], Counter())[f["name"]] += 1
    assert len(items) == 6
    for arms in items.values():
        assert set(arms) == {"original", "placebo"}
        assert not set(arms["original"]) & set(arms["placebo"])


def test_a_neutral_placebo_changes_the_weekday_and_keeps_the_name() -> None:
    template = "On {neutral} I met {}. We"
    asked = Counterfactuals({"woman": ["Ann"], "man": ["Bob"]}, [template], ("Monday", "Tuesday"))
    told = {(p.factors["cue"], p.factors["arm"]): p.text for p in asked}
    assert told["woman", "original"] == "On Monday I met Ann. We"
    assert told["woman", "placebo"] == "On Tuesday I met Ann. We"
    assert len(told) == 4
    again = Counterfactuals({"woman": ["Ann"], "man": ["Bob"]}, ["I met {}."], again={"I met {}.": "I saw {}."})
    assert {p.factors["arm"]: p.text for p in again}["paraphrase"] == "I saw Bob."


@pytest.mark.parametrize("swayed", [False, True])
def test_a_name_that_matters_flips_beyond_the_placebo(swayed: bool, tmp_path: Path) -> None:
    """Every answer depends on the name's spelling; only the swayed one depends on the group too."""
    names = {"woman": [f"Ann{k}" for k in range(40)], "man": [f"Bob{k}" for k in range(40)]}
    asked = Counterfactuals(names, templates=12, verb="decide", options=("yes", "no"), repeats=1)

    def say(prompt: Prompt, seed: int) -> str:
        chance = 0.5 + (0.4 if "Ann" in prompt.text else -0.4) * swayed
        return "yes" if seed % 1000 / 1000 < chance else "no"

    table = answers(asked, say, tmp_path / "run")
    report = auditkit.audit(
        table,
        implicit.Counterfactual(favourable="yes", baseline="placebo", versus="man"),
        item="item", group="cue", outcome="answer", arm="arm", unit="template",
    )  # fmt: skip
    told = {f.estimand: f.estimate.value for f in report.findings}
    assert told["favourable rate difference"] == pytest.approx(0.8 * swayed, abs=0.08)
    assert (told["flips beyond the baseline"] > 0.5) == swayed
