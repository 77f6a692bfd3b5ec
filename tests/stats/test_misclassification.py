"""Corrected rates against their definition, by symmetry, and by coverage where the published interval fails."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom

from auditkit.stats.contrasts import newcombe
from auditkit.stats.misclassification import corrected_rates, size_caps
from auditkit.stats.prediction_powered import CheckedScores, prediction_powered_means
from auditkit.stats.proportions import Curve, proportion, rates, wilson

UNCHECKED = 2000

tables = st.lists(st.integers(0, 60), min_size=4, max_size=4).map(lambda cells: np.array(cells).reshape(1, 2, 2))
unread = st.tuples(st.integers(0, 400), st.integers(0, 400))


def world(rng, p, se, sp, checked, replications, unchecked=UNCHECKED):
    """Hits among the unchecked and tables [annotated, true] of the checked, one world a replication."""
    cells = [(1 - p) * sp, p * (1 - se), (1 - p) * (1 - sp), p * se]
    hits = rng.binomial(unchecked, p * se + (1 - p) * (1 - sp), replications)
    return hits, rng.multinomial(checked, cells, replications).reshape(-1, 2, 2)


def held(curve, truth, level=2):
    """How many intervals at a level, 95 % unless told, hold the truth."""
    return int(((curve.lower[level] <= truth) & (truth <= curve.upper[level])).sum())


def too_few(successes, n, share):
    """Whether so few successes refute that the share is at least this."""
    return binom.cdf(successes, n, share) < 1e-4


def too_many(successes, n, share):
    return binom.sf(successes - 1, n, share) < 1e-4


def rows(table):
    """The rows that a table [annotated, true] counts: readings and truths."""
    return (np.repeat(axis.ravel(), table.ravel()) for axis in np.indices((2, 2)))


@settings(max_examples=40)
@given(tables, unread)
def test_the_value_is_the_tuned_prediction_powered_mean(table, unchecked):
    hits, misses = unchecked
    assume(table[0, 0].sum() and table[0, 1].sum() and hits + misses)
    f, y = rows(table[0])
    weight = np.cov(f, y, bias=True)[0, 1] / (np.var(f) * (1 + len(y) / (hits + misses)))
    value = weight * hits / (hits + misses) + np.mean(y - weight * f)
    assert corrected_rates([hits], [hits + misses], table).rates[0].value == pytest.approx(value)


def test_the_interval_is_its_three_jeffreys_intervals_added_by_squares():
    table, hits, n = np.array([[[150, 20], [30, 100]]]), 700, 1500
    q, a, b = (700 + 130) / 1800, 100 / 130, 20 / 170
    bounds = [beta.ppf([0.025, 0.975], x + 0.5, m - x + 0.5) for x, m in ((830, 1800), (100, 130), (20, 170))]
    weights = np.array([a - b, q, 1 - q])
    distances = weights[:, None] * (np.array(bounds) - np.array([q, a, b])[:, None])
    low, high = q * a + (1 - q) * b + np.array([-1, 1]) * np.sqrt((distances**2).sum(axis=0))
    assert corrected_rates([hits], [n], table).rates[0].interval(0.95)[:2] == pytest.approx((low, high))


def test_few_of_the_rarer_truth_take_exact_limits():
    """A perfect reader of 100 rows, 14 of them true: the rule of three in both levels, and 15 are no longer exact."""
    low, high = [], []
    for true in (14, 15):
        e = corrected_rates([280], [2000], [[[100 - true, 0], [0, true]]]).rates[0]
        low.append(e.value - e.interval(0.95).low)
        high.append(e.interval(0.95).high - e.value)
    q, tail = 294 / 2100, 0.025
    share = beta.ppf([tail, 1 - tail], [294, 295], [2100 - 293, 2100 - 294])
    assert low[0] == pytest.approx(np.hypot(q - share[0], q * (1 - tail ** (1 / 14))))
    assert high[0] == pytest.approx(np.hypot(share[1] - q, (1 - q) * (1 - tail ** (1 / 86))))
    assert low[1] < low[0]
    assert high[1] < high[0]


@settings(max_examples=40)
@given(tables, unread)
def test_the_names_of_the_answers_do_not_matter(table, unchecked):
    hits, misses = unchecked
    e = corrected_rates([hits], [hits + misses], table).rates[0]
    annotated = corrected_rates([misses], [hits + misses], table[:, ::-1]).rates[0]
    true = corrected_rates([hits], [hits + misses], table[:, :, ::-1]).rates[0]
    if e.value is None:
        assert annotated.value is None
        assert true.value is None
        return
    assert annotated.value == pytest.approx(e.value)
    assert true.value == pytest.approx(1 - e.value)
    assert np.allclose(annotated.lower, e.lower)
    assert np.allclose(true.upper, 1 - np.array(e.lower))


@settings(max_examples=40)
@given(tables, unread)
def test_curves_widen_with_the_level_and_hold_the_value(table, unchecked):
    hits, misses = unchecked
    e = corrected_rates([hits], [hits + misses], table).rates[0]
    if e.value is None:
        assert e.reason
        return
    assert 0 <= e.lower[0] <= e.value <= e.upper[0] <= 1
    assert (np.diff(e.lower) <= 1e-12).all()
    assert (np.diff(e.upper) >= -1e-12).all()
    assert 0 < e.n_eff <= e.n


@settings(max_examples=40)
@given(st.integers(1, 80), st.integers(1, 80), unread)
def test_a_perfect_annotator_tells_the_plain_rate(no, yes, unchecked):
    hits, misses = unchecked
    assume(hits + misses)
    e = corrected_rates([hits], [hits + misses], [[[no, 0], [0, yes]]]).rates[0]
    plain = proportion(hits + yes, hits + misses + no + yes)[0]
    assert e.value == pytest.approx(plain.value)
    assert e.interval(0.95).high - e.interval(0.95).low >= 0.9 * (plain.interval(0.95).high - plain.interval(0.95).low)


def test_a_perfect_annotator_checked_without_end_leaves_the_plain_interval():
    e = corrected_rates([300], [1000], [[[700_000, 0], [0, 300_000]]]).rates[0]
    assert e.interval(0.95)[:2] == pytest.approx(proportion(300_300, 1_001_000)[0].interval(0.95)[:2], abs=2e-5)


@settings(max_examples=40)
@given(st.integers(1, 200), st.integers(1, 200), st.integers(0, 500))
def test_an_annotator_who_says_one_thing_leaves_the_checked_rows(no, yes, n):
    plain = proportion(yes, no + yes)[0]
    for hits, table in ((n, [[0, 0], [no, yes]]), (0, [[no, yes], [0, 0]])):
        e = corrected_rates([hits], [n], [table]).rates[0]
        assert (e.value, e.lower, e.upper) == (plain.value, plain.lower, plain.upper)


@settings(max_examples=40)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), unread)
def test_a_coin_that_annotates_changes_no_value_and_hardly_the_interval(a, b, c, d, unchecked):
    hits, misses = unchecked
    assume(hits + misses)
    table = 15 * np.outer([a, b], [c, d])
    e, plain = corrected_rates([hits], [hits + misses], [table]).rates[0], proportion(table[:, 1].sum(), table.sum())[0]
    assert e.value == pytest.approx(plain.value)
    if hits / (hits + misses) == pytest.approx(b / (a + b), abs=0.05):
        assert e.interval(0.95)[:2] == pytest.approx(plain.interval(0.95)[:2], abs=0.01)


@settings(max_examples=40)
@given(tables, tables, unread)
def test_all_checked_is_the_plain_contrast(first, second, unchecked):
    assume(first.sum() and second.sum())
    both = np.concatenate([first, second])
    plain = newcombe(*(wilson(rates(t[0, :, 1].sum(), t.sum())) for t in (first, second)))
    e = corrected_rates([0, 0], [0, 0], both).differences([0], [1])[0]
    assert e.value == pytest.approx(plain.value[0])
    assert np.allclose(e.lower, plain.lower[:, 0])
    assert np.allclose(e.upper, plain.upper[:, 0])


def test_nothing_to_read():
    nothing = corrected_rates([3, 0], [10, 0], np.zeros((2, 2, 2)))
    assert [e.reason for e in nothing.rates] == ["no rows were checked"] * 2
    assert nothing.differences([0], [1])[0].reason == "no rows were checked"
    assert nothing.caps[0][0].because == "no checked rows of group 1; 100 are needed"
    assert corrected_rates([], [], np.zeros((0, 2, 2))).rates == ()
    none_true = corrected_rates([0, 900], [2000, 2000], [[[500, 0], [0, 0]], [[200, 9], [9, 200]]])
    ratio, turned = none_true.ratios([0, 1], [1, 0])
    assert (ratio.value, turned.value) == (0, None)
    assert turned.reason == "the second rate is 0, so the ratio is undefined"


def test_checking_only_what_was_annotated_yes_is_seen():
    """100 rows checked, all annotated yes, where half of the rest are not: their rate is a precision."""
    e = corrected_rates([1000], [2000], [[[0, 0], [20, 80]]]).rates[0]
    assert e.value is None
    assert "not a random part" in e.reason
    assert corrected_rates([1990], [2000], [[[0, 0], [20, 80]]]).rates[0].value == 0.8


def test_too_few_checked_rows_withhold_both_verdicts():
    tables = [[[60, 5], [5, 29]], [[60, 5], [5, 30]]]
    c = corrected_rates([600, 600], [2000, 2000], tables, ["women", "men"])
    because = "only 99 checked rows of women; 100 are needed"
    assert [tuple(cap) for cap in c.caps[0]] == [("PASS", because), ("FAIL", because)]
    assert c.caps[1] == ()
    assert [len(caps) for caps in size_caps([0, 5000])] == [2, 0]


# Coverage of 95 % intervals, by rate, sensitivity, specificity, checked rows: what a naive Wilson interval of the
# annotations covers, exactly, and roughly how wide a prediction-powered and a checked-only interval are.
WORLDS = [
    (0.50, 0.95, 0.95, 300, 0.948, 0.061, 0.112),
    (0.30, 0.95, 0.95, 100, 0.512, 0.098, 0.176),
    (0.30, 0.95, 0.95, 300, 0.512, 0.060, 0.103),
    (0.10, 0.95, 0.95, 300, 0.000, 0.047, 0.068),
    (0.30, 0.85, 0.90, 300, 0.329, 0.076, 0.103),
    (0.30, 0.80, 0.97, 300, 0.029, 0.069, 0.103),
    (0.05, 0.90, 0.98, 100, 0.218, 0.075, 0.088),
    (0.05, 0.90, 0.98, 300, 0.218, 0.037, 0.050),
]


@pytest.mark.parametrize(("p", "se", "sp", "checked", "naive", "width", "unaided"), WORLDS)
def test_coverage_where_the_annotations_alone_have_none(p, se, sp, checked, naive, width, unaided):
    rng, n = np.random.default_rng([int(100 * p), int(100 * se), checked]), 2000
    hits, table = world(rng, p, se, sp, checked, n)
    x = np.arange(UNCHECKED + 1)
    of_x = wilson(rates(x, UNCHECKED))
    inside = (of_x.lower[2] <= p) & (p <= of_x.upper[2])
    assert binom.pmf(x[inside], UNCHECKED, p * se + (1 - p) * (1 - sp)).sum() == pytest.approx(naive, abs=0.005)
    corrected = corrected_rates(hits, np.full(n, UNCHECKED), table).curve
    alone = wilson(rates(table[:, :, 1].sum(axis=1), checked))
    assert not too_few(held(corrected, p), n, 0.945)
    assert np.nanmean(corrected.upper[2] - corrected.lower[2]) == pytest.approx(width, rel=0.05)
    assert np.mean(alone.upper[2] - alone.lower[2]) == pytest.approx(unaided, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("p", [0.005, 0.01, 0.03, 0.95])
@pytest.mark.parametrize(("se", "sp"), [(0.95, 0.95), (0.6, 0.9), (0.99, 0.99), (1.0, 1.0)])
@pytest.mark.parametrize("checked", [100, 300])
def test_no_tail_is_light_where_one_truth_is_rare(p, se, sp, checked):
    """At 90 %, the interval that a pass is read from: neither end is beyond the truth more often than .065."""
    n = 5000
    hits, table = world(np.random.default_rng([int(1000 * p), int(100 * se), checked]), p, se, sp, checked, n)
    curve = corrected_rates(hits, np.full(n, UNCHECKED), table).curve
    assert not too_many((curve.lower[1] > p).sum(), n, 0.065)
    assert not too_many((curve.upper[1] < p).sum(), n, 0.065)


def test_the_published_interval_fails_where_one_truth_is_rare():
    """The reason for another one: at a rate of .05 with 100 checked rows, Student's t on moments covers .84."""
    n = 2000
    hits, table = world(np.random.default_rng(6), 0.05, 0.90, 0.98, 100, n)
    yes, true, both = table[:, 1].sum(axis=1), table[:, :, 1].sum(axis=1), table[:, 1, 1]
    moments = (true / 100, yes / 100, true - true**2 / 100, yes - yes**2 / 100, both - yes * true / 100)
    q = hits / UNCHECKED
    told = prediction_powered_means(CheckedScores(100, *moments), UNCHECKED, q, UNCHECKED * q * (1 - q)).curve
    assert too_few(held(told, 0.05), n, 0.90)
    assert not too_few(held(corrected_rates(hits, np.full(n, UNCHECKED), table).curve, 0.05), n, 0.945)


def test_groups_that_the_annotator_reads_differently():
    """Truth .4 in both, sensitivity .97 and .87: read as they are, three audits in four find what is not there."""
    rng, n = np.random.default_rng(9), 2000
    (x, first), (y, second) = (world(rng, 0.4, se, 0.95, 300, n) for se in (0.97, 0.87))
    naive = newcombe(wilson(rates(x, UNCHECKED)), wilson(rates(y, UNCHECKED)))
    assert (n - held(naive, 0.0)) / n == pytest.approx(0.73, abs=0.04)
    everything = np.concatenate([first, second])
    c = corrected_rates(np.r_[x, y], np.full(2 * n, UNCHECKED), everything)
    one, other = list(range(n)), list(range(n, 2 * n))
    difference, ratio = Curve.of(c.differences(one, other)), Curve.of(c.ratios(one, other))
    for curve, null in ((difference, 0.0), (ratio, 1.0)):
        assert not too_many(n - held(curve, null), n, 0.06)
        assert not too_few(n - held(curve, null), n, 0.035)
    pooled = np.concatenate([first + second] * 2)
    same = Curve.of(corrected_rates(np.r_[x, y], np.full(2 * n, UNCHECKED), pooled).differences(one, other))
    assert abs(difference.value.mean()) < 0.003
    precisions = 0.4 * 1.84 / (0.4 * 1.84 + 0.6 * 0.1) - 0.4 * 0.16 / (0.4 * 0.16 + 0.6 * 1.9)
    left = (0.97 - 0.87) * 0.4 * UNCHECKED / (UNCHECKED + 600) * precisions
    assert same.value.mean() == pytest.approx(left, abs=0.002)  # one correction for both leaves the bias where it was


def test_checking_more_of_those_annotated_yes_is_sound():
    """A tenth of the rows are yes, and as many of them are checked as of the others."""
    rng, n, p, se, sp = np.random.default_rng(11), 2000, 0.08, 0.9, 0.97
    q = p * se + (1 - p) * (1 - sp)
    hits = rng.binomial(UNCHECKED + 200, q, n)
    yes, no = rng.binomial(100, p * se / q, n), rng.binomial(100, p * (1 - se) / (1 - q), n)
    table = np.stack([np.stack([100 - no, no], -1), np.stack([100 - yes, yes], -1)], axis=1)
    curve = corrected_rates(hits - 100, np.full(n, UNCHECKED), table).curve
    assert curve.value.mean() == pytest.approx(p, abs=0.002)
    assert not too_few(held(curve, p), n, 0.94)
