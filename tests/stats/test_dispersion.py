"""Rao's Q against brute force over pairs and rows, its coverage at unequal sizes, and what Vendi does to them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, t

from auditkit.core.errors import InputError
from auditkit.core.estimate import LEVELS
from auditkit.stats.dispersion import (
    Dispersion,
    dispersion,
    dispersion_ratio,
    of_counts,
    of_distances,
    of_scores,
    of_unit_vectors,
    sd_ratio,
)
from auditkit.stats.vendi import vendi_ratio, vendi_score


def directions(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def around(rng, shape, spread):
    """Unit vectors scattered around one direction."""
    return directions(spread * rng.standard_normal(shape) + np.eye(shape[-1])[0])


def moments(x):
    """(…, n, d) into what a shard keeps."""
    return np.full(x.shape[:-2], x.shape[-2]), x.sum(axis=-2), np.einsum("...ni,...nj->...ij", x, x)


def of_rows(x):
    return of_unit_vectors(*moments(x))


def mean_over_pairs(d):
    return d[np.triu_indices(len(d), 1)].mean()


def brute_force(d):
    """Q over pairs, its delete-one jackknife variance, and what pairs alone leave."""
    n = len(d)
    q = mean_over_pairs(d)
    without = [mean_over_pairs(np.delete(np.delete(d, i, 0), i, 1)) for i in range(n)]
    alone = 2 * d[np.triu_indices(n, 1)].var() / (n * (n - 1))
    return q, max((n - 1) * np.var(without), alone)


def at_least(hits, trials, bound):
    """Only a count that the bound makes rarer than 1e-4 says no."""
    assert binom.cdf(hits, trials, bound) >= 1e-4, hits / trials


@given(st.integers(3, 12), st.integers(1, 5), st.integers(0, 10_000))
def test_moments_are_enough_for_the_jackknife(n, d, seed):
    x = directions(np.random.default_rng(seed).standard_normal((n, d)) + 0.5)
    ours, distances = of_rows(x), 1 - x @ x.T
    q, variance = brute_force(distances)
    assert ours.q[0] == pytest.approx(q, abs=1e-9)
    assert ours.variance[0] == pytest.approx(variance, rel=1e-6, abs=1e-12)
    by_matrix = of_distances(distances - np.diag(np.diag(distances)))
    assert (by_matrix.q[0], by_matrix.variance[0]) == pytest.approx((q, variance), rel=1e-6, abs=1e-12)


@given(st.lists(st.integers(0, 6), min_size=2, max_size=4).filter(lambda c: sum(c) >= 3))
def test_categories_are_pairs_that_differ(counts):
    labels = np.repeat(np.arange(len(counts)), counts)
    q, variance = brute_force((labels[:, None] != labels).astype(float))
    ours = of_counts(counts)
    assert (ours.q[0], ours.variance[0]) == pytest.approx((q, variance), abs=1e-12)


@given(st.lists(st.floats(-9, 9).map(lambda v: round(v, 2)), min_size=3, max_size=12))
def test_scores_are_ginis_mean_difference(values):
    x = np.array(values)
    q, variance = brute_force(np.abs(x[:, None] - x))
    ours = of_scores(values)
    assert (ours.q[0], ours.variance[0]) == pytest.approx((q, variance), abs=1e-9)


def test_shards_add_up_and_prompts_stand_side_by_side():
    x = around(np.random.default_rng(1), (3, 40, 6), 0.3)
    parts = [moments(x[:, :15]), moments(x[:, 15:])]
    whole, added = of_rows(x), of_unit_vectors(*(a + b for a, b in zip(*parts, strict=True)))
    assert added.q == pytest.approx(whole.q)
    assert added.variance == pytest.approx(whole.variance)
    assert [of_rows(prompt).q[0] for prompt in x] == pytest.approx(whole.q)


@given(st.integers(0, 1000))
def test_swapping_groups_inverts_and_rotating_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    x, y = around(rng, (15, 4), 0.3), around(rng, (25, 4), 0.5)
    e, swapped = dispersion_ratio(of_rows(x), of_rows(y)), dispersion_ratio(of_rows(y), of_rows(x))
    turn = np.linalg.qr(rng.standard_normal((4, 4))).Q
    turned = dispersion_ratio(of_rows(x @ turn), of_rows(y @ turn))
    for i in range(len(LEVELS)):
        assert swapped.upper[i] == pytest.approx(1 / e.lower[i])
        assert turned.lower[i] == pytest.approx(e.lower[i])


def test_vectors_of_another_length_are_refused():
    with pytest.raises(InputError, match="length 1"):
        of_rows(np.ones((5, 2)))


def test_what_cannot_be_said_has_a_reason():
    some, single, constant = of_counts([3, 4]), of_counts([1, 0]), of_counts([9, 0])
    assert dispersion(single)[0].reason == "fewer than two rows"
    assert (dispersion(constant)[0].value, set(dispersion(constant)[0].lower)) == (0, {None})
    assert set(dispersion(of_counts([1, 1]))[0].lower) == {None}
    assert dispersion_ratio(some, single).reason == "no prompt has two rows of both groups"
    assert dispersion_ratio(some, constant).reason == "all rows of the second group are alike"
    assert of_scores([]).n == of_distances(np.zeros((0, 0))).n == 0
    assert np.isnan(of_scores([4.0]).q).all()
    lost = dispersion_ratio(of_counts([[5, 5], [1, 0]]), of_counts([[6, 4], [5, 5]]))
    assert (lost.value, lost.method) == (25 / 24, "ratio of Rao's Q, jackknife, 1 prompts dropped")
    assert sd_ratio([1.0], [1.0, 2.0]).reason == "a group has fewer than two scores"
    assert sd_ratio([1.0, 2.0], [3.0, 3.0]).reason == "the second group is constant"
    flat = sd_ratio([2.0, 2.0, 2.0], [1.0, 2.0, 4.0])
    assert (flat.value, set(flat.lower)) == (0, {None})
    assert vendi_ratio(np.zeros((0, 2)), np.eye(2)).reason == "a group is empty"


def test_a_group_that_never_differs_is_bounded_by_what_it_may_have_missed():
    e = dispersion_ratio(of_counts([40, 0]), of_counts([50, 50]))
    assert (e.value, set(e.lower)) == (0, {0})
    assert list(e.upper) == sorted(e.upper)
    p = 0.025 ** (1 / 39)
    assert e.interval(0.95).high == pytest.approx((1 - p**2) / dispersion(of_counts([50, 50]))[0].interval(0.95).low)
    assert e.interval(0.95).high < 0.8 < dispersion_ratio(of_counts([4, 0]), of_counts([50, 50])).interval(0.95).high


def test_evenly_filled_categories_are_not_known_exactly():
    """Every row is as far from the others as any: the jackknife alone has no width there."""
    low, high, _ = dispersion(of_counts([50, 50]))[0].interval(0.95)
    assert low < 0.5 < high


def test_vendi_is_what_its_authors_package_says():
    """Recorded from vendi-score 0.0.3, whose dependencies are too heavy to ask for."""
    assert vendi_score([[1, 0.9, 0.1], [0.9, 1, 0.3], [0.1, 0.3, 1]]) == pytest.approx(2.0785069868889248, abs=1e-12)


@pytest.mark.filterwarnings("ignore:Please import `csr_matrix`:DeprecationWarning")
def test_vendi_is_its_authors():
    vendi = pytest.importorskip("vendi_score.vendi")
    x = around(np.random.default_rng(2), (30, 5), 0.6)
    assert vendi_score(x.T @ x) == pytest.approx(vendi.score_X(x))
    assert vendi_score(x @ x.T) == pytest.approx(vendi.score_K(x @ x.T))
    assert vendi_ratio(x, x[:12]).value == pytest.approx(1 / vendi_ratio(x[:12], x).value)


def test_vendi_grows_with_n_and_falls_with_duplicates():
    """The same population, more of it, and the same rows drawn twice: why it is compared at equal n without bounds."""
    rng = np.random.default_rng(3)
    scores = [np.mean([vendi_score((x := around(rng, (n, 16), 0.4)).T @ x) for _ in range(30)]) for n in (20, 50, 200)]
    assert scores[0] < 0.9 * scores[1] < 0.9 * 0.95 * scores[2]
    x = around(rng, (60, 16), 0.4)
    twice = np.mean([vendi_score(b.T @ b) for b in (x[rng.integers(60, size=60)] for _ in range(30))])
    assert twice < 0.97 * vendi_score(x.T @ x)
    big = around(rng, (300, 16), 0.4)
    assert abs(np.log(vendi_ratio(x, big).value)) < 0.06 < abs(np.log(vendi_score(x.T @ x) / vendi_score(big.T @ big)))


def test_log_sd_jackknife_is_that_of_rows():
    rng = np.random.default_rng(4)
    x, y = rng.exponential(size=14), rng.normal(size=11)
    parts = []
    for v in (x, y):
        logs = [np.log(np.std(np.delete(v, i), ddof=1)) for i in range(len(v))]
        parts.append((len(v) - 1) * np.var(logs))
    e = sd_ratio(x, y)
    assert e.value == pytest.approx(np.std(x, ddof=1) / np.std(y, ddof=1))
    df = sum(parts) ** 2 / (parts[0] ** 2 / 13 + parts[1] ** 2 / 10)
    half = t.ppf(0.975, df) * np.sqrt(sum(parts))
    assert np.log(e.interval(0.95)[:2]) == pytest.approx([np.log(e.value) - half, np.log(e.value) + half])


def covered(first, second, truth, sampled=False):
    told = [dispersion_ratio(a, b, sampled).interval(0.95) for a, b in zip(first, second, strict=True)]
    return sum(i.low is not None and i.low <= truth <= i.high for i in told)


def singly(d):
    """Replications computed side by side, one at a time."""
    return [Dispersion(*(part[i : i + 1] for part in d[:3]), d.widest) for i in range(len(d.q))]


@pytest.mark.parametrize(("n", "m"), [(20, 20), (60, 300), (100, 100)])
@pytest.mark.parametrize("spread", [0.2, 0.16])
def test_vectors_are_covered_at_unequal_sizes(n, m, spread):
    rng, replications = np.random.default_rng([n, m, int(100 * spread)]), 600
    truth = of_rows(around(rng, (4000, 16), spread)).q[0] / of_rows(around(rng, (4000, 16), 0.2)).q[0]
    if spread == 0.2:
        truth = 1.0
    first, second = (of_rows(around(rng, (replications, k, 16), s)) for k, s in ((n, spread), (m, 0.2)))
    at_least(covered(singly(first), singly(second), truth), replications, 0.93)


@pytest.mark.parametrize(
    ("p", "q"), [([0.6, 0.3, 0.1], [0.5, 0.3, 0.2]), ([0.2] * 5, [0.2] * 5), ([0.5, 0.5], [0.5, 0.5])]
)
@pytest.mark.parametrize(("n", "m"), [(40, 40), (60, 300)])
def test_categories_are_covered_also_where_all_are_equal(p, q, n, m):
    rng, replications = np.random.default_rng([len(p), n, m]), 600
    first, second = of_counts(rng.multinomial(n, p, replications)), of_counts(rng.multinomial(m, q, replications))
    truth = (1 - np.square(p).sum()) / (1 - np.square(q).sum())
    at_least(covered(singly(first), singly(second), truth), replications, 0.935)


@pytest.mark.slow
def test_the_gate_tells_a_compressed_group_and_leaves_an_equal_one():
    """Dissimilarity .65 of the other's at 100 rows each, against a margin of .80."""
    rng, replications = np.random.default_rng(6), 300
    compressed, whole, equal = (of_rows(around(rng, (replications, 100, 16), s)) for s in (0.147, 0.2, 0.2))
    truth = of_rows(around(rng, (4000, 16), 0.147)).q[0] / of_rows(around(rng, (4000, 16), 0.2)).q[0]
    assert truth == pytest.approx(0.65, abs=0.03)
    fails = sum(
        dispersion_ratio(a, b).interval(0.95).high < 0.8 for a, b in zip(singly(compressed), singly(whole), strict=True)
    )
    at_least(fails, replications, 0.95)
    wrong = sum(
        dispersion_ratio(a, b).interval(0.95).high < 0.8 for a, b in zip(singly(equal), singly(whole), strict=True)
    )
    assert binom.sf(wrong - 1, replications, 0.01) >= 1e-4


@pytest.mark.slow
@pytest.mark.parametrize(("n", "m", "prompts"), [(5, 20, 100), (10, 10, 12)])
def test_prompts_are_covered_where_the_average_of_logs_drifts(n, m, prompts):
    """Prompts of unequal spread, none truly compressed; five rows against twenty bias each prompt's log ratio."""
    rng, replications = np.random.default_rng([n, prompts]), 300
    first, second, logs = [], [], []
    for _ in range(replications):
        spread = 0.2 * np.exp(0.5 * rng.standard_normal((prompts, 1, 1)))
        a, b = (of_rows(directions(spread * rng.standard_normal((prompts, k, 8)) + np.eye(8)[0])) for k in (n, m))
        first.append(a)
        second.append(b)
        ratio = np.log(a.q / b.q)
        logs.append(ratio.mean() / (ratio.std(ddof=1) / np.sqrt(prompts)))
    at_least(covered(first, second, 1.0, sampled=True), replications, 0.93)
    if n < m:
        assert np.mean(logs) < -0.2  # standard errors by which many prompts make the drift sure of itself


@pytest.mark.slow
@pytest.mark.parametrize(("n", "m"), [(60, 300), (100, 100), (400, 400)])
def test_skewed_scores_are_covered_by_gini_and_not_by_sd(n, m):
    rng, replications = np.random.default_rng([n, m]), 1000
    x, y = rng.exponential(size=(replications, n)), rng.standard_normal((replications, m))
    truth = 1 / (2 / np.sqrt(np.pi))
    told = covered([of_scores(v) for v in x], [of_scores(v) for v in y], truth)
    at_least(told, replications, 0.925)
    sd = [sd_ratio(a, b).interval(0.95) for a, b in zip(x, y, strict=True)]
    short = sum(i.low <= 1 <= i.high for i in sd)
    at_least(short, replications, 0.88)
    assert short < told
