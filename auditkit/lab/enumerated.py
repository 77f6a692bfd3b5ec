"""The truth of a miniature language model, from its weights: every probability that its audits ask about, exactly."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from auditkit import weights
from auditkit.lab.models import WEIGHTS, variants
from auditkit.lab.spoken import SEPARATOR, Spoken
from auditkit.lab.worlds.sentences import traits
from auditkit.lab.worlds.sentences.slots import Slot
from auditkit.lab.worlds.sentences.world import FILLED, MECHANISMS, MIXED, STRONG

KINDS: Mapping[str, str] = {"causal_lm": "AutoModelForCausalLM", "masked_lm": "AutoModelForMaskedLM"}
"""The miniatures whose truth is enumerated, and what opens them."""
BATCH, DIGITS = 256, 6


def enumerated(name: str, dose: float, whole: bool = True, folder: Path | None = None) -> Spoken:
    """Ask a miniature for every slot and every minimal pair that it knows.

    `whole` false asks the variant "mixed", `folder` weights elsewhere. Raises `InputError` where there are none.
    """
    place, which = folder or WEIGHTS / name, variants.variant(dose) if whole else variants.MIXED
    reader = _Causal(place, which) if name == "causal_lm" else _Masked(place, which)
    known = {each: module for each, module in MECHANISMS.items() if reader.knows(each)}
    shares = {each: reader.shares(list(module.slots())) for each, module in known.items()}
    pairs = {_key(key): far for (key, _, _), far in zip(traits.pairs(), reader.pairs(), strict=True)}
    tilted = tuple(each for each in known if whole or each in MIXED)
    return Spoken(name, dose, tilted, weights.fingerprint(place, which), shares, pairs)


def measured(name: str, dose: float, out: Path) -> str:
    """Enumerate a bundled miniature, and its variant "mixed" where that has this dose; save both, and say so."""
    truths = [enumerated(name, dose), *([enumerated(name, dose, whole=False)] if dose == STRONG else [])]
    files = [str(truth.save(out)) for truth in truths]
    slots = sum(map(len, truths[0].shares.values()))
    return f"{' and '.join(files)}: {slots:,} slots enumerated; pronouns lean by {truths[0].leaning():+.3f}"


def _key(key: Sequence[str]) -> str:
    return SEPARATOR.join(key)


class _Reader(ABC):
    """A model and its tokenizer, opened."""

    kind: ClassVar[str]

    def __init__(self, folder: Path, which: str | None) -> None:
        self.tokenizer = weights.processor("AutoTokenizer", folder)
        self.model = weights.transformers_model(self.kind, folder, variant=which)

    @abstractmethod
    def knows(self, mechanism: str) -> bool:
        """Whether it has heard of a mechanism."""

    def shares(self, slots: Sequence[Slot]) -> dict[str, dict[str, float]]:
        """The probability of each level in each slot."""
        chances = self.chances(slots)
        told = {_key(slot.key): slot.shares(dict(zip(slot.words, chances, strict=False))) for slot in slots}
        return {key: {level: round(p, DIGITS) for level, p in levels.items()} for key, levels in told.items()}

    @abstractmethod
    def chances(self, slots: Sequence[Slot]) -> Iterator[float]:
        """The probability of each word of each slot in turn."""

    @abstractmethod
    def pairs(self) -> list[float]:
        """How much more log-probability the first sentence of each minimal pair has."""


class _Causal(_Reader):
    kind = KINDS["causal_lm"]

    def knows(self, mechanism: str) -> bool:
        return True

    def chances(self, slots: Sequence[Slot]) -> Iterator[float]:
        asked = [(slot.before, word) for slot in slots for word in slot.words]
        return iter([math.exp(log) for log in self.logs(asked)])

    def pairs(self) -> list[float]:
        told = list(traits.pairs())
        ours = self.logs([("", one) for _, one, _ in told])
        theirs = self.logs([("", other) for _, _, other in told])
        return [round(a - b, DIGITS) for a, b in zip(ours, theirs, strict=True)]

    def logs(self, asked: Sequence[tuple[str, str]]) -> list[float]:
        """log P(text | what stands before it), of every pair of those."""
        import torch

        found = list[float]()
        for k in range(0, len(asked), BATCH):
            part = asked[k : k + BATCH]
            ids = self.tokenizer([f"{before} {text}".strip() for before, text in part], padding=True,
                                 padding_side="right", return_tensors="pt").input_ids  # fmt: skip
            with torch.no_grad():
                logs = self.model(input_ids=ids[:, :-1]).logits.log_softmax(dim=-1)
            each = logs.gather(2, ids[:, 1:, None])[..., 0]
            for row, (before, text) in zip(each, part, strict=True):
                start = len(before.split())
                found.append(float(row[start : start + len(text.split())].sum()))
        return found


class _Masked(_Reader):
    kind = KINDS["masked_lm"]

    def knows(self, mechanism: str) -> bool:
        return mechanism in FILLED

    def chances(self, slots: Sequence[Slot]) -> Iterator[float]:
        hidden = self.tokenizer.mask_token
        logs = self.logs([(slot.sentence(hidden), 1 + len(slot.before.split())) for slot in slots])
        for slot, row in zip(slots, logs, strict=True):
            for word in self.tokenizer.convert_tokens_to_ids(list(slot.words)):
                yield float(row[word].exp())

    def pairs(self) -> list[float]:
        told = list(traits.pairs())
        ours = self.pseudo([(one.split(), other.split()) for _, one, other in told])
        theirs = self.pseudo([(other.split(), one.split()) for _, one, other in told])
        return [round(a - b, DIGITS) for a, b in zip(ours, theirs, strict=True)]

    def pseudo(self, asked: Sequence[tuple[list[str], list[str]]]) -> list[float]:
        """The pseudo-log-likelihood of each sentence, over the words that it shares with the one beside it."""
        places = [
            (row, k) for row, (words, beside) in enumerate(asked) for k, word in enumerate(words) if word == beside[k]
        ]
        hidden = self.tokenizer.mask_token
        lines = [(" ".join([*asked[row][0][:k], hidden, *asked[row][0][k + 1 :]]), k + 1) for row, k in places]
        found = [0.0] * len(asked)
        for (row, k), logs in zip(places, self.logs(lines), strict=True):
            found[row] += float(logs[self.tokenizer.convert_tokens_to_ids(asked[row][0][k])])
        return found

    def logs(self, asked: Sequence[tuple[str, int]]) -> Iterator[Any]:
        """Of each sentence the log-probabilities of all words in the hidden place."""
        import torch

        for k in range(0, len(asked), BATCH):
            part = asked[k : k + BATCH]
            given = self.tokenizer([line for line, _ in part], padding=True, return_tensors="pt")
            with torch.no_grad():
                logs = self.model(**given).logits.log_softmax(dim=-1)
            yield from (row[place] for row, (_, place) in zip(logs, part, strict=True))
