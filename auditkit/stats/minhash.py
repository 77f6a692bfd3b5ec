"""Texts that are nearly the same: shingles, their Jaccard similarity, and MinHash to find who is worth comparing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]

SHINGLE = 3
BANDS, DEPTH = 20, 5
_FAMILY = np.random.default_rng(1997).integers(1, 2**63, size=(BANDS * DEPTH, 2), dtype=np.uint64)
_WORD = re.compile(r"\w+")


def near_duplicates(texts: Sequence[str], similarity: float = 0.8) -> Ints:
    """Number the families (n,) of texts whose shingles have a Jaccard similarity of at least `similarity`.

    A shingle is three words in a row, case and punctuation aside; J = |A ∩ B|/|A ∪ B|. Candidates agree in five
    MinHashes of one of 20 bands (Broder 1997; Leskovec, Rajaraman & Ullman 2020, chapter 3), chance 1 - (1 - J⁵)²⁰:
    .9996 at J = .8. Their J is then computed from the shingles themselves, so none is joined by a hash alone. Families
    are joined by single linkage, numbered from 0.

    >>> near_duplicates(["one two three four", "One, two, three: four!", "quite another text"]).tolist()
    [0, 0, 1]
    """
    from scipy.sparse import coo_array, csr_array
    from scipy.sparse.csgraph import connected_components

    n = len(texts)
    if not n:
        return np.zeros(0, np.int64)
    text, shingle = shingles(texts)
    first, second = _candidates(_signatures(shingle, np.flatnonzero(np.diff(text, prepend=-1))))
    number = np.unique(shingle, return_inverse=True)[1]
    sets = csr_array((np.ones(len(text)), (text, number)), shape=(n, int(number.max()) + 1))
    size = np.bincount(text, minlength=n)
    shared = sets[first].multiply(sets[second]).sum(axis=1) if len(first) else np.zeros(0)
    alike = shared >= similarity * (size[first] + size[second] - shared) - 1e-9
    edges = coo_array((np.ones(int(alike.sum())), (first[alike], second[alike])), shape=(n, n))
    families: Ints = connected_components(edges, directed=False)[1].astype(np.int64)
    return families


def shingles(texts: Sequence[str]) -> tuple[Ints, Hashes]:
    """The distinct shingles of every text as parallel arrays, text by text: its number, and the shingle's hash.

    A text of fewer than three words is one shingle; one without words is a shingle of its own characters.

    >>> [part.tolist() for part in (shingles(["a b c d", "a b c"])[0],)]
    [[0, 0, 1]]
    """
    words = [_WORD.findall(text.casefold()) or [text] for text in texts]
    known = {word: _hashed(word) for word in {word for each in words for word in each}}
    padded = [each + [""] * (SHINGLE - len(each)) for each in words]
    known[""] = 0
    flat = np.array([known[word] for each in padded for word in each], np.uint64)
    text = np.repeat(np.arange(len(texts)), [len(each) for each in padded])
    inside = np.flatnonzero(text[: len(text) - SHINGLE + 1] == text[SHINGLE - 1 :])
    out = np.zeros(len(inside), np.uint64)
    for k in range(SHINGLE):
        out = _mixed(out + flat[inside + k])
    order = np.lexsort((out, text[inside]))
    which, found = text[inside][order], out[order]
    fresh = np.r_[True, (which[1:] != which[:-1]) | (found[1:] != found[:-1])]
    return which[fresh], found[fresh]


def _signatures(shingle: Hashes, starts: Ints) -> Hashes:
    """The least of every hash over the shingles of each text (hashes, n)."""
    with np.errstate(over="ignore"):
        return np.array([np.minimum.reduceat(_mixed(shingle * (2 * a + 1) + b), starts) for a, b in _FAMILY.tolist()])


def _candidates(signatures: Hashes) -> tuple[Ints, Ints]:
    """Pairs that agree in a whole band: each text of a bucket with the first of it and with the one before."""
    n, pairs = signatures.shape[1], []
    for band in signatures.reshape(BANDS, DEPTH, n):
        key = np.zeros(n, np.uint64)
        for part in band:
            key = _mixed(key ^ part)
        order = np.argsort(key, kind="stable")
        same = np.flatnonzero(key[order][1:] == key[order][:-1]) + 1
        head = np.maximum.accumulate(np.where(np.isin(np.arange(n), same), 0, np.arange(n)))
        pairs += [order[same - 1] * n + order[same], order[head[same]] * n + order[same]]
    distinct = np.unique(np.concatenate(pairs))
    return distinct // n, distinct % n


def _hashed(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _mixed(z: Hashes) -> Hashes:
    """Steele, Lea & Flood's (2014) finaliser."""
    with np.errstate(over="ignore"):
        z = z + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
