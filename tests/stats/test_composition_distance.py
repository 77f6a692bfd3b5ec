"""The distance of a whole composition: what weights and clusters are worth, and coverage where p is the reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.evidence import UNIT, Tally
from auditkit.stats.composition_distance import composition_distance, worth
from auditkit.stats.distances import total_variation
from auditkit.stats.exact import share_at_most

SURELY = 1e-4
SHARES = {"a": 0.5, "b": 0.3, "c": 0.2}


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0.01, 50)), min_size=1, max_size=40))
def test_so_many_equal_rows_err_more_in_every_direction(drawn: list[tuple[int, float]]) -> None:
    """The covariance of equal rows less that of the weighted ones has no negative eigenvalue."""
    k, w = np.array([row[0] for row in drawn]), np.array([row[1] for row in drawn])
    p = np.bincount(k, w, minlength=3) / w.sum()
    away = np.eye(3)[k] - p
    weighted = (w[:, None] * away).T @ (w[:, None] * away) / w.sum() ** 2
    n = worth(np.bincount(k, w, minlength=3), np.bincount(k, w**2, minlength=3))
    equal = (np.diag(p) - np.outer(p, p)) / n
    assert np.linalg.eigvalsh(equal - weighted).min() >= -1e-9
    assert 1 - 1e-9 <= n <= w.sum() ** 2 / (w**2).sum() + 1e-9  # never more than Kish's


def test_without_weights_it_is_the_distance_of_the_counts() -> None:
    tally = Tally.of_cells(("group",), {("c",): 30, ("a",): 41})
    (e, noise), (same, expected) = composition_distance(tally, "group", SHARES), total_variation([41, 0, 30], [5, 3, 2])
    assert e == same
    assert noise == expected


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_scale_of_weights_says_nothing(scale: float) -> None:
    columns = {"group": ["a"] * 40 + ["b"] * 60 + ["c"] * 20}
    w = np.r_[np.full(40, 1.0), np.full(60, 2.0), np.tile([1.0, 3.0], 10)]
    (e, _), (one, _) = (composition_distance(Tally.of(columns, w=v, w2=v**2), "group", SHARES) for v in (scale * w, w))
    assert e.value == pytest.approx(abs(np.array([40, 120, 40]) / 200 - [0.5, 0.3, 0.2]).sum() / 2)
    assert (e.lower, e.upper, e.n) == (pytest.approx(one.lower), pytest.approx(one.upper), 120)
    assert e.n_eff == 80  # 200 over c's Σw²/Σw = 100/40


def test_weights_all_nought_have_no_distance() -> None:
    e, _ = composition_distance(Tally.of({"group": ["a", "b"]}, w=[0, 0], w2=[0, 0]), "group", SHARES)
    assert (e.value, e.reason) == (None, "no rows")


def drawn(kind: str, rng: np.random.Generator) -> Tally:
    """Samples from SHARES: of one row each, weights that differ by class, and clusters of five that agree in part."""
    p, levels = np.array(list(SHARES.values())), list(SHARES)
    if kind == "weighted":  # class c is sampled four times as often as it should be, and weighted down; and noise
        often = p * [1, 1, 4]
        k = rng.choice(3, 300, p=often / often.sum())
        w = np.array([1, 1, 0.25])[k] * rng.lognormal(0, 0.5, 300)
        return Tally.of({"group": [levels[i] for i in k]}, w=w, w2=w**2)
    own, fresh = rng.choice(3, 60, p=p), rng.choice(3, (60, 5), p=p)
    k = np.where(rng.random(fresh.shape) < 0.6, own[:, None], fresh).ravel()
    unit = np.repeat(np.arange(60), 5).astype(str).tolist()
    w = np.repeat(rng.lognormal(0, 0.4, 60), 5)
    return Tally.of({UNIT: unit, "group": [levels[i] for i in k]}, w=w, w2=w**2)


@pytest.mark.parametrize("kind", ["weighted", "clusters, weighted"])
def test_a_fair_composition_is_held(kind: str) -> None:
    """At p = the reference, where percentile intervals of a distance hold no truth at all."""
    rng = np.random.default_rng([7, len(kind)])
    told = [composition_distance(drawn(kind, rng), "group", SHARES)[0] for _ in range(150)]
    for level in (0.8, 0.95):
        held = sum(e.interval(level).low <= 1e-12 for e in told)
        assert share_at_most(held, len(told), level) > SURELY
    spread = np.mean([e.value for e in told])
    assert spread > 0.02  # a distance of noise: what folding an interval around it would miss
