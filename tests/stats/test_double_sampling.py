"""Rates put right reading by reading: what two readings come down to; coverage where as many of each are looked at."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom, norm

from auditkit.core.evidence import Tally
from auditkit.stats.amplification import mean_gap
from auditkit.stats.concepts import Concepts
from auditkit.stats.double_sampling import rates_by_reading
from auditkit.stats.misclassification import corrected_rates
from auditkit.stats.proportions import proportion

LABELS, N = 100, 2000

tables = st.lists(st.integers(0, 60), min_size=4, max_size=4).map(lambda cells: np.array(cells).reshape(2, 2))
counts = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 300)), min_size=2, max_size=5)


def too_few(successes, n, share):
    """Whether so few successes refute that the share is at least this."""
    return binom.cdf(successes, n, share) < 1e-4


def held(curve, truth, level=2):
    return int(((curve.lower[level] <= truth) & (truth <= curve.upper[level])).sum())


def looked(rng, cells, rows, labels, replications):
    """Rows by reading and truth, `cells` (R, T) their shares; as many of each looked at: read, seen, truths."""
    whole = rng.multinomial(rows, np.ravel(cells), replications).reshape(replications, *np.shape(cells))
    read = whole.sum(axis=2)
    seen = np.minimum(read, labels)
    drawn = np.zeros_like(whole)
    left, rest = seen.copy(), read.copy()
    for t in range(whole.shape[2]):
        rest = rest - whole[:, :, t]
        drawn[:, :, t] = rng.hypergeometric(whole[:, :, t], rest, left)
        left = left - drawn[:, :, t]
    return read, seen, drawn


@settings(max_examples=60)
@given(tables, st.tuples(st.integers(0, 400), st.integers(0, 400)))
def test_two_readings_are_corrected_rates(table, unchecked):
    hits, misses = unchecked
    assume(table[0].sum() and table[1].sum())
    theirs = corrected_rates([hits], [hits + misses], [table], ["b"])
    read, seen = [[misses + table[0].sum(), hits + table[1].sum()]], [table.sum(axis=1)]
    for order in (slice(None), slice(None, None, -1)):
        at = 1 if order == slice(None) else 0
        ours = rates_by_reading(*(np.array(part)[:, order] for part in (read, seen, [table[:, 1]])), [at], ["b"])
        for mine, other in zip(ours.curve, theirs.curve, strict=True):
            assert mine == pytest.approx(other)
        assert ours.rates[0].n_eff == pytest.approx(theirs.rates[0].n_eff)
        assert (ours.rates[0].n, ours.caps) == (theirs.rates[0].n, theirs.caps)


@settings(max_examples=60)
@given(counts, st.randoms(use_true_random=False))
def test_the_value_is_the_sum_of_readings_and_their_order_does_not_matter(cells, random):
    seen = np.array([s for s, _ in cells])
    read = seen + np.array([more for _, more in cells])
    assume((seen > 0).all() and read.sum() > seen.sum())
    true = np.array([random.randint(0, s) for s in seen])
    e = rates_by_reading([read], [seen], [true], [0]).rates[0]
    assert e.value == pytest.approx((read / read.sum() * true / seen).sum())
    assert 0 <= e.lower[0] <= e.value + 1e-12
    assert e.value - 1e-12 <= e.upper[0] <= 1
    assert (np.diff(e.lower) <= 1e-12).all()
    assert (np.diff(e.upper) >= -1e-12).all()
    others = list(range(1, len(cells)))
    random.shuffle(others)
    turned = rates_by_reading(*([part[[0, *others]]] for part in (read, seen, true)), [0]).rates[0]
    assert turned.interval(0.95)[:2] == pytest.approx(e.interval(0.95)[:2])


def test_the_interval_adds_the_limits_of_each_reading_and_of_the_shares_by_squares():
    read, seen, true = np.array([300, 500, 200]), np.array([60, 80, 100]), np.array([50, 4, 30])
    q, p = read / 1000, true / seen
    other = (q[1:] * p[1:]).sum() / (1 - q[0])
    looks = [beta.ppf([0.025, 0.975], x + 0.5, n - x + 0.5) for x, n in zip(true, seen, strict=True)]
    share = beta.ppf([0.025, 0.975], 300.5, 700.5)
    among = norm.ppf(0.975) * np.sqrt((q[1:] * (p[1:] - other) ** 2).sum() / 1000)
    parts = [
        (p[0] - other) * (share - q[0]),
        among,
        *(w * (ends - rate) for w, ends, rate in zip(q, looks, p, strict=True)),
    ]
    half = np.sqrt(sum(np.broadcast_to(part, 2) ** 2 for part in parts))
    low, high = (q * p).sum() + np.array([-1, 1]) * half
    assert rates_by_reading([read], [seen], [true], [0]).rates[0].interval(0.95)[:2] == pytest.approx((low, high))


def test_everything_looked_at_is_wilson_whatever_was_read():
    e = rates_by_reading([[30, 50, 20]], [[30, 50, 20]], [[28, 5, 9]], [0]).rates[0]
    plain = proportion(42, 100)[0]
    assert (e.value, e.lower, e.upper) == (plain.value, plain.lower, plain.upper)


def test_a_reading_that_nobody_looked_at_is_open():
    """Three hundred of 2,000 rows were read as b and nobody looked: the rate may be .15 higher or lower for it."""
    e = rates_by_reading([[1700, 300]], [[200, 0]], [[180, 0]], [0]).rates[0]
    low, high, _ = e.interval(0.95)
    assert e.value == pytest.approx(0.85 * 0.9)
    assert high >= 0.85 * 0.9 + 0.15
    assert low <= 0.85 * 0.9
    assert e.n_eff < 50
    unread = rates_by_reading([[1700, 0]], [[200, 0]], [[180, 0]], [0]).rates[0]
    assert unread.interval(0.95)[:2] == pytest.approx(proportion(180, 200)[0].interval(0.95)[:2])
    nobody = rates_by_reading([[0, 0]], [[0, 0]], [[0, 0]], [0]).rates[0]
    assert (nobody.value, nobody.reason) == (None, "no rows were checked")


WORLDS = [
    (p, se, sp, rows) for p in (0.05, 0.3) for se in (0.95, 0.85) for sp in (0.95, 0.85) for rows in (600, 20_000)
]


@pytest.mark.parametrize(("p", "se", "sp", "rows"), WORLDS)
def test_as_many_of_each_reading_cover(p, se, sp, rows):
    """A hundred labels a reading, drawn at random within it: coverage in 2,000 worlds, at 95 and at 90 %."""
    rng = np.random.default_rng([int(100 * p), int(100 * se), int(100 * sp), rows])
    cells = [[(1 - p) * sp, p * (1 - se)], [(1 - p) * (1 - sp), p * se]]
    read, seen, drawn = looked(rng, cells, rows, LABELS, N)
    curve = rates_by_reading(read, seen, drawn[:, :, 1], np.ones(N, int)).curve
    assert abs(curve.value.mean() - p) < 0.0025
    assert not too_few(held(curve, p), N, 0.945)
    assert not too_few(held(curve, p, 1), N, 0.895)


THREE = np.array(
    [[0.3 * 0.88, 0.65 * 0.02, 0.05 * 0.05], [0.3 * 0.02, 0.65 * 0.97, 0.05 * 0.05], [0.03, 0.0065, 0.045]]
)
"""Rows by reading and truth: what is truly the first level is often read as the third, which is rare."""


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("rows", [2_000, 20_000])
def test_three_readings_cover_where_two_in_one_would_not(level, rows):
    rng = np.random.default_rng([level, rows])
    truth = THREE.sum(axis=0)[level]
    read, seen, drawn = looked(rng, THREE, rows, LABELS, N)
    true = drawn[:, :, level]
    curve = rates_by_reading(read, seen, true, np.full(N, level)).curve
    assert abs(curve.value.mean() - truth) < 0.002
    assert not too_few(held(curve, truth), N, 0.94)
    mine = np.arange(3) == level
    hits, tables = (read - seen)[:, level], np.zeros((N, 2, 2))
    for side in (0, 1):
        part = mine if side else ~mine
        tables[:, side, 1] = true[:, part].sum(axis=1)
        tables[:, side, 0] = seen[:, part].sum(axis=1) - tables[:, side, 1]
    together = corrected_rates(hits, (read - seen).sum(axis=1), tables).curve
    if level == 0:
        assert held(together, truth) < 0.05 * N, "the third reading counts as much as the second, which is ten times it"


def run(rng, shares, confusion, rows, labels):
    """Generations of concepts, `shares` (C, K), read by a reader `confusion` (C, K, K); labels by reading, over all."""
    concept = np.repeat(np.arange(len(shares)), rows // len(shares))
    truth = (rng.random(len(concept))[:, None] > np.cumsum(shares[concept], axis=1)[:, :-1]).sum(axis=1)
    read = (rng.random(len(concept))[:, None] > np.cumsum(confusion[concept, truth], axis=1)[:, :-1]).sum(axis=1)
    seen = np.full(len(concept), -1)
    for level in range(shares.shape[1]):
        some = rng.permutation(np.flatnonzero(read == level))[:labels]
        seen[some] = truth[some]
    names, levels = (tuple(map(str, range(n))) for n in shares.shape)
    return Concepts(names, levels, concept, read, seen, None, np.ones(len(concept)))


def two(shares, sensitivity, specificity):
    p, se, sp = np.broadcast_arrays(shares, sensitivity, specificity)
    return np.stack([1 - p, p], 1), np.stack([np.stack([sp, 1 - sp], 1), np.stack([1 - se, se], 1)], 1)


JOBS = np.array([0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9])
ERRS = np.array([0.95, 0.85] * 4)
RUNS = {
    "a reader who errs on women": (*two(JOBS, 0.85, 0.95), 1_200, 100),
    "otherwise in every concept": (*two(JOBS, ERRS, ERRS[::-1]), 8_000, 100),
    "a rare level": (*two(np.full(8, 0.05), ERRS, 0.95), 2_000, 100),
    "twelve concepts at .02, twelve at .6": (*two(np.repeat([0.02, 0.6], 12), 0.85, 0.97), 4_800, 100),
    "concepts that nobody looked at": (*two(np.linspace(0.02, 0.98, 24), 0.85, 0.9), 2_400, 50),
    "three levels": (np.tile(THREE.sum(axis=0), (4, 1)), np.tile((THREE / THREE.sum(axis=0)).T, (4, 1, 1)), 2_000, 100),
}


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("worlds", [150, pytest.param(2_000, marks=pytest.mark.slow)])
def test_a_run_labelled_by_reading_tells_its_concepts_and_their_mean(name, worlds):
    shares, confusion, rows, labels = RUNS[name]
    level = 0 if shares.shape[1] == 3 else 1
    at, truth = np.full(len(shares), level), shares[:, level]
    rng, mean, each, values = np.random.default_rng(len(name)), 0, np.zeros(len(shares)), []
    for _ in range(worlds):
        shown = run(rng, shares, confusion, rows, labels).shown(at)
        e = mean_gap(shown.rate, shown.n_eff, np.zeros(len(shares)))
        low, high, _ = e.interval(0.95)
        mean += low <= truth.mean() <= high
        each += (shown.curve.lower[2] <= truth) & (truth <= shown.curve.upper[2])
        values.append(e.value)
    assert not too_few(mean, worlds, 0.94)
    assert not too_few(each.min(), worlds, 0.94)
    assert abs(np.mean(values) - truth.mean()) < 0.01


def test_a_verdict_waits_for_a_hundred_labels_in_all():
    columns = {"group": ["a"] * 60 + ["b"] * 60, "checked": ["a"] * 50 + ["(missing)"] * 20 + ["b"] * 50}
    for labelled, caps in ((50, 0), (49, 2)):
        rows = {**columns, "checked": ["a"] * labelled + ["(missing)"] * (70 - labelled) + ["b"] * 50}
        c = Concepts.of(Tally.of(rows), ["all"], ["a", "b"], False)
        assert len(c.shown(np.array([0])).caps) == caps
