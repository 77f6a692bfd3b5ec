"""Matched items: brute force, scipy's paired t, exact expectations, and coverage."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, ttest_1samp, ttest_rel

from auditkit.core.errors import InputError
from auditkit.core.evidence import Tally
from auditkit.stats.matched import (
    disagreement_rate,
    excess_disagreement,
    matched,
    mean_contrast,
    mean_over_clusters,
    scaled,
    spaced,
    versions,
    worth,
)
from auditkit.stats.pairs import paired_difference

YES = {"0": 0.0, "1": 1.0}
readings = st.lists(st.tuples(st.sampled_from("12345"), st.sampled_from("abc"), st.sampled_from("xyz")), max_size=40)


def tally(rows, axes=("item", "version", "said")):
    return Tally.of({axis: [row[i] for row in rows] for i, axis in enumerate(axes)})


@given(readings)
def test_means_and_disagreement_are_those_of_every_pair_of_readings(rows):
    m = matched(tally(rows), "version", ["a", "b"], "said")
    said = {(item, v): [s for i, w, s in rows if (i, w) == (item, v)] for item in "12345" for v in "ab"}
    full = [item for item in "12345" if said[item, "a"] and said[item, "b"]]
    value = {"x": 0.0, "y": 0.25, "z": 1.0}
    assert len(m) == len(full)
    assert m.lost == len({item for item, _, _ in rows}) - len(full)
    expected = [[np.mean([value[s] for s in said[item, v]]) for v in "ab"] for item in full]
    assert np.allclose(m.means(value), np.array(expected).reshape(-1, 2))
    flips = [np.mean([s != t for s, t in product(said[item, "a"], said[item, "b"])]) for item in full]
    assert np.allclose(m.disagreement(0, 1), flips)


def test_single_answers_are_newcombes_paired_table():
    rng = np.random.default_rng(1)
    a, b = rng.random(60) < 0.6, rng.random(60) < 0.4
    rows = [
        (str(i), v, str(int(x)))
        for i, pair in enumerate(zip(a, b, strict=True))
        for v, x in zip("ab", pair, strict=True)
    ]
    e = mean_contrast(matched(tally(rows), "version", ["a", "b"], "said"), YES, [1, -1])
    assert e == paired_difference((a & b).sum(), (a & ~b).sum(), (~a & b).sum(), (~a & ~b).sum())
    half = mean_contrast(matched(tally(rows), "version", ["b", "a"], "said"), YES, [0.5, -0.5])
    assert np.allclose([half.value, *half.lower], [-e.value / 2, *(-u / 2 for u in e.upper)])


def test_ratings_are_the_paired_t():
    rng = np.random.default_rng(2)
    a, b = rng.integers(1, 6, (2, 40))
    rows = [
        (str(i), v, str(x)) for i, pair in enumerate(zip(a, b, strict=True)) for v, x in zip("ab", pair, strict=True)
    ]
    e = mean_contrast(matched(tally(rows), "version", ["a", "b"], "said"), spaced("12345", (1, 5)), [1, -1])
    low, high = ttest_rel(a / 4, b / 4).confidence_interval(0.95)
    assert e.interval(0.95)[:2] == pytest.approx((low, high))


def test_units_match_within_themselves_and_are_the_clusters():
    """Two judges who read every item in both versions, and a third who read one version only."""
    rng = np.random.default_rng(3)
    said = rng.integers(0, 2, (5, 12, 2))
    rows = [(str(i), "ab"[v], str(said[u, i, v]), f"u{u}") for u, i, v in product(range(5), range(12), range(2))]
    rows += [(str(i), "a", "1", "half") for i in range(12)]
    t = Tally.of({axis: [row[k] for row in rows] for k, axis in enumerate(("item", "version", "said", "unit"))})
    m = matched(t, "version", ["a", "b"], "said")
    e = mean_contrast(m, YES, [1, -1])
    low, high = ttest_1samp((said[:, :, 0] - said[:, :, 1]).mean(axis=1), 0).confidence_interval(0.95)
    assert (len(m), e.clusters, m.lost, m.clustered) == (60, 5, 0, True)
    assert e.interval(0.95)[:2] == pytest.approx((low, high))
    assert m.notes == ("Units are what is sampled; the items are taken as given.",)


def test_a_match_may_be_asked_within_a_slot_too():
    rows = [("1", "a", "1", "left"), ("1", "b", "0", "left"), ("1", "a", "0", "right"), ("2", "b", "1", "right")]
    t = Tally.of({axis: [row[k] for row in rows] for k, axis in enumerate(("item", "version", "said", "slot"))})
    m = matched(t, "version", ["a", "b"], "said", within=["slot"])
    assert m.means(YES).tolist() == [[1.0, 0.0]]
    assert m.lost == 1
    assert "1 items lack a version" in m.notes[-1]


@given(st.floats(0, 1), st.floats(0, 1))
def test_answers_drawn_anew_exceed_their_noise_by_the_squared_gap(p, q):
    """E(F - F0), enumerated over all answers of a, b and both again, is (p - q)²."""
    expected = 0.0
    for a, b, again, other in product((0, 1), repeat=4):
        rows = [("1", v, str(x)) for v, x in zip("abcd", (a, b, again, other), strict=True)]
        e = excess_disagreement(matched(tally(rows), "version", list("abcd"), "said"), (0, 1), [(0, 2), (1, 3)])
        chance = np.prod([binom.pmf(x, 1, r) for x, r in zip((a, b, again, other), (p, q, p, q), strict=True)])
        expected += chance * e.value
    assert expected == pytest.approx((p - q) ** 2, abs=1e-9)


def test_items_without_a_baseline_take_no_part_in_the_excess():
    rows = [("1", "a", "x"), ("1", "b", "y"), ("1", "c", "x"), ("2", "a", "x"), ("2", "b", "y")]
    m = matched(tally(rows), "version", ["a", "b", "c"], "said", needed=2)
    e = excess_disagreement(m, (0, 1), [(0, 2)])
    assert (len(m), e.n, e.value, e.method) == (2, 1, 1.0, "Newcombe, paired")
    assert excess_disagreement(m.taken([False, True]), (0, 1), [(0, 2)]).reason == "no item has a baseline"


def test_nothing_to_match():
    m = matched(tally([("1", "a", "x"), ("2", "b", "x")]), "version", ["a", "b"], "said")
    assert mean_contrast(m, {"x": 1.0}, [1, -1]).reason == "no item has every version that is compared"
    assert disagreement_rate(m, 0, 1).value is None
    assert len(matched(tally([]), "version", ["a", "b"], "said")) == 0


def test_rates_of_flips_stay_between_0_and_1():
    rows = [(i, v, s) for i, pair in (("1", "xx"), ("2", "xy")) for v, s in zip("ab", pair, strict=True)] * 2
    e = disagreement_rate(matched(tally(rows), "version", ["a", "b"], "said"), 0, 1)
    assert (e.value, e.lower[-1], e.upper[-1], e.clusters) == (0.5, 0.0, 1.0, 2)


def test_what_a_level_is_worth():
    assert worth(["no", "yes"], None, lambda: "yes") == {"no": 0.0, "yes": 1.0}
    assert worth(["2"], (0, 4), lambda: "") == {"2": 0.5}
    for levels, scale, what in ((["x"], (0, 1), "numbers"), (["7"], (1, 5), "outside"), (["1"], (5, 1), "lower")):
        with pytest.raises(InputError, match=what):
            spaced(levels, scale)


def test_versions_name_the_rows_and_a_missing_part_stays_missing():
    t = Tally.of({"cue": ["a", "(missing)"], "arm": ["1", "2"], "said": ["x", "x"]})
    assert versions(t, ["cue", "arm"], lambda row: row["cue"] * 2).levels_of("version") == ("aa", "(missing)")


def test_turning_an_estimate_round_turns_its_interval():
    e = paired_difference(36, 12, 2, 0)
    assert scaled(scaled(e, -2.0), -0.5).lower == pytest.approx(e.lower)
    assert scaled(e, -1.0).lower == pytest.approx([-u for u in e.upper])


@pytest.mark.slow
@pytest.mark.parametrize("cue", [0.0, 0.5])
def test_the_excess_of_flips_covers_when_answers_are_noisy(cue):
    """Items with their own chances, answered anew: the truth is E(p - q)², here over the drawn items' distribution."""
    rng, held, runs, n = np.random.default_rng(4), 0, 1500, 150
    p, w = np.array([0.1, 0.5, 0.9]), np.array([0.3, 0.4, 0.3])
    q = np.clip(p + cue * (0.9 - p), 0, 1)
    truth = w @ (p - q) ** 2
    for _ in range(runs):
        kind = rng.choice(3, n, p=w)
        answers = rng.random((n, 4)) < np.stack([p, q, p, q], axis=1)[kind]
        f = answers[:, 0] != answers[:, 1]
        f0 = ((answers[:, 0] != answers[:, 2]) + (answers[:, 1] != answers[:, 3]).astype(float)) / 2
        low, high, _ = mean_over_clusters(f - f0, np.arange(n)).interval(0.95)
        held += low <= truth <= high
    assert binom.cdf(held, runs, 0.935) > 1e-4
    assert binom.sf(held - 1, runs, 0.975) > 1e-4
