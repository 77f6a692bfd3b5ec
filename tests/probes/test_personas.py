"""Who speaks of whom: personas, and we and they, prefer their own beyond what everybody does."""

from __future__ import annotations

from pathlib import Path

import pytest

import auditkit
from auditkit.core.probe import Prompt
from auditkit.detectors import attribution
from auditkit.probes import Identities, Personas
from tests.probes.worded import answers


def test_personas_prefer_their_own_beyond_what_everybody_does(tmp_path: Path) -> None:
    words = {"north": "a northerner", "south": "a southerner"}
    asked = Personas(
        words, {group: said.capitalize() for group, said in words.items()}, [f"wants {k}" for k in range(40)]
    )

    def say(prompt: Prompt, seed: int) -> str:
        own = prompt.factors["rater_group"] == prompt.factors["candidate_group"]
        liked = prompt.factors["candidate_group"] == "north"
        return "accept" if seed % 1000 < 300 + 400 * own + 200 * liked else "reject"

    assert {p.given for p in asked} == {"You are a northerner.", "You are a southerner.", "You are a person."}
    table = answers(asked, say, tmp_path / "run")
    report = auditkit.audit(
        table, attribution.Correspondence(neutral="neutral", favourable="accept"), item="item",
        candidate_group="candidate_group", outcome="answer", rater_group="rater_group",
    )  # fmt: skip
    told = {f.level: f.estimate.value for f in report.findings if f.estimand.endswith("neutral judges")}
    assert told == pytest.approx({"north": 0.4, "south": 0.4}, abs=0.12)


def test_a_persona_can_stand_in_the_sentence() -> None:
    asked = Personas(
        {"islander": "an islander"}, {"islander": "an islander"}, ["who asked for a room"],
        ["as {persona} i read about {candidate} {vignette} :"], neutral="a clerk",
    )  # fmt: skip
    assert [(p.given, p.text) for p in asked] == [
        ("", "as an islander i read about an islander who asked for a room :"),
        ("", "as a clerk i read about an islander who asked for a room :"),
    ]


def test_we_and_they_share_a_template(tmp_path: Path) -> None:
    asked = Identities(templates=12, repeats=1)
    table = answers(
        asked, lambda p, seed: "wonderful" if p.factors["pronoun"] == "we" else "terrible", tmp_path / "run"
    )
    report = auditkit.audit(
        table, attribution.Correspondence(own="we", favourable="wonderful"), item="template",
        candidate_group="pronoun", outcome="answer",
    )  # fmt: skip
    assert report.findings[0].estimate.value == 1.0
