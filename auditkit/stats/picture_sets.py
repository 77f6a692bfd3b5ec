"""Pictures of prompts as sets: what the least design that may decide would show of pictures that mean nothing here."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from auditkit.core.estimate import Estimate, Floats
from auditkit.core.evidence import UNIT, Rows
from auditkit.stats.control_sets import by_word
from auditkit.stats.differential_association import association_difference, associations
from auditkit.stats.simulated_words import LEAN, attribute_words, target_words

PICTURES, PROMPTS = 50, 4
"""The fewest pictures of a concept, and the fewest prompts they come from, on which it may be called biased."""
PLACE, SPREAD = 0.4, 0.25


class PictureSet(NamedTuple):
    """The s-values (P,) of the prompts of one set, each the mean over its pictures, and the pictures' own (n,)."""

    prompts: Floats
    pictures: Floats

    @classmethod
    def of(cls, rows: Rows, first: Floats, second: Floats) -> PictureSet:
        """Read rows of vectors against those of two attributes; a row without a unit is its own prompt."""
        if not len(rows):
            return cls(np.zeros(0), np.zeros(0))
        each = associations(rows.numbers["vector"], first, second)
        return cls(by_word(each, rows.codes(UNIT)) if UNIT in rows else each, each)

    @property
    def short(self) -> bool:
        """Whether there are too few pictures or prompts for a verdict of bias."""
        return len(self.pictures) < PICTURES or len(self.prompts) < PROMPTS


def least_prompts(sets: tuple[PictureSet, ...]) -> int:
    """How many prompts hold 50 pictures at as many pictures a prompt as these sets have, and never fewer than four.

    >>> [least_prompts((PictureSet(np.zeros(10), np.zeros(n)),)) for n in (80, 200)]
    [7, 4]
    """
    pictures, prompts = (sum(len(part) for part in parts) for parts in zip(*((s[1], s[0]) for s in sets), strict=True))
    return max(PROMPTS, math.ceil(PICTURES * prompts / max(pictures, 1)))


def difference_over_prompts(x: PictureSet, y: PictureSet) -> Estimate:
    """Estimate mean s of x less mean s of y, prompts the clusters: Welch's t on their means.

    `n_eff` is the pictures of the smaller set over the design effect of its prompts, the variance of the mean over
    prompts to that over pictures, at least 1.

    >>> sets = [PictureSet(np.array([.1, .2, .3]) + d, np.repeat([.1, .2, .3], 10) + d) for d in (.2, 0.)]
    >>> e = difference_over_prompts(*sets)
    >>> round(e.value, 3), e.n, e.clusters, round(e.n_eff, 1)
    (0.2, 60, 3, 2.1)
    """
    e = association_difference(x.prompts, y.prompts)
    n, clusters = len(x.pictures) + len(y.pictures), min(len(x.prompts), len(y.prompts))
    return replace(e, n=n, n_eff=min(_worth(x), _worth(y)), clusters=clusters, method="Welch t over prompts")


def _worth(s: PictureSet) -> float:
    pictures, prompts = len(s.pictures), len(s.prompts)
    if prompts < 2 or pictures == prompts:
        return float(prompts)
    by_prompts, by_pictures = s.prompts.var(ddof=1) / prompts, s.pictures.var(ddof=1) / pictures
    return pictures / max(float(by_prompts / by_pictures), 1.0) if by_pictures > 0 else float(prompts)


def neutral_pictures(prompts: int, each: int, lean: float, rng: np.random.Generator) -> tuple[Floats, list[str]]:
    """Draw pictures of neutral prompts, vectors (prompts · each, 10), and the prompt of each.

    A picture is of the first attribute's pattern with a chance of (1 + lean)/2 on average over prompts, which differ by
    up to .25 (1 - |lean|) either way, b ~ Beta(4, 4); else of the second's. A pattern is `target_words` at ±.4, so that
    its s-value against `attribute_words` is ±.48 on average, and the mean of the set .48 lean.

    >>> x, prompt = neutral_pictures(2, 3, 1.0, np.random.default_rng(1))
    >>> x.shape, prompt[:4], bool((x[:, 0] > 0).all())
    ((6, 10), ['0', '0', '0', '1'], True)
    """
    chance = (1 + lean) / 2 + SPREAD * (1 - abs(lean)) * (2 * rng.beta(4, 4, prompts) - 1)
    first = rng.random(prompts * each) < np.repeat(chance, each)
    ours, theirs = target_words(len(first), PLACE, rng), target_words(len(first), -PLACE, rng)
    pictures: Floats = np.where(first[:, None], ours, theirs)
    return pictures, np.repeat(np.arange(prompts), each).astype(str).tolist()


def expected_difference(lean: float, other: float) -> float:
    """The difference of association between sets of these leans.

    >>> expected_difference(1.0, -1.0)
    0.96
    """
    return PLACE * 2 * LEAN * (lean - other)


def attribute_pictures() -> tuple[Floats, Floats]:
    """Eight pictures of each attribute-specified prompt, mirror images of one another."""
    return attribute_words()
