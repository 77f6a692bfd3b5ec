"""Each step that takes, gives or changes rows against what it promises: nothing is lost without a word."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from auditkit.core.errors import AuditkitError, InputError
from auditkit.lifecycle.curating.book import Book
from auditkit.lifecycle.curating.dataset import Dataset
from auditkit.lifecycle.curating.making import hashes
from auditkit.lifecycle.curating.reading import read_source
from tests.lifecycle.folk import AGES, BALANCE, FOLK, RAKE, SAID, SEXES, SWAP, done

DOUBLES = {"name": "deduplicate", "columns": ["sex", "age", "hired"]}
TOPUP = {"name": "topup", "column": "sex", "reference": SEXES, **SAID}


@pytest.mark.parametrize("how", ["down", "up"])
def test_balancing_has_the_shares_in_each_context(how: str) -> None:
    data, book = done(FOLK, {**BALANCE, "how": how, "reference": {"f": 0.25, "m": 0.75}})
    for age in AGES:
        mine = [sex for sex, level in zip(data.columns["sex"], data.columns["age"], strict=True) if level == age]
        assert abs(mine.count("f") - len(mine) / 4) < 1
    assert book.counts(data)["dropped" if how == "down" else "added"] > 0


def test_a_list_counts_levels_and_contexts_that_nobody_has() -> None:
    reference = {"old": {"f": 0.5, "m": 0.4, "x": 0.1}, "young": {"f": 0.5, "m": 0.5}, "child": SEXES}
    data, book = done(FOLK, {**TOPUP, "context": "age", "reference": reference, "half_width": 0.1})
    told = {(line["context"], line["level"]): line for line in book.wanted}
    assert len(data) == 120
    assert told["old", "x"]["rows"] == 0
    assert told["old", "x"]["for_shares"] == 6  # of 63 rows, in which 25 men are 40 %, a tenth to the nearest row
    assert told["child", "f"]["collect"] == 47  # 93 rows: half an interval of .1 at one half
    assert (told["young", "m"]["collect"], told["young", "f"]["collect"]) == (0, 25)
    assert told["young", "m"]["because"].startswith("enough")


def test_near_copies_go_and_repeats_can_stay() -> None:
    texts = ["The cat sat on the mat.", "the cat sat on the mat", "A dog ran off.", "A dog ran off.", "", ""]
    step = {"name": "deduplicate", "by": "texts"}
    data, book = done({"text": texts, "sex": ["f"] * 6}, step)
    assert data.rows.tolist() == [0, 2, 4, 5]
    assert "as row 0" in book.events[1][0].reason
    data, _ = done({"text": texts, "sex": ["f"] * 6}, {**step, "repeats": "keep"})
    assert data.rows.tolist() == [0, 2, 3, 4, 5]


def test_leakage_by_words(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text('text,sex\n"THE CAT SAT ON THE MAT!",m\n')
    texts = ["The cat sat on the mat.", "A dog ran off."]
    data, book = done(
        {"text": texts, "sex": ["f", "m"]}, {"name": "leakage", "test": str(tmp_path / "test.csv"), "by": "texts"}
    )
    assert data.rows.tolist() == [1]
    assert "row 0 of the test table test.csv" in book.events[0][0].reason


def test_changing_rows_hits_the_reference_in_each_context() -> None:
    columns = {"text": ["he ran"] * 70 + ["she ran"] * 30, "sex": ["m"] * 70 + ["f"] * 30, "age": ["old", "young"] * 50}
    step = {**SWAP, "how": "change", "column": "sex", "context": "age", "reference": {"m": 0.4, "f": 0.6}, **SAID}
    data, book = done(columns, step)
    for age in AGES:
        mine = [sex for sex, level in zip(data.columns["sex"], data.columns["age"], strict=True) if level == age]
        assert mine.count("f") == 30
    assert all(
        (sex == "f") == text.startswith("she")
        for sex, text in zip(data.columns["sex"], data.columns["text"], strict=True)
    )
    assert book.counts(data) == {"kept": 70, "changed": 30}
    assert "every share is the reference's" in book.said[-1]


def test_a_text_without_a_counterpart_stays_and_says_so() -> None:
    data, book = done({"text": ["he ran", "it rained"], "sex": ["m", "m"]}, SWAP)
    assert data.columns["text"] == ["he ran", "it rained", "she ran"]
    assert data.columns["sex"] == ["m", "m", "f"]
    assert "none of its words" in book.events[1][0].reason
    assert book.action(1) == "kept"


def test_skipped_where_nobody_can_tell_who_is_meant() -> None:
    columns = {"text": ["he ran", "I saw her duck"], "sex": ["m", "f"]}
    assert len(done(columns, SWAP)[0]) == 4
    assert len(done(columns, {**SWAP, "ambiguous": "skip"})[0]) == 3


@pytest.mark.parametrize("cell", ["1.50", "007", "1e3", " x ", "=1+1", 'a "b", c', "é\u200b"])
def test_a_csv_stays_as_it_was_written(tmp_path: Path, cell: str) -> None:
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "x"], ["1", cell], ["2", "7"]])
    assert read_source(tmp_path / "a.csv").columns["x"] == [cell, "7"]


def test_levels_are_spelled_as_an_audit_spells_them() -> None:
    data = Dataset.of_source({"a": ["1.0", "", "2"], "b": ["01", "1", "x"], "c": ["1", "2", "03"]})
    assert data.levels("a") == ["1", "(missing)", "2"]
    assert data.levels("b") == ["01", "1", "x"]
    assert data.levels("c") == ["1", "2", "3"]


STEP = st.sampled_from(
    [
        DOUBLES,
        {**BALANCE, "how": "down", "reference": {"f": 0.4, "m": 0.6}},
        {**BALANCE, "how": "up", "reference": {"f": 0.4, "m": 0.6}},
        SWAP,
        {**SWAP, "how": "change", "column": "sex", "reference": SEXES, **SAID},
        {**RAKE, "margins": {"sex": SEXES}},
        {**RAKE, "margins": {"sex": SEXES}, "resample": True},
        TOPUP,
    ]
)
ROW = st.tuples(st.sampled_from("fm"), st.sampled_from(["old", "young"]), st.sampled_from(["yes", "no"]))


@settings(max_examples=60)
@given(st.lists(ROW, min_size=1, max_size=30), st.lists(STEP, min_size=1, max_size=4), st.integers(0, 99))
def test_nothing_is_lost_without_a_word(
    rows: list[tuple[str, str, str]], steps: list[dict[str, Any]], seed: int
) -> None:
    """Kept and dropped are the source; every added row says of which it is; other cells are as they were."""
    rows = [*rows, *((sex, age, "yes") for sex in "fm" for age in ("old", "young"))]
    columns = {name: [row[k] for row in rows] for k, name in enumerate(("sex", "age", "hired"))}
    columns["text"] = ["he is here" if sex == "m" else "she is here" for sex in columns["sex"]]
    try:
        data, book = done(columns, *steps, seed=seed)
    except InputError:
        return assume(False)
    counts = book.counts(data)
    n = len(rows)
    assert sum(counts[action] for action in ("kept", "weighted", "changed", "dropped")) == n
    assert len(data) == n - counts["dropped"] + counts["added"]
    lines = list(csv.DictReader(book.table(data, hashes(data) + [""] * data.size).splitlines()))
    assert len(lines) == data.size
    assert all(line["of"] for line in lines if line["row"].startswith("new-"))
    assert all(line["reason"] and (line["step"] or line["action"] == "kept") for line in lines)
    for line in lines:
        if line["at"]:
            at, of = int(line["at"]), int(data.of[int(line["at"])])
            assert data.columns["age"][at] == columns["age"][of]
            if line["action"] in ("kept", "weighted"):
                assert [data.columns[name][at] for name in columns] == [columns[name][of] for name in columns]


@settings(max_examples=30)
@given(st.lists(ROW, min_size=1, max_size=30), st.lists(STEP, min_size=1, max_size=3))
def test_the_same_seed_does_the_same(rows: list[tuple[str, str, str]], steps: list[dict[str, Any]]) -> None:
    columns = {name: [row[k] for row in rows] for k, name in enumerate(("sex", "age", "hired"))}
    columns["text"] = ["he is here" if sex == "m" else "she is here" for sex in columns["sex"]]
    told = []
    for _ in range(2):
        try:
            data, book = done(columns, *steps)
            told.append((data.columns, data.rows.tolist(), book.said))
        except InputError as error:
            told.append(str(error))
    assert told[0] == told[1]


def test_a_book_that_does_not_balance_is_a_bug() -> None:
    data = Dataset.of_source({"a": ["x", "y"]})
    with pytest.raises(AuditkitError, match="Row 1 is kept in the book"):
        Book(2).counts(data.taken([0]))
    book = Book(2)
    book.note("dropped", [0], "gone")
    with pytest.raises(AuditkitError, match="Row 0 is dropped in the book"):
        book.counts(data)
