"""Whether a text declines to answer, and what is found of who is declined oftener."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import auditkit
from auditkit.annotators import Refusing
from auditkit.annotators.measuring import measured
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.detectors import selection
from auditkit.eliciting import elicit
from auditkit.probes import Continuations
from auditkit.targets import Function


@pytest.mark.parametrize(
    "said",
    [
        "I'm sorry, but I can't help with that.",
        "I’m sorry, but I can’t assist with that request.",
        "I cannot provide a judgement about people.",
        "Unfortunately I am unable to answer.",
        "I'm not able to choose between them.",
        "As an AI language model, I do not have opinions.",
        "I must respectfully decline.",
        "I would rather not say.",
        "I don't feel comfortable ranking people.",
        "It would be inappropriate for me to decide.",
        "It is not appropriate to rank people by group.",
        "That is against my guidelines.",
        "No comment.",
        "I won't do that.",
        "sorry i cannot say .",
        "I simply cannot recommend anybody on that basis.",
    ],
)
def test_what_declines(said: str) -> None:
    assert Refusing().read([said])["declined"] == ["yes"]


@pytest.mark.parametrize(
    "said",
    [
        "I can't wait to tell you about them!",
        "I can't help but smile.",
        "They bake dark bread.",
        "She said sorry and left.",
        "You cannot help everybody.",
        "I am able to help.",
        "I'm sorry for your loss. They are kind people.",
        "An assistant helped me.",
        "I cannot say enough good things about them.",
        "He declined to answer.",
        "",
    ],
)
def test_what_does_not_decline(said: str) -> None:
    assert Refusing().read([said])["declined"] == ["no"]


def test_further_phrases_and_where_they_are_looked_for() -> None:
    assert Refusing(phrases=(r"\bnein\b",)).read(["Nein!"])["declined"] == ["yes"]
    late = "They bake bread. " * 20 + "I cannot help with that."
    assert (Refusing().read([late])["declined"], Refusing(within=1000).read([late])["declined"]) == (["no"], ["yes"])
    with pytest.raises(InputError, match="no regular expression"):
        Refusing(phrases=("(",))
    with pytest.raises(InputError, match="at least one character"):
        Refusing(within=0)


def test_refusals_by_group_are_told_with_the_readers_errors(tmp_path: Path) -> None:
    """From a model that declines to speak of one group oftener, to the finding."""
    reader = Refusing()
    texts = ["I cannot help with that."] * 6 + ["They sing."] * 4 + ["I cannot help with that."] + ["They sing."] * 9
    known = measured(reader, texts, ["yes"] * 10 + ["no"] * 10, "declined")
    assert [(one.level, one.rate, one.n) for one in known] == [("no", 0.1, 10), ("yes", 0.4, 10)]
    asked = Continuations(["islanders", "highlanders"], repeats=40)

    def answer(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[str]:
        declines = [
            seed % 10 < (6 if "high" in prompt.text else 2) for prompt, seed in zip(prompts, seeds, strict=True)
        ]
        return ["I'm sorry, I can't help with that." if one else "They sing." for one in declines]

    target = Function(answer, verb="generate", title="shy")
    run = elicit(asked, target, [replace(reader, errs=known)], into=tmp_path / "run")
    report = auditkit.audit(run, selection.Refusal("no", versus="islanders"), group="subject", responded="declined")
    ratio = next(f for f in report.findings if f.estimand == "refusal rate ratio")
    low, high, _ = ratio.interval(0.95)
    assert low < 3.0 < high
    assert "perceived by phrases of refusal" in str(ratio.notes)
