"""Which rows are learned and which are held out: by what they say, never by where they stand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from auditkit.core.errors import InputError
from auditkit.lifecycle.tuning.pupil import Ints, Rows
from auditkit.stats.minhash import near_duplicates

MOST = 2_000
"""Rows held out at most: more would tell little more, and each is asked before and after."""


@dataclass(frozen=True)
class Divided:
    """The rows learned and those held out, as their places, each in the order of their digests."""

    learned: Ints
    held: Ints


def divided(rows: Rows, share: float, seed: int, batch: int) -> Divided:
    """Hold out a share of the rows, families whole, in the order of the digests of what they say and the seed.

    A family is known by the least digest of its rows. One that no longer fits is learned, so a large one never is held
    out by chance. Rows of weight 0 are left out of both. Raises `InputError` for a share that is no share, and where
    fewer rows than a batch are left to learn.

    >>> texts = tuple(f"sentence number {k} of the lot" for k in range(40))
    >>> some = divided(Rows(texts, families(texts), np.ones(40)), 0.25, seed=1, batch=8)
    >>> len(some.learned), len(some.held)
    (30, 10)
    """
    if not 0 < share < 1:
        raise InputError(f"--held-out is {share:g}. It is the share of rows kept from learning, between 0 and 1.")
    known = np.flatnonzero(rows.weights > 0)
    digests = [_digest(rows.contents[k], seed) for k in known]
    order = sorted(range(len(known)), key=lambda at: (digests[at], int(known[at])))
    together: dict[int, list[int]] = {}
    for at in order:
        together.setdefault(int(rows.families[known[at]]), []).append(int(known[at]))
    room, held = min(int(share * len(known)), MOST), set[int]()
    for family in together.values():  # by the least digest of each
        if len(held) + len(family) <= room:
            held |= set(family)
    places = [int(known[at]) for at in order]
    learned = [place for place in places if place not in held]
    if len(learned) < batch:
        raise InputError(
            f"There are {len(learned)} rows to learn from, fewer than a batch of {batch}: {len(known)} rows, of which "
            f"{len(held)} are held out. Give a smaller --batch, a smaller --held-out, or more rows."
        )
    kept = [place for place in places if place in held]
    return Divided(np.array(learned, np.int64), np.array(kept, np.int64))


def families(texts: Sequence[str]) -> Ints:
    """Number the families of texts that are nearly the same, (n,): `stats.minhash`, and the very same text always.

    >>> families(["a b", "c d", "a b"]).tolist()
    [0, 1, 0]
    """
    every = list(dict.fromkeys(texts))
    number = dict(zip(every, near_duplicates(every).tolist(), strict=True))
    return np.array([number[text] for text in texts], np.int64)


def _digest(content: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\0{content}".encode("utf-8", "surrogatepass")).digest()
