"""Where one head of a transformer looks while it reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.target import Attention
from auditkit.targets.wording import Worded


def looked(worded: Worded, model: Any, ids: Sequence[int], place: tuple[int, int]) -> Attention:
    """The weights of one head, a (layer, head) counted from 0: rows are the tokens that look, columns those looked at.

    Raises `InputError` where there is no such layer or head, or the model keeps no weights.
    """
    import torch

    tokens = torch.tensor([list(ids)], device=worded.device_of)
    told = model(input_ids=tokens, attention_mask=torch.ones_like(tokens), output_attentions=True).attentions
    if not told or any(weights is None for weights in told):
        raise InputError(f"{worded.title} does not tell where it looks. Leave attention out.")
    layer, head = place
    if not (0 <= layer < len(told) and 0 <= head < told[layer].shape[1]):
        raise InputError(
            f"{worded.title} has {len(told)} layers of {told[0].shape[1]} heads, counted from 0; attention is {place}."
        )
    names = worded.tokens(ids)
    return Attention(names, names, told[layer][0, head].double().tolist(), f"layer {layer}, head {head}")
