"""An encoder-decoder of transformers, asked for one token at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from auditkit.core.errors import InputError
from auditkit.targets.batching import padded
from auditkit.targets.continuing import memory_of
from auditkit.targets.projecting import scores_at
from auditkit.targets.wording import Worded


class State(NamedTuple):
    """What the encoder gave (n, S, d), where it is real (n, S), and what the decoder keeps."""

    read: Any
    real: Any
    kept: Any


class Transducing:
    """A model of `AutoModelForSeq2SeqLM` and its tokenizer, as `stepping.Stepping`.

    Where the model's own settings force the first token (the language to be spoken), it stands before the first; the
    tokens that they forbid have no chance. With `attention` a step tells the mean over the heads of the last layer's
    attention to the source.
    """

    def __init__(self, worded: Worded, attention: bool) -> None:
        self.worded, self.model, self.attention = worded, worded.opened, attention
        speaks, config = worded.tokenizer, self._settings
        stop = config("eos_token_id")
        self.stop = int(stop[0] if isinstance(stop, list) else speaks.eos_token_id if stop is None else stop)
        first = config("decoder_start_token_id")
        if first is None:
            raise InputError(f"{worded.title} does not say with which token it starts: no decoder_start_token_id.")
        self.first, self.forced = int(first), config("forced_bos_token_id")
        self.start = self.first if self.forced is None else int(self.forced)

    @property
    def vocabulary(self) -> Sequence[str]:
        """What each number looks like."""
        return [str(each) for each in self.worded.tokenizer.convert_ids_to_tokens(range(len(self.worded.tokenizer)))]

    def sources(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """The tokens of each source, with the end that the tokenizer puts behind them."""
        return [self.worded.tokens(ids) for ids in self._ids(texts)]

    def encode(self, texts: Sequence[str]) -> State:
        """Read sources; the forced token, if any, is yet to be said."""
        import torch

        ids, real = padded(self._ids(texts), int(self.worded.tokenizer.pad_token_id or 0), self.worded.device_of)
        read = self.model.get_encoder()(input_ids=ids, attention_mask=real).last_hidden_state
        state = State(read, real, None)
        if self.forced is not None:
            _, state, _ = self.step(state, torch.full((len(texts),), self.first))
        return state

    def step(self, state: State, previous: Any) -> tuple[Any, State, Any]:
        """The log probabilities of the next token, and the state after those before."""
        import torch
        from transformers.modeling_outputs import BaseModelOutput

        memory = memory_of(self.model)
        told = {"encoder_outputs": BaseModelOutput(last_hidden_state=state.read), "attention_mask": state.real}
        asks = {memory: state.kept, "use_cache": True, "output_attentions": self.attention}
        before = previous.to(state.read.device)[:, None]
        rows = torch.arange(len(before), device=before.device)
        scores, out = scores_at(self.model, rows, rows * 0, decoder_input_ids=before, **told, **asks)
        scores[:, self._forbidden] = -torch.inf
        looked = out.cross_attentions[-1][:, :, -1].mean(dim=1) if self.attention else None
        return scores.log_softmax(dim=1), State(state.read, state.real, out[memory]), looked

    def reordered(self, state: State, index: Any) -> State:
        """The state of these items; what the decoder keeps is cut in place."""
        index = index.to(state.read.device)
        if state.kept is not None:
            state.kept.batch_select_indices(index)
        return State(state.read[index], state.real[index], state.kept)

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        return [list(each) for each in self.worded.tokenizer(list(texts))["input_ids"]]

    @cached_property
    def _forbidden(self) -> list[int]:
        """The single tokens that the model's settings keep from being said."""
        words = self._settings("bad_words_ids") or []
        return sorted({each[0] for each in words if len(each) == 1} | set(self._settings("suppress_tokens") or []))

    def _settings(self, name: str) -> Any:
        """A setting of how the model speaks, of where newer or older ones keep it."""
        for config in (getattr(self.model, "generation_config", None), self.model.config):
            if (found := getattr(config, name, None)) is not None:
                return found
        return None
