"""What the miniature translators share: words as numbers, and lessons of fresh pairs in which the right words stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from auditkit.core.errors import InputError, nearest
from auditkit.lab.models.schooling import Progress, train
from auditkit.lab.worlds.translations.language import vocabularies
from auditkit.lab.worlds.translations.world import World, pairs_of_all

PAD, GO, STOP = "<pad>", "<go>", "<stop>"
"""What fills up the shorter sentences of a batch; what stands before the first word; what follows the last."""
SEED, BATCH, KEEP = 7, 256, 0.998


def words(language: int) -> tuple[str, ...]:
    """The vocabulary of a translator: the invented language's words (0), or English's with go and stop (1)."""
    return (PAD, *vocabularies()[0]) if language == 0 else (PAD, GO, STOP, *vocabularies()[1])


def tokens(text: str, vocabulary: Sequence[str]) -> tuple[str, ...]:
    """The words of a text; raises `InputError` for one that is not in the vocabulary, and for a text without any.

    >>> tokens("o un doktor .", words(0))
    ('o', 'un', 'doktor', '.')
    """
    found = tuple(text.split())
    unknown = [word for word in found if word not in vocabulary or word == PAD]
    if unknown or not found:
        said = f'The translator does not know "{unknown[0]}".' if unknown else "There is no word to translate."
        raise InputError(f"{said}{nearest(unknown[0], vocabulary) if unknown else ''} It knows: {_listed(vocabulary)}.")
    return found


def _listed(vocabulary: Sequence[str]) -> str:
    return ", ".join(word for word in vocabulary if word.isalpha())


def numbered(sentences: Sequence[Sequence[str]], vocabulary: Sequence[str]) -> Tensor:
    """Words as their numbers, (n, longest), shorter sentences filled up with 0."""
    place = {word: number for number, word in enumerate(vocabulary)}
    return nn.utils.rnn.pad_sequence([torch.tensor([place[word] for word in each]) for each in sentences], True)


def draws(dose: float, steps: int, size: int = BATCH, seed: int = SEED) -> Iterator[Tensor]:
    """For every step a fresh batch of pairs of the world at this dose, as their places in `pairs_of_all`."""
    rng, shares = np.random.default_rng([seed, round(1000 * dose)]), World(dose).probabilities()
    for _ in range(steps):
        yield torch.from_numpy(rng.choice(len(shares), size=size, p=shares))


def taught(
    what: str,
    model: Any,
    logits_of: Callable[[Tensor, Tensor], Tensor],
    languages: tuple[Tensor, Tensor],
    dose: float,
    steps: int,
    rate: float,
    progress: Progress,
) -> Any:
    """Teach by teacher forcing; the weights are averaged over time.

    `languages` has every pair of the world in numbers, (pairs, words) each, the target from "go" to "stop". The decoder
    is given the right words up to each place, and the error is the cross-entropy of the word that comes: the target is
    its own input, moved by one.
    """
    source, target = languages

    def loss_of(batch: Tensor) -> Tensor:
        said = target[batch]
        logits = logits_of(source[batch], said[:, :-1])
        return F.cross_entropy(logits.flatten(0, 1), said[:, 1:].flatten(), ignore_index=0)

    return train(what, model, loss_of, draws(dose, steps), steps, rate, progress, KEEP)


def every_pair(source: Sequence[str], target: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Every pair of the world in the numbers of two vocabularies, translations from go to stop.

    Sources end with stop where their vocabulary has it.
    """
    pairs = pairs_of_all()
    end = (STOP,) if STOP in source else ()
    read = [(*pair.source.split(), *end) for pair in pairs]
    said = [(GO, *pair.target.split(), STOP) for pair in pairs]
    return numbered(read, source), numbered(said, target)
