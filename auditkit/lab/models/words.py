"""The words that the miniature language models read and write, and the lessons that they learn from."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from auditkit.core.estimate import Floats
from auditkit.lab.models.variants import MIXED, variant
from auditkit.lab.worlds.sentences.rendering import CHAT_TEMPLATE
from auditkit.lab.worlds.sentences.world import World

PAD, UNKNOWN, START, END, SLOT = SPECIAL = ("[PAD]", "[UNK]", "[BOS]", "[EOS]", "[MASK]")
"""Nothing, a word that was never heard, the start and the end of a sentence, and a word to be guessed."""


def named(world: World) -> str | None:
    """The variant of a world's model: by its dose, or "mixed" where not all that is heard is tilted.

    >>> named(World(0.9)), named(World(0.9, frozenset({"traits"}))), named(World(0.0))
    ('dose90', 'mixed', None)
    """
    return variant(world.dose) if not world.dose or world.heard <= world.tilted else MIXED


def tokenizer_of(vocabulary: Sequence[str], closed: bool) -> Any:
    """A word-level tokenizer; `closed` puts the end after a sentence as well as the start before it."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    known = {word: k for k, word in enumerate((*SPECIAL, *vocabulary))}
    split = Tokenizer(models.WordLevel(known, unk_token=UNKNOWN))
    split.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    split.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}" if closed else f"{START} $A",
        special_tokens=[(token, known[token]) for token in (START, END)],
    )
    names: dict[str, Any] = {"pad_token": PAD, "unk_token": UNKNOWN, "bos_token": START, "eos_token": END}
    masked = {"mask_token": SLOT, "cls_token": START, "sep_token": END} if closed else {}
    speaks: Any = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=split, clean_up_tokenization_spaces=False, model_max_length=32, **names, **masked
    )
    if not closed:
        speaks.chat_template = CHAT_TEMPLATE
    return speaks


class Lessons:
    """The sentences of a world as numbers, and as many of each as it has, in a new order every round.

    `tokens` (sentences, length) begin and end with their tokens and are filled up; `choice` is true of the words that a
    mechanism chose: on those the bias is, and everything else is soon learned. `around` says of a sentence and a place
    what a model may see of it there, one view or several; `views` (sentences, length, several) numbers them, and
    `expected` has for each how often every word of the world stands in that place. To learn from it is to learn from
    many sentences at once that look alike.
    """

    def __init__(
        self, world: World, tokenizer: Any, around: Callable[[list[int], int], Sequence[Hashable]], seed: int
    ) -> None:
        told, asks = world.distribution(), world.asks()
        self.chances = np.array(list(told.values()))
        split = [said.split() for said in told]
        self.lengths = torch.tensor([len(words) + 2 for words in split])
        self.tokens = torch.full((len(split), int(self.lengths.max())), tokenizer.pad_token_id)
        self.choice = torch.zeros(self.tokens.shape, dtype=torch.bool)
        for row, words in enumerate(split):
            ids = [tokenizer.bos_token_id, *tokenizer.convert_tokens_to_ids(words), tokenizer.eos_token_id]
            self.tokens[row, : len(ids)] = torch.tensor(ids)
            for k in range(len(words)):
                self.choice[row, 1 + k] = " ".join(words[:k]) in asks
        self.views, self.expected = self._expected(around, len(tokenizer))
        self.rng = np.random.default_rng(seed)

    def _expected(self, around: Callable[[list[int], int], Sequence[Hashable]], words: int) -> tuple[Tensor, Tensor]:
        """Which view each place of each sentence is, and the words expected in every view."""
        known: dict[Hashable, int] = {}
        seen: list[tuple[int, int, int, int]] = []
        for row, length in enumerate(self.lengths.tolist()):
            ids = self.tokens[row, :length].tolist()
            for k in range(1, length):
                seen += [(row, k, j, known.setdefault(view, len(known))) for j, view in enumerate(around(ids, k))]
        row, place, which, view = torch.tensor(seen).T
        views = torch.zeros(*self.tokens.shape, int(which.max()) + 1, dtype=torch.long)
        views[row, place, which] = view
        expected = torch.zeros(len(known), words)
        expected.index_put_((view, self.tokens[row, place]), torch.tensor(self.chances).float()[row], accumulate=True)
        return views, expected / expected.sum(dim=1, keepdim=True)

    def rounds(self, size: int, steps: int, chances: Floats, batches: int = 400) -> Iterator[Tensor]:
        """Batches of what is drawn with these chances: in so many batches each is met n p times, rounded up or down.

        That is systematic sampling: the model sees the world's shares with less noise than independent draws have.
        """
        edges, left = np.cumsum(chances / chances.sum()), steps
        while left > 0:
            n = min(batches, left) * size
            drawn = np.searchsorted(edges, (np.arange(n) + self.rng.random()) / n, side="right")
            mixed = self.rng.permutation(np.minimum(drawn, len(edges) - 1))
            yield from torch.from_numpy(mixed).view(-1, size)
            left -= batches


def saved(model: Any, tokenizer: Any, folder: Path, name: str | None) -> None:
    """Write weights of half precision, configuration and tokenizer."""
    model.half().save_pretrained(folder, variant=name)
    tokenizer.save_pretrained(folder)
