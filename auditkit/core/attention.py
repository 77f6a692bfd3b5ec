"""Where an answer's words looked, as it is kept and passed on: bounded, whole, and checked before anybody paints it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.target import Attention

MOST_TOKENS, MOST_BYTES = 40, 64 << 10
"""Of each side of a picture that anybody can read, and of the file that holds it."""
SLACK, DIGITS = 1e-3, 3
"""How far from one the weights of a token may sum, and the decimals that are kept of each."""
UNATTENDED = "records no attention with its answers."
"""How a note ends that says of a model that it has no attention to show."""


def sound(told: Any, slack: float = SLACK) -> Attention:
    """Attention of at most 40 by 40 tokens, its weights rounded to three decimals.

    Raises `InputError` unless every weight is a number from 0 to 1, those of each token sum to one within `slack`, and
    there are as many as there are tokens to be looked at.

    >>> sound({"rows": ["he"], "columns": ["o", "un"], "weights": [[0.66667, 0.33333]], "of": "decoder on source"})
    Attention(rows=('he',), columns=('o', 'un'), weights=((0.667, 0.333),), of='decoder on source')
    """
    try:
        rows, columns = (tuple(told[side]) for side in ("rows", "columns"))
        weights = tuple(tuple(float(weight) for weight in row) for row in told["weights"])
        of = told.get("of", "")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InputError(f"Attention is rows, columns and weights; this is none ({error!r:.200}).") from error
    if not all(isinstance(text, str) for text in (*rows, *columns, of)):
        raise InputError("The tokens of attention are texts, and so is whose it is.")
    if not 0 < min(len(rows), len(columns)) <= max(len(rows), len(columns)) <= MOST_TOKENS:
        raise InputError(f"Attention of {len(rows)} tokens on {len(columns)}; {MOST_TOKENS} of each are the most.")
    if len(weights) != len(rows) or any(len(row) != len(columns) for row in weights):
        raise InputError(f"Attention of {len(rows)} tokens on {len(columns)} has another number of weights.")
    for token, row in zip(rows, weights, strict=True):
        if not all(math.isfinite(weight) and weight >= 0 for weight in row) or abs(sum(row) - 1) > slack:
            raise InputError(f"The weights of {token[:40]!r} are no shares that sum to one: {row!r:.200}.")
    return Attention(rows, columns, tuple(tuple(round(weight, DIGITS) for weight in row) for row in weights), of)


def read_attention(path: Path) -> Attention:
    """The attention that a file of a run holds; raises `InputError` for what is too large to show, or unsound."""
    try:
        if not path.is_file():
            raise InputError(f"The attention of {str(path)[:300]} is not there.")
        with path.open("rb") as file:
            held = file.read(MOST_BYTES + 1)
        if len(held) > MOST_BYTES:
            raise InputError(f"The attention of {path} takes more than {MOST_BYTES >> 10} KB.")
        return sound(json.loads(held))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"The attention of {str(path)[:300]!r} cannot be read: {error!s:.200}.") from error


def attention_to_dict(attention: Attention) -> dict[str, Any]:
    """The wire format."""
    weights = [list(row) for row in attention.weights]
    return {"rows": list(attention.rows), "columns": list(attention.columns), "weights": weights, "of": attention.of}


def attention_from_dict(told: Mapping[str, Any]) -> Attention:
    """Read the wire format, whose weights are rounded; raises `InputError` for what `sound` does not take."""
    return sound(told, SLACK + MOST_TOKENS * 0.5 * 10**-DIGITS)
