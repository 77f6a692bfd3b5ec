"""Permuted labels keep every margin, follow the permutation distribution, and leave strata and units whole."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare, hypergeom

from auditkit.core.evidence import Tally
from auditkit.stats.fair_tables import LARGEST, Labels, random_tables


def drawn(tally: Tally, many: int, seed: int = 0) -> list[Tally]:
    labels = Labels.of(tally)
    assert labels is not None
    return list(islice(labels.draws(np.random.default_rng(seed)), many))


@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(0, 10_000))
@settings(max_examples=50)
def test_every_margin_is_kept(strata: int, r: int, c: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.poisson(3, (strata, r, c))
    fresh = random_tables(table.sum(axis=2), table.sum(axis=1), rng)
    assert (fresh >= 0).all()
    assert (fresh.sum(axis=1) == table.sum(axis=1)).all()
    assert (fresh.sum(axis=2) == table.sum(axis=2)).all()


def test_a_fourfold_table_is_hypergeometric() -> None:
    rows, columns = np.tile([8, 12], (20_000, 1)), np.tile([7, 13], (20_000, 1))
    hits = random_tables(rows, columns, np.random.default_rng(1))[:, 0, 0]
    expected = 20_000 * hypergeom.pmf(np.arange(8), 20, 7, 8)
    assert chisquare(np.bincount(hits, minlength=8)[1:7], expected[1:7], sum_check=False).pvalue > 0.001


def test_a_larger_table_is_that_of_shuffled_rows() -> None:
    rng = np.random.default_rng(2)
    table = np.array([[5, 2, 4], [1, 6, 3], [2, 2, 7]])
    g, o = (np.repeat(axis.ravel(), table.ravel()) for axis in np.indices((3, 3)))
    shuffled = np.zeros((4_000, 3, 3))
    for one in shuffled:
        np.add.at(one, (rng.permutation(g), o), 1)
    ours = random_tables(np.tile(table.sum(1), (4_000, 1)), np.tile(table.sum(0), (4_000, 1)), rng)
    assert ours.mean(0) == pytest.approx(shuffled.mean(0), abs=0.12)
    assert ours.std(0) == pytest.approx(shuffled.std(0), rel=0.1)
    assert np.corrcoef(ours[:, 0, 0], ours[:, 1, 1])[0, 1] == pytest.approx(
        np.corrcoef(shuffled[:, 0, 0], shuffled[:, 1, 1])[0, 1], abs=0.08
    )


def table(rows: int = 400, seed: int = 3, **more: np.ndarray) -> Tally:
    rng = np.random.default_rng(seed)
    columns = {"group:sex": rng.choice(["f", "m"], rows), "group:race": rng.choice(["a", "b", "c"], rows)}
    columns |= {"outcome": np.where(rng.random(rows) < 0.3 + 0.3 * (columns["group:sex"] == "f"), "1", "0"), **more}
    return Tally.of({name: list(map(str, column)) for name, column in columns.items()})


def test_groups_go_together_and_the_outcome_stays() -> None:
    real = table(context=np.random.default_rng(4).choice(["x", "y"], 400))
    for fresh in drawn(real, 5):
        for axes in (("group:sex", "group:race", "context"), ("outcome", "context")):
            assert (fresh.cube(*axes) == real.cube(*axes)).all()
        assert (fresh.cube("group:sex", "outcome") != real.cube("group:sex", "outcome")).any()
        assert fresh.total == real.total


def test_labels_mean_nothing_any_more() -> None:
    real = table(4_000)
    gaps = []
    for fresh in drawn(real, 300):
        (f0, f1), (m0, m1) = fresh.cube("group:sex", "outcome")
        gaps.append(f1 / (f0 + f1) - m1 / (m0 + m1))
    assert abs(np.mean(gaps)) < 4 * np.std(gaps) / np.sqrt(300)
    assert np.std(gaps) == pytest.approx(np.sqrt(0.45 * 0.55 / 1_000), rel=0.15)


def test_units_of_one_label_swap_it_whole() -> None:
    """Four people, two of each sex: every one of the six ways to say who is who is as likely."""
    rows = {"unit": list("aabbbccd"), "group:sex": list("ffffmmmm"), "outcome": list("10111001")}
    rows["group:sex"] = ["f" if unit in "ab" else "m" for unit in rows["unit"]]
    real = Tally.of(rows)
    seen: Counter[tuple[str, ...]] = Counter()
    for fresh in drawn(real, 3_000):
        assert (fresh.cube("unit", "outcome") == real.cube("unit", "outcome")).all()
        by_unit = fresh.cube("unit", "group:sex")
        assert ((by_unit > 0).sum(axis=1) == 1).all()
        seen[tuple("fm"[int(k)] for k in by_unit.argmax(axis=1))] += 1
    assert set(map("".join, seen)) == {"ffmm", "fmfm", "fmmf", "mffm", "mfmf", "mmff"}
    assert chisquare(list(seen.values())).pvalue > 0.001


def test_units_of_several_labels_permute_among_their_own_rows() -> None:
    rng = np.random.default_rng(5)
    rows = 600
    unit = rng.integers(0, 40, rows)
    group = np.where(rng.random(rows) < 0.5, "f", "m")
    real = Tally.of(
        {"unit": [f"u{k:02d}" for k in unit], "group:sex": list(group), "outcome": [str(int(g == "f")) for g in group]}
    )
    for fresh in drawn(real, 5):
        assert (fresh.cube("unit", "group:sex") == real.cube("unit", "group:sex")).all()
        assert (fresh.cube("unit", "outcome") == real.cube("unit", "outcome")).all()
        assert (fresh.cube("group:sex", "outcome") != real.cube("group:sex", "outcome")).any()


def test_units_swap_within_their_context() -> None:
    rng = np.random.default_rng(6)
    unit = np.repeat(np.arange(60), 4)
    context = np.where(unit < 30, "x", "y")
    sex = np.where(rng.random(60) < np.where(np.arange(60) < 30, 0.8, 0.2), "f", "m")[unit]
    real = Tally.of(
        {"unit": list(map(str, unit)), "context": list(context), "group:sex": list(sex), "outcome": ["1"] * 240}
    )
    for fresh in drawn(real, 5):
        assert (fresh.cube("context", "group:sex") == real.cube("context", "group:sex")).all()


@pytest.mark.parametrize("axis", ["weight", "units", "groups", "size"])
def test_what_cannot_be_permuted_is_left_alone(axis: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = table()
    if axis == "weight":
        real = Tally.of({"group:sex": ["f", "m"], "outcome": ["1", "0"]}, n=[3, 4], w=[1.5, 2.0])
    elif axis == "units":
        real = Tally.of({"group:sex": ["f", "m"], "outcome": ["1", "0"], "unit": ["a", "b"], "item": ["c", "d"]})
    elif axis == "groups":
        real = real.marginal("outcome")
    else:
        monkeypatch.setattr("auditkit.stats.fair_tables.LARGEST", 5)
    assert LARGEST > 1_000_000
    assert Labels.of(real) is None


def test_the_same_seed_draws_the_same_and_a_million_rows_are_as_quick_as_a_thousand() -> None:
    real = table()
    many = Tally(real.axes, real.names, real.levels, real.codes, real.n * 2_500, real.w * 2_500, real.w2 * 2_500)
    assert drawn(many, 3) == drawn(many, 3)
    assert drawn(many, 3) != drawn(many, 3, seed=1)
    assert drawn(many, 1)[0].total == 1_000_000
