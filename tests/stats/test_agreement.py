"""Agreement: published numbers, statsmodels, pairs counted one by one, and the coverage of every interval."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as fleiss_of_statsmodels

from auditkit.core.estimate import LEVELS
from auditkit.stats.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha, percent_agreement, van_der_eijk
from auditkit.stats.proportions import proportion

COHEN_1960 = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
SAS = [[0, 4, 1], [0, 8, 0], [0, 1, 5]]
FOURTEEN_RATERS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
FLEISS_1971 = (
    "444444222555233335555555222444113333333355113334114444555555144444124444222333144444224445"
    "333335111455111112224444133555555555244444224555114444144445222224111155224444133333555555"
)
KRIPPENDORFF_2011 = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")

tables = st.lists(st.integers(0, 30), min_size=9, max_size=9).map(lambda v: np.array(v).reshape(3, 3))
ratings = st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=12)


def counted(strings, symbols):
    """Items by categories from one string per item."""
    return np.array([[item.count(symbol) for symbol in symbols] for item in strings])


def by_item(raters):
    return ["".join(item) for item in zip(*raters, strict=True)]


def alpha_by_pairs(counts, distance):
    """Krippendorff's alpha from a list of ratings per item and nothing but pairs of them."""
    items = [np.repeat(np.arange(len(row)), row).tolist() for row in np.asarray(counts) if sum(row) >= 2]
    pool = [rating for item in items for rating in item]
    within = sum(distance(a, b) / (len(item) - 1) for item in items for a, b in permutations(item, 2)) / len(pool)
    across = sum(distance(a, b) for a, b in permutations(pool, 2)) / (len(pool) * (len(pool) - 1))
    return 1 - within / across if across else None


def ordinal_distance(counts):
    usable = np.asarray(counts)[np.sum(counts, axis=1) >= 2]
    n = usable.sum(axis=0)

    def distance(a, b):
        low, high = min(a, b), max(a, b)
        return (n[low : high + 1].sum() - (n[low] + n[high]) / 2) ** 2

    return distance


def test_cohen_as_published():
    assert cohen_kappa(COHEN_1960).value == pytest.approx(0.492, abs=5e-4)
    assert cohen_kappa(SAS).value == pytest.approx(0.4842, abs=5e-5)
    assert cohen_kappa(SAS, "linear").value == pytest.approx(0.4701, abs=5e-5)


def test_fleiss_as_published():
    assert fleiss_kappa(FOURTEEN_RATERS).value == pytest.approx(0.210, abs=5e-4)
    assert fleiss_kappa(counted([FLEISS_1971[i : i + 6] for i in range(0, 180, 6)], "12345")).value == pytest.approx(
        0.430, abs=5e-4
    )


@pytest.mark.parametrize(("metric", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_krippendorff_as_published(metric, published):
    e = krippendorff_alpha(counted(by_item(KRIPPENDORFF_2011), "12345"), metric)
    assert e.value == pytest.approx(published, abs=5e-4)
    assert e.n == 11  # the twelfth item has one rating


def test_van_der_eijk_as_published():
    assert van_der_eijk([30, 40, 210, 130, 530, 50, 10]).value == pytest.approx(0.6113333, abs=5e-8)
    assert [van_der_eijk(v).value for v in ([0, 9, 0, 0], [3, 3, 3, 3], [5, 0, 0, 5])] == pytest.approx([1, 0, -1])


@given(tables, st.sampled_from(["none", "linear", "quadratic"]))
def test_cohen_is_that_of_statsmodels(table, weights):
    e = cohen_kappa(table, weights)
    used = ((table.sum(axis=0) > 0) | (table.sum(axis=1) > 0)).sum()
    if used < 2:
        assert e.value is None
        return
    given_weights = {"none": None, "linear": np.arange(3), "quadratic": np.arange(3)}[weights]
    wt = "quadratic" if weights == "quadratic" else "linear"
    with np.errstate(all="ignore"):
        peer = cohens_kappa(table, weights=given_weights, wt=None if weights == "none" else wt, return_results=False)
    assert e.value == pytest.approx(peer)


@given(st.lists(st.permutations([3, 1, 0]), min_size=2, max_size=12))
def test_fleiss_is_that_of_statsmodels(counts):
    e = fleiss_kappa(counts)
    assert e.value == pytest.approx(fleiss_of_statsmodels(np.array(counts)))


@given(ratings, st.sampled_from(["nominal", "ordinal", "interval"]))
def test_krippendorff_is_what_pairs_say(counts, metric):
    values = np.array([0.0, 1.0, 5.0])
    distance = {
        "nominal": lambda a, b: float(a != b),
        "ordinal": ordinal_distance(counts),
        "interval": lambda a, b: (values[a] - values[b]) ** 2,
    }[metric]
    usable = [row for row in counts if sum(row) >= 2]
    e = krippendorff_alpha(counts, metric, values)
    if not usable:
        assert e.reason == "no item has two ratings"
    elif (np.sum(usable, axis=0) > 0).sum() < 2:
        assert e.reason == "all ratings are one and the same category"
    else:
        assert e.value == pytest.approx(alpha_by_pairs(counts, distance))


@given(ratings)
def test_percent_agreement_is_what_pairs_say(counts):
    items = [np.repeat([0, 1, 2], row) for row in counts if sum(row) >= 2]
    shares = [np.mean([a == b for a, b in combinations(item, 2)]) for item in items]
    e = percent_agreement(counts)
    assert e.value == (pytest.approx(np.mean(shares)) if shares else None)


@given(st.lists(st.integers(0, 40), min_size=3, max_size=7).filter(any))
def test_van_der_eijk_is_what_triples_say(counts):
    left, k, value = np.array(counts), len(counts), 0.0
    while left.any():
        filled, height = left > 0, left[left > 0].min()
        triples = [tuple(filled[list(t)].tolist()) for t in combinations(range(k), 3)]
        up, down = sum(t in {(1, 1, 0), (0, 1, 1)} for t in triples), triples.count((True, False, True))
        shape = ((k - 2) * up - (k - 1) * down) / ((k - 2) * (up + down)) if up + down else 1.0
        value += (height * filled.sum() / sum(counts)) * shape * (1 - (filled.sum() - 1) / (k - 1))
        left = left - height * filled
    e = van_der_eijk(counts)
    assert e.value == pytest.approx(value)
    assert van_der_eijk(counts[::-1]).value == pytest.approx(value)
    assert set(e.lower + e.upper) == {None}


@given(tables)
def test_two_raters_agree_by_every_name(table):
    """Krippendorff's alpha of two raters is Scott's pi, and Fleiss's kappa the same but for 1/2n of the rest."""
    counts = [
        np.eye(3, dtype=int)[i] + np.eye(3, dtype=int)[j] for i, j in np.ndindex(3, 3) for _ in range(table[i, j])
    ]
    if not counts:
        return
    fleiss, alpha = fleiss_kappa(counts), krippendorff_alpha(counts)
    assert (fleiss.value is None) == (alpha.value is None)
    if fleiss.value is not None and alpha.value is not None:
        assert alpha.value == pytest.approx(fleiss.value + (1 - fleiss.value) / (2 * len(counts)))
    agreed = proportion(np.trace(table), table.sum())[0]
    assert percent_agreement(counts).value == pytest.approx(agreed.value)


@given(tables, st.sampled_from(["none", "linear", "quadratic"]))
def test_bounds_hold_the_value_widen_and_do_not_depend_on_who_is_first(table, weights):
    e = cohen_kappa(table, weights)
    if e.value is None or e.lower[0] is None:
        return
    assert e.lower[0] - 1e-9 <= e.value <= e.upper[0] + 1e-9
    assert np.all(np.diff(e.lower) <= 1e-12)
    assert np.all(np.diff(e.upper) >= -1e-12)
    assert max(e.upper) <= 1
    for other in (table.T, table[::-1, ::-1]):
        assert cohen_kappa(other, weights).lower == pytest.approx(e.lower, abs=1e-9)


def test_width_is_the_delta_methods_and_no_narrower():
    """Fleiss, Cohen & Everitt's (1969) standard error, as statsmodels has it, in large tables."""
    p = np.array([0.5, 0.3, 0.2])
    close = np.round(20_000 * (0.8 * np.diag(p) + 0.2 * np.outer(p, p)))
    for table, most in ((close, 1.01), (40 * np.array(COHEN_1960), 1.10)):
        peer = cohens_kappa(table)
        assert 0.99 <= cohen_kappa(table).standard_error() / peer.std_kappa <= most


def test_perfect_agreement_still_has_a_width():
    for e in (cohen_kappa([[10, 0], [0, 10]]), fleiss_kappa([[3, 0]] * 10 + [[0, 3]] * 10)):
        assert e.value == pytest.approx(1)
        assert e.interval().high == pytest.approx(1)
        assert 0.4 < e.interval().low < 0.75


def test_what_has_no_value_says_why():
    nobody, same = "no item has two ratings", "all ratings are one and the same category"
    for f in (fleiss_kappa, krippendorff_alpha, percent_agreement, lambda c: krippendorff_alpha(c, "ordinal")):
        assert [f(c).reason for c in ([], np.zeros((0, 3)), [[1, 0], [0, 1]])] == [nobody] * 3
    assert fleiss_kappa([[4, 0], [2, 0]]).reason == krippendorff_alpha([[4, 0]]).reason == same
    assert (cohen_kappa([[0, 0], [0, 0]]).reason, cohen_kappa([[7, 0], [0, 0]]).reason) == (nobody, same)
    assert van_der_eijk([0, 0, 0]).reason == "no ratings"
    assert van_der_eijk([4, 9]).reason == "agreement A needs three ordered categories"
    alone = fleiss_kappa([[1, 1]])
    assert alone.lower == (None,) * len(LEVELS)


def test_values_that_nobody_chose_change_nothing():
    few = krippendorff_alpha([[2, 0], [1, 1], [0, 2]], "interval", [0, 1])
    many = krippendorff_alpha([[2, 0, 0], [1, 1, 0], [0, 2, 0]], "interval", [0, 1, 1e9])
    assert (many.value, many.lower) == (pytest.approx(few.value), pytest.approx(few.lower))


def enough(held, bound):
    """Whether so many covered could come of a true coverage of `bound`."""
    return binom.cdf(int(np.sum(held)), len(held), bound) > 1e-4


def inside(e, truth):
    low, high, _ = e.interval(0.95)
    return low - 1e-12 <= truth <= high + 1e-12


def cohen_coverage(p, kappa, n, weights, replications):
    rng = np.random.default_rng([n, int(100 * kappa), len(p)])
    joint = kappa * np.diag(p) + (1 - kappa) * np.outer(p, p)
    draws = rng.multinomial(n, joint.ravel(), replications).reshape(-1, len(p), len(p))
    told = [cohen_kappa(table, weights) for table in draws]
    return [inside(e, kappa) for e in told if e.value is not None]


def test_nearly_perfect_raters_are_covered():
    assert enough(cohen_coverage(np.array([0.6, 0.3, 0.1]), 0.95, 50, "none", 1000), 0.93)


@pytest.mark.slow
@pytest.mark.parametrize("kappa", [0.0, 0.4, 0.8, 0.95])
@pytest.mark.parametrize("n", [50, 200])
@pytest.mark.parametrize(
    ("p", "weights"),
    [
        ([0.5, 0.5], "none"),
        ([0.9, 0.1], "none"),
        ([0.3, 0.25, 0.2, 0.15, 0.1], "quadratic"),
        ([0.5, 0.3, 0.2], "linear"),
    ],
)
def test_cohen_is_covered(p, weights, n, kappa):
    assert enough(cohen_coverage(np.array(p), kappa, n, weights, 3000), 0.93)


def many_raters(rng, n, p, sure, raters, missing, mixed):
    """Raters who see the item's category with probability `sure` (1 in half the items if mixed), else guess from p."""
    k = len(p)
    seen = np.where(rng.random(n) < 0.5, 1.0, sure) if mixed else np.full(n, sure)
    item, guess = rng.choice(k, n, p=p)[:, None], rng.choice(k, (n, raters), p=p)
    chosen = np.where(rng.random((n, raters)) < seen[:, None], item, guess)
    present = rng.random((n, raters)) >= missing
    return np.stack([((chosen == c) & present).sum(axis=1) for c in range(k)], axis=1)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "raters", "missing"), [(30, 3, 0.0), (60, 6, 0.4), (200, 5, 0.3)])
@pytest.mark.parametrize(("sure", "mixed"), [(0.0, False), (0.7, False), (0.97, False), (0.4, True)])
@pytest.mark.parametrize("p", [[0.5, 0.5], [0.8, 0.2], [0.3, 0.25, 0.2, 0.15, 0.1]])
def test_many_raters_are_covered(p, sure, mixed, n, raters, missing):
    """Two raters of one item are right together with probability sure²: the coefficient, by whatever distance."""
    rng = np.random.default_rng([n, int(100 * sure), len(p)])
    truth = (1 + sure**2) / 2 if mixed else sure**2
    draws = [many_raters(rng, n, p, sure, raters, missing, mixed) for _ in range(700)]
    for f in (fleiss_kappa, krippendorff_alpha, lambda c: krippendorff_alpha(c, "ordinal"), ordinal_values):
        assert enough([inside(f(c), truth) for c in draws], 0.93)


def ordinal_values(counts):
    return krippendorff_alpha(counts, "interval")


@pytest.mark.slow
@pytest.mark.parametrize("sure", [0.0, 0.5, 0.95])
def test_percent_agreement_is_covered(sure):
    rng, p = np.random.default_rng(5), np.array([0.5, 0.3, 0.2])
    truth = sure**2 + (1 - sure**2) * (p @ p)
    told = [percent_agreement(many_raters(rng, 60, p, sure, 4, 0.2, False)) for _ in range(3000)]
    assert enough([inside(e, truth) for e in told], 0.93)
