"""A masked language model: which word stands in a slot, seen from both sides.

It has no probability of a sentence. A word's place is masked, and it says how likely every word is there (`fill_mask`).
Masking one word after the other and adding the logarithms gives the pseudo-log-likelihood (`score`), by which the two
sentences of a minimal pair are compared on the words that they share.
References
    Devlin et al., NAACL (2019) 4171; Salazar et al., ACL (2020) 2699; Nangia et al., EMNLP (2020) 1953.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, fields
from functools import cached_property
from math import isfinite
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.probe import MASK, Prompt
from auditkit.core.target import Answer, Attention, Said, Target
from auditkit.targets.choosing import chosen_or_other
from auditkit.targets.drawing import below
from auditkit.targets.framing import joined
from auditkit.targets.holding import paired
from auditkit.targets.looking import looked
from auditkit.targets.masking import copies, guessed, shared
from auditkit.targets.noise import generator, uniforms
from auditkit.targets.pooling import embedded
from auditkit.targets.slots import Slot, slot_of
from auditkit.targets.wording import NO_NUMBERS, Worded, blind, put_in


@dataclass(frozen=True)
class MaskedLm(Target):
    """An `AutoModelForMaskedLM` of transformers: a folder, a hub id, or live, as `(model, tokenizer)`.

    `fill_mask` draws the word of the slot, `[MASK]` in the prompt's words, from its options and the rest of the
    vocabulary. An option of several tokens has as many masks in the slot, filled from left to right: its probability is
    the product. Options of one token are drawn from one distribution; those of several are each held against others of
    their length, so that together they may have a mass above one: then nothing is left for the rest.

    `score` masks each token of the words in turn, those alone that `beside` shares where it is given. What is `given`
    stands before the words and is not scored. `attention` is a layer and a head, counted from 0: answers tell where it
    looked, in `fill_mask` and `score`.

    Raises `InputError` for words without a slot or with two, for options that cannot be spelled, for turns, and for a
    prompt that is too long. Words that the tokenizer has no token for are refused.

    >>> MaskedLm("google-bert/bert-base-uncased").verbs
    ('score', 'fill_mask', 'embed')
    """

    model: Any
    _: KW_ONLY
    joint: str = " "
    attention: tuple[int, int] | None = None
    revision: str | None = None
    variant: str | None = None
    batch: int = 64
    device: str = "cpu"
    dtype: str = "float32"
    title: str = ""

    def __post_init__(self) -> None:
        if self.batch < 1:
            raise InputError(f"batch is {self.batch}. Give at least 1.")
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
    def settings(self) -> dict[str, Any]:
        """How a prompt is put."""
        looks = {} if self.attention is None else {"attention": list(self.attention)}
        return {"joint": self.joint, **looks, "dtype": self._held.arithmetic}

    def fill_mask(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Draw the word of each prompt's slot: tells the probability of each option, and of all together."""
        self._checked(prompts, seeds)
        with self._held.asked() as model:
            texts = [self._slotted(prompt) for prompt in prompts]
            refusals = self._held.unknown([text.replace(MASK, "") for text in texts])
            known = [k for k, refusal in enumerate(refusals) if refusal is None]
            slots = [slot_of(self._held, texts[k], prompts[k].options) for k in known]
            asked, wanted = [copy for slot in slots for copy in slot.copies], [t for slot in slots for t in slot.wanted]
            logs = iter(guessed(model, asked, self._pad, wanted))
            shares = [float(uniforms([generator(seeds[k])], ())[0]) for k in known]
            answers = [
                self._filled(model, slot, [next(logs) for _ in slot.copies], share)
                for slot, share in zip(slots, shares, strict=True)
            ]
            return put_in(refusals, answers)

    def score(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Tell the pseudo-log-likelihood of each prompt's words, and how many tokens were scored."""
        self._checked(prompts, seeds)
        with self._held.asked() as model:
            refusals = self._held.unknown([f"{prompt.given} {prompt.text}" for prompt in prompts])
            known = [prompt for prompt, refusal in zip(prompts, refusals, strict=True) if refusal is None]
            whole = [self._places(prompt) for prompt in known]
            asked = [copies(ids, places, self._mask) for ids, places in whole]
            told = [ids[place] for ids, places in whole for place in places]
            logs = iter(guessed(model, [copy for some in asked for copy in some], self._pad, told))
            answers: list[Answer] = []
            for ids, places in whole:
                summed = sum(float(next(logs)) for _ in places)
                said = Said("", {"log_probability": summed, "tokens": len(places)}, self._looked(model, ids))
                answers.append(said if isfinite(summed) else NO_NUMBERS)
            return put_in(refusals, answers)

    def embed(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Tell the mean of the last layer's vectors over the tokens of each prompt's words."""
        self._checked(prompts, seeds)
        with self._held.asked() as model:
            return embedded(self._held, model.base_model, prompts)

    def _checked(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> None:
        paired(prompts, seeds)
        blind(prompts, self.title)
        if any(prompt.turns for prompt in prompts):
            raise InputError(f"{self.title} is a masked model and holds no conversation. Leave the turns out.")

    def _slotted(self, prompt: Prompt) -> str:
        """The words with one slot."""
        text = joined([prompt.given, prompt.text], self.joint)
        if (found := text.count(MASK)) != 1:
            raise InputError(f"{text!r} has {found} slots {MASK}. Give it one.")
        if self._held.tokenizer.mask_token_id is None:
            raise InputError(
                f"The tokenizer of {self.title} has no mask token. It is no masked model: ask for another."
            )
        return text

    def _filled(self, model: Any, slot: Slot, logs: Sequence[Any], share: float) -> Answer:
        import torch

        looks = self._looked(model, slot.copies[0].ids)
        if any(bool(each.isnan().any()) for each in logs):
            return NO_NUMBERS
        if slot.options:
            return chosen_or_other(slot.options, slot.summed(logs), share)._replace(attention=looks)
        token = int(below(logs[0].exp()[None], torch.tensor([share]))[0])
        return Said(self._held.tokens([token])[0], {"log_probability": float(logs[0][token])}, looks)

    def _places(self, prompt: Prompt) -> tuple[list[int], list[int]]:
        """The tokens of what is given and the words, and the places that are scored; raises `InputError` for none."""
        ids, start, end = self._read(prompt.given, prompt.text)
        places = list(range(start, end))
        if prompt.beside:
            other, first, last = self._read(prompt.given, prompt.beside)
            places = [start + k for k in shared(ids[start:end], other[first:last])]
        if not prompt.text.strip() or not places:
            raise InputError(f"There are no words to score in {prompt.text!r}. Give a text, one that shares some.")
        if self._held.tokenizer.mask_token_id is None:
            raise InputError(
                f"The tokenizer of {self.title} has no mask token. It is no masked model: ask for another."
            )
        return ids, places

    def _read(self, given: str, text: str) -> tuple[list[int], int, int]:
        """The tokens of what is given and the words, with those that stand around, and where the words lie."""
        whole, bare = joined([given, text], self.joint), self._held
        own, inner = bare.ids([whole, given])
        ids = list(bare.tokenizer(whole)["input_ids"])
        bare.fits(ids, whole)
        alike = next((k for k, (a, b) in enumerate(zip(own, inner, strict=False)) if a != b), min(len(own), len(inner)))
        before = len(bare.before)  # white space at the end of what is given may be a part of the first word
        return ids, before + alike, before + len(own)

    def _looked(self, model: Any, ids: Sequence[int]) -> Attention | None:
        return None if self.attention is None else looked(self._held, model, ids, self.attention)

    @cached_property
    def _mask(self) -> int:
        return int(self._held.tokenizer.mask_token_id)

    @cached_property
    def _pad(self) -> int:
        return int(self._held.tokenizer.pad_token_id or 0)

    @cached_property
    def _held(self) -> Worded:
        own: dict[str, Any] = {"dtype": self.dtype, "device": self.device, "eager": self.attention is not None}
        return Worded(self.model, "AutoModelForMaskedLM", revision=self.revision, variant=self.variant, **own)

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: the other process opens the weights itself."""
        self._held.sendable(self.title)
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
