"""Random sets differ as theory says; words are averaged first; the expected d is the one that large samples reach."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.evidence import Rows
from auditkit.stats.control_sets import by_word, control_differences, expected_d, values_of
from auditkit.stats.differential_association import associations, effect_size
from auditkit.stats.simulated_words import LEAN, SD, attribute_words, target_words


def test_differences_of_random_sets_have_the_variance_of_sampling_without_replacement():
    """Var = S²(1/n + 1/m) whatever the size of the pool, S² with N - 1."""
    rng = np.random.default_rng(1)
    pool = rng.exponential(size=60)
    found = control_differences(pool, (25, 10), rng, sets=20_000)
    expected = pool.var(ddof=1) * (1 / 25 + 1 / 10)
    assert found.mean() == pytest.approx(0, abs=4.5 * np.sqrt(expected / 20_000))
    assert found.var() == pytest.approx(expected, rel=0.05)


def test_too_few_words_make_no_sets():
    rng = np.random.default_rng(1)
    assert len(control_differences(np.ones(49), (25, 25), rng)) == 0
    assert len(control_differences(np.ones(50), (25, 25), rng)) == 999
    assert len(control_differences(np.ones(50), (0, 25), rng)) == 0


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(-1, 1)), min_size=1, max_size=20))
def test_words_are_averaged(rows):
    words, values = np.array([w for w, _ in rows]), np.array([v for _, v in rows])
    expected = [values[words == w].mean() for w in sorted(set(words.tolist()))]
    assert by_word(values, words) == pytest.approx(expected, abs=1e-12)


def test_values_are_by_word_where_rows_share_one():
    rng = np.random.default_rng(2)
    x, (a, b) = rng.standard_normal((6, 10)), attribute_words()
    unit = ["rose", "rose", "ant", "ant", "ant", "bee"]
    rows = Rows.of({"unit": unit}, {"vector": x})
    s = associations(x, a, b)
    assert values_of(rows, a, b) == pytest.approx([s[2:5].mean(), s[5], s[:2].mean()])
    assert sorted(values_of(Rows.of({}, {"vector": x}), a, b)) == pytest.approx(sorted(s))
    assert len(values_of(rows.taken(np.zeros(6, bool)), a, b)) == 0


@pytest.mark.parametrize(("n", "m", "shift"), [(20_000, 20_000, 0.2), (30_000, 10_000, 0.1), (10_000, 10_000, 0.0)])
def test_planted_words_lie_where_they_are_said_to(n, m, shift):
    rng, (a, b) = np.random.default_rng(3), attribute_words()
    x, y = (associations(target_words(k, mean, rng), a, b) for k, mean in ((n, shift / 2), (m, -shift / 2)))
    assert x.std() == pytest.approx(2 * LEAN * SD, rel=0.03)
    gap = x.mean() - y.mean()
    assert abs(gap - 2 * LEAN * shift) < 4.5 * 2 * LEAN * SD * np.sqrt(1 / n + 1 / m)
    assert effect_size(x, y).value == pytest.approx(expected_d(shift, SD, n, m), abs=0.06)


def test_frequent_words_are_longer_and_nearer_one_another_and_no_more_associated():
    rng, (a, b) = np.random.default_rng(4), attribute_words()
    rare, frequent = target_words(4000, 0.1, rng), target_words(4000, 0.1, rng, frequent=1.0)
    assert np.linalg.norm(frequent, axis=1) == pytest.approx(2)
    together = [np.linalg.norm((x / np.linalg.norm(x, axis=1)[:, None]).mean(axis=0)) for x in (rare, frequent)]
    assert together[1] > 2 * together[0]
    gap = associations(frequent, a, b).mean() - associations(rare, a, b).mean()
    assert abs(gap) < 4.5 * 2 * LEAN * SD * np.sqrt(2 / 4000)
