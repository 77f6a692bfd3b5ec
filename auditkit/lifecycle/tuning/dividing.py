"""Which rows are learned and which are held out: by what they say, never by where they stand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from auditkit.core.errors import InputError
from auditkit.lifecycle.tuning.pupil import Ints, Rows
from auditkit.stats.minhash import near_duplicates
from auditkit.stats.noninferiority import FEWEST

UNIT = "unit"
"""The column that tells which rows come from one row of the source."""
MOST = 2_000
"""Rows held out at most: more would tell little more, and each is asked before and after."""


@dataclass(frozen=True)
class Divided:
    """The rows learned and those held out, as their places, each in the order of their digests."""

    learned: Ints
    held: Ints


def divided(rows: Rows, share: float, seed: int, batch: int) -> Divided:
    """Hold out a share of the rows, families whole, in the order of the digests of what they say and the seed.

    A family is known by the least digest of its rows. Those with more than a thirtieth of the weight that is to be held
    out come last, for a few of them would be most of what the guard reads; one that no longer fits is learned. Rows of
    weight 0 are left out of both. Raises `InputError` for a share that is no share, and where
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
    large = room / FEWEST * rows.weights[known].mean()
    for family in sorted(together.values(), key=lambda some: rows.weights[some].sum() > large):  # else by the digests
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


def families(texts: Sequence[str], units: Sequence[object] | None = None) -> Ints:
    """Number the families of texts that are nearly the same, (n,): `stats.minhash`, and the very same text always.

    Rows of one unit (a row and its counterfactual twin) are one family too.

    >>> families(["a b", "c d", "a b"]).tolist()
    [0, 1, 0]
    >>> families(["he sings", "she sings", "he is late"], units=[7, 7, 8]).tolist()
    [0, 0, 1]
    """
    every = list(dict.fromkeys(texts))
    number = dict(zip(every, near_duplicates(every).tolist(), strict=True))
    return linked([number[text] for text in texts], units)


def linked(keys: Sequence[object], units: Sequence[object] | None = None) -> Ints:
    """Number the families of rows, (n,), that share their key or their unit, directly or by others in between.

    A unit that is missing links nothing.

    >>> linked(["a", "b", "b", "c", "d"], [1, 1, 2, None, None]).tolist()
    [0, 0, 0, 1, 2]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows = keys if units is None else units
    other = [("row", k) if unit is None else ("unit", unit) for k, unit in enumerate(rows)]
    number: dict[object, int] = {}
    ends = [[number.setdefault(key, len(number)) for key in each] for each in ([("key", key) for key in keys], other)]
    edges = coo_array((np.ones(len(keys)), (ends[0], ends[1])), shape=(len(number), len(number)))
    labels = connected_components(edges, directed=False)[1][ends[0]].tolist()
    first = {label: k for k, label in enumerate(dict.fromkeys(labels))}
    return np.array([first[label] for label in labels], np.int64)


def _digest(content: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\0{content}".encode("utf-8", "surrogatepass")).digest()
