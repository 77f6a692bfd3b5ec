"""Published effect sizes and exact p, splits counted in other ways, and coverage by small sets of words."""

import json
from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from auditkit.core.errors import InputError
from auditkit.core.estimate import LEVELS
from auditkit.stats.differential_association import (
    among_controls,
    association_difference,
    associations,
    effect_size,
)
from auditkit.stats.permutation import permutation_test

values = st.lists(st.floats(-1, 1).map(lambda v: round(v, 3)), min_size=3, max_size=9)

WEAT = {
    "WEAT 1": (("flowers", "insects", "pleasant_5", "unpleasant_5a"), 1.539),
    "WEAT 2": (("instruments", "weapons", "pleasant_5", "unpleasant_5a"), 1.628),
    "WEAT 6": (("male_names", "female_names", "career", "family"), 1.890),
}


def at_least(hits, trials, bound):
    """Only a count that the bound makes rarer than 1e-4 says no."""
    assert stats.binom.cdf(hits, trials, bound) >= 1e-4, hits / trials


def d_by_hand(x, y):
    return (np.mean(x) - np.mean(y)) / np.std(np.r_[x, y], ddof=1)


@pytest.fixture(scope="module")
def s_values(external):
    folder = external("weat_word2vec")
    words = json.loads((folder / "WEAT.json").read_text())
    vectors = {}
    for line in (folder / "weat_w2v____old.txt").read_text().splitlines()[1:]:
        word, *numbers = line.split()
        vectors[word] = np.array(numbers, float)

    def of(test):
        x, y, a, b = ([vectors[w] for w in words[name] if w in vectors] for name in WEAT[test][0])
        return associations(x, a, b), associations(y, a, b)

    return of


def splits_by_search(x, y):
    """All splits that reach x's sum, found one by one: partial swaps that already fall too short are cut off."""
    everyone = np.sort(np.r_[x, y])[::-1]
    top, rest = everyone[: len(x)], everyone[len(x) :]
    short = top.sum() - np.sum(x) + 1e-12

    def swaps(costs):
        found = [(0, 0.0)]
        for cost in costs:
            found += [(k + 1, total + cost) for k, total in found if total + cost <= short]
        return {
            k: np.sort([total for size, total in found if size == k]) for k in range(max(size for size, _ in found) + 1)
        }

    out, into = swaps(top - everyone[len(x) - 1]), swaps(everyone[len(x) - 1] - rest)
    return sum(int(np.searchsorted(into[k], short - out[k], side="right").sum()) for k in out if k in into)


@pytest.mark.external
@pytest.mark.parametrize("test", WEAT)
def test_published_effect_sizes_and_the_exact_p(s_values, test):
    x, y = s_values(test)
    assert round(effect_size(x, y).value, 3) == WEAT[test][1]
    result = permutation_test(x, y)
    exact = splits_by_search(x, y) / comb(len(x) + len(y), len(x))
    assert exact - 1e-18 <= result.p <= 1.01 * exact
    if test == "WEAT 6":
        assert (result.splits, result.p, result.method) == (12870, 1 / 12870, "exact")  # published: 7.8e-5
    assert association_difference(x, y).interval(0.95).low > 0


def test_s_values_are_mean_cosines():
    rng = np.random.default_rng(1)
    w, a, b = (rng.standard_normal((k, 5)) for k in (4, 3, 6))

    def cosine(u, v):
        return u @ v / np.sqrt(u @ u) / np.sqrt(v @ v)

    by_hand = [np.mean([cosine(u, v) for v in a]) - np.mean([cosine(u, v) for v in b]) for u in w]
    assert associations(w, a, b) == pytest.approx(by_hand)
    assert associations(7 * w, 0.1 * a, 3 * b) == pytest.approx(by_hand)
    assert associations(w, b, a) == pytest.approx(-np.array(by_hand))
    with pytest.raises(InputError, match="1 vectors have length 0"):
        associations([[0, 0], [1, 1]], [[1, 0]], [[0, 1]])
    with pytest.raises(InputError, match="no vectors"):
        associations([[1, 1]], np.zeros((0, 2)), [[0, 1]])


@given(values, values)
def test_the_difference_is_the_jackknife_over_words(x, y):
    e = association_difference(x, y)
    assert e.value == pytest.approx(np.mean(x) - np.mean(y), abs=1e-12)
    if max(np.ptp(x), np.ptp(y)) < 0.01:
        return
    parts = [
        (len(v) - 1) * np.var([np.mean(np.delete(v, i)) for i in range(len(v))]) for v in (np.array(x), np.array(y))
    ]
    df = sum(parts) ** 2 / sum(p**2 / (len(v) - 1) for p, v in zip(parts, (x, y), strict=True))
    half = stats.t.ppf(0.975, df) * np.sqrt(sum(parts))
    assert e.interval(0.95)[:2] == pytest.approx((e.value - half, e.value + half))


@given(values, values)
def test_d_is_cohens_with_the_sd_of_both_and_its_bounds_are_a_jackknife(x, y):
    e = effect_size(x, y)
    if np.ptp(np.r_[x, y]) == 0:
        assert (e.value, e.reason) == (None, "all targets have the same association")
        return
    assert e.value == pytest.approx(d_by_hand(x, y), abs=1e-9)
    if e.lower[0] is None or max(np.ptp(x), np.ptp(y)) < 0.01:
        return
    z = [[fisher(np.delete(x, i), y) for i in range(len(x))], [fisher(x, np.delete(y, i)) for i in range(len(y))]]
    parts = [(len(v) - 1) * np.var(v) for v in z]
    df = sum(parts) ** 2 / sum(p**2 / (len(v) - 1) for p, v in zip(parts, z, strict=True))
    half = stats.t.ppf(0.975, df) * np.sqrt(sum(parts))
    n, m = len(x), len(y)
    bound = np.sqrt((n + m) * (n + m - 1) / (n * m))
    expected = bound * np.tanh(fisher(x, y) + np.array([-half, half]))
    assert e.interval(0.95)[:2] == pytest.approx(expected, rel=1e-5, abs=1e-7)


def fisher(x, y):
    """artanh of the correlation of the values with membership."""
    r = np.corrcoef(np.r_[x, y], np.r_[np.ones(len(x)), np.zeros(len(y))])[0, 1] if np.ptp(np.r_[x, y]) else 0.0
    return np.arctanh(r)


@given(values, values, st.floats(0.1, 9), st.floats(-3, 3))
def test_d_knows_neither_scale_nor_origin_and_flips_with_the_sets(x, y, scale, shift):
    e = effect_size(x, y)
    if e.value is None:
        return
    moved = effect_size(scale * np.array(x) + shift, scale * np.array(y) + shift)
    assert moved.value == pytest.approx(e.value, abs=1e-6)
    flipped = effect_size(y, x)
    assert flipped.value == pytest.approx(-e.value)
    if e.lower[2] is not None and flipped.upper[2] is not None:
        assert flipped.upper[2] == pytest.approx(-e.lower[2], abs=1e-9)


def test_what_cannot_be_said_has_a_reason():
    assert effect_size([], [1.0]).reason == "a group is empty"
    assert association_difference([], [1.0]).reason == "a group is empty"
    apart = effect_size([1.0, 1.0, 1.0], [0.0, 0.0, 0.0])
    assert (apart.value, set(apart.lower)) == (pytest.approx(np.sqrt(10 / 3)), {None})
    single = effect_size([1.0], [0.0, 0.1, 0.2])
    assert single.value is not None
    assert set(single.lower) == {None}
    assert permutation_test([], [1.0]).p == 1
    assert permutation_test([1.0, 1.0], [1.0, 1.0]).p == 1
    assert among_controls(0.3, []) is None


whole_numbers = st.lists(st.integers(-50, 50), min_size=2, max_size=6)


@settings(max_examples=30, deadline=None)
@given(whole_numbers, whole_numbers)
def test_few_splits_are_scipys(x, y):
    """Whole numbers, since scipy loses ties to rounding: [0, 1, 1, .188] twice is .53 there, and .67 in truth."""
    ours, two = (permutation_test(np.array(x) / 10, np.array(y) / 10, side) for side in (False, True))
    peer = stats.permutation_test(
        (np.array(x), np.array(y)),
        lambda a, b, axis: np.sum(a, axis=axis),
        vectorized=True,
        n_resamples=np.inf,
        alternative="greater",
    )
    assert ours.p == pytest.approx(peer.pvalue)
    back = permutation_test(np.array(y) / 10, np.array(x) / 10).p
    assert two.p == pytest.approx(min(1, 2 * min(ours.p, back)))


@pytest.mark.parametrize(("n", "m", "shift"), [(10, 10, 0.9), (8, 12, 0.0), (12, 8, -0.5), (6, 18, 1.5)])
def test_the_grid_counts_every_split_and_none_too_few(n, m, shift):
    """Some 130,000 to 190,000 splits, each summed."""
    rng = np.random.default_rng([n, m])
    x, y = rng.standard_normal(n) + shift, rng.exponential(size=m)
    everyone = np.r_[x, y]
    sums = everyone[np.array(list(combinations(range(n + m), n)))].sum(axis=1)
    exact = (sums >= x.sum() - 1e-9).mean()
    result = permutation_test(x, y)
    assert result.method == "exact, counted on a grid"
    assert exact <= result.p * (1 + 1e-12) <= 1.02 * exact


def test_ties_on_the_grid_are_counted():
    x, y = [1.0] * 12 + [0.0] * 3, [1.0] * 3 + [0.0] * 12
    exact = stats.hypergeom.sf(11, 30, 15, 15)
    assert permutation_test(x, y).p == pytest.approx(exact, rel=0.001)
    assert permutation_test([1.0] * 15, [0.0] * 15).p == pytest.approx(1 / comb(30, 15))


def test_many_values_are_drawn_and_p_is_never_nothing():
    rng = np.random.default_rng(6)
    x, y = rng.standard_normal(80), rng.standard_normal(80)
    drawn, welch = permutation_test(x + 0.2, y), stats.ttest_ind(x + 0.2, y, alternative="greater").pvalue
    assert drawn.method == "Monte Carlo"
    assert drawn.p == pytest.approx(welch, abs=0.02)
    assert permutation_test(x + 9, y).p == 1 / 10_000


def test_controls_say_what_words_without_meaning_reach():
    sizes = np.linspace(-1, 1, 201)
    placed = among_controls(-0.5, sizes)
    assert placed.percentile == pytest.approx((1 + 101) / 202)
    assert placed.margin == pytest.approx(np.quantile(np.abs(sizes), 0.95))


def test_a_large_d_is_common_where_nothing_differs():
    """|d| > .5 in a third of tests of eight against eight words and in no large ones: d is told, not gated."""
    rng = np.random.default_rng(9)
    for n, share in ((8, 0.33), (25, 0.08), (100, 0.0)):
        draws = rng.standard_normal((6000, 2, n))
        gap = draws.mean(axis=2)
        d = (gap[:, 0] - gap[:, 1]) / draws.reshape(6000, -1).std(axis=1, ddof=1)
        assert (np.abs(d) > 0.5).mean() == pytest.approx(share, abs=0.025)
        one = effect_size(*draws[0])
        assert one.value == pytest.approx(d[0])


@pytest.mark.parametrize("n", [8, 25])
@pytest.mark.parametrize("gap", [0.0, 1.0])
def test_differences_and_effect_sizes_are_covered(n, gap):
    rng, replications = np.random.default_rng([n, int(gap)]), 500
    truth = gap / np.sqrt(1 + gap**2 / 4)
    held = np.zeros(2)
    for _ in range(replications):
        x, y = rng.standard_normal(n) + gap, rng.standard_normal(n)
        for i, (e, t) in enumerate(((association_difference(x, y), gap), (effect_size(x, y), truth))):
            low, high, _ = e.interval(0.95)
            held[i] += low <= t <= high
    for count in held:
        at_least(count, replications, 0.93)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "m"), [(8, 8), (25, 25), (12, 40)])
@pytest.mark.parametrize("shape", ["skewed", "heavy", "unequal"])
def test_words_of_other_shapes_are_covered_nearly(n, m, shape):
    """The difference keeps .91 everywhere; d keeps .83 even where skewed or heavy sets lie far apart."""
    rng, replications = np.random.default_rng([n, m, len(shape)]), 2000
    draw = {
        "skewed": lambda size: rng.exponential(size=size) - 1,
        "heavy": lambda size: rng.standard_t(4, size) / np.sqrt(2),
        "unequal": rng.standard_normal,
    }[shape]
    w, wider, gap = n / (n + m), 2.0 if shape == "unequal" else 1.0, 2.5
    truth = gap / np.sqrt(w + (1 - w) * wider**2 + w * (1 - w) * gap**2)
    held = np.zeros(2)
    for _ in range(replications):
        x, y = draw(n) + gap, wider * draw(m)
        for i, (e, t) in enumerate(((association_difference(x, y), gap), (effect_size(x, y), truth))):
            low, high, _ = e.interval(0.95)
            held[i] += low <= t <= high
    at_least(held[0], replications, 0.91)
    at_least(held[1], replications, 0.83)


@pytest.mark.slow
@pytest.mark.parametrize("n", [8, 12])
def test_the_permutation_keeps_its_size(n):
    rng, replications = np.random.default_rng(n), 300
    small = sum(permutation_test(*rng.standard_t(4, (2, n)), two_sided=True).p <= 0.05 for _ in range(replications))
    assert stats.binom.sf(small - 1, replications, 0.05) >= 1e-4
    at_least(small, replications, 0.045)


def test_bounds_are_those_of_every_level():
    x, y = np.random.default_rng(2).standard_normal((2, 30))
    e = effect_size(x + 0.5, y)
    assert len(e.lower) == len(LEVELS)
    assert list(e.lower) == sorted(e.lower, reverse=True)
    assert -2 < e.lower[-1] < e.upper[-1] < 2
