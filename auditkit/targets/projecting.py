"""Scores of words only where they are asked for.

The last layer, which scores every word of the vocabulary, is most of the work of a small model: it is given the places
that are asked for alone, and not the padding or what is known.
"""

from __future__ import annotations

from inspect import signature
from typing import Any


def scores_at(model: Any, rows: Any, places: Any, **inputs: Any) -> tuple[Any, Any]:
    """Scores (m, words) at m places of the rows of a batch, in 32 bits at least, and all that the model gave."""
    import torch

    head = model.get_output_embeddings() if hasattr(model, "get_output_embeddings") else None

    def kept(_: Any, given: Any) -> Any:
        return (given[0][rows, places][None], *given[1:]) if given and given[0].ndim == 3 else None

    hook = head.register_forward_pre_hook(kept) if isinstance(head, torch.nn.Module) else None
    try:
        out = model(**inputs)
    finally:
        if hook is not None:
            hook.remove()
    found = out.logits
    if tuple(found.shape[:2]) != (1, len(rows)):  # a model whose last layer is called in a way of its own
        found = found[rows, places][None]
    return (found[0] if found.dtype == torch.float64 else found[0].float()), out


def log_chances(scores: Any, tokens: Any) -> Any:
    """The log probability of one token a row, (m,), of scores (m, words)."""
    return scores.gather(1, tokens[:, None])[:, 0] - scores.logsumexp(dim=1)


def takes(model: Any, name: str) -> bool:
    """Whether a model's call knows a keyword."""
    return name in signature(model.forward).parameters
