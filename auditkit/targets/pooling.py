"""One vector of a text: the mean of the vectors of its tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Said
from auditkit.targets.batching import batches, padded
from auditkit.targets.wording import NO_NUMBERS, Worded, put_in

Pool = Callable[[Any, Any], Any]
"""Vectors of tokens (n, tokens, d) and where they are real (n, tokens) to a vector each, (n, d)."""


def mean(vectors: Any, real: Any) -> Any:
    """The mean over the real tokens.

    >>> import torch
    >>> mean(torch.tensor([[[1.0], [3.0], [9.0]]]), torch.tensor([[1, 1, 0]])).tolist()
    [[2.0]]
    """
    share = real[:, :, None].to(vectors.dtype)
    return (vectors * share).sum(dim=1) / share.sum(dim=1)


def first(vectors: Any, _: Any) -> Any:
    """The vector of the first token, which some encoders are trained to speak for all."""
    return vectors[:, 0]


def last(vectors: Any, real: Any) -> Any:
    """The vector of the last real token, the only one that has seen all of a text in a model that looks back."""
    at = real.shape[1] - 1 - real.flip(1).argmax(dim=1)
    return vectors[range(len(vectors)), at]


def embedded(worded: Worded, reader: Any, prompts: Sequence[Prompt], pool: Pool = mean) -> list[Answer]:
    """A vector a prompt, of `reader`'s last layer; a refusal where words are unknown.

    Raises `InputError` for a prompt without words, or with too many.
    """
    texts = [prompt.text for prompt in prompts]
    if not all(text.strip() for text in texts):
        raise InputError("This prompt has no words to embed. Give it a text.")
    refusals = worded.unknown(texts)
    known = [text for text, refusal in zip(texts, refusals, strict=True) if refusal is None]
    ids = [list(each) for each in worded.tokenizer(known)["input_ids"]] if known else []
    for each, text in zip(ids, known, strict=True):
        worded.fits(each, text)
    found: dict[int, Answer] = {}
    for group in batches([len(each) for each in ids]):
        tokens, real = padded([ids[k] for k in group], int(worded.tokenizer.pad_token_id or 0), worded.device_of)
        vectors = pool(reader(input_ids=tokens, attention_mask=real).last_hidden_state, real).double()
        for k, vector in zip(group, vectors, strict=True):
            found[k] = Said("", {"vector": vector.tolist()}) if vector.isfinite().all() else NO_NUMBERS
    return put_in(refusals, [found[k] for k in range(len(ids))])
