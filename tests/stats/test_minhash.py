"""Near duplicates: families against every pair compared, and what a hash must not decide."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.stats.minhash import near_duplicates, shingles


def sets(texts: list[str]) -> list[set[tuple[str, ...]]]:
    words = ["".join(c if c.isalnum() or c == "_" else " " for c in t.casefold()).split() or [t] for t in texts]
    return [{tuple(w[i : i + 3]) for i in range(max(len(w) - 2, 1))} for w in words]


def families(texts: list[str], similarity: float) -> list[int]:
    """Every pair compared, single linkage."""
    s = sets(texts)
    label = list(range(len(texts)))
    for i in range(len(texts)):
        for j in range(i):
            if len(s[i] & s[j]) / len(s[i] | s[j]) >= similarity - 1e-9:
                label = [label[j] if x == label[i] else x for x in label]
    return label


def partition(labels: list[int]) -> list[list[int]]:
    return sorted([i for i, x in enumerate(labels) if x == label] for label in set(labels))


def test_families_are_those_of_all_pairs() -> None:
    """120 texts in which from 0 to 6 words were changed: similarities on both sides of .8, none within .02 of it."""
    rng = np.random.default_rng(11)
    texts = []
    for i in range(20):
        words = [f"w{k}" for k in rng.integers(300, size=40)]
        texts += [" ".join([*words[: 40 - k], *(f"x{i}.{k}.{j}" for j in range(k))]) for k in (0, 0, 2, 10, 11, 30)]
    found = partition(near_duplicates(texts).tolist())
    assert found == partition(families(texts, 0.8))
    assert 20 < len(found) < 120


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("ab .!é", max_size=12), max_size=8))
def test_whatever_a_text_is(texts: list[str]) -> None:
    """No text breaks it, equal texts are one family, and texts that share no shingle never are."""
    label = near_duplicates(texts).tolist()
    assert len(label) == len(texts)
    shingled = sets(texts)
    for i, text in enumerate(texts):
        for j in range(i):
            if text == texts[j]:
                assert label[i] == label[j]
    joined = [set.union(*(shingled[i] for i in family)) for family in partition(label)]
    assert sum(map(len, joined)) >= len(set.union(set(), *shingled))


def test_the_similarity_is_counted_not_guessed() -> None:
    """Six of ten shingles shared is .6: joined at .6 and at nothing above it, however often a band agrees."""
    a = "a b c d e f g h i j"
    b = "a b c d e f g h y z"
    assert len(sets([a])[0] & sets([b])[0]) / len(sets([a])[0] | sets([b])[0]) == 0.6
    assert near_duplicates([a, b], 0.61).tolist() == [0, 1]
    assert near_duplicates([a, a.upper() + "!"], 1.0).tolist() == [0, 0]


def test_shingles_do_not_depend_on_the_company() -> None:
    alone = shingles(["one two three four"])[1].tolist()
    among = shingles(["other words first", "one two three four"])
    assert among[1][among[0] == 1].tolist() == alone
