"""Marginal tables of many sets of attributes from one table of counted cells, in few passes over the cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats

Attributes = tuple[int, ...]

_JOINT, _LARGEST = 2**18, 2**24


class Cube(NamedTuple):
    """A table of `weights` (cells,), counts or shares, by `codes` (cells, m) of m attributes with `sizes` (m,) levels.

    Cells that are not there are empty; cells that repeat add up.
    """

    codes: NDArray[np.int32]
    weights: Floats
    sizes: Attributes

    @classmethod
    def of(cls, codes: ArrayLike, weights: ArrayLike, sizes: Sequence[int] | None = None) -> Cube:
        """Build from cells; without `sizes` each attribute has the levels up to its highest code.

        Raises `InputError` for codes below 0 or beyond `sizes`.
        """
        cells = np.asfortranarray(codes, np.int32)
        found = tuple((cells.max(axis=0, initial=-1) + 1).tolist())
        wanted = found if sizes is None else tuple(sizes)
        if len(wanted) != len(found) or any(a > b for a, b in zip(found, wanted, strict=True)) or (cells < 0).any():
            raise InputError(f"Codes count from 0; these need {found} levels a column, and there are to be {wanted}.")
        return cls(cells, np.asarray(weights, float), wanted)


def marginal_tables(cube: Cube, wanted: Sequence[Attributes]) -> Iterator[tuple[Attributes, Floats]]:
    """Dense tables over sets of attributes, everything else summed out; in no particular order.

    Neighbouring attributes are packed into blocks, so that any s attributes lie in at most s blocks whose joint table
    is small: the cells are counted once for each few blocks, which for three of 20 attributes is 63 passes instead of
    1140. Raises `InputError` for a table of more than 2²⁴ cells.

    >>> cube = Cube.of([[0, 0, 1], [0, 1, 1], [1, 0, 0]], [5, 4, 3])
    >>> {attributes: table.tolist() for attributes, table in marginal_tables(cube, [(0,), (0, 2)])}
    {(0,): [9.0, 3.0], (0, 2): [[0.0, 9.0], [3.0, 0.0]]}
    """
    groups: dict[Attributes, list[Attributes]] = {}
    blocks = {size: _blocks(cube.sizes, _JOINT ** (1 / size)) for size in {len(attributes) for attributes in wanted}}
    for attributes in wanted:
        block = blocks[len(attributes)]
        groups.setdefault((len(attributes), *sorted({block[a] for a in attributes})), []).append(attributes)
    for members in groups.values():
        union = tuple(sorted({a for attributes in members for a in attributes}))
        batches = [(union, members)] if _cells(cube, union) <= _JOINT else [(member, [member]) for member in members]
        for together, batch in batches:
            joint = _joint(cube, together)
            for attributes in batch:
                others = tuple(i for i, a in enumerate(together) if a not in attributes)
                yield attributes, joint.sum(axis=others)


def check_size(sizes: Sequence[int]) -> None:
    """Raise `InputError` where a dense table of these sizes would have more than 2²⁴ cells."""
    if np.prod([float(size) for size in sizes]) > _LARGEST:
        raise InputError(
            f"Attributes with {', '.join(map(str, sizes))} levels make too many combinations. "
            "Group their levels, or fix fewer attributes."
        )


def _cells(cube: Cube, attributes: Attributes) -> float:
    return float(np.prod([float(cube.sizes[a]) for a in attributes]))


def _blocks(sizes: Attributes, limit: float) -> list[int]:
    """The block of each attribute: neighbours share one while their levels make at most `limit` combinations."""
    out, product = [0], float(sizes[0])
    for size in sizes[1:]:
        product *= size
        new = product > limit
        product = float(size) if new else product
        out.append(out[-1] + new)
    return out


def _joint(cube: Cube, attributes: Attributes) -> Floats:
    shape = [cube.sizes[a] for a in attributes]
    check_size(shape)
    key = np.zeros(len(cube.weights), np.int64)
    for a, size in zip(attributes, shape, strict=True):
        key *= size
        key += cube.codes[:, a]
    table = np.bincount(key, cube.weights, minlength=int(np.prod(shape)))
    return table.astype(np.float64).reshape(shape)
