"""Sentences and what they become as lessons of an encoder-decoder: columns `source` and `target`, teacher forcing.

The decoder is given the right words up to each place and learns the next one, the stop after the last. A source that
stands with several targets has several right answers, and any of them counts where quality is measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.core.probe import Prompt
from auditkit.core.target import Said, Target
from auditkit.lifecycle.tuning.brain import Brain
from auditkit.lifecycle.tuning.curated import Curated
from auditkit.lifecycle.tuning.dividing import families
from auditkit.lifecycle.tuning.pupil import Lora, Quality, Rows
from auditkit.targets import Seq2Seq
from auditkit.targets.batching import padded
from auditkit.targets.transducing import Transducing
from auditkit.targets.wording import Worded

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

EXACT = Quality("exactness", "probability", 0.02, "that a drawn translation is one of the right ones, word for word")
LIKELIHOOD = Quality(
    "log-probability", "nats a token", 0.05, "that it is one of the right ones: .05 lost is a perplexity 5 % higher"
)


class Pairs:
    """An encoder-decoder that learns what sources become: of transformers, or one that is asked step by step."""

    qualities = (EXACT, LIKELIHOOD)

    def __init__(self, target: Seq2Seq, table: Curated) -> None:
        self.target, self.brain, self.title = target, Brain(target), target.title
        table.choose(target.title, ("source", "target"))
        self.sources, self.targets = table.texts("source", "target")
        self._readable(table.file)
        contents = tuple(f"{a}\t{b}" for a, b in zip(self.sources, self.targets, strict=True))
        self.rows = Rows(contents, families(self.sources), table.weights())
        asks = self._asks
        self.said = [target._tokens(asks, text) for text in self.targets]
        self.size = float(np.mean([len(each) for each in self.said]))

    @property
    def module(self) -> nn.Module:
        """The encoder-decoder."""
        return self.brain.module

    def losses(self, rows: Sequence[int], generator: torch.Generator) -> Tensor:
        """Minus the log-probability of each row's target and its stop, over the mean number of tokens in a row."""
        import torch

        device = next(self.module.parameters()).device
        said, real = padded([self.said[row] for row in rows], 0, device)
        logs = self._logs([self.sources[row] for row in rows], said)
        own = logs.float().gather(2, said[..., None])[..., 0]
        total: Tensor = -torch.where(real.bool(), own, torch.zeros_like(own)).sum(dim=1) / self.size
        return total

    def adapt(self, lora: Lora) -> tuple[str, ...]:
        """Put an adapter in; raises `InputError` for a model of one's own."""
        return self.brain.adapt(lora)

    def save(self, model: Path, adapter: Path | None = None) -> None:
        """Write the model, and the adapter beside it."""
        self.brain.save(model, adapter)

    def measured(self, target: Target, rows: Sequence[int]) -> Mapping[str, Floats]:
        """P(any right target | source) of each row's source, and its logarithm over the mean tokens of a target.

        The right ones of a source are its distinct targets among these rows.
        """
        right: dict[str, list[int]] = {}
        for row in rows:
            told = right.setdefault(self.sources[row], [])
            if self.targets[row] not in [self.targets[other] for other in told]:
                told.append(row)
        asked = [row for some in right.values() for row in some]
        prompts = [Prompt(self.targets[row], given=self.sources[row]) for row in asked]
        answers = dict(zip(asked, target.score(prompts, [0] * len(prompts)) if prompts else (), strict=True))
        found = {source: _any([answers[row] for row in some]) for source, some in right.items()}
        both = [found[self.sources[row]] for row in rows]
        return {EXACT.name: np.exp([log for log, _ in both]), LIKELIHOOD.name: np.array([a / b for a, b in both])}

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


def _any(answers: Sequence[Any]) -> tuple[float, float]:
    """The log-probability that it is any of these, and their mean number of tokens; NaN where one was refused."""
    if not all(isinstance(answer, Said) for answer in answers):
        return float("nan"), 1.0
    logs = np.array([float(answer.told["log_probability"]) for answer in answers])
    return float(np.logaddexp.reduce(logs)), float(np.mean([answer.told["tokens"] for answer in answers]))
