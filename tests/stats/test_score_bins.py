"""What bins certify, against scikit-learn and DeLong on the scores themselves; calibration, and what it covers."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import binom, norm
from sklearn.metrics import roc_auc_score

from auditkit.core.errors import InputError
from auditkit.core.estimate import LEVELS
from auditkit.stats.calibration import calibration_in_the_large, calibration_slope
from auditkit.stats.discrimination import auc
from auditkit.stats.score_bins import EDGES, ScoreBins, binned_auc

rows = st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=40)
edges = st.sets(st.integers(1, 19), max_size=8).map(lambda cuts: np.array([0, *sorted(cuts), 20]) / 20)


def split(table):
    return np.array([s / 20 for s, _ in table]), np.array([y for _, y in table], bool)


def on_scores(s, y):
    return auc(s, y, ~y)


@settings(max_examples=300)
@given(rows, edges)
def test_the_range_and_the_interval_hold_those_of_the_scores(table, cuts):
    s, y = split(table)
    told, sure = binned_auc(ScoreBins.of(s, y, cuts))
    exact = on_scores(s, y)
    if exact.value is None:
        assert (told.value, told.reason, sure) == (None, exact.reason, None)
        return
    assert sure[0] - 1e-12 <= roc_auc_score(y, s) <= sure[1] + 1e-12
    assert (np.array(told.lower) <= np.array(exact.lower) + 1e-9).all()
    assert (np.array(told.upper) >= np.array(exact.upper) - 1e-9).all()
    assert (np.diff(told.lower) <= 0).all()
    assert (np.diff(told.upper) >= 0).all()
    assert told.lower[0] <= told.value <= told.upper[0]


@given(rows)
def test_bins_of_one_score_each_lose_nothing(table):
    s, y = split(table)
    told, sure = binned_auc(ScoreBins.of(s, y, np.arange(22) / 20))
    exact = on_scores(s, y)
    assert told.reason == exact.reason
    if exact.value is not None:
        assert sure == (told.value, told.value)
        assert (told.value, *told.lower, *told.upper) == pytest.approx((exact.value, *exact.lower, *exact.upper))


@given(rows, rows, edges)
def test_bins_add_up(first, second, cuts):
    one, other, both = (ScoreBins.of(*split(table), cuts) for table in (first, second, first + second))
    for part in ("positives", "lowest", "highest", "total", "squares", "hits", "hit_squares"):
        assert getattr(one + other, part) == pytest.approx(getattr(both, part))
    assert binned_auc(one + other) == binned_auc(both)


@example([(1, False), (3, False), (3, True), (4, False), (6, True)], np.array([0.0, 0.1, 0.25, 1.0]))
@given(rows, edges)
def test_turning_scores_and_outcomes_round_changes_nothing(table, cuts):
    s, y = split(table)
    told, turned = (binned_auc(bins)[0] for bins in (ScoreBins.of(s, y, cuts), ScoreBins.of(1 - s, ~y, 1 - cuts[::-1])))
    if told.value is not None and not ({*s} & {*cuts}):
        assert turned.lower == pytest.approx(told.lower, abs=1e-9)


@pytest.mark.parametrize(("power", "errors"), [(1, 0.1), (6, 0.1), (20, 0.1), (1 / 20, 0.3)])
def test_scores_piled_up_at_either_end_keep_a_tight_range(power, errors):
    """In standard errors, at 20,000 rows; 4096 uniform bins allow for 5 and 70 with scores piled up at 0."""
    rng = np.random.default_rng(1)
    raw = rng.random(20_000)
    y = rng.random(20_000) < raw
    exact, ranges = on_scores(raw, y), []
    for cuts in (EDGES, np.linspace(0, 1, 4097)):
        _, (low, high) = binned_auc(ScoreBins.of(raw**power, y, cuts))
        assert low <= exact.value <= high
        ranges.append((high - low) / 2 / exact.standard_error())
    assert ranges[0] < errors
    assert ranges[0] <= ranges[1] * (0.02 if power > 1 else 1)


def test_exactly_zero_and_exactly_one_are_bins_of_their_own():
    s = np.array([0, 5e-324, 1e-300, 0.5, 1 - 2**-53, 1.0])
    assert (np.diff(np.searchsorted(EDGES, s, side="right")) > 0)[[0, 2, 3, 4]].all()
    y = np.array([1, 0, 1, 0, 1, 0], bool)
    assert not ScoreBins.of(np.repeat([0.0, 1.0], 6), np.tile(y, 2)).mixed.any()


def test_what_cannot_be_binned():
    for bad in (1.5, -0.1, np.nan):
        with pytest.raises(InputError, match="between 0 and 1"):
            ScoreBins.of([0.5, bad], [0, 1])
    with pytest.raises(InputError, match="same bins"):
        ScoreBins.of([0.5], [1]) + ScoreBins.of([0.5], [1], [0, 1])


def test_one_bin_knows_nothing():
    told, sure = binned_auc(ScoreBins.of([0.2, 0.4, 0.6], [0, 1, 1], [0, 1]))
    assert (told.value, sure, set(told.lower), set(told.upper)) == (0.5, (0, 1), {0.0}, {1.0})


@pytest.mark.slow
@pytest.mark.parametrize(("p", "q", "shift"), [(40, 40, 0.0), (30, 120, 1.0), (200, 600, 1.5)])
def test_coarse_bins_cover_the_true_area(p, q, shift):
    rng, truth, replications = np.random.default_rng([p, q]), norm.cdf(shift / np.sqrt(2)), 1500
    cuts, y = np.linspace(0, 1, 65), np.arange(p + q) < p
    held, finer = 0, 0
    for _ in range(replications):
        s = expit(np.r_[rng.normal(shift, 1, p), rng.normal(0, 1, q)])
        for edges_, add in ((cuts, (1, 0)), (EDGES, (0, 1))):
            low, high, _ = binned_auc(ScoreBins.of(s, y, edges_))[0].interval(0.95)
            held, finer = held + add[0] * (low <= truth <= high), finer + add[1] * (low <= truth <= high)
    assert held >= finer >= 0.935 * replications
    assert finer <= 0.97 * replications


# --- calibration


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40))
def test_in_the_large_is_the_mean_of_the_difference(table):
    s, y = (np.array(column) for column in zip(*table, strict=True)) if table else (np.zeros(0), np.zeros(0, bool))
    told = calibration_in_the_large(ScoreBins.of(s, y.astype(bool)))
    if not table:
        assert told.reason == "no rows"
        return
    assert told.value == pytest.approx(np.mean(s - y), abs=1e-12)
    assert (np.diff(told.lower) <= 1e-12).all()
    assert (np.diff(told.upper) >= -1e-12).all()
    assert -1 <= told.lower[-1] <= told.value + 1e-12
    assert told.value - 1e-12 <= told.upper[-1] <= 1
    turned = calibration_in_the_large(ScoreBins.of(1 - s, ~y.astype(bool)))
    assert turned.upper == pytest.approx([-low for low in told.lower], abs=1e-6)


def test_in_the_large_is_students_t_on_many_rows():
    rng = np.random.default_rng(2)
    s = expit(rng.normal(size=50_000))
    y = rng.random(50_000) < expit(logit(s) + 0.1)
    low, high, _ = calibration_in_the_large(ScoreBins.of(s, y)).interval(0.95)
    half = 1.959964 * (s - y).std(ddof=1) / np.sqrt(len(s))
    assert (low, high) == pytest.approx(((s - y).mean() - half, (s - y).mean() + half), abs=2e-5)


def test_slope_is_that_of_statsmodels_on_the_rows():
    rng = np.random.default_rng(3)
    linear = rng.normal(size=3000)
    y = rng.random(3000) < expit(0.7 * linear - 0.2)
    told = calibration_slope(ScoreBins.of(expit(linear), y))
    peer = sm.Logit(y.astype(float), sm.add_constant(linear)).fit(disp=0)
    assert told.value == pytest.approx(peer.params[1], rel=2e-4)
    assert told.interval(0.95)[:2] == pytest.approx(peer.conf_int()[1], rel=1e-3)


def test_scores_without_a_logit_are_left_out_of_the_slope_and_counted():
    rng = np.random.default_rng(4)
    s = expit(rng.normal(size=400))
    y = rng.random(400) < s
    inner, told = (
        calibration_slope(ScoreBins.of(np.r_[s, extra], np.r_[y, [0, 1, 1][: len(extra)]])) for extra in ([], [0, 0, 1])
    )
    assert told.method == "logit slope, 3 scores of 0 or 1 left out"
    assert (told.value, told.upper) == (inner.value, inner.upper)


@pytest.mark.parametrize(
    ("scores", "outcomes", "reason"),
    [
        ([], [], "no rows"),
        ([0.2, 0.2], [0, 1], "all values are equal"),
        ([0.2, 0.3], [1, 1], "all outcomes are equal"),
        ([0.2, 0.3], [0, 1], "a threshold separates the outcomes"),
        ([0.0, 1.0], [0, 1], "no rows"),
    ],
)
def test_no_slope_and_why(scores, outcomes, reason):
    assert calibration_slope(ScoreBins.of(scores, np.array(outcomes, bool))).reason == reason


def test_scores_that_are_no_probabilities_are_not_calibrated():
    bins = ScoreBins.of([-3.0, 4.0], [0, 1], [-5, 0, 5])
    assert "probabilities" in calibration_in_the_large(bins).reason
    assert "probabilities" in calibration_slope(bins).reason
    assert binned_auc(bins)[0].value == 1


def rare_misses(rng, n):
    """A score that is always 0 or 1, and wrong about one positive in a hundred; E[s - y] = -.005."""
    y = rng.random(n) < 0.5
    return (y & (rng.random(n) > 0.01)).astype(float), y


def calibrated(intercept, slope):
    def draw(rng, n):
        s = expit(slope * rng.normal(size=n) + intercept)
        return s, rng.random(n) < s

    return draw


@pytest.mark.slow
@pytest.mark.parametrize("n", [50, 200, 1000])
@pytest.mark.parametrize(
    ("draw", "truth"),
    [(calibrated(0, 1), 0), (calibrated(-4, 1), 0), (calibrated(0, 6), 0), (rare_misses, -0.005)],
    ids=["plain", "rare", "sharp", "misses"],
)
def test_in_the_large_covers(draw, truth, n):
    """Student's t covers .73 and .24 of the rare at n = 50."""
    rng, replications = np.random.default_rng(n), 1000
    curves = [calibration_in_the_large(ScoreBins.of(*draw(rng, n), np.linspace(0, 1, 3))) for _ in range(replications)]
    for level in LEVELS[1:3]:
        held = sum(e.interval(level).low <= truth <= e.interval(level).high for e in curves)
        assert binom.cdf(held, replications, level - 0.02) > 1e-4


@pytest.mark.slow
def test_slope_covers():
    rng, held = np.random.default_rng(8), 0
    for _ in range(800):
        s, y = calibrated(-1, 1)(rng, 200)
        low, high, _ = calibration_slope(ScoreBins.of(s, y)).interval(0.95)
        held += low <= 1 <= high
    assert 0.93 <= held / 800 <= 0.975
