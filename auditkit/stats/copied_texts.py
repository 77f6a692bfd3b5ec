"""Texts of a world where some were copied, word for word or nearly: what finds copies is measured on it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

WORDS, VOCABULARY = 20, 2_000


class Copied(NamedTuple):
    """Texts, the `item` of each, and whether it is `trained` on; by `share`, items occur three times."""

    texts: list[str]
    item: list[int]
    trained: list[bool]
    share: float


def copied_texts(n: int, rows: float, seen: float, opening: int, rng: np.random.Generator) -> Copied:
    """Draw about `n` texts, of which a share `rows` are items that occur three times: q = r/(3 - 2r) of the items.

    Half of these are copied word for word, half with another last word each: of eighteen shingles of three words two
    share seventeen, a Jaccard similarity of 17/19. The first half of the items is trained on; of the others a share
    `seen` has the words of a trained one. All begin with the same `opening` words.

    >>> world = copied_texts(1000, .6, .1, 0, np.random.default_rng(1))
    >>> round(world.share, 3)
    0.333
    """
    q = rows / (3 - 2 * rows)
    size = round(n / (1 + 2 * q))
    half = size // 2
    words = rng.integers(VOCABULARY, size=(size, WORDS))
    words[:, :opening] = np.arange(opening)
    leaks = half + np.flatnonzero(rng.random(size - half) < seen)
    words[leaks] = words[rng.permutation(half)[: len(leaks)]]
    times: NDArray[np.int64] = np.where(rng.random(size) < q, 3, 1)
    nearly = rng.random(size) < 0.5
    item = np.repeat(np.arange(size), times).tolist()
    copy = np.concatenate([np.arange(count) for count in times]).tolist()
    spelled = [[f"w{word}" for word in row] for row in words.tolist()]
    ends = [f"z{i}.{k}" if k and nearly[i] else spelled[i][-1] for i, k in zip(item, copy, strict=True)]
    texts = [" ".join([*spelled[i][:-1], end]) for i, end in zip(item, ends, strict=True)]
    return Copied(texts, item, [i < half for i in item], q)
