"""Sequences of like length together, within a number of tokens: little padding, and no answer that depends on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TOKENS = 512
"""Tokens of one pass: what a processor keeps close by; more are slower."""
NUMBERS = 2**26
"""Scores of words that are held at once: a quarter of a gigabyte."""


def budget(vocabulary: int) -> int:
    """How many tokens are read in one pass by a model of so many words.

    >>> budget(1_000), budget(256_000)
    (512, 262)
    """
    return max(1, min(TOKENS, NUMBERS // max(vocabulary, 1)))


def batches(lengths: Sequence[int], tokens: int = TOKENS) -> list[list[int]]:
    """Places of the sequences, the longest first, cut so that a batch padded to its longest has at most so many tokens.

    >>> batches([3, 9, 2, 8], tokens=18)
    [[1, 3], [0, 2]]
    """
    found: list[list[int]] = []
    for at in sorted(range(len(lengths)), key=lambda k: -lengths[k]):
        if found and (len(found[-1]) + 1) * lengths[found[-1][0]] <= tokens:
            found[-1].append(at)
        else:
            found.append([at])
    return found


def padded(sequences: Sequence[Sequence[int]], pad: int, device: Any, left: bool = False) -> tuple[Any, Any]:
    """Tokens (n, longest) and where they are real, 1 or 0; the padding is on the right, or on the left.

    >>> ids, mask = padded([[5, 6], [7]], 0, "cpu", left=True)
    >>> ids.tolist(), mask.tolist()
    ([[5, 6], [0, 7]], [[1, 1], [0, 1]])
    """
    import torch

    longest = max(map(len, sequences))
    spare = [longest - len(each) for each in sequences]
    filled = [[pad] * n + [*each] if left else [*each] + [pad] * n for each, n in zip(sequences, spare, strict=True)]
    real = [[0] * n + [1] * (longest - n) if left else [1] * (longest - n) + [0] * n for n in spare]
    return torch.tensor(filled, device=device), torch.tensor(real, device=device)
