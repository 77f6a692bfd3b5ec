"""A model under a treatment: the same prompts, keys and seeds as without it, put to the model in other words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt, Verb
from auditkit.core.target import Answer, Target
from auditkit.lifecycle.prompting.treatments import Treatment

ANSWERED: tuple[Verb, ...] = ("sample", "edit", "generate", "fill_mask", "caption", "decide")
"""What is answered; the likelihood or the vector of given words is a number of other words under a template."""


class Treated(Target):
    """A target that is asked every prompt as a treatment words it.

    What a run records is the plan's own prompt, so that answers under every treatment pair by prompt and seed: the
    treatment is part of the model, as a deployed system message is, and of its fingerprint.
    """

    def __init__(self, target: Target, treatment: Treatment) -> None:
        self.target, self.treatment = target, treatment
        self.title = f"{target.title}, {treatment.name}"
        self.batch, self.portable, self.concurrent = target.batch, target.portable, target.concurrent

    @property
    def fingerprint(self) -> str:
        """The digest of the model's and of the treatment's words."""
        told = json.dumps([self.target.fingerprint, self.treatment.template, self.treatment.system])
        return hashlib.sha256(told.encode()).hexdigest()

    @property
    def settings(self) -> Mapping[str, Any]:
        """The model's, and the treatment's words."""
        return {**self.target.settings, "template": self.treatment.template, "system": self.treatment.system}

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """The model's."""
        return self.target.verbs

    def sample(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """A picture for each prompt."""
        return self.target.sample(self._worded(prompts), seeds)

    def edit(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Each prompt's picture, changed."""
        return self.target.edit(self._worded(prompts), seeds)

    def generate(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """A text for each prompt."""
        return self.target.generate(self._worded(prompts), seeds)

    def fill_mask(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """A word for each prompt's slot."""
        return self.target.fill_mask(self._worded(prompts), seeds)

    def caption(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """What is said of each prompt's picture."""
        return self.target.caption(self._worded(prompts), seeds)

    def decide(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """One of each prompt's options."""
        return self.target.decide(self._worded(prompts), seeds)

    def _worded(self, prompts: Sequence[Prompt]) -> list[Prompt]:
        return [worded(prompt, self.treatment) for prompt in prompts]


def worded(prompt: Prompt, treatment: Treatment) -> Prompt:
    """A prompt in a treatment's words: its text, every earlier question, and the system message before what is given.

    >>> worded(Prompt("A nurse is", given="Be brief."), Treatment("fair", "Think. {prompt}", "Be fair.")).given
    'Be fair.\\n\\nBe brief.'
    """
    given = "\n\n".join(filter(None, (treatment.system, prompt.given)))
    turns = tuple((treatment.worded(asked), answer) for asked, answer in prompt.turns)
    return replace(prompt, text=treatment.worded(prompt.text), given=given, turns=turns)


def treated(target: Target, treatment: Treatment, asks: Verb) -> Target:
    """The target under a treatment; the target itself where that changes nothing.

    Raises `InputError` for a system message to a target that has no place for one, and for what is not answered.
    """
    if asks not in ANSWERED:
        raise InputError(
            f"The probe asks to {asks}, and a template would be part of what is measured. Treatments compare answers: "
            f"take a probe that asks to {', '.join(ANSWERED)}."
        )
    if treatment.system and (why := _systemless(target)):
        raise InputError(f'"{treatment.name}" has a system message, and {why}. Put its words into a template.')
    return target if treatment.bare else Treated(target, treatment)


def _systemless(target: Target) -> str:
    """Why a target takes no system message; empty where it does."""
    if target.name == "endpoint":
        return (
            "" if getattr(target, "api", "") == "chat" else f"{target.title} is asked for completions, without messages"
        )
    if target.name == "causal_lm":
        from auditkit.targets.wording import Worded

        model, revision = getattr(target, "model", None), getattr(target, "revision", None)
        cpu: dict[str, Any] = {"dtype": "float32", "device": "cpu"}  # only the tokenizer is opened
        speaks = Worded(model, "AutoModelForCausalLM", revision=revision, **cpu).tokenizer
        if getattr(target, "chat", None) is False or not getattr(speaks, "chat_template", None):
            return f"{target.title} uses no chat template, in which it would stand"
        return ""
    if target.name == "function" and target.verbs[0] in ("generate", "caption", "decide"):
        return f"{target.title} sees texts alone" if getattr(target, "plain", False) else ""
    return f"a target of the kind {target.name} takes none"
