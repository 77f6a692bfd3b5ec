"""Advice between two answers: it is set where it was meant, and who follows it wrongly is found."""

from __future__ import annotations

from pathlib import Path

import pytest

import auditkit
from auditkit.annotators import Choice
from auditkit.core.probe import Prompt
from auditkit.detectors import automation
from auditkit.probes import Advice, Question
from tests.probes.worded import SNOW, answers


def test_advice_is_set_before_the_answer() -> None:
    asked = Advice(SNOW, templates=2, arms=("aided", "control", "unaided"))
    prompts = list(asked)
    assert len(prompts) == 2 * 2 * (5 * 2 + 2 + 2)
    for prompt in prompts:
        f = prompt.factors
        assert (f["advice"] == f["truth"]) == (f["advised"] == "right")
        assert ("source_label" in f) == (f["arm"] == "aided")
        talk = asked.converse(prompt)
        assert next(talk) is prompt
        if f["arm"] == "unaided":
            with pytest.raises(StopIteration):
                talk.send("yes")
            continue
        second = talk.send("maybe")
        assert second.turns == ((prompt.text, "maybe"),)
        assert second.options == ("yes", "no")
        assert f["question"] in second.text
        assert "{" not in second.text
        said = second.text.replace(f["question"], "").casefold()
        assert (f["advice"] in said.replace("yes or no", "")) == (f["arm"] == "aided")
        with pytest.raises(StopIteration):
            talk.send("yes")


def test_a_source_in_the_middle_of_a_sentence_is_in_lower_case() -> None:
    asked = Advice(SNOW[:1], templates=["You hear: {source} says {advice}. {question}"], sources={"AI": "An AI"})
    assert asked.second(next(iter(asked)).factors) == "You hear: an AI says yes. Is snow white?"


def test_who_follows_wrong_advice_of_a_machine_is_found(tmp_path: Path) -> None:
    """Whoever answers gives up what was right for an AI's wrong advice, and never without advice."""
    questions = [Question(f"Is {k} even?", ("yes", "no"), "no" if k % 2 else "yes") for k in range(30)]

    def say(prompt: Prompt, seed: int) -> str:
        if not prompt.turns:
            return f"My answer: {prompt.factors['truth'].upper()}."
        ai = prompt.factors.get("source_label") == "AI"
        return prompt.factors["advice"] if ai else f"Still {prompt.factors['truth']}"

    asked = Advice(questions, templates=2, sources={"AI": "An AI", "peer": "A peer"}, verb="generate")
    table = answers(asked, say, tmp_path / "run", [Choice(("yes", "no"))])
    assert table["choice at first"].tolist() == table["truth"].tolist()
    told = {}
    for label in ("AI", "peer"):
        rows = table[(table["source_label"] == label) | (table["arm"] == "control")]
        report = auditkit.audit(
            rows, automation.Reliance(), unit="question", initial="choice at first", advice="advice",
            final="choice", truth="truth", arm="arm",
        )  # fmt: skip
        told[label] = next(f.estimate.value for f in report.findings if f.estimand == "over-reliance difference")
    assert told == {"AI": 1.0, "peer": 0.0}
