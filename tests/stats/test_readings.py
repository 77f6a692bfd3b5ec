"""Readings of outputs, their dispersion by prompt against brute force, and the worlds whose dispersion is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.errors import InputError
from auditkit.core.estimate import Estimate
from auditkit.core.evidence import Rows
from auditkit.core.finding import Reference
from auditkit.core.roles import MISSING
from auditkit.stats.readings import by_prompt, directions, over_known, readings, same_side
from auditkit.stats.simulated_outputs import OutGroup, ratios, simulated_outputs


def bag(n=40, seed=0):
    rng = np.random.default_rng(seed)
    columns = {"prediction": rng.choice(["a", "b", MISSING], n).tolist(), "p": rng.choice(["1", "2"], n).tolist()}
    vectors = rng.standard_normal((n, 5))
    vectors[:3, :2] = 0.0
    vectors[3, 4] = np.nan
    names = ("x.0", "x.1", "y.a.0", "y.a.1", "plain")
    score = rng.standard_normal(n)
    score[:2] = np.nan
    return Rows.of(columns, {"vector": vectors, "score": score}, measured={"vector": names})


def test_encoders_are_named_before_the_last_dot_and_rows_that_cannot_be_read_are_known():
    found = {reading.name: reading for reading in readings(bag())}
    assert list(found) == ["x", "y.a", "vector", "score", "prediction"]
    missing = int((bag().column("prediction") == MISSING).sum())
    unread = {name: int((~reading.readable).sum()) for name, reading in found.items()}
    assert unread == {"x": 3, "y.a": 0, "vector": 1, "score": 2, "prediction": missing}
    assert [r.name for r in readings(Rows.of({}, {"vector": np.ones((3, 2))}))] == ["vector"]
    assert list(readings(Rows.of({"p": ["1"]}))) == []


def mean_over_pairs(values, apart):
    n = len(values)
    return np.mean([apart(values[i], values[j]) for i in range(n) for j in range(n) if i != j])


APART = {
    "vector": lambda a, b: 1 - a @ b,
    "score": lambda a, b: abs(a[0] - b[0]),
    "category": lambda a, b: float(a[0] != b[0]),
}


@given(st.integers(0, 500))
def test_dispersion_by_prompt_is_the_mean_over_pairs(seed):
    rows = bag(seed=seed)
    group = rows.column("p") == "1"
    halves = np.arange(len(rows)) % 2 == 0
    for reading in readings(rows):
        prompts = [half & reading.readable for half in (halves, ~halves)]
        q = by_prompt(reading, group, prompts)
        for k, prompt in enumerate(prompts):
            values = reading.values[group & prompt]
            assert q.n[k] == len(values)
            if len(values) > 1:
                assert q.q[k] == pytest.approx(mean_over_pairs(values, APART[reading.kind]), abs=1e-9)
            else:
                assert np.isnan(q.q[k])


def test_wide_vectors_need_no_square_of_their_dimensions():
    x = np.random.default_rng(6).standard_normal((6, 20_000))  # 20,000 squared would be 3 GB
    (reading,) = readings(Rows.of({}, {"vector": np.r_[x, x[:1]]}))
    q = by_prompt(reading, np.ones(7, bool), [reading.readable])
    assert q.q[0] == pytest.approx(mean_over_pairs(reading.values, APART["vector"]))
    assert q.widest == 2.0


def test_scores_that_are_all_alike_in_one_group_are_as_wide_as_both():
    rows = Rows.of({"g": ["a"] * 5 + ["b"] * 5}, {"score": [1.0] * 5 + [1.0, 2, 3, 4, 9]})
    (score,) = readings(rows)
    alike = by_prompt(score, rows.column("g") == "a", [score.readable])
    assert (alike.q[0], alike.widest) == (0.0, 8.0)


def test_nothing_readable_is_no_traceback():
    rows = Rows.of({"prediction": [MISSING] * 3}, {"score": [np.nan] * 3, "vector": np.zeros((3, 2))})
    for reading in readings(rows):
        q = by_prompt(reading, np.ones(3, bool), [reading.readable])
        assert np.isnan(q.q).all()
        assert q.n.tolist() == [0]


@given(st.lists(st.lists(st.floats(-5, 5), min_size=3, max_size=3), min_size=1, max_size=6))
def test_directions_have_length_one_or_none(vectors):
    lengths = np.linalg.norm(directions(vectors), axis=1)
    assert np.array_equal(np.isnan(lengths), (np.array(vectors) == 0).all(axis=1))
    assert lengths[~np.isnan(lengths)] == pytest.approx(1)


def reference(value):
    return Reference(value, why="real captions", source="a test")


def test_over_a_known_ratio_every_bound_moves_alike():
    e = Estimate(0.6, (0.5, None) + (0.4,) * 7, (0.8,) * 9, n=9, n_eff=9.0, method="ratio")
    moved = over_known(e, reference(0.5))
    assert (moved.value, moved.lower[:2], moved.upper[0]) == (1.2, (1.0, None), 1.6)
    assert over_known(Estimate.undefined("nothing"), reference(0.5)).reason == "nothing"
    for wrong in (0.0, -1.0, float("inf"), float("nan"), {"a": 1.0}):
        with pytest.raises(InputError, match="one positive number"):
            over_known(e, reference(wrong))


def test_sides_of_an_edge():
    assert same_side([], 0.8)
    assert same_side([0.8, 0.9], 0.8)
    assert not same_side([0.79, 0.8], 0.8)


@pytest.mark.parametrize("group", [OutGroup(), OutGroup(scale=0.4, usual=0.6), OutGroup(shift=1.0, length=3.0)])
def test_the_closed_forms_are_what_simulated_outputs_do(group):
    rows = simulated_outputs(120_000, 1, group._replace(every=2), np.random.default_rng(5))
    out = rows.column("group") == "out"
    for reading in readings(rows):
        sides = [by_prompt(reading, side, [reading.readable]) for side in (out, ~out)]
        seen = sides[0].q[0] / sides[1].q[0]
        error = seen * np.sqrt(sum(s.variance[0] / s.q[0] ** 2 for s in sides))
        assert abs(seen - ratios(group)[reading.name]) < 4.5 * error
