"""How likely a masked model finds words in their places: each place masked in a copy of the text of its own."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from auditkit.targets.batching import batches, budget, padded
from auditkit.targets.likelihood import words_of
from auditkit.targets.projecting import scores_at, takes


class Copy(NamedTuple):
    """The tokens of a text in which some are masked, and the place that is asked about."""

    ids: Sequence[int]
    place: int


def copies(ids: Sequence[int], places: Sequence[int], mask: int) -> list[Copy]:
    """A copy of a text for every place, that one masked.

    >>> copies([1, 5, 6, 2], [1, 2], mask=9)
    [Copy(ids=[1, 9, 6, 2], place=1), Copy(ids=[1, 5, 9, 2], place=2)]
    """
    return [Copy([*ids[:place], mask, *ids[place + 1 :]], place) for place in places]


def guessed(model: Any, asked: Sequence[Copy], pad: int, wanted: Sequence[Any] | None = None) -> list[Any]:
    """The log probabilities of what stands in each copy's place: of the wanted tokens, or of all words, (words,)."""
    found: dict[int, Any] = {}
    for group in batches([len(copy.ids) for copy in asked], budget(words_of(model))):
        logs = _scores(model, [asked[k] for k in group], pad).log_softmax(dim=1)
        if wanted is None:
            found |= dict(zip(group, logs.double().cpu(), strict=True))
        else:
            found |= {k: row[wanted[k]].double().cpu() for k, row in zip(group, logs, strict=True)}
    return [found[k] for k in range(len(asked))]


def _scores(model: Any, asked: Sequence[Copy], pad: int) -> Any:
    import torch

    device = next(iter(model.parameters())).device
    ids, real = padded([copy.ids for copy in asked], pad, device)
    places = torch.tensor([copy.place for copy in asked], device=device)
    inputs = {"input_ids": ids, "attention_mask": real}
    if takes(model, "token_type_ids"):
        inputs["token_type_ids"] = torch.zeros_like(ids)
    return scores_at(model, torch.arange(len(asked), device=device), places, **inputs)[0]


def shared(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """The places of `one` whose tokens are those of `other` too, in order: what a minimal pair does not change.

    As CrowS-Pairs finds them (Nangia et al. 2020, difflib over tokens); the two are compared in one order, so that both
    sentences of a pair are scored on the same tokens.

    >>> shared([7, 8, 9, 3], [7, 5, 9, 3])
    [0, 2, 3]
    """
    turned = list(one) > list(other)
    pair = (list(other), list(one)) if turned else (list(one), list(other))
    matcher = SequenceMatcher(None, *pair, autojunk=False)  # which would pass over frequent tokens of long texts
    blocks = matcher.get_matching_blocks()
    starts = [((block.b if turned else block.a), block.size) for block in blocks]
    return [start + k for start, size in starts for k in range(size)]
