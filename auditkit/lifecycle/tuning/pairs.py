"""Sentences and what they become as lessons of an encoder-decoder: columns `source` and `target`, teacher forcing.

The decoder is given the right words up to each place and learns the next one, the stop after the last. A source that
stands with several targets has several right answers, and any of them counts where quality is measured.

Where each source has several ("he is a doctor" and "she is a doctor"), the chance that it is any of them says nothing
of whom a model prefers, and is judged. Where a source has but one, it does: a model that learns to say "she" as often
as "he" gives less to the one that was written down, and would be blamed for what it was taught. Then the
log-probability of each row's own target is judged, by the weights of the rows: a proper score, largest where a model
says either as often as the curated rows do (Gneiting & Raftery, JASA 102 (2007) 359). Exactness is told, and has no
margin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.core.probe import Prompt
from auditkit.core.target import Said, Target
from auditkit.formats.words import count
from auditkit.lifecycle.tuning.brain import Brain, Lettered
from auditkit.lifecycle.tuning.curated import Curated
from auditkit.lifecycle.tuning.dividing import UNIT, families
from auditkit.lifecycle.tuning.pupil import Quality, Rows
from auditkit.targets import Seq2Seq
from auditkit.targets.batching import padded
from auditkit.targets.transducing import Transducing
from auditkit.targets.wording import Worded

if TYPE_CHECKING:
    import torch
    from torch import Tensor

EXACT = Quality(
    "exactness", "probability", 0.02, "that a drawn translation is one of the right ones, word for word", share=True
)
LIKELIHOOD = Quality(
    "log-probability", "nats a token", 0.05, "that it is one of the right ones: .05 lost is a perplexity 5 % higher"
)
OWN = replace(LIKELIHOOD, about="of the translation that a row has: .05 lost is a perplexity 5 % higher")


class Pairs(Lettered):
    """An encoder-decoder that learns what sources become: of transformers, or one that is asked step by step."""

    def __init__(self, target: Seq2Seq, table: Curated) -> None:
        self.target, self.brain, self.title = target, Brain(target), target.title
        table.choose(target.title, ("source", "target"))
        self.sources, self.targets = table.texts("source", "target")
        self._readable(table.file)
        contents = tuple(f"{a}\t{b}" for a, b in zip(self.sources, self.targets, strict=True))
        self.rows = Rows(contents, families(self.sources, table.columns.get(UNIT)), table.weights())
        self.right: dict[str, list[str]] = {}
        for source, said in dict.fromkeys(zip(self.sources, self.targets, strict=True)):
            self.right.setdefault(source, []).append(said)
        asks = self._asks
        self.said = [target._tokens(asks, text) for text in self.targets]
        self.size = float(np.mean([len(each) for each in self.said]))

    @property
    def qualities(self) -> tuple[Quality, ...]:
        """Exactness and the log-probability of any right answer; that of the own one first, where some have but one."""
        alone = sum(len(right) == 1 for right in self.right.values())
        if not alone:
            return EXACT, LIKELIHOOD
        why = (
            f"{count(alone)} of {count(len(self.right))} sources have one right answer here, so that it moves with the "
            "bias itself: log-probability is judged instead"
        )
        return OWN, replace(EXACT, margin=None, about=why)

    def losses(self, rows: Sequence[int], generator: torch.Generator) -> Tensor:
        """Minus the log-probability of each row's target and its stop, over the mean number of tokens in a row."""
        import torch

        device = next(self.module.parameters()).device
        said, real = padded([self.said[row] for row in rows], 0, device)
        logs = self._logs([self.sources[row] for row in rows], said)
        own = logs.float().gather(2, said[..., None])[..., 0]
        total: Tensor = -torch.where(real.bool(), own, torch.zeros_like(own)).sum(dim=1) / self.size
        return total

    def measured(self, target: Target, rows: Sequence[int]) -> Mapping[str, Floats]:
        """P(any right target | source) of each row's source, and a log-probability over the mean tokens of a row.

        The right ones of a source are all its targets in the table. The log-probability is that of any of them where
        every source has several, else that of the row's own.
        """
        asked = [(a, right) for a in dict.fromkeys(self.sources[row] for row in rows) for right in self.right[a]]
        answers = target.score([Prompt(b, given=a) for a, b in asked], [0] * len(asked)) if asked else ()
        logs = {pair: _log(answer) for pair, answer in zip(asked, answers, strict=True)}
        some = {a: np.logaddexp.reduce([logs[a, b] for b in self.right[a]]) for a, _ in asked}
        whole = np.array([some[self.sources[row]] for row in rows])
        own = np.array([logs[self.sources[row], self.targets[row]] for row in rows])
        told = own if self.qualities[0] is OWN else whole
        return {EXACT.name: np.exp(whole), LIKELIHOOD.name: told / self.size}

    def described(self) -> Mapping[str, Any]:
        """The columns, and what is learned of a row."""
        return {"columns": ["source", "target"], "learns": "every token of the target and the stop, after the source"}

    def _logs(self, sources: Sequence[str], said: Tensor) -> Tensor:
        """The log-probabilities of every token at each place of the targets, (n, T, V)."""
        import torch

        if not isinstance(self.brain.held, Worded):
            return _stepped(self.module, sources, said)
        speaks = self.brain.worded.tokenizer
        ids, real = padded(
            [list(each) for each in speaks(list(sources))["input_ids"]], int(speaks.pad_token_id or 0), said.device
        )
        first = [self._asks.first] + ([] if self._asks.forced is None else [int(self._asks.forced)])
        before = torch.cat([torch.tensor([first] * len(said), device=said.device), said[:, :-1]], dim=1)
        told = self.module(input_ids=ids, attention_mask=real, decoder_input_ids=before, use_cache=False).logits
        logs: Tensor = told[:, len(first) - 1 :].float().log_softmax(dim=-1)
        return logs

    @property
    def _asks(self) -> Any:
        """What knows where a translation begins and ends."""
        held = self.brain.held
        return Transducing(held, False) if isinstance(held, Worded) else held.opened

    def _readable(self, file: Path) -> None:
        """Raise `InputError` for words without a token, on either side, and for sentences that are too long."""
        refused = zip(self.target._refused(self.sources), self.target._unsaid(self.targets), strict=True)
        for k, (a, b) in enumerate(refused):
            if refusal := a or b:
                raise InputError(f"{file}: row {k + 1} cannot be learned by {self.title}: {refusal.because}.")


def _stepped(model: Any, sources: Sequence[str], said: Tensor) -> Tensor:
    """The same of a model that is asked a step at a time (`targets.stepping.Stepping`)."""
    import torch

    state, previous, found = model.encode(sources), torch.full((len(said),), model.start, device=said.device), []
    for at in range(said.shape[1]):
        logs, state, _ = model.step(state, previous)
        found.append(logs)
        previous = said[:, at]
    return torch.stack(found, dim=1)


def _log(answer: Any) -> float:
    """The log-probability of a target, NaN where it was refused."""
    return float(answer.told["log_probability"]) if isinstance(answer, Said) else float("nan")  # type: ignore[arg-type]  # a number
