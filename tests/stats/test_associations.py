"""Stratified 2x2 tables against print, against statsmodels, and by simulation of size and coverage."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import chi2
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

from auditkit.stats.associations import (
    breslow_day,
    gail_simon,
    log_odds_ratios,
    mantel_haenszel_odds_ratio,
    mantel_haenszel_risk_difference,
    mantel_haenszel_risk_ratio,
    woolf,
)

SMOKING = np.array([[[647, 622], [2, 27]], [[41, 28], [19, 32]]])
BERKELEY = np.array(  # admitted: men, women; rejected: men, women; departments A to F (Bickel et al. 1975)
    [
        [[512, 89], [313, 19]],
        [[353, 17], [207, 8]],
        [[120, 202], [205, 391]],
        [[138, 131], [279, 244]],
        [[53, 94], [138, 299]],
        [[22, 24], [351, 317]],
    ]
)
positive = st.lists(st.lists(st.integers(1, 80), min_size=4, max_size=4), min_size=2, max_size=6)
any_tables = st.lists(st.lists(st.integers(0, 30), min_size=4, max_size=4), min_size=1, max_size=6)


def strata(tables):
    return tables[:, 0, 0], tables[:, 0].sum(axis=1), tables[:, 1, 0], tables[:, 1].sum(axis=1)


@given(positive)
def test_log_odds_ratios_are_those_of_statsmodels(cells):
    tables = np.array(cells).reshape(-1, 2, 2)
    for e, table in zip(log_odds_ratios(tables), tables, strict=True):
        peer = Table2x2(table.astype(float))
        assert e.value == pytest.approx(peer.log_oddsratio)
        assert e.interval(0.95)[:2] == pytest.approx(peer.log_oddsratio_confint())


def test_zeros_get_a_half_and_empty_margins_nothing():
    zero, half, empty = log_odds_ratios([[[0, 5], [4, 6]], [[0.5, 5.5], [4.5, 6.5]], [[0, 5], [0, 6]]])
    assert zero.value == half.value
    assert zero.lower == half.lower
    assert empty.value is None
    assert empty.reason == "a margin is empty"
    assert set(empty.lower) == {None}


@pytest.mark.parametrize(
    ("strata_", "critical"), [(2, 2.71), (3, 4.23), (4, 5.43), (5, 6.50), (6, 7.48), (8, 9.29), (10, 10.99)]
)
def test_gail_simon_critical_values_at_five_percent(strata_, critical):
    """Table 1 of Gail & Simon 1985: one effect on one side, the rest far on the other."""
    d = np.array([np.sqrt(critical)] + [-9.0] * (strata_ - 1))
    result = gail_simon(d, np.ones(strata_))
    assert result.q == pytest.approx(critical)
    assert result.p == pytest.approx(0.05, abs=0.0002)


def test_gail_simon_breast_cancer_trial():
    """Their own example, four strata of age and receptor level."""
    result = gail_simon([0.163, -0.114, -0.047, -0.151], [0.0788, 0.0689, 0.0614, 0.0547])
    assert (round(result.q, 2), round(result.p, 3)) == (4.28, 0.088)


def test_gail_simon_needs_two_signs():
    assert gail_simon([1.0, 2.0, 3.0], [0.1, 0.1, 0.1]).p == 1
    assert gail_simon([1.0], [0.1]).p == 1
    assert gail_simon([5.0, -5.0, np.nan], [1, 1, np.nan]) == gail_simon([-5.0, 5.0], [1, 1])
    assert gail_simon([5.0, -5.0], [1, 1]).p == pytest.approx(chi2.sf(25, 1) / 2)


@given(positive)
def test_pooled_are_those_of_statsmodels(cells):
    tables = np.array(cells, float).reshape(-1, 2, 2)
    peer = StratifiedTable(np.moveaxis(tables, 0, -1))
    e = mantel_haenszel_odds_ratio(tables)
    assert e.value == pytest.approx(peer.oddsratio_pooled)
    assert e.interval(0.95)[:2] == pytest.approx(peer.oddsratio_pooled_confint())
    assume(abs(e.value - 1) > 1e-3)  # statsmodels divides by 1 - odds ratio
    assert mantel_haenszel_risk_ratio(*strata(tables)).value == pytest.approx(peer.riskratio_pooled)
    for tarone in (False, True):
        ours, theirs = breslow_day(tables, tarone), peer.test_equal_odds(adjust=tarone)
        assert ours.chi2 == pytest.approx(theirs.statistic, rel=1e-6, abs=1e-9)
        assert ours.p == pytest.approx(theirs.pvalue, rel=1e-5, abs=1e-9)


def test_published_smoking_study():
    """Doll & Hill 1950, in Fagerland, Lydersen & Laake 2017, chapter 10."""
    assert round(breslow_day(SMOKING).p, 5) == 0.02292
    assert round(mantel_haenszel_odds_ratio(SMOKING).value, 4) == 4.5239
    ratio, difference = mantel_haenszel_risk_ratio(*strata(SMOKING)), mantel_haenszel_risk_difference(*strata(SMOKING))
    assert [round(v, 4) for v in (ratio.value, *ratio.interval(0.95)[:2])] == [2.4751, 1.5831, 3.8698]
    assert round(difference.value, 4) == 0.3294


def test_published_berkeley_admissions():
    """The common odds ratio that R prints for mantelhaen.test(UCBAdmissions)."""
    e = mantel_haenszel_odds_ratio(BERKELEY)
    assert [round(v, 7) for v in (e.value, *e.interval(0.95)[:2])] == [0.9046968, 0.7719074, 1.0603298]


@given(any_tables)
def test_uninformative_tables_change_nothing_and_nothing_warns(cells):
    tables = np.array(cells, float).reshape(-1, 2, 2)
    more = np.concatenate([tables, [[[0, 0], [3, 4]], [[0, 7], [0, 2]]]])
    assert breslow_day(tables).chi2 == pytest.approx(breslow_day(more).chi2, nan_ok=True)
    assert mantel_haenszel_odds_ratio(tables).value == mantel_haenszel_odds_ratio(more).value
    assert gail_simon(*woolf(tables)) == gail_simon(*woolf(more))
    for pooled in (mantel_haenszel_risk_difference, mantel_haenszel_risk_ratio):
        e = pooled(*strata(tables))
        assert (e.value is None) == bool(e.reason)


@given(any_tables)
def test_swapping_groups_turns_pooled_effects_round(cells):
    tables = np.array(cells, float).reshape(-1, 2, 2)
    e, swapped = (mantel_haenszel_risk_difference(*strata(t)) for t in (tables, tables[:, ::-1]))
    assume(e.value is not None)
    assert e.value == pytest.approx(-swapped.value)
    assert e.interval(0.95).low == pytest.approx(-swapped.interval(0.95).high)


def draw(rng, k, n, base, effect):
    """K tables of two groups of n, log odds `base` and `base + effect`."""
    rates = 1 / (1 + np.exp(-np.stack([base + effect, base + np.zeros(k)])))
    hits = rng.binomial(n, rates)
    return np.stack([hits, n - hits], axis=2).transpose(1, 0, 2)


@pytest.mark.slow
def test_size_and_power_of_both_interaction_tests():
    """Four regions of 200: no effect, effects that differ in size only, and one that changes sign."""
    rng, replications = np.random.default_rng(7), 1500
    worlds = {"null": np.zeros(4), "size": np.array([0.3, 0.8, 1.3, 1.8]), "sign": np.array([0.8, 0.8, 0.8, -0.8])}
    flips, differs = {}, {}
    for name, effect in worlds.items():
        tables = [draw(rng, 4, 100, -0.2, effect) for _ in range(replications)]
        flips[name] = np.mean([gail_simon(*woolf(t)).p < 0.05 for t in tables])
        differs[name] = np.mean([breslow_day(t).p < 0.05 for t in tables])
    assert flips["null"] <= 0.02
    assert flips["size"] <= 0.01
    assert flips["sign"] >= 0.55
    assert 0.035 <= differs["null"] <= 0.065
    assert differs["size"] >= 0.85


@pytest.mark.slow
def test_gail_simon_reaches_its_size_at_the_edge_of_the_null():
    """One effect exactly 0, the others far to one side: the least favourable null; never above five percent."""
    rng = np.random.default_rng(9)
    z = rng.normal([0.0, -7.0, -7.0, -7.0], 1, (6000, 4))
    assert np.mean([gail_simon(row, np.ones(4)).p < 0.05 for row in z]) <= 0.05
    z = rng.normal([0.0, 0.0, 0.0, -40.0], 1, (6000, 4))
    assert 0.042 <= np.mean([gail_simon(row, np.ones(4)).p < 0.05 for row in z]) <= 0.058


@pytest.mark.slow
@pytest.mark.parametrize(("k", "n"), [(4, 60), (60, 4)])
def test_pooled_effects_cover_in_few_large_and_in_many_small_strata(k, n):
    rng, replications, held = np.random.default_rng(k), 1500, np.zeros(3)
    base = np.linspace(-1.2, 0.6, k)
    p2 = 1 / (1 + np.exp(-base))
    for _ in range(replications):
        n1, n2 = rng.integers(1, 2 * n, k), rng.integers(1, 2 * n, k)
        x2 = rng.binomial(n2, p2)
        odds = np.exp(base + 0.7)
        x = rng.binomial(n1, odds / (1 + odds))
        truths = (np.exp(0.7), 0.1, 1.3)
        tables = np.stack([np.stack([x, n1 - x], 1), np.stack([x2, n2 - x2], 1)], 1)
        estimates = (
            mantel_haenszel_odds_ratio(tables),
            mantel_haenszel_risk_difference(rng.binomial(n1, p2 + 0.1), n1, x2, n2),
            mantel_haenszel_risk_ratio(rng.binomial(n1, p2 * 1.3), n1, x2, n2),
        )
        held += [
            low <= t <= high for (low, high, _), t in zip((e.interval(0.95) for e in estimates), truths, strict=True)
        ]
    assert np.all((held / replications >= 0.935) & (held / replications <= 0.967)), held / replications


@pytest.mark.slow
def test_satos_variance_is_right_on_average_where_groups_are_unequal():
    """100 strata of 2 against 8: the mean of the squared standard errors against the variance that is really there."""
    rng, n1, n2 = np.random.default_rng(21), np.full(100, 2), np.full(100, 8)
    p2 = np.linspace(0.05, 0.45, 100)
    draws = [
        mantel_haenszel_risk_difference(rng.binomial(n1, p2 + 0.5), n1, rng.binomial(n2, p2), n2) for _ in range(4000)
    ]
    assert np.mean([e.value for e in draws]) == pytest.approx(0.5, abs=0.003)
    variance = np.var([e.value for e in draws])
    assert np.mean([e.standard_error() ** 2 for e in draws]) == pytest.approx(variance, rel=0.07)
