"""Read word vectors from the files they come in: word2vec and GloVe text, word2vec .bin, .npy, safetensors.

Nothing in a file is ever executed, and nothing is allocated for a size that the file merely claims: every claim is held
against the bytes that are there.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from auditkit.core.errors import InputError

Matrix = NDArray[np.float32] | NDArray[np.float64]
Kept = frozenset[str] | None

LONGEST_WORD = 1_000
LONGEST_LINE = 1 << 20
LONGEST_HEADER = 100 << 20
LONGEST_NPY_HEADER = 10_000
_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
_NPY_DTYPES = tuple(order + kind for order in "<>" for kind in ("f2", "f4", "f8"))


@dataclass(frozen=True, eq=False)
class Vectors:
    """Words and their vectors: `matrix` (len(words), dimensions), a row each."""

    words: tuple[str, ...]
    matrix: Matrix

    def table(self, sets: Mapping[str, Iterable[str]]) -> dict[str, list[Any]]:
        """Columns word, set and vector, a row for each word of each set that has a vector; the others are left out.

        Raises `InputError` where no word of a set has one.

        >>> vectors = Vectors(("rose", "ant"), np.eye(2))
        >>> vectors.table({"X": ["rose", "tulip"], "Y": ["ant"]})["word"]
        ['rose', 'ant']
        """
        place = {word: i for i, word in reversed(list(enumerate(self.words)))}
        columns: dict[str, list[Any]] = {"word": [], "set": [], "vector": []}
        for name, words in sets.items():
            known = [word for word in dict.fromkeys(words) if word in place]
            if not known:
                raise InputError(
                    f'No word of the set "{name}" has a vector. Are they spelled, and cased, as in the file?'
                )
            columns["word"] += known
            columns["set"] += [name] * len(known)
            columns["vector"] += [self.matrix[place[word]].tolist() for word in known]
        return columns


def read_vectors(path: str | Path, only: Collection[str] | None = None, words: Sequence[str] | None = None) -> Vectors:
    """Read vectors by the file's ending: .bin is word2vec's, .npy NumPy's, .safetensors its own, all else text.

    `only` keeps these words, so that a few lists need not cost the memory of millions of words. A .npy and a matrix in
    .safetensors name no words: they are `words`, one a row, or the numbers of the rows; .safetensors may also hold a
    vector a word. Text is UTF-8, a word and its numbers a line, with word2vec's line of sizes first or without.

    Raises `InputError` for a file that is missing, truncated or not what its ending says, and for numbers that are not
    finite.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "glove.txt"
    >>> _ = file.write_text("rose .5 1\\nant 0 -1\\n")
    >>> read_vectors(file).words, read_vectors(file, only=["ant"]).matrix.tolist()
    (('rose', 'ant'), [[0.0, -1.0]])
    """
    file = Path(path)
    if words is not None and file.suffix not in (".npy", ".safetensors"):
        raise InputError(f"{file.name} names its words itself: leave words out.")
    try:
        with file.open("rb") as stream:
            found = _read(stream, file, only, words)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}.") from error
    except (ValueError, OverflowError, RecursionError) as error:
        raise InputError(f"{file} does not hold vectors: {error}.") from error
    if not np.isfinite(found.matrix).all():
        raise InputError(f"{file} holds numbers that are not finite.")
    return found


def _read(stream: BinaryIO, file: Path, only: Collection[str] | None, words: Sequence[str] | None) -> Vectors:
    size, kept = file.stat().st_size, None if only is None else frozenset(only)
    if file.suffix == ".npy":
        return _named(_npy(stream, size), words, kept)
    if file.suffix == ".safetensors":
        return _safetensors(stream, size, words, kept)
    found = list(_word2vec(stream, size, kept) if file.suffix == ".bin" else _text(stream, kept))
    if not found:
        raise ValueError("no word is in it" if only is None else "none of the words asked for is in it")
    return Vectors(tuple(word for word, _ in found), np.array([vector for _, vector in found]))


def _named(matrix: Matrix, words: Sequence[str] | None, kept: Kept) -> Vectors:
    if words is not None and len(words) != len(matrix):
        raise ValueError(f"it has {len(matrix)} rows for {len(words)} words")
    names = [str(i) for i in range(len(matrix))] if words is None else list(words)
    rows = [i for i, name in enumerate(names) if kept is None or name in kept]
    return Vectors(tuple(names[i] for i in rows), matrix[rows])


def _text(stream: BinaryIO, kept: Kept) -> Iterator[tuple[str, Matrix]]:
    """A word and its numbers a line; some of GloVe's words hold spaces, so numbers are counted from the end."""
    declared: int | None = None
    dimensions, seen = 0, 0
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise ValueError(f"line {seen + 1} is longer than {LONGEST_LINE:,} bytes")
        parts = line.decode("utf-8", "replace").rstrip().split(" ")
        if not dimensions and len(parts) == 2 and all(part.isdecimal() for part in parts):
            declared, dimensions = (int(part) for part in parts)
            continue
        dimensions = dimensions or len(parts) - 1
        seen += 1
        if dimensions < 1 or len(parts) <= dimensions:
            raise ValueError(f"vector {seen} has {len(parts) - 1} numbers and not {max(dimensions, 1)}")
        word = " ".join(parts[:-dimensions])
        if kept is None or word in kept:
            yield word, np.array(parts[-dimensions:], float)
    if declared not in (None, seen):
        raise ValueError(f"it says {declared:,} words and holds {seen:,}")


def _word2vec(stream: BinaryIO, size: int, kept: Kept) -> Iterator[tuple[str, Matrix]]:
    """A line of two sizes, then each word, a space, and its numbers as little-endian 32-bit floats."""
    words, dimensions = (int(part) for part in stream.readline(100).split())
    if min(words, dimensions) < 1 or words * (4 * dimensions + 1) > size:
        raise ValueError(f"it says {words:,} words of {dimensions:,} numbers, and has {size:,} bytes")
    for _ in range(words):
        word = _word(stream)
        numbers = stream.read(4 * dimensions)
        if len(numbers) < 4 * dimensions:
            raise ValueError("it ends within a vector")
        if kept is None or word in kept:
            yield word, np.frombuffer(numbers, "<f4")
    if stream.read(2).strip():
        raise ValueError(f"more follows after the {words:,} words that it says")


def _word(stream: BinaryIO) -> str:
    word = bytearray()
    while (byte := stream.read(1)) != b" ":
        word += byte
        if not byte or len(word) > LONGEST_WORD:
            raise ValueError(f"it ends, or loses its thread, after {len(word)} bytes of a word")
    return word.decode("utf-8", "replace").lstrip("\n")


def _npy(stream: BinaryIO, size: int) -> Matrix:
    """Magic, version, the length of a header, and the header: a literal of dtype, order and shape."""
    magic, version = stream.read(6), stream.read(2)
    if magic != b"\x93NUMPY" or version not in (b"\1\0", b"\2\0", b"\3\0"):
        raise ValueError("it does not begin as .npy does, in version 1, 2 or 3")
    length = int.from_bytes(stream.read(2 if version == b"\1\0" else 4), "little")
    header = _literal(stream.read(min(length, LONGEST_NPY_HEADER)))
    kind, shape = header.get("descr"), header.get("shape")
    if kind not in _NPY_DTYPES or header.get("fortran_order") is not False or not _sizes(shape) or len(shape) != 2:
        raise ValueError(f"it holds {kind} of shape {shape} and not a matrix of floats, row by row")
    if math.prod(shape) * np.dtype(kind).itemsize != size - stream.tell():
        raise ValueError(f"its shape {shape} does not go with its {size:,} bytes")
    return _floats(np.frombuffer(stream.read(), kind), shape)


def _literal(header: bytes) -> dict[str, Any]:
    try:
        found = ast.literal_eval(header.decode("utf-8").strip())
    except (SyntaxError, MemoryError) as error:
        raise ValueError("its header is no literal") from error
    if not isinstance(found, dict):
        raise ValueError("its header is no table")
    return found


def _safetensors(stream: BinaryIO, size: int, words: Sequence[str] | None, kept: Kept) -> Vectors:
    """Eight bytes of length, a JSON header of dtype, shape and offsets by name, and the bytes themselves."""
    length = int.from_bytes(stream.read(8), "little")
    if not 2 <= length <= min(size - 8, LONGEST_HEADER):
        raise ValueError(f"its header claims {length:,} of {size:,} bytes")
    header = json.loads(stream.read(length))
    if not isinstance(header, dict):
        raise ValueError("its header is no table")
    base = 8 + length
    tensors = {name: _claims(entry, size - base) for name, entry in header.items() if name != "__metadata__"}
    matrices = [tensor for tensor in tensors.values() if len(tensor.shape) == 2]
    if len(matrices) == len(tensors) == 1:
        return _named(_tensor(stream, matrices[0], base), words, kept)
    if matrices or words is not None or len({tensor.shape for tensor in tensors.values()}) != 1:
        raise ValueError(f"of {len(tensors)} tensors {len(matrices)} are matrices: give one, or equal vectors by word")
    names = [name for name in tensors if kept is None or name in kept]
    if not names:
        raise ValueError("none of the words asked for is in it")
    return Vectors(tuple(names), np.array([_tensor(stream, tensors[name], base) for name in names]))


class _Tensor(NamedTuple):
    kind: str
    shape: tuple[int, ...]
    start: int
    end: int


def _claims(entry: Any, size: int) -> _Tensor:
    """What the header says of a tensor, held against the bytes there are."""
    entry = entry if isinstance(entry, dict) else {}
    kind, shape, ends = (entry.get(key) for key in ("dtype", "shape", "data_offsets"))
    if kind not in _DTYPES or not _sizes(shape) or not _sizes(ends) or len(ends) != 2:
        raise ValueError(f"a tensor is not of {', '.join(_DTYPES)} with a shape and two offsets")
    start, end = ends
    if not 0 <= start <= end <= size or math.prod(shape) * np.dtype(_DTYPES[kind]).itemsize != end - start:
        raise ValueError(f"a tensor of shape {shape} does not go with bytes {start:,} to {end:,} of {size:,}")
    return _Tensor(kind, tuple(shape), start, end)


def _sizes(value: Any) -> TypeGuard[Sequence[int]]:
    return isinstance(value, (list, tuple)) and all(type(n) is int and n >= 0 for n in value)


def _tensor(stream: BinaryIO, claim: _Tensor, base: int) -> Matrix:
    stream.seek(base + claim.start)
    raw = np.frombuffer(stream.read(claim.end - claim.start), _DTYPES[claim.kind])
    values = (raw.astype("<u4") << 16).view("<f4") if claim.kind == "BF16" else raw
    return _floats(values, claim.shape)


def _floats(values: NDArray[Any], shape: Sequence[int]) -> Matrix:
    """In the machine's own order, at 32 bits or 64."""
    wide = values.dtype.itemsize > 4
    return values.reshape(shape).astype(np.float64) if wide else values.reshape(shape).astype(np.float32)
