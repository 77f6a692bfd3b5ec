"""Which of several statements follows from a text, says a model of natural language inference?

Each level is a hypothesis, by default "This text is about {level}."; the model tells how likely the text entails it
(Yin, Hay & Roth 2019). A level's probability is the softmax of the entailment logits over the levels. Where the
likeliest level leads the next by less than `margin`, the text is not readable. Which of the model's labels is
entailment is read from its configuration, never assumed.

Such models read words that overlap and wordings that are usual; they err on negation, and more on some groups' ways of
writing than on others': give `checked` labels, or `errs` (see `measuring.measured`).
References
    Yin, Hay & Roth, EMNLP (2019) 3914; McCoy, Pavlick & Linzen, ACL (2019) 3428.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from auditkit import weights
from auditkit.annotators.encoders import Floats, title_of
from auditkit.core.annotator import Annotator, Misreading
from auditkit.core.errors import InputError

BATCH, LONGEST = 16, 100_000
"""Texts that are read at once, and a length that no model has: what tokenizers say that know none."""
Levels = Sequence[str] | Mapping[str, str]


@dataclass(frozen=True)
class Entailment(Annotator):
    """Read `attributes`, each a column: {"theme": ["work", "home"]}, or each level with its own hypothesis.

    `model` is a hub id, a folder, or a live (model, tokenizer) for sequence classification, with a label whose name has
    "entail" in it. `errs` is what is known of its errors. Raises `InputError` for an attribute with fewer than two
    levels, and for a model that does not say which label is entailment.
    """

    attributes: Mapping[str, Levels]
    model: Any
    template: str = "This text is about {}."
    margin: float = 0.1
    revision: str | None = None
    device: str = "cpu"
    errs: tuple[Misreading, ...] = field(default=(), repr=False)

    basis: ClassVar[str] = "perceived by entailment"

    def __post_init__(self) -> None:
        if not self.attributes or not 0 <= self.margin < 1:
            raise InputError("Entailment needs attributes, and a margin from 0 to below 1.")
        for attribute, levels in self.attributes.items():
            if isinstance(levels, str) or len(levels) < 2:
                raise InputError(f'The attribute "{attribute}" needs at least two levels, and got {levels!r}.')
        if self.template.count("{}") != 1:
            raise InputError(f"A hypothesis has one place {{}} for the level: {self.template!r} has not.")
        object.__setattr__(self, "basis", f"perceived by entailment ({title_of(self.model)})")

    def read(self, texts: Sequence[str | None]) -> Mapping[str, Sequence[str | None]]:
        """The level of each text that it entails most."""
        told: dict[str, list[str | None]] = {attribute: [None] * len(texts) for attribute in self.attributes}
        places = [k for k, text in enumerate(texts) if text is not None and text.strip()]
        shown = [text for text in texts if text is not None and text.strip()]
        for attribute, levels in self.attributes.items():
            names, hypotheses = list(levels), self._hypotheses(levels)
            each = [self._entailed(shown, said) for said in hypotheses] if shown else []
            for k, row in zip(places, np.transpose(each), strict=True):
                told[attribute][k] = self._chosen(names, row)
        return told

    def misreadings(self) -> tuple[Misreading, ...]:
        """What was measured of it and handed in."""
        return self.errs

    @cached_property
    def fingerprint(self) -> str:
        """The model, to the bit, and what it is asked."""
        model, tokenizer = self._opened
        asked = {attribute: self._hypotheses(levels) for attribute, levels in self.attributes.items()}
        digest = hashlib.sha256(f"{weights.fingerprint(model)} {weights.fingerprint(tokenizer)}".encode()).hexdigest()
        return f"entailment {digest} {asked!r} {self.margin}"

    def _hypotheses(self, levels: Levels) -> list[str]:
        return (
            list(levels.values())
            if isinstance(levels, Mapping)
            else [self.template.replace("{}", one) for one in levels]
        )

    def _chosen(self, names: Sequence[str], logits: Floats) -> str | None:
        odds = np.exp(logits - logits.max())
        shares = odds / odds.sum()
        second, first = np.sort(shares)[-2:]
        return names[int(shares.argmax())] if first - second >= self.margin else None

    def _entailed(self, texts: Sequence[str], hypothesis: str) -> Floats:
        """The logit of entailment of each text, (n,); each batch is padded to its own longest text."""
        import torch

        model, tokenizer = self._opened
        found, length = [], min(int(tokenizer.model_max_length), self._positions)
        with torch.inference_mode(), weights.memory():
            for k in range(0, len(texts), BATCH):
                some = list(texts[k : k + BATCH])
                tokens = tokenizer(
                    some,
                    [hypothesis] * len(some),
                    padding=True,
                    truncation="only_first",
                    max_length=length,
                    return_tensors="pt",
                )
                found.append(model(**tokens.to(model.device)).logits[:, self._label].double().cpu().numpy())
        return np.concatenate(found)

    @property
    def _positions(self) -> int:
        """How many tokens fit: two fewer than a model of RoBERTa's kind says, which counts from its padding."""
        model, _ = self._opened
        most = int(getattr(model.config, "max_position_embeddings", 0) or LONGEST)
        return most - 2 if "roberta" in str(model.config.model_type) else most

    @cached_property
    def _label(self) -> int:
        """Which output is entailment, as the model's configuration names it."""
        names = {int(k): str(name) for k, name in self._opened[0].config.id2label.items()}
        found = [k for k, name in names.items() if name.casefold().startswith("entail")]
        if len(found) != 1:
            raise InputError(
                f"{title_of(self.model)} does not say which of its labels is entailment; they are "
                f"{', '.join(names.values())}. Give a model of natural language inference."
            )
        return found[0]

    @cached_property
    def _opened(self) -> tuple[Any, Any]:
        """The model, asleep, and its tokenizer."""
        if isinstance(self.model, (str, Path)):
            folder = weights.place(self.model, "transformers", self.revision)
            opened = weights.transformers_model("AutoModelForSequenceClassification", folder, device=self.device)
            return opened, weights.processor("AutoTokenizer", folder)
        if isinstance(self.model, (tuple, list)) and len(self.model) == 2 and hasattr(self.model[0], "config"):
            return self.model[0].eval(), self.model[1]
        raise InputError(f"{self.model!r} is no model of natural language inference. Give an id, a folder, or a pair.")
