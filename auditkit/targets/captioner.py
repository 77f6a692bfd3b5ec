"""A captioner: what a picture shows, in words.

A network reads the picture, and a language model that looks at what it read says one word after the other. The chances
of words are all it has, so a caption is drawn (`greedy=False`) or made of the likeliest words.
References
    Vinyals et al., CVPR (2015) 3156; Li et al., ICML (2022), BLIP; van Miltenburg, Elliott & Vossen, COLING (2018)
    1730, on what captions leave out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields
from functools import cached_property
from math import isfinite
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Said, Target
from auditkit.targets.drawing import Drawing
from auditkit.targets.holding import paired
from auditkit.targets.noise import generator
from auditkit.targets.seeing import Seeing, seeing_of
from auditkit.targets.showing import Shown
from auditkit.targets.wording import NO_NUMBERS, NOTHING


@dataclass(frozen=True)
class Captioner(Target):
    """A model of transformers that says what a picture shows: a folder, a hub id, or live.

    It is a `VisionEncoderDecoderModel` (ViT-GPT2), a `BlipForConditionalGeneration`, or any model of
    `AutoModelForImageTextToText`, as its configuration says; live it is `(model, processor)`, of a ViT-GPT2
    `(model, image processor, tokenizer)`. The words of a prompt are the question, or how the caption begins; the answer
    holds only what was added. Words are drawn (`temperature`, `top_k`, `top_p`), one uniform number of the seed each,
    or the likeliest taken (`greedy`), `max_tokens` at most.

    `score` tells how likely the prompt's words are as the caption of its picture, after what is `given`.

    Raises `InputError` for a prompt without a picture or with a mask, and for turns.

    >>> Captioner("Salesforce/blip-image-captioning-base", greedy=True).settings["greedy"]
    True
    """

    model: Any
    _: KW_ONLY
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    greedy: bool = False
    max_tokens: int = 48
    revision: str | None = None
    variant: str | None = None
    batch: int = 16
    device: str = "cpu"
    dtype: str = "float32"
    title: str = ""

    def __post_init__(self) -> None:
        Drawing(self.temperature, self.top_k, self.top_p)  # it says what is out of range
        if self.max_tokens < 1 or self.batch < 1:
            raise InputError(f"max_tokens is {self.max_tokens}, batch {self.batch}. Give at least 1.")
        if not self.title:
            object.__setattr__(self, "title", self._held.title)

    @property
    def portable(self) -> bool:  # type: ignore[override]  # the contract's attribute, read only
        """Whether it is made of a folder or an id."""
        return self._held.portable

    @property
    def fingerprint(self) -> str:
        """The digest of the files of the model; of a live one, of its tensors and of what prepares its input."""
        return self._held.fingerprint

    @property
    def settings(self) -> Mapping[str, Any]:
        """How words are drawn."""
        drawing = {"temperature": self.temperature, "top_k": self.top_k, "top_p": self.top_p, "greedy": self.greedy}
        return {**drawing, "max_tokens": self.max_tokens, "dtype": self._held.arithmetic}

    def caption(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Say what each prompt's picture shows: tells the log probability of the tokens, the end among them."""
        self._checked(prompts, seeds)
        with self._held.asked():
            seeing, streams = self._seeing, [generator(seed) for seed in seeds]
            made = seeing.said(prompts, streams, self._drawing, self.max_tokens) if prompts else []
            answers: list[Answer] = []
            for written in made:
                text = self._held.text(written.tokens).strip()
                told = {"log_probability": written.log_probability, "tokens": len(written.tokens)}
                fine = isfinite(written.log_probability)
                answers.append(NO_NUMBERS if not fine else Said(text, told) if text else NOTHING)
            return answers

    def score(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Tell the log probability of each prompt's words as the caption of its picture, the end not among them."""
        self._checked(prompts, seeds)
        if not all(prompt.text.strip() for prompt in prompts):
            raise InputError("This prompt has no words to score. Give it the caption as its text.")
        with self._held.asked():
            found = self._seeing.scored(prompts) if prompts else []
            told = [{"log_probability": sum(logs), "tokens": len(logs)} for logs in found]
            return [Said("", each) if isfinite(each["log_probability"]) else NO_NUMBERS for each in told]

    def _checked(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> None:
        paired(prompts, seeds)
        for prompt in prompts:
            if prompt.image is None or prompt.mask is not None:
                raise InputError(f"{self.title} says what one picture shows. Give the prompt an image, and no mask.")
            if prompt.turns:
                raise InputError(f"{self.title} holds no conversation. Leave the turns out.")

    @cached_property
    def _drawing(self) -> Drawing:
        return Drawing(self.temperature, self.top_k, self.top_p, self.greedy)

    @cached_property
    def _seeing(self) -> Seeing:
        return seeing_of(self._held)

    @cached_property
    def _held(self) -> Shown:
        return Shown(self.model, dtype=self.dtype, device=self.device, revision=self.revision, variant=self.variant)

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: the other process opens the weights itself."""
        self._held.sendable(self.title)
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
