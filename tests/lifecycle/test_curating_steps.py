"""Each step of curation against what it promises, and the law of all: nothing is lost without a word."""

from __future__ import annotations

import csv
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from auditkit.auditing import audit
from auditkit.core.errors import AuditkitError, InputError
from auditkit.core.finding import Reference
from auditkit.detectors.disparity import SelectionRate
from auditkit.detectors.selection import Composition
from auditkit.lifecycle.curating.book import Book
from auditkit.lifecycle.curating.dataset import Dataset
from auditkit.lifecycle.curating.following import follow
from auditkit.lifecycle.curating.gallery import Gallery
from auditkit.lifecycle.curating.losing import doubled, units_of, worth
from auditkit.lifecycle.curating.making import hashes, named
from auditkit.lifecycle.curating.reading import read_source
from auditkit.lifecycle.curating.recipe import recipe_of

SAID = {"why": "the census", "source": "the office"}
SEXES, AGES = {"f": 0.5, "m": 0.5}, {"old": 0.3, "young": 0.7}


def done(columns: dict[str, list[str]], *steps: dict[str, Any], seed: int = 0, **roles: str) -> tuple[Dataset, Book]:
    recipe = recipe_of({"seed": seed, "roles": roles or {"group": "sex"}, "steps": list(steps)})
    data = Dataset.of_source(columns)
    book = Book(len(data))
    return follow(recipe, data, book, Gallery()), book


def people(*cells: tuple[str, int]) -> dict[str, list[str]]:
    """Columns sex, age, hired of "f old yes" so many times."""
    rows = [cell.split() for cell, n in cells for _ in range(n)]
    return {name: [row[k] for row in rows] for k, name in enumerate(("sex", "age", "hired"))}


FOLK = people(("f old yes", 10), ("f young no", 30), ("m old no", 25), ("m young yes", 35), ("m young no", 20))
RAKE = {"name": "rake", "margins": {"sex": SEXES, "age": AGES}, **SAID}
STRATIFY = {"name": "post_stratify", "columns": ["sex"], "reference": SEXES, **SAID}
REWEIGH = {"name": "reweigh", "group": "sex", "outcome": "hired"}
BALANCE = {"name": "balance", "column": "sex", "context": "age", "reference": SEXES, **SAID}
SWAP = {"name": "swap", "texts": "text", "levels": {"f": "m"}, "attributes": "sex"}
DOUBLES = {"name": "deduplicate", "columns": ["sex", "age", "hired"]}
TOPUP = {"name": "topup", "column": "sex", "reference": SEXES, **SAID}


def shares(data: Dataset, name: str) -> dict[str, float]:
    w = np.ones(len(data)) if data.weights is None else data.weights
    told: dict[str, float] = {}
    for level, weight in zip(data.levels(name), w, strict=True):
        told[level] = told.get(level, 0.0) + float(weight / w.sum())
    return told


TWINS = {
    "group": ["f"] * 200 + ["m"] * 200 + ["m"] * 200 + ["f"] * 200,
    "hired": [*(answers := ["yes", "no", "no", "yes", "no"] * 80), *answers],
    "context": ["here", "there"] * 400,
    "source": [str(k) for k in range(400)] * 2,
}


@pytest.mark.parametrize("twins", [400, 40])
def test_who_counts_twins_as_people_is_named_although_each_group_is_as_large_as_the_source(twins: int) -> None:
    """400 rows and their twins, audited without units: no group's n_eff is above 400, and the pairs are forgotten."""
    told = {name: values[: 400 + twins] for name, values in TWINS.items()}
    roles = {"group": told["group"], "outcome": told["hired"]}
    for detector in (SelectionRate("yes"), SelectionRate("yes", within=True)):
        more = {"context": told["context"]} if detector.within else {}
        blind = audit(None, detector, **roles, **more)
        seeing = audit(None, detector, **roles, **more, unit=told["source"])
        assert max(f.estimate.n_eff for f in blind.findings) <= 400
        [said] = doubled(blind, 400.0, 400 + twins, 400)
        assert said.startswith("disparity.selection_rate counted rows that share a unit")
        assert doubled(seeing, 400.0, 400 + twins, 400) == []
        assert doubled(blind, 400.0 + twins, 400 + twins, 400 + twins) == []


def test_an_audit_by_units_that_are_no_units_is_named() -> None:
    """400 units of two rows each, where the rows come from 200 of the source."""
    roles = {"group": ["f", "m"] * 400, "outcome": TWINS["hired"]}
    pairs = audit(
        None, Composition(Reference({"f": 0.5, "m": 0.5}, **SAID)), **roles, unit=[str(k // 2) for k in range(800)]
    )
    assert doubled(pairs, 400.0, 800, 400) == []
    assert len(doubled(pairs, 200.0, 800, 200)) == 1


def test_units_are_those_of_the_role_or_the_rows_of_the_source() -> None:
    data = Dataset.of_source({"who": ["a", "a", "b"]}).with_copies([0], [{}])
    assert (units_of(data, {}), units_of(data, {"unit": "who"})) == (3, 2)


def test_raking_meets_the_margins_and_multiplies_by_level() -> None:
    """The oracle: weights that meet the margins and are a factor of sex times a factor of age are unique."""
    data, book = done(FOLK, RAKE)
    assert shares(data, "sex") == pytest.approx(SEXES)
    assert shares(data, "age") == pytest.approx(AGES)
    assert data.weights is not None
    cell = dict(zip(data.cells(["sex", "age"]), np.log(data.weights), strict=True))
    assert cell["f and old"] - cell["f and young"] == pytest.approx(cell["m and old"] - cell["m and young"])
    w = data.weights
    assert f"design effect is {len(w) * (w @ w) / w.sum() ** 2:.2f} (Kish)" in book.said[0]
    assert book.counts(data) == {"weighted": 120}
    assert "create nobody" in book.limits[0]
    assert "equal by construction" in book.limits[1]


@pytest.mark.slow
def test_raking_is_the_log_linear_fit_of_statsmodels() -> None:
    """Poisson regression of the fitted counts on both margins, the old counts as offset, leaves no residual."""
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    data, _ = done(FOLK, RAKE)
    assert data.weights is not None
    cells = sorted(set(data.cells(["sex", "age"])))
    at = np.array([cells.index(cell) for cell in data.cells(["sex", "age"])])
    fitted, were = np.bincount(at, data.weights), np.bincount(at)
    margins = np.array([[1, "f" in cell.split(" and ")[0], "old" in cell] for cell in cells], float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)  # a perfect fit is what is asked for
        told = sm.GLM(fitted, margins, sm.families.Poisson(), offset=np.log(were)).fit()
    assert told.deviance == pytest.approx(0, abs=1e-9)


def test_post_stratification_by_hand() -> None:
    data, _ = done(FOLK, STRATIFY)
    assert data.weights is not None
    assert set(zip(data.levels("sex"), data.weights.round(9), strict=True)) == {("f", 1.5), ("m", 0.75)}


def test_post_stratification_by_a_table_of_counts(tmp_path: Path) -> None:
    (tmp_path / "census.csv").write_text("sex,age,share\nf,old,10\nf,young,40\nm,old,20\nm,young,30\n")
    step = {**STRATIFY, "columns": ["sex", "age"], "reference": str(tmp_path / "census.csv")}
    data, _ = done(FOLK, step)
    w = data.weights
    assert w is not None
    told = Counter()
    for cell, weight in zip(data.cells(["sex", "age"]), w / w.sum(), strict=True):
        told[cell] += weight
    assert told == pytest.approx({"f and old": 0.1, "f and young": 0.4, "m and old": 0.2, "m and young": 0.3})


def test_reweighing_makes_outcome_and_group_independent() -> None:
    data, _ = done(FOLK, REWEIGH)
    assert data.weights is not None
    yes = [value == "yes" for value in data.columns["hired"]]
    for sex in SEXES:
        mine = np.array(data.columns["sex"]) == sex
        assert data.weights[mine & yes].sum() / data.weights[mine].sum() == pytest.approx(45 / 120)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({**RAKE, "margins": {"sex": {"f": 0.5, "m": 0.3, "x": 0.2}}}, "x of sex has a share of 0.2 and no rows"),
        ({**RAKE, "margins": {"sex": {"f": 1.0}}}, "no share for: m"),
        ({**STRATIFY, "reference": {"f": 0.7, "m": 0.7}}, "sum to 1.4000"),
        ({**REWEIGH, "group": ["sex", "age"]}, "No rows have sex × age f and old and hired no"),
        ({**BALANCE, "reference": {"old": SEXES}}, 'has no shares for "young"'),
    ],
)
def test_what_no_weight_can_do(step: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=f"Step 1, {step['name']}: .*{said}"):
        done(FOLK, step)


def test_margins_that_exclude_one_another() -> None:
    folk = people(("f old yes", 5), ("m young yes", 5))
    with pytest.raises(InputError, match="cannot meet all margins together"):
        done(folk, {**RAKE, "margins": {"sex": SEXES, "age": AGES}})


def test_weights_become_rows() -> None:
    data, book = done(FOLK, {**RAKE, "resample": True})
    assert (len(data), data.weights) == (120, None)
    assert shares(data, "sex") == pytest.approx(SEXES, abs=0.02)
    again = book.counts(data)
    assert again["dropped"] == again["added"] > 0
    made, roles = named(data, {"group": "sex"}, False)
    assert made.columns[str(roles["unit"])] == [str(of) for of in data.of]


@pytest.mark.parametrize("how", ["down", "up"])
def test_balancing_has_the_shares_in_each_context(how: str) -> None:
    data, book = done(FOLK, {**BALANCE, "how": how, "reference": {"f": 0.25, "m": 0.75}})
    for age in AGES:
        mine = [sex for sex, level in zip(data.columns["sex"], data.columns["age"], strict=True) if level == age]
        assert abs(mine.count("f") - len(mine) / 4) < 1
    assert book.counts(data)["dropped" if how == "down" else "added"] > 0


def test_rows_are_not_counted_as_equals_once_they_are_weighted() -> None:
    with pytest.raises(InputError, match="Put it before the step that weighs"):
        done(FOLK, RAKE, BALANCE)


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


def test_a_column_of_weights_is_begun_with() -> None:
    columns = {**people(("f old yes", 2), ("m old yes", 2)), "w": ["1", "1", "2", "2"]}
    data = Dataset.of_source(columns, np.array([1.0, 1, 2, 2]))
    recipe = recipe_of({"roles": {"group": "sex", "weight": "w"}, "steps": [STRATIFY]})
    told, roles = named(follow(recipe, data, Book(4), Gallery()), recipe.roles, False)
    assert told.columns["w"] == ["1.5", "1.5", "1.5", "1.5"]
    assert roles["weight"] == "w"


def test_a_column_that_is_in_the_way() -> None:
    data, _ = done({**FOLK, "weight": ["1"] * 120}, RAKE)
    with pytest.raises(InputError, match='weight = "weight"'):
        named(data, {"group": "sex"}, False)


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


def test_what_rows_are_worth() -> None:
    assert worth(None, [1, 1, 2, 2]) == pytest.approx(2)
    assert worth(np.array([1.0, 1, 1, 3]), [1, 2, 3, 4]) == pytest.approx(3)


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
