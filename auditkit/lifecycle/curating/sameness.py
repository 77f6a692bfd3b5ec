"""Which rows are the same, or nearly: cell for cell, by the words of their texts, or by how their pictures look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from auditkit.annotators.thumbnail import Thumbnail
from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.lifecycle.curating.dataset import Dataset, Ints
from auditkit.lifecycle.curating.gallery import Gallery
from auditkit.stats.minhash import near_duplicates

By = Literal["rows", "texts", "pictures"]
SAID = {
    "rows": "the same in every column compared",
    "texts": "nearly the same words (Jaccard similarity of three-word shingles of at least {similarity:g}, linked)",
    "pictures": "nearly the same picture (thumbnails at most {distance:g} apart in root mean square CIELAB, linked)",
}
CHUNK = 512
"""Pictures that are compared with all others at once."""


def families(by: By, keys: Sequence[tuple[str, ...]], similarity: float, distance: float, gallery: Gallery) -> Ints:
    """Number the families (n,) of rows that are the same, by these cells of theirs; a missing text is like no other.

    Of texts and pictures families are joined by single linkage: the two ends of a chain may be less alike.
    """
    distinct = {key: k for k, key in enumerate(dict.fromkeys(keys))}
    own = np.array([distinct[key] for key in keys], np.int64)
    if by == "texts":
        own = near_duplicates([" ".join(key) for key in distinct], similarity)[own]
    elif by == "pictures":
        own = alike([key[0] for key in distinct], distance, gallery)[own]
    if by != "rows":
        empty = np.array([not any(key) for key in keys], bool)
        own[empty] = len(keys) + np.arange(int(empty.sum()))
    return own


def keyed(by: By, data: Dataset, columns: Sequence[str], text: str, image: str) -> list[tuple[str, ...]]:
    """The cells of every row that it is compared by: by default all of them, the text, or the picture."""
    if by == "rows":
        names = list(columns) or list(data.columns)
        return list(zip(*(map(repr, data.column(name, "columns")) for name in names), strict=True))
    if by == "pictures" and len(columns) > 1:
        raise InputError(f"Pictures are compared by one column, and {len(columns)} were given. Name the one.")
    names = list(columns) or [text if by == "texts" else image]
    chosen = [data.column(name, "columns") for name in names]
    if by == "pictures" and names != [image]:
        raise InputError(f'Pictures are compared by the column "{image}", which `image` names, and not by {names[0]}.')
    return [tuple("" if cell is None else str(cell) for cell in cells) for cells in zip(*chosen, strict=True)]


def alike(names: Sequence[str], distance: float, gallery: Gallery) -> Ints:
    """Number the families of pictures whose thumbnails are so near, by single linkage."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    vectors = thumbnails(names, gallery)
    first, second = _near(vectors, distance)
    n = len(names)
    edges = coo_array((np.ones(len(first)), (first, second)), shape=(n, n))
    found: Ints = connected_components(edges, directed=False)[1].astype(np.int64)
    return found


def thumbnails(names: Sequence[str], gallery: Gallery) -> Floats:
    """The thumbnail of every picture (n, d), so scaled that distances are root mean squares; of none, zeros."""
    width = 4 * Thumbnail().size ** 2
    read = [gallery.thumbnail(name) if name else [0.0] * width for name in names]
    vectors: Floats = np.array(read, float).reshape(len(names), width) / np.sqrt(width)
    return vectors


def _near(vectors: Floats, distance: float) -> tuple[Ints, Ints]:
    squares = (vectors**2).sum(axis=1)
    pairs: list[Ints] = []
    for start in range(0, len(vectors), CHUNK):
        some = slice(start, start + CHUNK)
        apart = squares[some, None] + squares[None] - 2 * vectors[some] @ vectors.T
        a, b = np.nonzero(apart <= distance**2 + 1e-9)
        pairs.append(np.stack([a + start, b]))
    together = np.concatenate(pairs, axis=1) if pairs else np.zeros((2, 0), np.int64)
    kept = together[:, together[0] < together[1]]
    return kept[0], kept[1]
