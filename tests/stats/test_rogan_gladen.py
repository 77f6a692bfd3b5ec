"""Rogan and Gladen against their formula, Lang and Reiczigel's interval, and coverage in both designs."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import beta, binom

from auditkit.core.errors import InputError
from auditkit.core.estimate import LEVELS, QUANTILES
from auditkit.stats.misclassification import corrected_rates
from auditkit.stats.proportions import proportion
from auditkit.stats.rogan_gladen import quoted_rates, rogan_gladen

Z = QUANTILES[2]
tables = st.lists(st.integers(1, 60), min_size=4, max_size=4).map(lambda cells: np.array(cells).reshape(1, 2, 2))


def lang_reiczigel(x, n, right_yes, yes, right_no, no):
    """The published interval, one success and one failure added to Se and Sp, Agresti-Coull for the rest."""
    q, m = (x + Z**2 / 2) / (n + Z**2), n + Z**2
    se, sp = (right_yes + 1) / (yes + 2), (right_no + 1) / (no + 2)
    p = (q + sp - 1) / (se + sp - 1)
    a, b = se * (1 - se) / (yes + 2), sp * (1 - sp) / (no + 2)
    half = Z * np.sqrt(q * (1 - q) / m + p**2 * a + (1 - p) ** 2 * b) / (se + sp - 1)
    centre = p + 2 * Z**2 * (p * a - (1 - p) * b)
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


def table_of(right_yes, yes, right_no, no):
    """[annotated, true] of the truths yes and no, of which so many were annotated rightly; (k, 2, 2)."""
    r, y, s, n = np.broadcast_arrays(*(np.atleast_1d(part) for part in (right_yes, yes, right_no, no)))
    return np.stack([np.stack([s, y - r], -1), np.stack([n - s, r], -1)], axis=1)


@pytest.mark.parametrize(
    "counts", [(640, 2000, 190, 200, 190, 200), (90, 300, 80, 100, 180, 200), (50, 100, 90, 99, 70, 99)]
)
def test_it_is_lang_and_reiczigels_interval_where_both_truths_are_frequent(counts):
    x, n, *calibration = counts
    right_yes, yes, right_no, no = calibration
    e = rogan_gladen([x], [n], table_of(*calibration)).rates[0]
    assert e.value == pytest.approx((x / n + right_no / no - 1) / (right_yes / yes + right_no / no - 1))
    assert e.interval(0.95)[:2] == pytest.approx(lang_reiczigel(*counts), abs=0.012)


@settings(max_examples=40)
@given(tables, st.integers(0, 300), st.integers(1, 300))
def test_bounds_are_where_the_inverted_interval_ends(table, hits, misses):
    (no_no, no_yes), (yes_no, yes_yes) = table[0]
    counts = ((hits, hits + misses), (yes_yes, yes_yes + no_yes), (yes_no, yes_no + no_no))
    q, se, wrong = (x / n for x, n in counts)
    assume(se - wrong > 0.01)
    shift = 0.5 if min(no_yes + yes_yes, no_no + yes_no) < 15 else 0.0
    limits = [
        (
            beta.ppf(0.025, x + 0.5 - shift, n - x + 0.5 + shift) if x else 0.0,
            beta.ppf(0.975, x + 0.5 + shift, n - x + 0.5 - shift),
        )
        for x, n in counts
    ]
    weights = [lambda t: 1, lambda t: t, lambda t: 1 - t]

    def gap(t, side):
        ends = [abs(limits[0][side] - q), abs(limits[1][1 - side] - se), abs(limits[2][1 - side] - wrong)]
        reach = np.sqrt(sum((w(t) * end) ** 2 for w, end in zip(weights, ends, strict=True)))
        return (1 if side == 0 else -1) * (q - t * se - (1 - t) * wrong) - reach

    value = min(max((q - wrong) / (se - wrong), 0), 1)
    e = rogan_gladen([hits], [hits + misses], table).rates[0]
    assert e.value == pytest.approx(value)
    for side, (edge, bound) in enumerate(zip((0.0, 1.0), e.interval(0.95)[:2], strict=True)):
        outside, inside = gap(edge, side) > 0, gap(value, side) > 0
        expected = value if inside else brentq(gap, edge, value, args=(side,), xtol=1e-13) if outside else edge
        if inside:  # the clipped value itself is refuted: nothing but the edge of [0, 1] is left
            assert bound in (0, 1)
        else:
            assert bound == pytest.approx(expected, abs=1e-6)
    assert (np.diff(e.lower) <= 1e-12).all()
    assert (np.diff(e.upper) >= -1e-12).all()


@settings(max_examples=40)
@given(tables, st.integers(0, 300), st.integers(1, 300))
def test_the_names_of_the_answers_do_not_matter(table, hits, misses):
    e = rogan_gladen([hits], [hits + misses], table).rates[0]
    turned = rogan_gladen([misses], [hits + misses], table[:, ::-1, ::-1]).rates[0]
    assert (e.value is None) == (turned.value is None)
    if e.value is not None:
        assert turned.value == pytest.approx(1 - e.value)
        assert np.allclose(turned.lower, 1 - np.array(e.upper), atol=1e-7)


def test_no_better_than_chance_is_undefined():
    chance = rogan_gladen(
        [30, 30, 30, 0], [90, 90, 90, 0], [[[9, 9], [9, 9]], [[5, 9], [9, 5]], [[5, 0], [9, 0]], [[9, 1], [1, 9]]]
    )
    worse, nobody = (
        "the annotator is no better than chance: sensitivity + specificity is at most 1",
        "there are no true",
    )
    assert [e.value for e in chance.rates] == [None] * 4
    assert [e.reason for e in chance.rates[:2]] == [worse] * 2
    assert all(e.reason.startswith(nobody) for e in chance.rates[2:])
    assert rogan_gladen([], [], np.zeros((0, 2, 2))).rates == ()
    assert [len(caps) for caps in rogan_gladen([30], [90], [[[49, 1], [1, 48]]]).caps] == [2]


def test_a_doubtful_annotator_bounds_nothing():
    """Sensitivity .55 and specificity .55 on 40 each: Fieller's interval is all there is."""
    e = rogan_gladen([50], [100], table_of(22, 40, 22, 40)).rates[0]
    assert e.interval(0.95)[:2] == (0, 1)


def test_stated_rates_correct_and_never_decide():
    c = quoted_rates([320, 30, 320, 0], [1000, 1000, 1000, 0], [0.95, 0.95, 0.3, 0.9], [0.95, 0.95, 0.7, 0.9])
    plain = proportion(320, 1000)[0]
    e = c.rates[0]
    for mine, theirs in ((e.value, plain.value), *zip((*e.lower, *e.upper), (*plain.lower, *plain.upper), strict=True)):
        assert mine == pytest.approx((theirs - 0.05) / 0.9)
    assert (c.rates[1].value, c.rates[1].interval(0.95).low) == (0, 0)
    assert [e.reason is None for e in c.rates] == [True, True, False, False]
    assert all([cap.withholds for cap in caps] == ["PASS", "FAIL"] for caps in c.caps)
    with pytest.raises(InputError, match="between 0 and 1"):
        quoted_rates(320, 1000, 95, 95)


WORLDS = [(0.30, 0.95, 0.95, 300), (0.30, 0.95, 0.95, 100), (0.10, 0.95, 0.95, 300), (0.05, 0.90, 0.98, 100)]


@pytest.mark.parametrize(("p", "se", "sp", "checked"), [*WORLDS, (0.02, 0.95, 0.95, 100), (0.3, 0.6, 0.7, 300)])
def test_coverage_by_a_random_part_of_the_same_rows(p, se, sp, checked):
    rng, n = np.random.default_rng([int(100 * p), checked]), 2000
    cells = [(1 - p) * sp, p * (1 - se), (1 - p) * (1 - sp), p * se]
    table = rng.multinomial(checked, cells, n).reshape(-1, 2, 2)
    hits = rng.binomial(2000, p * se + (1 - p) * (1 - sp), n)
    told = rogan_gladen(hits, np.full(n, 2000), table).curve
    defined = np.isfinite(told.value)
    held = (told.lower[2] <= p) & (p <= told.upper[2])
    assert binom.cdf(held.sum(), defined.sum(), 0.94) > 1e-4
    assert told.value[defined].size > 0.8 * n
    powered = corrected_rates(hits, np.full(n, 2000), table).curve
    widths = [(curve.upper[2] - curve.lower[2])[defined].mean() for curve in (powered, told)]
    assert widths[0] < 0.85 * widths[1]


@pytest.mark.parametrize(
    ("p", "se", "sp", "yes", "no", "n"),
    [
        (0.3, 0.95, 0.95, 50, 50, 2000),
        (0.01, 0.9, 0.95, 100, 300, 2000),
        (0, 0.9, 0.95, 50, 50, 500),
        (0.4, 0.99, 0.8, 12, 40, 60),
    ],
)
def test_coverage_by_truths_from_elsewhere(p, se, sp, yes, no, n):
    rng, replications = np.random.default_rng([int(100 * p), yes]), 2000
    table = table_of(rng.binomial(yes, se, replications), yes, rng.binomial(no, sp, replications), no)
    hits = rng.binomial(n, p * se + (1 - p) * (1 - sp), replications)
    told = rogan_gladen(hits, np.full(replications, n), table).curve
    held = ((told.lower[2] <= p) & (p <= told.upper[2])).sum()
    assert binom.cdf(held, replications, 0.94) > 1e-4


def test_lang_and_reiczigels_interval_is_light_where_a_truth_is_rare():
    """The reason for Fieller's construction."""
    rng, n, p, se, sp = np.random.default_rng(7), 4000, 0.02, 0.95, 0.95
    table = rng.multinomial(100, [(1 - p) * sp, p * (1 - se), (1 - p) * (1 - sp), p * se], n).reshape(-1, 2, 2)
    table = table[table[:, 1, 1] * table[:, 0, 0] > table[:, 1, 0] * table[:, 0, 1]]
    hits = rng.binomial(2000, p * se + (1 - p) * (1 - sp), len(table))
    low, high = lang_reiczigel(hits, 2000, table[:, 1, 1], table[:, :, 1].sum(1), table[:, 0, 0], table[:, :, 0].sum(1))
    assert binom.cdf(((low <= p) & (p <= high)).sum(), len(table), 0.935) < 1e-4


def test_every_level_is_answered():
    assert None not in rogan_gladen([640], [2000], [[[190, 5], [10, 95]]]).rates[0].lower
    assert len(quoted_rates(320, 1000, 0.95, 0.95).rates[0].upper) == len(LEVELS)
