"""How likely a causal model finds words after others: many at once, sorted by length, the same as one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from auditkit.targets.batching import batches, budget, padded
from auditkit.targets.continuing import begun
from auditkit.targets.projecting import log_chances, scores_at, takes

Pair = tuple[Sequence[int], Sequence[int]]
"""The tokens before, and those that follow them."""


class Question(NamedTuple):
    """The tokens before, and those of each option that may follow them."""

    context: Sequence[int]
    options: Sequence[Sequence[int]]


def scored(model: Any, pairs: Sequence[Pair], pad: int) -> list[list[float]]:
    """The log probability of every token that follows, in order, a list a pair.

    The last token is not read: nothing follows it. Padding stands on the right, behind all that is looked at.
    """
    whole = [[*context, *own][:-1] for context, own in pairs]
    found: dict[int, list[float]] = {}
    for group in batches([len(each) for each in whole], budget(words_of(model))):
        found |= dict(zip(group, _batch(model, [pairs[k] for k in group], [whole[k] for k in group], pad), strict=True))
    return [found[k] for k in range(len(pairs))]


def _batch(model: Any, pairs: Sequence[Pair], whole: Sequence[Sequence[int]], pad: int) -> list[list[float]]:
    import torch

    device = next(iter(model.parameters())).device
    ids, real = padded(whole, pad, device)
    at = [(row, len(context) - 1 + k) for row, (context, own) in enumerate(pairs) for k in range(len(own))]
    rows, places = torch.tensor(at, device=device).T
    inputs = {"input_ids": ids, "attention_mask": real} | ({"use_cache": False} if takes(model, "use_cache") else {})
    if takes(model, "position_ids"):
        inputs["position_ids"] = torch.arange(ids.shape[1], device=device).expand_as(ids)
    scores, _ = scores_at(model, rows, places, **inputs)
    said = torch.tensor([token for _, own in pairs for token in own], device=device)
    logs = iter(log_chances(scores, said).tolist())
    return [[next(logs) for _ in own] for _, own in pairs]


def following(model: Any, questions: Sequence[Question], pad: int) -> list[list[float]]:
    """The log probability of all the tokens of each option, a list a question: what stands before is read once."""
    found: dict[int, list[float]] = {}
    most = budget(words_of(model))
    for group in batches([_held(each) for each in questions], most):
        found |= dict(zip(group, _following(model, [questions[k] for k in group], pad), strict=True))
    return [found[k] for k in range(len(questions))]


def _held(asked: Question) -> int:
    """How many tokens are held for a question: what stands before, once for every option of several tokens."""
    longest, several = max(map(len, asked.options)), sum(len(option) > 1 for option in asked.options)
    return (len(asked.context) + longest) * max(several, 1)


def _following(model: Any, questions: Sequence[Question], pad: int) -> list[list[float]]:
    import torch

    scores, reading = begun(model, [each.context for each in questions], pad)
    first = scores.log_softmax(dim=1).tolist()
    logs = [[first[k][option[0]] for option in each.options] for k, each in enumerate(questions)]
    longer = [(k, j) for k, each in enumerate(questions) for j, option in enumerate(each.options) if len(option) > 1]
    if longer:
        tails = [questions[k].options[j] for k, j in longer]
        ids, real = padded([tail[:-1] for tail in tails], pad, scores.device)
        rows = torch.tensor([k for k, _ in longer], device=scores.device)
        after, _ = reading.taken(rows).next(ids, real, every=True)
        for row, (k, j) in enumerate(longer):
            said = torch.tensor(tails[row][1:], device=scores.device)
            logs[k][j] += float(log_chances(after[row, : len(said)], said).sum())
    return logs


def words_of(model: Any) -> int:
    """How many words a model's vocabulary has."""
    return int(model.config.get_text_config().vocab_size)
