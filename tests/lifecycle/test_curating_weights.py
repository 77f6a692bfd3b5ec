"""Weights against what they promise: margins, cells and independence; where none can, and as rows."""

from __future__ import annotations

import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auditkit.core.errors import InputError
from auditkit.lifecycle.curating.book import Book
from auditkit.lifecycle.curating.dataset import Dataset
from auditkit.lifecycle.curating.following import follow
from auditkit.lifecycle.curating.gallery import Gallery
from auditkit.lifecycle.curating.making import named
from auditkit.lifecycle.curating.recipe import recipe_of
from tests.lifecycle.folk import AGES, BALANCE, FOLK, RAKE, REWEIGH, SEXES, STRATIFY, done, people, shares


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


def test_rows_are_not_counted_as_equals_once_they_are_weighted() -> None:
    with pytest.raises(InputError, match="Put it before the step that weighs"):
        done(FOLK, RAKE, BALANCE)


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
