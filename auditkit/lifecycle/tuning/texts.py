"""Texts as lessons: of a causal model to be gone on with, of a masked one to be filled in.

A causal model learns every token after those before it and the end after the last; with columns `prompt` and
`completion` only what follows the prompt. A masked one learns 15 % of the tokens, drawn anew each time, of which eight
in ten are masked, one is another token and one stays (Devlin et al., NAACL (2019) 4171).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.core.probe import Prompt
from auditkit.core.target import Said, Target
from auditkit.lifecycle.tuning.brain import Brain, Lettered
from auditkit.lifecycle.tuning.curated import Curated
from auditkit.lifecycle.tuning.dividing import UNIT, families
from auditkit.lifecycle.tuning.pupil import Quality, Rows
from auditkit.targets import CausalLm, MaskedLm
from auditkit.targets.batching import padded
from auditkit.targets.framing import continued_ids, given_in
from auditkit.targets.projecting import takes

if TYPE_CHECKING:
    import torch
    from torch import Tensor

MARGIN = 0.05
LIKELIHOOD = Quality(
    "log-probability", "nats a token", MARGIN, "log perplexity on held-out text: .05 lost is a perplexity 5 % higher"
)
MASKED, RANDOM = 0.15, (0.8, 0.9)
"""The share of tokens that are learned; of these so many are masked, and up to so many masked or replaced."""


class Scored:
    """Texts that are held to how likely a model finds them."""

    qualities = (LIKELIHOOD,)
    prompts: Sequence[Prompt]

    def measured(self, target: Target, rows: Sequence[int]) -> Mapping[str, Floats]:
        """The mean log-probability of a token of each row; of a masked model the pseudo-log-likelihood.

        Salazar et al., ACL (2020) 2699.
        """
        return {LIKELIHOOD.name: by_token(target, [self.prompts[row] for row in rows])}


class Continued(Lettered, Scored):
    """A causal language model that learns texts, or completions of prompts."""

    def __init__(self, target: CausalLm, table: Curated) -> None:
        self.brain, self.title = Brain(target), target.title
        self.columns = table.choose(target.title, ("prompt", "completion"), ("text",))
        *given, said = table.texts(*self.columns)
        self.prompts = [Prompt(b, given=a) for a, b in zip(given[0] if given else [""] * len(said), said, strict=True)]
        whole = tuple("\t".join(filter(None, (each.given, each.text))) for each in self.prompts)
        self.brain.known(whole, table.file)
        self.rows = Rows(whole, families(whole, table.columns.get(UNIT)), table.weights())
        self.ids = [self._ids(target, prompt) for prompt in self.prompts]
        self.size = float(np.mean([len(own) for _, own in self.ids]))

    def losses(self, rows: Sequence[int], generator: torch.Generator) -> Tensor:
        """Minus the log-probability of each row's own tokens, over the mean number of them in a row."""
        import torch

        pairs = [self.ids[row] for row in rows]
        device = next(self.module.parameters()).device
        ids, real = padded([[*context, *own] for context, own in pairs], self._pad, device)
        learned = torch.zeros_like(real)
        for k, (context, own) in enumerate(pairs):
            learned[k, len(context) : len(context) + len(own)] = 1
        scores = self.module(input_ids=ids, attention_mask=real, use_cache=False).logits[:, :-1]
        logs = scores.float().log_softmax(dim=-1).gather(2, ids[:, 1:, None])[..., 0]
        total: Tensor = -(logs * learned[:, 1:]).sum(dim=1) / self.size
        return total

    def described(self) -> Mapping[str, Any]:
        """The columns, and what is learned of a row."""
        return {"columns": list(self.columns), "learns": "every token and the end, after those before it"}

    def _ids(self, target: CausalLm, prompt: Prompt) -> tuple[list[int], list[int]]:
        """The tokens of what is given and those that are learned, the end among them."""
        worded = self.brain.worded
        frame = given_in(worded, prompt, target.chat, target.joint)
        context, own = continued_ids(worded, frame, prompt.text, target.joint)
        end = worded.tokenizer.eos_token_id
        own = own if end is None or own[-1:] == [end] else [*own, int(end)]
        worded.fits([*context, *own][:-1], prompt.text)
        return context, own

    @property
    def _pad(self) -> int:
        return int(self.brain.worded.tokenizer.pad_token_id or 0)


class Filled(Lettered, Scored):
    """A masked language model that learns texts."""

    def __init__(self, target: MaskedLm, table: Curated) -> None:
        self.brain, self.title = Brain(target), target.title
        self.columns = table.choose(target.title, ("text",))
        (texts,) = table.texts("text")
        self.brain.known(texts, table.file)
        self.rows = Rows(tuple(texts), families(texts, table.columns.get(UNIT)), table.weights())
        self.prompts = [Prompt(text) for text in texts]
        speaks = self.brain.worded.tokenizer
        if speaks.mask_token_id is None:
            raise InputError(f"The tokenizer of {self.title} has no mask token: it is no masked model.")
        self.ids = [list(each) for each in speaks(texts)["input_ids"]]
        for ids, text in zip(self.ids, texts, strict=True):
            self.brain.worded.fits(ids, text)
        self.special = set(speaks.all_special_ids)

    def losses(self, rows: Sequence[int], generator: torch.Generator) -> Tensor:
        """Minus the mean log-probability of each row's tokens that are asked for."""
        import torch

        speaks, device = self.brain.worded.tokenizer, next(self.module.parameters()).device
        ids, real = padded([self.ids[row] for row in rows], int(speaks.pad_token_id or 0), "cpu")
        asked = self._asked(ids, real, generator)
        shares = torch.rand(ids.shape, generator=generator)
        other = torch.randint(len(speaks), ids.shape, generator=generator)
        seen = torch.where(asked & (shares < RANDOM[0]), int(speaks.mask_token_id), ids)
        seen = torch.where(asked & (shares >= RANDOM[0]) & (shares < RANDOM[1]), other, seen)
        inputs = {"input_ids": seen.to(device), "attention_mask": real.to(device)}
        if takes(self.brain.inner, "token_type_ids"):
            inputs["token_type_ids"] = torch.zeros_like(inputs["input_ids"])
        logs = self.module(**inputs).logits.float().log_softmax(dim=-1).gather(2, ids.to(device)[..., None])[..., 0]
        some = asked.to(device)
        total: Tensor = -(logs * some).sum(dim=1) / some.sum(dim=1)
        return total

    def described(self) -> Mapping[str, Any]:
        """The columns, and what is learned of a row."""
        return {"columns": list(self.columns), "learns": f"{MASKED:.0%} of the tokens, masked anew each time"}

    def _asked(self, ids: Tensor, real: Tensor, generator: torch.Generator) -> Tensor:
        """Which tokens are learned, (n, longest): 15 % of the words' own, and one of each row at least."""
        import torch

        own = real.bool() & ~torch.isin(ids, torch.tensor(sorted(self.special)))
        luck = torch.rand(ids.shape, generator=generator).masked_fill(~own, 2.0)
        least = luck.min(dim=1, keepdim=True).values
        return own & ((luck < MASKED) | (luck == least))


def by_token(target: Target, prompts: Sequence[Prompt]) -> Floats:
    """The log-probability of each prompt's words over the number of their tokens, NaN where it was refused."""
    answers = target.score(prompts, [0] * len(prompts)) if prompts else []
    told = [answer.told if isinstance(answer, Said) else None for answer in answers]
    return np.array([float("nan") if t is None else float(t["log_probability"]) / float(t["tokens"]) for t in told])  # type: ignore[arg-type]  # numbers both
