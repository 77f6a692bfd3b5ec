"""Who is learned from and who is judged: no unit is split, no threshold is set on rows its predictor knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fairlearn import metrics as fl
from fairlearn import postprocessing
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score

from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.detectors.disparity import SelectionRate
from auditkit.lifecycle.mitigating import mitigate
from auditkit.lifecycle.mitigating.people import apart, halves, people
from auditkit.lifecycle.mitigating.table import predictor
from tests.lifecycle.applicants import arrays, decisions, value, world


def test_thresholds_of_a_predictor_that_knows_its_rows_by_heart_hold_on_others() -> None:
    """A forest is always right on its own rows: thresholds fitted there leave most of the gap, and cost accuracy."""
    X, y, group = forest_world()
    forest = RandomForestClassifier(20, random_state=0, n_jobs=1)
    turn = mitigate(forest, X, y, group, constraint="demographic_parity")
    split, _, _ = np.random.SeedSequence(0).spawn(3)
    learned, kept = halves(people(X, y, group), 0.5, np.random.default_rng(split))
    fitted = forest.fit(learned.X, learned.y)
    by_heart = postprocessing.ThresholdOptimizer(estimator=fitted, prefit=True, predict_method="predict_proba")
    by_heart.fit(learned.X, learned.y, sensitive_features=learned.group.astype(str))
    said = by_heart.predict(kept.X, sensitive_features=kept.group.astype(str), random_state=0)
    wrong = fl.demographic_parity_difference(kept.y, said, sensitive_features=kept.group)
    assert wrong > 0.08
    assert abs(value(turn.after, "selection rate difference")) < 0.04
    assert turn.costs[0].after.value > accuracy_score(kept.y, said)


def forest_world(n: int = 4000) -> tuple[Any, Any, Any]:
    """Two groups apart in what the outcome is read from, and noise that a forest learns by heart."""
    rng = np.random.default_rng(7)
    group = np.repeat(["a", "b"], n // 2)
    X = rng.normal(size=(n, 4))
    X[group == "b", 0] += 0.8
    return X, rng.random(n) < 1 / (1 + np.exp(-X[:, 0])), group


def test_thresholds_and_their_predictor_share_no_unit() -> None:
    rows = world(600)
    everyone = people(rows[["age"]], rows.hired, rows.team, rows.person)
    own, others = apart(everyone, np.random.default_rng(0))
    assert sorted([*own.row, *others.row]) == list(range(600))
    assert not set(own.unit) & set(others.unit)
    for team in ("blue", "red"):
        assert abs((own.group == team).mean() - (others.group == team).mean()) < 0.05


def test_too_few_rows_for_thresholds_apart_are_refused_with_a_sentence() -> None:
    X, y, group = arrays(400)
    few = [*y.index[y == "no"][:2], *y.index[y == "yes"][:40]]
    group = group.where(~group.index.isin(few), "green")
    with pytest.raises(InputError, match='green has 1 rows of hired "no" among the rows to learn from'):
        mitigate(LogisticRegression(), X, y, group)
    assert mitigate(LogisticRegression(), X, y, group, by="grid_search").costs[0].lost.value is not None


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.floats(0.2, 0.8), st.integers(1, 6))
def test_no_unit_is_split_and_every_cell_has_its_share(seed: int, held_out: float, size: int) -> None:
    n = 240
    rng = np.random.default_rng(seed)
    unit = np.arange(n) // size
    group, y = rng.choice(["a", "b", "c"], n // size + 1)[unit], rng.integers(0, 2, n // size + 1)[unit]
    group[:12], y[:12] = np.repeat(["a", "b", "c"], 4), np.tile([0, 1], 6)
    unit = unit if size > 1 else np.arange(n)
    everyone = people(np.zeros((n, 1)), y, group, unit)
    try:
        learned, kept = halves(everyone, held_out, rng)
    except InputError:
        return
    assert sorted([*learned.row, *kept.row]) == list(range(n))
    assert not set(unit[learned.row]) & set(unit[kept.row])
    if size == 1:
        for g in "abc":
            for outcome in (0, 1):
                cell = (group == g) & (y == outcome)
                assert abs(cell[kept.row].sum() - held_out * cell.sum()) < 2


def test_the_same_seed_is_the_same_split_and_another_is_not() -> None:
    everyone = people(np.zeros((400, 1)), np.tile([0, 1], 200), np.repeat(["a", "b"], 200))
    first, again, other = (halves(everyone, 0.5, np.random.default_rng(seed))[1].row.tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_who_shares_rows_is_never_split_and_makes_clusters(tmp_path: Path) -> None:
    rows = world(400)
    X, looked = rows[["age", "town"]], SelectionRate(favourable="yes")
    how = {"unit": rows.person, "detectors": looked, "out": tmp_path}
    turn = mitigate(predictor(X), X, rows.hired, rows.team, **how)
    told = decisions(tmp_path)
    learned = set(range(400)) - set(told.row)
    assert not {row // 2 for row in learned} & {row // 2 for row in told.row}
    assert turn.costs[0].lost.clusters == told.unit.nunique() == len(told) / 2
    assert all("clusters" in finding.estimate.method for finding in turn.after.findings)
    assert all(move.paired for move in turn.moves)
    assert mitigate(predictor(X), X, rows.hired, rows.team, **how) == turn
    assert main(["verify", str(tmp_path)]) == 0


def test_rows_without_outcome_or_group_take_no_part() -> None:
    rows = world(600)
    rows.loc[:20, "hired"] = None
    rows.loc[21:40, "team"] = None
    everyone = people(rows[["age"]], rows.hired, rows.team)
    assert (len(everyone), int(everyone.row.min()), everyone.outcomes) == (559, 41, ("no", "yes"))
    assert everyone.lacking == halves(everyone, 0.5, np.random.default_rng(0))[0].lacking == 41
