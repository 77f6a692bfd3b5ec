"""Vectors come back as they were written, whatever the file, and a file that lies is refused before it costs memory."""

from __future__ import annotations

import json
import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.core.errors import InputError
from auditkit.vectors import read_vectors

WORDS = ("rose", "ant", "naïve", "New_York")
MATRIX = np.array([[0.5, -1, 2], [0, 1, 0], [3, 4, 0], [0.25, 0.125, -8]], np.float32)


def text(words=WORDS, matrix=MATRIX, header=True) -> bytes:
    lines = [f"{len(words)} {matrix.shape[1]}"] if header else []
    lines += [" ".join([word, *map(str, row)]) for word, row in zip(words, matrix.tolist(), strict=True)]
    return ("\n".join(lines) + "\n").encode()


def word2vec(words=WORDS, matrix=MATRIX, newline=b"\n") -> bytes:
    rows = [word.encode() + b" " + row.tobytes() + newline for word, row in zip(words, matrix, strict=True)]
    return f"{len(words)} {matrix.shape[1]}\n".encode() + b"".join(rows)


def npy(array=MATRIX) -> bytes:
    import io

    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def safetensors(header: object, body: bytes = b"") -> bytes:
    packed = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(packed)) + packed + body


def tensor(dtype="F32", shape=(4, 3), start=0, end=48) -> dict[str, object]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


def by_word() -> bytes:
    entries = {word: tensor(shape=(3,), start=12 * i, end=12 * i + 12) for i, word in enumerate(WORDS)}
    return safetensors({"__metadata__": {"format": "np"}, **entries}, MATRIX.tobytes())


WRITTEN = {
    "text.vec": text(),
    "glove.txt": text(header=False),
    "google.bin": word2vec(),
    "unbroken.bin": word2vec(newline=b""),
    "words.safetensors": by_word(),
}


def put(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


@pytest.mark.parametrize("name", WRITTEN)
def test_words_and_numbers_come_back(tmp_path, name):
    file = put(tmp_path, name, WRITTEN[name])
    found = read_vectors(file)
    assert found.words == WORDS
    assert np.array_equal(found.matrix, MATRIX)
    some = read_vectors(file, only=["ant", "tulip"])
    assert (some.words, some.matrix.tolist()) == (("ant",), [[0, 1, 0]])
    with pytest.raises(InputError, match="none of the words"):
        read_vectors(file, only=["tulip"])


@pytest.mark.parametrize(
    ("name", "content", "dtype"),
    [
        ("m.npy", npy(), np.float32),
        ("m.npy", npy(MATRIX.astype(np.float64)), np.float64),
        ("m.npy", npy(MATRIX.astype(">f4")), np.float32),
        ("m.safetensors", safetensors({"table": tensor()}, MATRIX.tobytes()), np.float32),
        (
            "half.safetensors",
            safetensors({"t": tensor("F16", end=24)}, MATRIX.astype("<f2").tobytes()),
            np.float32,
        ),
        (
            "brain.safetensors",
            safetensors({"t": tensor("BF16", end=24)}, (MATRIX.view("<u4") >> 16).astype("<u2").tobytes()),
            np.float32,
        ),
    ],
)
def test_a_matrix_has_the_words_it_is_given(tmp_path, name, content, dtype):
    file = put(tmp_path, name, content)
    found = read_vectors(file, words=WORDS)
    assert (found.words, found.matrix.dtype) == (WORDS, dtype)
    assert np.array_equal(found.matrix, MATRIX)
    assert read_vectors(file, only=["2"]).matrix.tolist() == [[3, 4, 0]]
    with pytest.raises(InputError, match="4 rows for 2 words"):
        read_vectors(file, words=["one", "two"])


HUGE = 10**15
LIES = {
    "claims.bin": (f"{HUGE} 300\n".encode() + b"x " + bytes(8), "says"),
    "wide.bin": (f"1 {HUGE}\n".encode() + b"x " + bytes(8), "says"),
    "none.bin": (b"0 0\n", "says"),
    "negative.bin": (b"-1 -300\n", "says"),
    "three.bin": (b"1 2 3\n", "does not hold"),
    "cut.bin": (word2vec()[:-9], "says|ends"),
    "more.bin": (word2vec() + word2vec(), "more follows"),
    "endless.bin": (b"2 3\n" + b"x" * 5_000, "thread"),
    "empty.bin": (b"", "does not hold"),
    "empty.txt": (b"", "no word"),
    "cut.txt": (text()[:-12], "has 1 numbers and not 3"),
    "short.txt": (text(WORDS[:3], MATRIX[:3]).replace(b"3 3", b"4 3"), "says 4 words and holds 3"),
    "ragged.txt": (b"a 1 2 3\nb 1 2\n", "has 2 numbers and not 3"),
    "words.txt": (b"a one two\n", "could not convert"),
    "lone.txt": (b"word\n", "0 numbers"),
    "nan.txt": (b"a 1 nan\n", "not finite"),
    "infinite.txt": (b"a 1 1e999\n", "not finite"),
    "endless.txt": (b"9" * (2 << 20), "longer than"),
    "pickle.npy": (npy(np.array([[{"a": 1}]], object)), "not a matrix of floats"),
    "cut.npy": (npy()[:-4], "does not go with"),
    "huge.npy": (npy().replace(b"(4, 3), }", f"({HUGE}, {HUGE}), }}".encode()), "no literal|does not"),
    "integers.npy": (npy(np.ones((2, 2), int)), "not a matrix of floats"),
    "row.npy": (npy(np.ones(3)), "not a matrix of floats"),
    "turned.npy": (npy(np.asfortranarray(MATRIX)), "row by row"),
    "not.npy": (b"PK\x03\x04" + bytes(100), "begin as"),
    "huge.safetensors": (struct.pack("<Q", 2**63), "claims"),
    "tiny.safetensors": (b"\x01", "claims"),
    "list.safetensors": (safetensors([1]), "no table"),
    "json.safetensors": (safetensors(b"{'a': 1}"), "does not hold"),
    "deep.safetensors": (safetensors(b"[" * 100_000), "does not hold"),
    "none.safetensors": (safetensors({}), "0 tensors"),
    "outside.safetensors": (safetensors({"t": tensor()}, bytes(40)), "does not go with"),
    "reversed.safetensors": (safetensors({"t": tensor(start=48, end=0)}, bytes(48)), "does not go with"),
    "bloated.safetensors": (safetensors({"t": tensor(shape=(HUGE, HUGE))}, bytes(48)), "does not go with"),
    "integers.safetensors": (safetensors({"t": tensor("I64")}, bytes(48)), "is not of F64"),
    "number.safetensors": (safetensors({"t": 7}, bytes(48)), "is not of F64"),
    "two.safetensors": (safetensors({"t": tensor(), "u": tensor()}, bytes(48)), "2 are matrices"),
    "uneven.safetensors": (
        safetensors({"t": tensor(shape=(1,), end=4), "u": tensor(shape=(2,), end=8)}, bytes(8)),
        "equal vectors",
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_a_file_that_lies_is_refused(tmp_path, name):
    content, says = LIES[name]
    with pytest.raises(InputError, match=says):
        read_vectors(put(tmp_path, name, content))


def test_a_claim_costs_no_memory(tmp_path):
    import tracemalloc

    tracemalloc.start()
    for name, (content, _) in LIES.items():
        with pytest.raises(InputError):
            read_vectors(put(tmp_path, name, content))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["w.bin", "w.txt", "w.npy", "w.safetensors"]), st.data())
def test_a_damaged_file_is_never_a_traceback(tmp_path_factory, name, data):
    whole = {"w.bin": word2vec(), "w.txt": text(), "w.npy": npy(), "w.safetensors": by_word()}[name]
    content = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 3)) if content else 0):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    file = put(tmp_path_factory.mktemp("damaged"), name, bytes(content))
    with suppress(InputError):
        assert len(read_vectors(file).words) > 0


def test_a_word_may_hold_spaces(tmp_path):
    found = read_vectors(put(tmp_path, "g.txt", b"the 1 2 3\n. . . 4 5 6\n"))
    assert found.words == ("the", ". . .")
    assert found.matrix.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_what_is_not_there_and_what_needs_no_words(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_vectors(tmp_path / "nowhere.txt")
    with pytest.raises(InputError, match="names its words itself"):
        read_vectors(put(tmp_path, "t.vec", text()), words=WORDS)
    with pytest.raises(InputError, match='No word of the set "Y"'):
        read_vectors(put(tmp_path, "t.vec", text())).table({"X": ["rose"], "Y": ["Rose"]})


def test_sets_become_a_table(tmp_path):
    table = read_vectors(put(tmp_path, "t.vec", text())).table({"X": ["ant", "bee", "ant"], "A": ["rose", "ant"]})
    assert (table["word"], table["set"]) == (["ant", "rose", "ant"], ["X", "A", "A"])
    assert table["vector"] == [[0, 1, 0], [0.5, -1, 2], [0, 1, 0]]
