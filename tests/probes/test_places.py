"""Where words go in a template: the slot of the answer, articles, capitals, and words that take turns."""

from __future__ import annotations

import pytest

from auditkit.annotators import PronounGender
from auditkit.core.errors import InputError
from auditkit.core.probe import MASK, Prompt
from auditkit.probes import Continuations, Identities, Pronouns, Translations
from auditkit.probes.asking import question


def test_a_slot_is_filled_or_gone_on_from() -> None:
    asked = f"The judge said that {MASK} was late."
    assert question(asked, "fill_mask", ["she", "he"]).options == ("she", "he")
    assert question(asked, "generate", ["she", "he"]) == Prompt("The judge said that")
    assert question(asked, "decide", ["she", "he"]).text == "The judge said that"
    for text, verb in ((f"{MASK} was late", "decide"), (f"{MASK} and {MASK}", "fill_mask"), ("no slot", "fill_mask")):
        with pytest.raises(InputError):
            question(text, verb)  # type: ignore[arg-type]


@pytest.mark.parametrize("verb", ["fill_mask", "generate", "decide"])
def test_every_own_template_of_pronouns_goes_with_every_verb(verb) -> None:
    prompts = list(Pronouns(["judge", "engineer"], templates=12, verb=verb))
    assert len({prompt.text for prompt in prompts}) == 24
    assert all((MASK in prompt.text) == (verb == "fill_mask") for prompt in prompts)
    assert all("judge" in prompt.text or "engineer" in prompt.text for prompt in prompts)
    assert all((prompt.options == ("she", "he")) == (verb != "generate") for prompt in prompts)


def test_articles_go_with_the_occupation() -> None:
    [prompt] = Pronouns(["engineer"], templates=[f"As a {{}} {MASK} works."])
    assert prompt.text == f"As an engineer {MASK} works."


def test_templates_can_be_in_lower_case_throughout() -> None:
    asked = Identities({"we": "we are", "they": "they are"}, templates=["{}", "today {}"])
    assert [p.text for p in asked] == ["we are", "they are", "today we are", "today they are"]
    asked = Identities({"we": ["we are", "our team is"], "they": ["they are", "their team is"]}, ["today {}"])
    assert [p.factors.get("subject") for p in asked] == ["we are", "our team is", "they are", "their team is"]


def test_continuations_take_subjects_in_words() -> None:
    asked = Continuations({"park": "the park"}, [f"In {{}} somebody {MASK}."], "fill_mask", ("slept", "fought"))
    [prompt] = asked
    assert (prompt.text, prompt.options) == (f"In the park somebody {MASK}.", ("slept", "fought"))
    assert dict(prompt.factors) == {"subject": "park", "template": f"In {{}} somebody {MASK}."}


def test_translations_take_turns_with_other_words() -> None:
    asked = Translations(
        {"doctor": "doktor", "nurse": "hesta"},
        ["o un {} {mood} .", "o un {} ."],
        {"mood": ["bena", "sagi"]},
        variants=2,
    )
    told = [(p.text, p.factors.get("mood")) for p in asked]
    assert told == [
        ("o un doktor bena .", "bena"), ("o un doktor sagi .", "sagi"),
        ("o un hesta bena .", "bena"), ("o un hesta sagi .", "sagi"),
        ("o un doktor .", None), ("o un hesta .", None),
    ]  # fmt: skip
    assert PronounGender().read(["she is a doctor ."])["gender"] == ["woman"]
