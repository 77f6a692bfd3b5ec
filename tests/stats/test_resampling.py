"""The cell bootstrap against a bootstrap of rows, against closed forms, and against the clock."""

import time

import numpy as np
import pytest
from scipy.stats import binom

from auditkit.core.estimate import LEVELS
from auditkit.stats.resampling import cell_bootstrap

METRICS = 5


def rates_of_groups(counts):
    """Five rates in each group from its four cells [y, prediction]: what an audit of 60 groups asks for."""
    tn, fp, fn, tp = np.moveaxis(counts.reshape(len(counts), -1, 4), 2, 0)
    n = tn + fp + fn + tp
    return np.concatenate([(tp + fp) / n, tp / (tp + fn), fp / (fp + tn), tp / (tp + fp), (tp + tn) / n], axis=1)


def gaps(counts):
    a, b = counts[:, 0] / (counts[:, 0] + counts[:, 1]), counts[:, 2] / (counts[:, 2] + counts[:, 3])
    return np.stack([a - b, np.maximum(a, b)], axis=1)


def test_it_is_the_bootstrap_of_rows():
    cells = np.array([30, 50, 60, 20])
    rng = np.random.default_rng(2)
    rows = np.repeat(np.arange(4), cells)
    resampled = rng.choice(rows, (100_000, len(rows)))
    counts = np.stack([(resampled == cell).sum(axis=1) for cell in range(4)], axis=1)
    by_rows = np.quantile(gaps(counts), [(1 - 0.95) / 2, (1 + 0.95) / 2], axis=0)
    b = cell_bootstrap(cells, gaps, 100_000, np.random.default_rng(3))
    assert np.stack([b.percentile_lower[2], b.percentile_upper[2]]) == pytest.approx(by_rows, abs=0.004)
    assert b.value == pytest.approx(gaps(cells[None])[0])


def test_a_share_has_binomial_quantiles():
    b = cell_bootstrap([300, 700], lambda c: c[:, :1] / 1000)
    for i, level in enumerate(LEVELS[:7]):
        exact = binom.ppf([(1 - level) / 2, (1 + level) / 2], 1000, 0.3) / 1000
        assert [b.percentile_lower[i, 0], b.percentile_upper[i, 0]] == pytest.approx(exact, abs=0.0045)
        assert b.basic_lower[i, 0] == pytest.approx(0.6 - b.percentile_upper[i, 0])


def test_bounds_are_numpys_quantiles_of_the_very_draws():
    seen = []

    def statistic(counts):
        seen.append(gaps(counts))
        return seen[-1]

    b = cell_bootstrap([13, 7, 9, 4], statistic, replicates=437)
    draws = np.concatenate(seen[1:])
    assert draws.shape == (437, 2)
    for i, level in enumerate(LEVELS[:3]):
        assert b.percentile_lower[i] == pytest.approx(np.quantile(draws, (1 - level) / 2, axis=0), abs=1e-6)
        assert b.percentile_upper[i] == pytest.approx(np.quantile(draws, (1 + level) / 2, axis=0), abs=1e-6)


def test_levels_need_twenty_draws_outside():
    b = cell_bootstrap([3, 7], lambda c: c[:, :1])
    assert np.isfinite(b.percentile_lower[:, 0]).tolist() == [level <= 0.999 for level in LEVELS]
    few = cell_bootstrap([3, 7], lambda c: c[:, :1], replicates=400)
    assert np.isfinite(few.basic_upper[:, 0]).tolist() == [level <= 0.95 for level in LEVELS]


def test_undefined_draws_are_left_out_and_counted():
    """A group of one row is missing from a share e^-1 of the draws; an empty group from all of them."""
    b = cell_bootstrap([1, 0, 400, 599, 0, 0], lambda c: c[:, ::2] / (c[:, ::2] + c[:, 1::2]))
    assert b.draws / 20_000 == pytest.approx([1 - np.exp(-1), 1, 0], abs=0.01)
    assert b.percentile_lower[0, 0] == b.percentile_upper[0, 0] == b.value[0] == 1
    assert np.isnan(b.value[2])
    assert np.isnan(b.percentile_lower[:, 2]).all()
    assert np.isnan(b.percentile_lower[6, 0])
    assert np.isfinite(b.percentile_lower[6, 1])


def test_chunks_do_not_matter_and_the_seed_does(monkeypatch):
    first, again = cell_bootstrap([30, 70, 9, 4], gaps), cell_bootstrap([30, 70, 9, 4], gaps)
    other = cell_bootstrap([30, 70, 9, 4], gaps, rng=np.random.default_rng(5))
    monkeypatch.setattr("auditkit.stats.resampling._CHUNK", 4 * 777)
    chunked = cell_bootstrap([30, 70, 9, 4], gaps)
    assert np.array_equal(first.percentile_lower, again.percentile_lower, equal_nan=True)
    assert np.array_equal(first.percentile_lower, chunked.percentile_lower, equal_nan=True)
    assert not np.array_equal(first.percentile_lower, other.percentile_lower, equal_nan=True)


def test_a_thousand_replicates_of_sixty_groups_cost_less_than_sixty_of_rows():
    """240 cells of a million rows: against drawing the rows themselves, in the same process."""
    cells = np.random.default_rng(1).multinomial(1_000_000, np.full(240, 1 / 240))
    started = time.process_time()
    b = cell_bootstrap(cells, rates_of_groups, replicates=1_000)
    ours = time.process_time() - started
    codes, rng = np.repeat(np.arange(240), cells), np.random.default_rng(0)
    started = time.process_time()
    for _ in range(60):
        np.bincount(codes[rng.integers(0, len(codes), len(codes))], minlength=240)
    assert b.value.shape == (METRICS * 60,)
    assert ours < time.process_time() - started
