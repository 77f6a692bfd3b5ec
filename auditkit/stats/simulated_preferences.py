"""Log ratios of minimal pairs, and words put with names, whose expectations are known in closed form."""

from __future__ import annotations

from itertools import product
from math import factorial

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import Floats
from auditkit.core.evidence import Ints
from auditkit.stats.word_choices import association_scores


def draw_log_ratios(chances: ArrayLike, strengths: ArrayLike, rng: np.random.Generator) -> Floats:
    """Draw log ratios: ± one of the `strengths`, each as often, upwards with `chances` (m,).

    >>> draw_log_ratios([1.0, 0.0], [2.0], np.random.default_rng(1)).tolist()
    [2.0, -2.0]
    """
    p, c = np.asarray(chances, float), np.asarray(strengths, float)
    drawn: Floats = np.where(rng.random(len(p)) < p, 1.0, -1.0) * rng.choice(c, len(p))
    return drawn


def expected_score(chances: ArrayLike, words: int) -> float:
    """The expectation of b, given that anything is chosen: `words` of each kind, `chances` (2, 2) by [name, kind].

    A word of a kind gets each name with its chance, and none with what is left to 1; summed over all counts. With
    chances 1/2 ± d/2 it is d (1 + (1 - d²)/(2 words)) to the first order: a name that got fewer words
    weighs each of them more. It is 0 where both kinds go alike.

    >>> round(expected_score([[.55, .45], [.45, .55]], 8), 4), round(.1 * (1 + .99 / 16), 4)
    (0.1066, 0.1062)
    >>> abs(expected_score([[.8, .8], [.2, .2]], 8)) < 1e-12
    True
    """
    p = np.asarray(chances, float)
    split = [(i, j) for i, j in product(range(words + 1), repeat=2) if i + j <= words]
    ways = [factorial(words) / (factorial(i) * factorial(j) * factorial(words - i - j)) for i, j in split]
    i, j = np.array(split).T
    weight = [np.array(ways) * a**i * b**j * max(1 - a - b, 0.0) ** (words - i - j) for a, b in p.T]
    first, second = (side.ravel() for side in np.indices((len(split), len(split))))
    chosen = np.stack([np.stack([i[first], i[second]], 1), np.stack([j[first], j[second]], 1)], 1)
    b, chance = association_scores(chosen), weight[0][first] * weight[1][second]
    read = ~np.isnan(b)
    return float(b[read] @ chance[read] / chance[read].sum())


def draw_words(chances: ArrayLike, words: int, rng: np.random.Generator) -> Ints:
    """Draw prompts of `words` of each kind: counts (m, 3, 2) by [name or none, kind], from `chances` (m, 2, 2).

    >>> draw_words([[[1.0, 0.0], [0.0, 0.5]]], 4, np.random.default_rng(2)).tolist()
    [[[4, 0], [0, 1], [0, 3]]]
    """
    p = np.asarray(chances, float)
    p = np.concatenate([p, np.clip(1 - p.sum(axis=1, keepdims=True), 0, 1)], axis=1)
    drawn: Ints = rng.multinomial(words, p.transpose(0, 2, 1)).transpose(0, 2, 1)
    return drawn
