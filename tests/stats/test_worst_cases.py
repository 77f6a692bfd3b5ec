"""Worst-case bounds: Manski's homeless men, an independent root of Imbens and Manski's equation, and coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import binom, norm

from auditkit.core.estimate import LEVELS
from auditkit.core.evidence import Tally
from auditkit.core.roles import MISSING
from auditkit.stats.contrasts import compare
from auditkit.stats.proportions import proportion, rates, wilson
from auditkit.stats.worst_cases import Incomplete, between, critical_values, offset_needed, silenced

counts = st.tuples(*[st.integers(0, 40)] * 6).filter(lambda c: sum(c[:2]) and sum(c[3:5]))


def incomplete(cells):
    names = [(g, y) for g in ("a", "b") for y in ("1", "0", MISSING)]
    tally = Tally.of_cells(("group", "outcome"), {name: k for name, k in zip(names, cells, strict=True) if k})
    return Incomplete(tally, "group", "outcome", "1", "0")


@pytest.mark.parametrize("width", [0.0, 0.05, 0.7, 2.0, 6.0])
def test_the_critical_value_is_the_root_of_their_equation(width):
    for level, c in zip(LEVELS, critical_values(width)[:, 0], strict=True):
        root = brentq(lambda x, level=level: norm.cdf(x + width) - norm.cdf(-x) - level, 0, 6, xtol=1e-13)
        assert c == pytest.approx(root, abs=1e-10)


def test_from_two_sided_to_one_sided():
    two, one = critical_values([0.0, 50.0]).T
    assert two == pytest.approx([norm.ppf((1 + level) / 2) for level in LEVELS])
    assert one == pytest.approx([norm.ppf(level) for level in LEVELS])
    assert (np.diff(critical_values(np.linspace(0, 8, 50)), axis=1) <= 1e-12).all()


def test_the_homeless_of_manski():
    """64 of 106 men were found again, 21 of them no longer homeless: between .20 and .59 of all 106."""
    cells = {("m", "1"): 21, ("m", "0"): 43, ("m", MISSING): 42}
    rows = Incomplete(Tally.of_cells(("group", "outcome"), cells), "group", "outcome", "1", "0")
    low, high = (rows.completed(["m"], favoured) for favoured in ((), ("m",)))
    assert [round(float(s.w_hits[0] / s.w[0]), 2) for s in (low, high)] == [0.20, 0.59]
    estimate, silent = rows.rate("m")
    assert estimate.value == pytest.approx(21 / 64)
    assert silent == pytest.approx(42 / 106)
    one_sided = norm.ppf(0.95) / norm.ppf(0.975)  # the ends are far apart
    arm = 21 / 106 - wilson(rates(21, 106)).lower[2, 0]
    assert estimate.interval(0.95).low == pytest.approx(21 / 106 - one_sided * arm, abs=1e-6)


@given(counts)
def test_without_silence_it_is_the_plain_interval(cells):
    a1, a0, _, b1, b0, _ = cells
    rows = incomplete((a1, a0, 0, b1, b0, 0))
    if a1 + a0 and b1 + b0:
        (pair,) = compare(rows.sample(["a", "b"]))
        difference, ratio, silent = rows.comparison(pair, ["a", "b"])
        assert silent == (0, 0)
        for told, plain in ((difference, pair.difference), (ratio, pair.ratio)):
            assert told.value == plain.value
            for ours, theirs in ((told.lower, plain.lower), (told.upper, plain.upper)):
                assert np.allclose(np.array(ours, float), np.array(theirs, float), atol=1e-9, equal_nan=True)


@given(counts, st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_whatever_the_silent_had_is_within(cells, had):
    """Any completion of the outcomes gives a rate and a difference inside the limits."""
    rows = incomplete(cells)
    (pair,) = compare(rows.sample(["a", "b"]))
    difference, ratio, _ = rows.comparison(pair, ["a", "b"])
    a, b = (
        (x + share * gone) / (x + y + gone) for (x, y, gone), share in zip((cells[:3], cells[3:]), had, strict=True)
    )
    for low, high in zip(difference.lower, difference.upper, strict=True):
        assert low - 1e-12 <= b - a <= high + 1e-12
    if a > 0:
        assert all(low is None or low <= b / a * (1 + 1e-9) for low in ratio.lower)
        assert all(high is None or high >= b / a * (1 - 1e-9) for high in ratio.upper)
    assert (np.diff(np.array(difference.lower)) <= 1e-12).all()
    assert (np.diff(np.array(difference.upper)) >= -1e-12).all()


def test_a_ratio_turned_over_has_its_interval_turned_over():
    rows = incomplete((60, 40, 20, 30, 50, 30))
    told = [
        rows.comparison(compare(rows.sample(["a", "b"]), versus)[0], ["a", "b"])[1].interval(0.95)
        for versus in ("a", "b")
    ]
    assert told[0].low == pytest.approx(1 / told[1].high, rel=1e-9)
    assert told[0].high == pytest.approx(1 / told[1].low, rel=1e-9)


@pytest.mark.parametrize(("silent", "exact"), [(0.0, True), (0.01, False), (0.05, True), (0.4, True)])
def test_covers_an_end_of_what_is_possible(silent, exact):
    """The truth at the lower end, from no silence through a little to much: about 95 %, never short."""
    rng = np.random.default_rng(round(1000 * silent))
    n, p, runs = 300, 0.3, 1500
    drawn = rng.multinomial(n, [p * (1 - silent), (1 - p) * (1 - silent), silent], runs)
    held = 0
    for hits, _, gone in drawn.tolist():
        (low,), (high,) = proportion(hits, n), proportion(hits + gone, n)
        interval = between(low, high, None).interval(0.95)
        held += interval.low <= p * (1 - silent) <= interval.high
    assert binom.cdf(held, runs, 0.935) > 1e-4
    assert not exact or binom.sf(held - 1, runs, 0.975) > 1e-4


def test_those_who_did_not_answer_are_silent_whatever_is_recorded():
    columns = {"responded": ["yes", "no", "(missing)"], "outcome": ["1", "1", "0"]}
    tally = silenced(Tally.of(columns, n=[5, 4, 3]), "outcome", "responded", "yes")
    assert {x: int(k) for x, k in zip(tally.levels_of("outcome"), tally.cube("outcome"), strict=True)} == {
        "0": 3,
        "1": 5,
        MISSING: 4,
    }


def test_the_offset_that_closes_the_gap():
    """b: 30 of 60 seen and 40 silent; a: 60 of 100. Silent at .5 + .25 give (30 + 30)/100."""
    assert offset_needed(-0.1, 0.4) == pytest.approx(0.25)
    assert offset_needed(-0.5, 0.4) is None
    assert offset_needed(0.1, 0.0) is None
    assert offset_needed(None, 0.4) is None


def test_clusters_and_weights_reach_both_ends():
    """Twice the rows in pairs are worth as many as once by themselves."""
    rng = np.random.default_rng(5)
    y = rng.choice(["1", "0", MISSING], 400, p=[0.4, 0.4, 0.2])
    g = rng.choice(["a", "b"], 400)
    once = {"group": g.tolist(), "outcome": y.tolist(), "unit": [str(i) for i in range(400)]}
    pairs = {name: column * 2 for name, column in once.items()}
    widths = []
    for columns in (once, pairs):
        rows = Incomplete(Tally.of(columns), "group", "outcome", "1", "0")
        low, high, _ = rows.comparison(compare(rows.sample(["a", "b"]))[0], ["a", "b"])[0].interval(0.95)
        widths.append(high - low)
    assert widths[1] == pytest.approx(widths[0], rel=1e-6)


def test_a_group_that_never_answered_can_be_anywhere():
    rows = incomplete((30, 30, 0, 0, 0, 50))
    (pair,) = compare(rows.sample(["a", "b"]))
    difference, _, silent = rows.comparison(pair, ["a", "b"])
    assert silent[1] == 0
    assert silent[0] == 1
    assert difference.interval(0.95).low < -0.49
    assert difference.interval(0.95).high > 0.49
    assert rows.rate("b")[0].interval(0.95)[:2] == pytest.approx((0, 1))
