"""Outputs read as embeddings, as scores or as categories, and how unlike one another they are in each prompt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.errors import InputError
from auditkit.core.estimate import Estimate, Floats
from auditkit.core.evidence import Rows
from auditkit.core.finding import Reference
from auditkit.core.roles import MISSING
from auditkit.stats.dispersion import Dispersion, of_counts, of_distances, of_scores, of_unit_vectors

Flags = NDArray[np.bool_]
Kind = Literal["vector", "score", "category"]


class Reading(NamedTuple):
    """One way of reading the outputs: what it is called, and each row as numbers (n, k); NaN is not readable."""

    name: str
    kind: Kind
    values: Floats

    @property
    def readable(self) -> Flags:
        """Which rows it can read (n,)."""
        return np.asarray(~np.isnan(self.values).any(axis=1))


def readings(rows: Rows) -> Iterator[Reading]:
    """Every reading that the roles `vector`, `score` and `prediction` give.

    What stands before the last dot in the name of a column of numbers is its encoder: "clip.0", "clip.1" and "bert.0"
    are two; columns without a dot make one, called vector. Scores and predictions need no encoder.

    >>> bag = Rows.of({}, {"vector": [[1, 0, 2], [0, 1, 2]]}, measured={"vector": ("clip.0", "clip.1", "bert.0")})
    >>> [(reading.name, reading.values.shape) for reading in readings(bag)]
    [('clip', (2, 2)), ('bert', (2, 1))]
    """
    if "vector" in rows:
        encoders = [column.rpartition(".")[0] or "vector" for column in rows.measured["vector"]]
        for encoder in dict.fromkeys(encoders):
            own = [i for i, name in enumerate(encoders) if name == encoder]
            yield Reading(encoder, "vector", directions(rows.numbers["vector"][:, own]))
    if "score" in rows:
        yield Reading("score", "score", rows.number("score")[:, None])
    if "prediction" in rows:
        codes = np.where(rows.column("prediction") == MISSING, np.nan, rows.codes("prediction"))
        yield Reading("prediction", "category", codes[:, None])


def directions(vectors: ArrayLike) -> Floats:
    """Vectors (n, d) divided by their lengths; NaN where the length is 0, which has no direction.

    >>> directions([[3, 4], [0, 0]]).tolist()
    [[0.6, 0.8], [nan, nan]]
    """
    x = np.asarray(vectors, float)
    most = np.max(np.abs(x), axis=1, keepdims=True, initial=0)
    x = np.ldexp(x, -np.frexp(most)[1])  # by a power of two, so exactly: the squares of 1e-160 would be lost
    length = np.linalg.norm(x, axis=1, keepdims=True)
    out: Floats = np.divide(x, length, out=np.full(x.shape, np.nan), where=length > 0)
    return out


def by_prompt(reading: Reading, group: Flags, prompts: Sequence[Flags]) -> Dispersion:
    """Rao's Q of the rows (n,) of a group in each prompt, `prompts` of P masks (n,): as `dispersion_ratio` takes it.

    Unit vectors by 1 - cosine, scores by the difference of two (Gini), categories by whether two differ. The widest
    dissimilarity of scores is that of all rows of any prompt, not of the group alone.
    """
    parts = [reading.values[group & prompt] for prompt in prompts]
    if reading.kind == "category":
        kinds = int(np.nanmax(reading.values, initial=0)) + 1
        return of_counts([np.bincount(x[:, 0].astype(int), minlength=kinds) for x in parts])
    if reading.kind == "vector":
        each, widest = [_of_vectors(x) for x in parts], 2.0
    else:
        each = [of_scores(x[:, 0]) for x in parts]
        widest = max(float(np.ptp(reading.values[prompt])) if prompt.any() else 0.0 for prompt in prompts)
    q, variance, n = (np.concatenate(side) for side in zip(*(e[:3] for e in each), strict=True))
    return Dispersion(q, variance, n, widest)


def _of_vectors(x: Floats) -> Dispersion:
    """By moments (d, d), or where rows are fewer than dimensions by distances (n, n): whichever is the smaller."""
    n, d = x.shape
    if n >= d:
        return of_unit_vectors(n, x.sum(axis=0), x.T @ x)
    apart = np.maximum(1 - x @ x.T, 0)
    np.fill_diagonal(apart, 0)
    return of_distances(apart)


def over_known(estimate: Estimate, reference: Reference) -> Estimate:
    """An estimate of a ratio over a ratio that is known: value and bounds divided by it.

    Raises `InputError` unless the known ratio is one positive number.

    >>> e = Estimate(0.6, (.5,) * 9, (.8,) * 9, n=100, n_eff=100.0, method="ratio")
    >>> over_known(e, Reference(.5, why="real captions of both groups", source="an example")).value
    1.2
    """
    known = reference.value
    if isinstance(known, Mapping) or not 0 < known < np.inf:
        raise InputError(f"The reference of a ratio is one positive number; this one is {known}.")

    def over(bound: float | None) -> float | None:
        return None if bound is None else bound / known

    lower, upper = (tuple(over(bound) for bound in side) for side in (estimate.lower, estimate.upper))
    method = f"{estimate.method}, over a known ratio"
    return replace(estimate, value=over(estimate.value), lower=lower, upper=upper, method=method)


def same_side(values: Sequence[float | None], edge: float) -> bool:
    """Whether values are all known and all on one side of an edge.

    >>> same_side([.5, .7], .8), same_side([.5, .9], .8), same_side([.5, None], .8)
    (True, False, False)
    """
    known = [value >= edge for value in values if value is not None]
    return len(known) == len(values) and len(set(known)) <= 1
