"""The published tables come out as they were published."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from auditkit.lab.tables import TABLES, berkeley, local_law_144


def test_berkeley_has_the_published_totals() -> None:
    table = berkeley.frame()
    counts = pd.crosstab(table["sex"], table["admitted"])
    assert len(table) == 4_526
    assert counts["admitted"].to_dict() == {"men": 1198, "women": 557}
    assert counts.sum(axis=1).to_dict() == {"men": 2691, "women": 1835}


def test_berkeley_has_the_published_departments() -> None:
    table = berkeley.frame()
    by = pd.crosstab(table["department"], [table["sex"], table["admitted"]])
    assert by["men"]["admitted"].tolist() == [512, 353, 120, 138, 53, 22]
    assert by["men"]["rejected"].tolist() == [313, 207, 205, 279, 138, 351]
    assert by["women"]["admitted"].tolist() == [89, 17, 202, 131, 94, 24]
    assert by["women"]["rejected"].tolist() == [19, 8, 391, 244, 299, 317]


def test_berkeley_changes_sign_once_departments_are_held_fixed() -> None:
    table = berkeley.frame().assign(yes=lambda t: t["admitted"].eq("admitted"))
    rates = table.groupby(["department", "sex"])["yes"].mean().unstack()
    mix = table["department"].value_counts(normalize=True)
    crude = table.groupby("sex")["yes"].mean()
    truth = list(berkeley.truth(0.0).values())
    assert truth == pytest.approx([crude["men"] - crude["women"], ((rates["men"] - rates["women"]) * mix).sum()])
    assert [round(value, 3) for value in truth] == [0.142, -0.043]


def test_local_law_144_has_the_published_rates() -> None:
    table = local_law_144.frame()
    rate = table["score"].eq("above median").groupby(table["sex"]).agg(["sum", "size", "mean"])
    assert rate["sum"].to_dict() == {"Male": 50, "Female": 34}
    assert rate["size"].to_dict() == {"Male": 92, "Female": 76}
    assert rate["mean"].mul(100).round(1).to_dict() == {"Male": 54.3, "Female": 44.7}
    assert round(rate["mean"]["Female"] / rate["mean"]["Male"], 2) == 0.82
    assert list(local_law_144.truth(0.0).values()) == pytest.approx([(34 / 76) / (50 / 92)])


@pytest.mark.parametrize("story", TABLES, ids=lambda story: story.name)
def test_a_published_table_ignores_dose_rows_and_seed(story) -> None:
    once = story.draw(0.0, None, np.random.default_rng(1))
    again = story.draw(1.0, 10, np.random.default_rng(2))
    pd.testing.assert_frame_equal(once, again)
    assert story.truth(0.0) == story.truth(1.0)
    assert story.planted == "Nothing was planted: these are the published figures."
