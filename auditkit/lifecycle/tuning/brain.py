"""The module that learns words and its tokenizer: opened for this alone, adapted if wished, and saved."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.lifecycle.tuning import adapting
from auditkit.lifecycle.tuning.pupil import Lora
from auditkit.targets import CausalLm, MaskedLm, Seq2Seq
from auditkit.targets.wording import Worded

if TYPE_CHECKING:
    from torch import nn


class Brain:
    """The module that learns and its tokenizer, opened for this alone; adapted if wished, and saved.

    A live model is copied, so that the caller's stays as it is.
    """

    def __init__(self, target: CausalLm | MaskedLm | Seq2Seq) -> None:
        self.target, self.held = target, target._held
        own = self.held.opened
        self.module: nn.Module = own if self.held.portable else copy.deepcopy(own)
        self._adapter: Any = None

    @property
    def worded(self) -> Worded:
        """The tokenizer's side; of a model of transformers."""
        assert isinstance(self.held, Worded)
        return self.held

    @property
    def inner(self) -> Any:
        """The model itself, whose weights are shared with what an adapter was put into."""
        return self.module if self._adapter is None else self._adapter.base_model.model

    def adapt(self, lora: Lora) -> tuple[str, ...]:
        """Put an adapter into it; raises `InputError` for a model of one's own."""
        if not isinstance(self.held, Worded):
            raise InputError(f"LoRA adapts models of transformers, and {self.target.title} is not: use --method full.")
        kinds = {CausalLm: "CAUSAL_LM", Seq2Seq: "SEQ_2_SEQ_LM"}
        self._adapter, names = adapting.adapted(
            self.module, lora, self.target.title, task_type=kinds.get(type(self.target))
        )
        self.module = self._adapter
        return names

    def save(self, model: Path, adapter: Path | None) -> None:
        """Write the model, merged, with its tokenizer; and the adapter by itself."""
        merged: Any = self.module
        if self._adapter is not None and adapter is not None:
            merged = adapting.saved(self._adapter, adapter, self.target.title)
        with weights.quiet("transformers"):
            merged.eval().save_pretrained(str(model))
            if isinstance(self.held, Worded):
                self.held.tokenizer.save_pretrained(str(model))

    def known(self, texts: Sequence[str], file: Path) -> None:
        """Raise `InputError` for words that the tokenizer has no token for: nothing could be learned of them."""
        assert isinstance(self.held, Worded)
        for k, refusal in enumerate(self.held.unknown(texts)):
            if refusal is not None:
                raise InputError(f"{file}: row {k + 1} cannot be learned by {self.target.title}: {refusal.because}.")


class Lettered:
    """What every pupil of words leaves to its brain: the module that learns, the adapter, and the saving."""

    brain: Brain

    @property
    def module(self) -> nn.Module:
        """The model that learns."""
        return self.brain.module

    def adapt(self, lora: Lora) -> tuple[str, ...]:
        """Put an adapter in; raises `InputError` for a model of one's own."""
        return self.brain.adapt(lora)

    def save(self, model: Path, adapter: Path | None = None) -> None:
        """Write the model, and the adapter beside it."""
        self.brain.save(model, adapter)
