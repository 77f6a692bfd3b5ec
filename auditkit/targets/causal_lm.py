"""A causal language model: what comes next, after what stands before.

It gives the chances of the next token after any words. So it goes on with them (`generate`), says how likely given
words were (`score`), and which of several would follow (`decide`). A sequence's probability is the product of its
tokens', each after those before it. Words are parted into tokens by the tokenizer, so where two parts meet the whole is
parted, and the tokens of the first part are taken off.
References
    Radford et al., Language Models are Unsupervised Multitask Learners (2019); Holtzman et al., ICLR (2020), the
    nucleus (top_p); Gao et al., lm-evaluation-harness (2021), where words meet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields
from functools import cached_property
from math import isfinite
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Attention, Said, Target
from auditkit.targets.batching import batches, budget
from auditkit.targets.choosing import chosen, offered
from auditkit.targets.continuing import Written, written
from auditkit.targets.drawing import Drawing
from auditkit.targets.framing import Frame, asked_in, context_ids, continued_ids, given_in
from auditkit.targets.holding import paired
from auditkit.targets.likelihood import Question, following, scored, words_of
from auditkit.targets.looking import looked
from auditkit.targets.noise import generator, uniforms
from auditkit.targets.pooling import embedded
from auditkit.targets.wording import NO_NUMBERS, NOTHING, Worded, blind, put_in


@dataclass(frozen=True)
class CausalLm(Target):
    """An `AutoModelForCausalLM` of transformers: a folder, a hub id, or live, as `(model, tokenizer)`.

    `generate` draws tokens (`temperature`, `top_k`, `top_p`, or `greedy`) until the model ends, a `stop` string has
    come, which is left out, or there are `max_tokens`. `decide` draws an option in proportion to the probability of all
    its tokens; with `greedy`, or at temperature 0, it takes the likeliest.

    A tokenizer's chat template is used for prompts with something given or with turns; with `chat=True` for all, with
    `chat=False` for none: then what is given, turns and words are joined, `joint` between those that no white space
    parts. In `score` what is given is words before the words; with turns, or `chat=True`, it is the question to which
    the scored words are the answer.

    `attention` is a layer and a head, counted from 0: answers tell where it looked, in `generate` and `score`.

    Raises `InputError` for a prompt that is too long, or without options to decide among. Words that the tokenizer has
    no token for are refused.

    >>> CausalLm("openai-community/gpt2", top_p=0.9).settings["top_p"]
    0.9
    """

    model: Any
    _: KW_ONLY
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    greedy: bool = False
    max_tokens: int = 64
    stop: str | Sequence[str] = ()
    chat: bool | None = None
    joint: str = " "
    attention: tuple[int, int] | None = None
    revision: str | None = None
    variant: str | None = None
    batch: int = 64
    device: str = "cpu"
    dtype: str = "float32"
    title: str = ""

    def __post_init__(self) -> None:
        Drawing(self.temperature, self.top_k, self.top_p)  # it says what is out of range
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop)
        object.__setattr__(self, "stop", tuple(filter(None, stop)))
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
        """The digest of the files of the model; of a live one, of its tensors and its tokenizer."""
        return self._held.fingerprint

    @property
    def settings(self) -> Mapping[str, Any]:
        """How tokens are drawn, and how a prompt is put."""
        drawing = {"temperature": self.temperature, "top_k": self.top_k, "top_p": self.top_p, "greedy": self.greedy}
        put = {"max_tokens": self.max_tokens, "stop": list(self.stop), "chat": self.chat, "joint": self.joint}
        looks = {} if self.attention is None else {"attention": list(self.attention)}
        return {**drawing, **put, **looks, "dtype": self._held.arithmetic}

    def generate(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Go on with each prompt's words: tells the log probability of the tokens made, its end among them."""
        self._checked(prompts, seeds)
        with self._held.asked() as model:
            frames = [asked_in(self._held, prompt, self.chat, self.joint) for prompt in prompts]
            refusals = self._held.unknown([frame.text for frame in frames])
            known = [k for k, refusal in enumerate(refusals) if refusal is None]
            contexts = [context_ids(self._held, frames[k]) for k in known]
            for context, k in zip(contexts, known, strict=True):
                self._held.fits([*context, 0], frames[k].text)
            made: dict[int, Written] = {}
            for group in batches([len(context) for context in contexts], budget(words_of(model))):
                some = [contexts[at] for at in group]
                made |= dict(zip(group, self._written(model, some, [seeds[known[at]] for at in group]), strict=True))
            return put_in(refusals, [self._said(model, contexts[at], made[at]) for at in range(len(contexts))])

    def score(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Tell the log probability of each prompt's words after what is given, and how many tokens they are."""
        self._checked(prompts, seeds)
        with self._held.asked() as model:
            refusals = self._held.unknown([f"{prompt.given} {prompt.text}" for prompt in prompts])
            known = [prompt for prompt, refusal in zip(prompts, refusals, strict=True) if refusal is None]
            pairs = [self._pair(prompt) for prompt in known]
            answers: list[Answer] = []
            for (context, own), logs in zip(pairs, scored(model, pairs, self._pad), strict=True):
                told = {"log_probability": sum(logs), "tokens": len(own)}
                looks = self._looked(model, [*context, *own])
                answers.append(Said("", told, looks) if isfinite(told["log_probability"]) else NO_NUMBERS)
            return put_in(refusals, answers)

    def decide(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Choose one of each prompt's options: tells the probability of each, and of all together.

        An option that begins another holds the other's probability too.
        """
        self._checked(prompts, seeds)
        with self._held.asked() as model:
            frames = [asked_in(self._held, prompt, self.chat, self.joint) for prompt in prompts]
            refusals = self._held.unknown([frame.text for frame in frames])
            known = [k for k, refusal in enumerate(refusals) if refusal is None]
            asks = [self._continuations(prompts[k], frames[k]) for k in known]
            answers: list[Answer] = []
            for k, logs in zip(known, following(model, asks, self._pad), strict=True):
                share = float(uniforms([generator(seeds[k])], ())[0])
                fine = all(map(isfinite, logs))
                first = self.greedy or self.temperature == 0
                answers.append(chosen(prompts[k].options, logs, share, greedy=first) if fine else NO_NUMBERS)
            return put_in(refusals, answers)

    def embed(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Tell the mean of the last layer's vectors over the tokens of each prompt's words."""
        self._checked(prompts, seeds)
        with self._held.asked() as model:
            return embedded(self._held, model.base_model, prompts)

    def _checked(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> None:
        paired(prompts, seeds)
        blind(prompts, self.title)

    def _written(self, model: Any, contexts: Sequence[Sequence[int]], seeds: Sequence[int]) -> list[Written]:
        rooms = [min(self.max_tokens, self._held.longest - len(context)) for context in contexts]
        streams = [generator(seed) for seed in seeds]
        return written(model, contexts, streams, self._drawing, pad=self._pad, rooms=rooms, ended=self._ended)

    def _ended(self, tokens: list[int]) -> bool:
        """Whether the last token is an end, or the words hold a stop string."""
        if tokens[-1] in self._ends:
            return True
        text = self._held.text(tokens) if self.stop else ""
        return any(word in text for word in self.stop)

    def _said(self, model: Any, context: Sequence[int], made: Written) -> Answer:
        """The words before any stop string, and what is told of the tokens."""
        text = self._held.text(made.tokens)
        text = text[: min([len(text), *(text.find(word) for word in self.stop if word in text)])]
        if not isfinite(made.log_probability):
            return NO_NUMBERS
        told = {"log_probability": made.log_probability, "tokens": len(made.tokens)}
        return Said(text, told, self._looked(model, [*context, *made.tokens])) if text.strip() else NOTHING

    def _pair(self, prompt: Prompt) -> tuple[list[int], list[int]]:
        """The tokens of what is given and of the words; raises `InputError` for no words, or too many."""
        frame = given_in(self._held, prompt, self.chat, self.joint)
        context, own = continued_ids(self._held, frame, prompt.text, self.joint)
        if not own:
            raise InputError(f"There are no words to score after {prompt.given!r}. Give the prompt a text.")
        self._held.fits([*context, *own][:-1], prompt.text)
        return context, own

    def _continuations(self, prompt: Prompt, frame: Frame) -> Question:
        """The tokens of a frame and of every option; raises `InputError` for options that cannot be told apart."""
        offered(prompt.options, prompt.text)
        found = [continued_ids(self._held, frame, option, self.joint) for option in prompt.options]
        for option, (context, own) in zip(prompt.options, found, strict=True):
            if not own or self._held.unread in own:
                raise InputError(f"{self.title} cannot spell the option {option!r}. Give words that it knows.")
            self._held.fits([*context, *own][:-1], f"{frame.text} {option}")
        if len({tuple(own) for _, own in found}) < len(found):
            raise InputError(
                f"{self.title} cannot tell the options {list(prompt.options)} apart: their tokens are one."
            )
        return Question(found[0][0], [own for _, own in found])

    def _looked(self, model: Any, ids: Sequence[int]) -> Attention | None:
        return None if self.attention is None else looked(self._held, model, ids, self.attention)

    @cached_property
    def _drawing(self) -> Drawing:
        return Drawing(self.temperature, self.top_k, self.top_p, self.greedy)

    @cached_property
    def _ends(self) -> frozenset[int]:
        """The tokens that end an answer."""
        model, told = self._held.opened, [self._held.tokenizer.eos_token_id]
        for config in (model.config, getattr(model, "generation_config", None)):
            ends = getattr(config, "eos_token_id", None)
            told += ends if isinstance(ends, list | tuple) else [ends]
        return frozenset(end for end in told if end is not None)

    @cached_property
    def _pad(self) -> int:
        """What fills a batch, and is never looked at."""
        return int(self._held.tokenizer.pad_token_id or 0)

    @cached_property
    def _held(self) -> Worded:
        own: dict[str, Any] = {"dtype": self.dtype, "device": self.device, "eager": self.attention is not None}
        return Worded(self.model, "AutoModelForCausalLM", revision=self.revision, variant=self.variant, **own)

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: the other process opens the weights itself."""
        self._held.sendable(self.title)
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
