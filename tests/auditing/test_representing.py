"""Weights that make a sample representative: the margins they meet, the audit they repair, and what they refuse."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit import Reference, audit
from auditkit.core.errors import AuditkitError, InputError
from auditkit.detectors.selection import Composition
from auditkit.representing import represent

SEX = Reference({"f": 0.51, "m": 0.49}, why="the census", source="office")
AGE = Reference({"young": 0.3, "middle": 0.45, "old": 0.25}, why="the census", source="office")


def drawn(n=2_000, seed=1):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"sex": rng.choice(["f", "m"], n, p=[0.3, 0.7]), "age": rng.choice(["young", "middle", "old"], n)}
    )


def shares(table, weights, column):
    return (pd.Series(weights).groupby(table[column].to_numpy()).sum() / np.sum(weights)).to_dict()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(200, 900))
def test_the_weighted_margins_are_the_references(seed, n):
    table = drawn(n, seed)
    made = represent(table, references={"sex": SEX, "age": AGE})
    for column, reference in (("sex", SEX), ("age", AGE)):
        assert shares(table, made.weights, column) == pytest.approx(dict(reference.value), abs=1e-8)
    assert made.weights.sum() == pytest.approx(n)
    assert made.n_eff == pytest.approx(made.weights.sum() ** 2 / (made.weights**2).sum())
    assert made.design_effect == pytest.approx(n / made.n_eff)


def test_one_column_is_post_stratified_and_crossed_columns_are_one():
    table = drawn()
    made = represent(table, references={"sex": SEX})
    seen = table["sex"].map(table["sex"].value_counts(normalize=True))
    assert made.weights == pytest.approx((table["sex"].map(SEX.value) / seen).to_numpy())
    joint = {f"{s} × {a}": p * q for s, p in SEX.value.items() for a, q in AGE.value.items()}
    crossed = represent(table, references={("sex", "age"): Reference(joint, why="a census", source="office")})
    cells = (table["sex"] + " × " + table["age"]).rename("cell").to_frame()
    assert shares(cells, crossed.weights, "cell") == pytest.approx(joint, abs=1e-8)


@pytest.mark.parametrize("engine", [pd.DataFrame, pl.DataFrame, dict], ids=["pandas", "polars", "dictionary"])
def test_the_weights_are_in_the_order_of_the_rows(engine, tmp_path):
    """Enough rows for an engine to read them in parallel."""
    rng = np.random.default_rng(3)
    sex = rng.choice(["f", "m"], 400_000, p=[0.2, 0.8])
    data = {"sex": sex, "other": rng.random(len(sex))}
    made = represent(engine(data), references={"sex": SEX})
    assert np.unique(made.weights[sex == "f"]).size == 1
    assert np.unique(made.weights[sex == "m"]).size == 1
    assert made.weights[sex == "f"][0] > made.weights[sex == "m"][0]


def test_and_of_a_file(tmp_path):
    path = tmp_path / "people.csv"
    drawn().to_csv(path, index=False)
    assert np.array_equal(
        represent(path, references={"sex": SEX}).weights, represent(drawn(), references={"sex": SEX}).weights
    )


def biased(n=20_000, seed=4):
    """Seniors are hired three times as often, whatever their sex; women who answered are mostly juniors."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["f", "m"], n)
    senior = rng.random(n) < np.where(sex == "f", 0.2, 0.5)
    hired = rng.random(n) < np.where(senior, 0.6, 0.2)
    return pd.DataFrame({"sex": sex, "rank": np.where(senior, "senior", "junior"), "hired": hired.astype(int)})


def test_a_gap_that_only_the_sample_made_is_repaired():
    table = biased()
    quarter = {f"{s} × {r}": 0.25 for s in "fm" for r in ("junior", "senior")}
    register = Reference(quarter, why="everybody who was asked", source="the register")
    made = represent(table, references={("sex", "rank"): register})
    weighted = {"data": table.assign(w=made.weights), "weight": "w"}
    reports = [
        audit(more.pop("data"), ["disparity.selection_rate"], group="sex", outcome="hired", **more)
        for more in ({"data": table}, weighted)
    ]
    gaps = [f.estimate for r in reports for f in r.findings if f.estimand == "selection rate difference"]
    assert gaps[0].interval(0.99999).low > 0.05  # in the sample men are hired 12 points more often
    low, high, _ = gaps[1].interval(0.99999)  # and in the population not at all
    assert low < 0 < high
    assert abs(gaps[1].value) < 0.05
    assert gaps[1].n_eff < gaps[0].n_eff


def test_what_the_weights_promise_is_what_the_audit_counts():
    table = drawn()
    made = represent(table, references={"sex": SEX})
    report = audit(table.assign(w=made.weights), [Composition(SEX)], group="sex", weight="w")
    told = {f.level: f.estimate.value for f in report.findings}
    assert told == pytest.approx({"f": 1, "m": 1, "all levels": 0})


def test_rows_that_are_not_of_the_population_weigh_nothing():
    table = pd.DataFrame({"sex": ["f", "m", None, "x", "m"], "age": ["old"] * 5})
    made = represent(table, references={"sex": Reference({"f": 0.5, "m": 0.5}, why="census", source="office")})
    assert made.weights == pytest.approx([1.5, 0.75, 0, 0, 0.75])
    assert made.notes == ("Weight 0, sex missing: 1 rows.", "Weight 0, sex without a share (x): 1 rows.")


def test_it_says_what_weights_cost():
    table = pd.DataFrame({"sex": ["f"] + ["m"] * 99})
    made = represent(table, references={"sex": Reference({"f": 0.5, "m": 0.5}, why="census", source="a panel", n=900)})
    assert made.design_effect > 20
    assert "More than half" in made.notes[0]
    assert "itself a sample" in made.notes[1]


@pytest.mark.parametrize(
    ("references", "why"),
    [
        ({}, "nothing to represent"),
        ({"sexe": SEX}, "sexe"),
        ({("sex", "sex"): SEX}, "different ones"),
        ({"sex": Reference({"f": 0.5, "m": 0.3, "x": 0.2}, why="w", source="s")}, 'no row with the level "x"'),
        ({"sex": Reference({"F": 1.0}, why="w", source="s")}, "No row has a level"),
        ({"sex": Reference({"f": 0.9}, why="w", source="s")}, "sum to"),
        ({"sex": Reference(0.9, why="w", source="s")}, "share for each"),
    ],
)
def test_what_cannot_be_repaired_is_said(references, why):
    with pytest.raises(AuditkitError, match=why):
        represent(drawn(200), references=references)


def test_margins_that_no_weights_meet():
    """All women are old and all men young, so the shares of one column settle those of the other."""
    table = pd.DataFrame({"sex": ["f", "m"] * 50, "age": ["old", "young"] * 50})
    half = Reference({"f": 0.5, "m": 0.5}, why="w", source="s")
    with pytest.raises(InputError, match="cannot meet all margins"):
        represent(table, references={"sex": half, "age": Reference({"old": 0.6, "young": 0.4}, why="w", source="s")})
