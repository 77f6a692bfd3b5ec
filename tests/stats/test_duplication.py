"""What copies cost: figures known beforehand, the limits found another way, and coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.core.estimate import LEVELS, QUANTILES
from auditkit.stats.duplication import chance_of_coincidence, copies, identical, rows_per_distinct, seen_before
from auditkit.stats.exact import share_at_most
from auditkit.stats.proportions import proportion

SURELY = 1e-4


@pytest.mark.parametrize(("singles", "times", "many", "worth"), [(800, 5, 40, 556), (900, 20, 5, 345)])
def test_a_thousand_rows_are_worth(singles: int, times: int, many: int, worth: int) -> None:
    """A fifth of the rows in fives leave 556 of 1,000, a tenth in twenties 345."""
    e = rows_per_distinct([1] * singles + [times] * many)
    assert e.n == 1_000
    assert round(1_000 / e.value) == round(e.n_eff) == worth


def test_limits_are_where_the_score_is_z() -> None:
    from scipy.optimize import brentq

    m = np.array([1] * 300 + [2] * 40 + [7] * 9, float)
    e = rows_per_distinct(m)

    def score(theta: float) -> float:
        each = m**2 - theta * m
        return float(each.sum() / np.sqrt((each**2).sum()))

    for level, z in list(zip(LEVELS, QUANTILES, strict=True))[:5]:
        low, high, _ = e.interval(level)
        assert low == pytest.approx(max(brentq(lambda t, z=z: score(t) - z, 0.5, e.value), 1))
        assert high == pytest.approx(brentq(lambda t, z=z: score(t) + z, e.value, 50))


def test_nothing_repeated_is_no_proof() -> None:
    e = rows_per_distinct([1] * 100)
    assert (e.value, e.interval(0.95).low) == (1, 1)
    share = proportion(0, 100)[0].interval(0.95).high
    assert e.interval(0.95).high == pytest.approx(((1 - share) + 4 * share) / ((1 - share) + 2 * share))
    assert rows_per_distinct([]).reason == "no rows"
    assert rows_per_distinct([3]).interval(0.95) == (1, None, 0.95)


@pytest.mark.parametrize("share", [0.03, 0.2])
def test_holds_the_truth(share: float) -> None:
    """Items of one row or four: Σm²/Σm is (1 + 15q)/(1 + 3q)."""
    rng, runs = np.random.default_rng(1), 1_000
    truth = (1 + 15 * share) / (1 + 3 * share)
    told = [rows_per_distinct(np.where(rng.random(800) < share, 4, 1)).interval(0.95) for _ in range(runs)]
    assert share_at_most(sum(low <= truth <= high for low, high, _ in told), runs, 0.935) > SURELY


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([1.0, 2.0, np.nan])), min_size=1, max_size=30))
def test_identical_is_what_pandas_groups(rows: list[tuple[str, float]]) -> None:
    code = identical([np.array(column) for column in zip(*rows, strict=True)])
    theirs = pd.DataFrame(rows).groupby([0, 1], dropna=False).ngroup()
    assert len(set(code.tolist())) == theirs.nunique()
    assert pd.DataFrame({"one": code, "other": theirs}).drop_duplicates().shape[0] == theirs.nunique()


def test_what_one_unit_repeats_counts_once() -> None:
    assert copies([0, 0, 0, 1, 1], ["u", "u", "v", "w", "w"]).tolist() == [2, 1]
    assert copies([0, 0, 0, 1, 1]).tolist() == [3, 2]


def test_seen_before_is_wilsons_on_the_rows_that_copies_leave() -> None:
    e = seen_before(np.arange(50), np.arange(50) < 5)
    assert e.interval(0.95) == pytest.approx(proportion(5, 50)[0].interval(0.95))
    doubled = seen_before(np.repeat(np.arange(50), 2), np.repeat(np.arange(50) < 5, 2))
    assert doubled.interval(0.95)[:2] == pytest.approx(proportion(5, 50)[0].interval(0.95)[:2])
    assert seen_before([], []).reason == "no test rows"


def test_the_chance_of_coincidence_by_all_pairs() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.integers(4, size=60), rng.integers(7, size=60)
    one, two = np.triu_indices(60, 1)
    assert chance_of_coincidence([a, b]) == pytest.approx((a[one] == a[two]).mean() * (b[one] == b[two]).mean())
    assert chance_of_coincidence([[1]]) == 0
