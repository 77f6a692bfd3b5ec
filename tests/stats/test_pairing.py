"""Pairs of two groups in one stream: outcomes choose nothing, no split changes a bit, little is lost."""

import json
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.core.errors import InputError
from auditkit.stats.pairing import KEPT, OLDEST, Pairing, _hash, best_sizes

streams = st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.25, 1.0])), max_size=150)


def drawn(share, n=20_000, p=0.3, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.random(n) < p).astype(float), (rng.random(n) >= share).astype(int), np.arange(1, n + 1)


@given(streams, st.lists(st.integers(0, 150), max_size=4), st.sampled_from([7, 40]), st.booleans())
def test_no_split_changes_a_bit(stream, cuts, block, mixture):
    groups, values = np.array([g for g, _ in stream], int), np.array([v for _, v in stream])
    at = np.arange(1, len(stream) + 1) * 3
    whole, met = Pairing(block, mixture).update(values, groups, at)
    parts, xs, ats = Pairing(block, mixture), [], []
    for own in np.split(np.arange(len(stream)), sorted(min(cut, len(stream)) for cut in cuts)):
        parts = Pairing.from_dict(json.loads(json.dumps(parts.to_dict())))
        parts, some = parts.update(values[own], groups[own], at[own])
        xs, ats = [*xs, *some.x], [*ats, *some.at]
    assert parts == whole
    assert (xs, ats) == (met.x.tolist(), met.at.tolist())
    assert (np.diff(met.at) >= 0).all()


@given(streams, st.randoms(), st.booleans())
def test_outcomes_choose_neither_who_meets_nor_when(stream, random, mixture):
    groups = [g for g, _ in stream]
    at = np.arange(1, len(stream) + 1)
    one = Pairing(40, mixture).update([v for _, v in stream], groups, at)
    other = Pairing(40, mixture).update([random.random() for _ in stream], groups, at)
    assert one[1].at.tolist() == other[1].at.tolist()
    assert (one[0].sizes, one[0].passed) == (other[0].sizes, other[0].passed)
    marks = Pairing(40, mixture).update(at.astype(float), groups, at)[
        0
    ]  # an outcome that is its own number tells who waits
    assert [[when for _, when in side] for side in one[0].waiting] == [[v for v, _ in side] for side in marks.waiting]


def test_every_event_is_met_or_waits_or_is_counted():
    values, groups, at = drawn(0.8)
    pairing, met = Pairing(1000).update(values, groups, at)
    waiting = [len(side) for side in pairing.waiting]
    assert max(waiting) <= KEPT
    left = len(values) - sum(waiting) - sum(pairing.passed)
    assert 2 * len(met.x) < left < 6 * len(met.x)  # sizes were (1, 1) and then (3, 1), (4, 1) or (5, 1)


def test_of_a_mixture_too_every_event_is_met_or_waits_or_is_counted():
    values, groups, at = drawn(0.2)
    pairing, met = Pairing(1000, mixture=True).update(values, groups, at)
    assert met.at[0] > 1000
    assert 1000 - OLDEST <= pairing.counted <= 1000
    assert len(pairing.waiting[1]) <= OLDEST
    left = len(values) - sum(map(len, pairing.waiting)) - sum(pairing.passed) - pairing.counted
    assert 4 * len(met.x) < left < 6 * len(met.x)  # sizes were (1, 3), (1, 4) or (1, 5)


@pytest.mark.parametrize("order", [[1, 1, 1, 2, 0], [2, 0, 1, 1, 1], [1, 1, 2, 1, 0]])
@pytest.mark.parametrize("times", [1, 2, 10, 40])
def test_the_order_of_the_rest_does_not_pick_who_is_met(order, times):
    """.45 against a rest of .3 (three in four) and .9: the same rate in all, however it is sorted."""
    who = np.tile(np.repeat(order, times), 20_000 // (5 * times))
    rates = np.array([0.45, 0.3, 0.9])[who]  # an outcome that is its rate: what remains is who met whom
    x = Pairing(1000, mixture=True).update(rates, who != 0, np.arange(1, len(who) + 1))[1].x
    assert len(x) > 3000
    assert abs(x.mean()) < 0.01
    assert abs(x[:100].mean()) < 0.06  # nor does the beginning, where sizes that do not fit would tell


def in_turns(length, groups=3, n=12_000):
    return np.resize(np.repeat(np.arange(groups), length), n)


@pytest.mark.parametrize(("length", "long"), [(30, False), (66, False), (100, True), (500, True), (3000, True)])
@pytest.mark.parametrize("first", [0, 1, 2])
def test_groups_in_runs_too_long_to_mix_are_not_met_at_their_seams(length, long, first):
    who = in_turns(length)
    pairing, met = Pairing(1000, mixture=True).update(np.zeros(len(who)), who != first, np.arange(1, len(who) + 1))
    assert pairing.in_runs == long
    assert (len(met.x) == 0) == long
    left = len(who) - sum(map(len, pairing.waiting)) - sum(pairing.passed) - pairing.counted - pairing.apart
    assert (pairing.apart > 3000) == long
    assert 2 * len(met.x) <= left <= 11 * len(met.x)
    two, pairs = Pairing(1000).update(np.zeros(len(who)), who != first, np.arange(1, len(who) + 1))
    assert two.in_runs  # of two groups those at the seams are met no more than of three (`test_seams`)
    assert not len(pairs.x)


@pytest.mark.parametrize("share", [0.003, 0.02, 0.5, 0.98])
def test_who_comes_at_random_comes_in_no_runs_however_rare(share):
    values, groups, at = drawn(share, n=12_000)
    pairing = Pairing(500, mixture=True)
    for own in np.split(np.arange(12_000), 24):
        pairing = pairing.update(values[own], groups[own], at[own])[0]
        assert not pairing.in_runs


def test_runs_that_end_are_met_again():
    rng = np.random.default_rng(5)
    who = np.r_[in_turns(500, n=6000), rng.integers(0, 3, 6000)]
    pairing, met = Pairing(1000, mixture=True).update(np.zeros(len(who)), who != 0, np.arange(1, len(who) + 1))
    assert not pairing.in_runs
    assert 6000 < met.at[0] <= 9001


def test_a_state_from_before_runs_were_counted_goes_on():
    values, groups, at = drawn(0.3, n=4000)
    pairing = Pairing(1000, mixture=True).update(values[:1500], groups[:1500], at[:1500])[0]
    new = ("apart", "turns", "side", "rest", "last")
    old = {name: part for name, part in pairing.to_dict().items() if name not in new}
    after, met = Pairing.from_dict(old).update(values[1500:], groups[1500:], at[1500:])
    assert not after.in_runs
    assert len(met.x) > 300


def test_of_ten_that_wait_each_is_drawn_as_often():
    picked = np.bincount([_hash(n) % 10 for n in range(50_000)])
    assert ((picked - 5000) ** 2 / 5000).sum() < 27.9  # chi-square of 9 degrees, 999 in 1000


@pytest.mark.parametrize(("share", "least"), [(0.5, 0.93), (0.6, 0.78), (0.8, 0.92), (0.9, 0.88), (0.97, 0.78)])
def test_lopsided_groups_keep_most_of_their_precision(share, least):
    values, groups, at = drawn(share)
    met = Pairing(1000).update(values, groups, at)[1]
    whole = 1 / (1 / (groups == 0).sum() + 1 / (groups == 1).sum())
    assert least < len(met.x) / (met.x.var() / 0.21) / whole < 1.05


def test_what_waited_too_long_is_passed_over():
    _, met = Pairing(10**6).update([1.0] + [0.0] * (OLDEST + 1), [0] + [1] * (OLDEST + 1), range(1, OLDEST + 3))
    assert met.x.tolist() == [1.0]
    _, met = Pairing(10**6).update([1.0], [0], [1])[0].update([0.5], [1], [2])
    assert met.x.tolist() == [0.5]
    old = Pairing(10**6, waiting=(((1.0, 1),), ()), heard=OLDEST + 5)
    after, met = old.update([0.0], [1], [900])
    assert not len(met.x)
    assert after.passed == (1, 0)
    assert after.waiting == ((), ((0.0, OLDEST + 6),))


def test_sizes_are_those_that_tell_most():
    for first, second in ((100, 100), (900, 100), (100, 650), (55, 45)):
        information = {
            (r, s): min(first / r, second / s) / (1 / r + 1 / s)
            for r in range(1, 11)
            for s in range(1, 11)
            if 1 in (r, s)
        }
        assert information[best_sizes(first, second)] == max(information.values())


def test_what_is_no_pairing_is_said():
    with pytest.raises(InputError, match="not the state of a pairing"):
        Pairing.from_dict({"block": 3})
    with pytest.raises(InputError, match="an outcome, a group and a number"):
        Pairing(3).update([1.0], [0, 1], [1])


@pytest.mark.parametrize("name", ["before", "sizes", "now", "passed", "turns"])
@pytest.mark.parametrize("value", ["AAAA", "11", [1], [1, "1"], [True, 1], [-1, 1], [float("nan"), 1], None, 3])
def test_what_counts_two_sides_is_two_numbers(name, value):
    with pytest.raises(InputError, match="not the state of a pairing"):
        Pairing.from_dict({**Pairing(3).to_dict(), name: value})


def test_sizes_are_one_at_least_and_two_sides_wait():
    for wrong in ({"sizes": [0, 1]}, {"waiting": []}, {"waiting": [[], [], []]}):
        with pytest.raises(InputError, match="not the state of a pairing"):
            Pairing.from_dict({**Pairing(3).to_dict(), **wrong})


def with_turns_of_a_third(mixed, alone, n=12_000):
    """Two groups at random, and then a third by itself, again and again."""
    who = np.random.default_rng(7).integers(0, 2, n)
    who[np.arange(n) % (mixed + alone) >= mixed] = 2
    return who


@pytest.mark.parametrize(("mixed", "alone", "long"), [(100, 50, False), (200, 100, True), (600, 300, True)])
@pytest.mark.parametrize("names", [(0, 1, 2), (0, 3_000_000_000, 7)])
def test_one_of_the_rest_that_comes_by_itself_is_heard_though_others_are_mixed(mixed, alone, long, names):
    """.5 against a rest of .3 and .7, half each where turns are met: with whom one meets is no matter of the order."""
    who = with_turns_of_a_third(mixed, alone)
    rates = np.array([0.5, 0.3, 0.7])[who]
    pairing, met = Pairing(1000, mixture=True).update(rates, np.array(names)[who], np.arange(1, len(who) + 1))
    assert pairing.in_runs == long
    assert (len(met.x) > 1000) != long
    assert long or abs(met.x.mean()) < 0.02
    unseen, others = Pairing(1000, mixture=True).update(rates, who != 0, np.arange(1, len(who) + 1))
    assert not unseen.in_runs  # what the two sides alone do not show
    assert len(others.x) > 1000


@pytest.mark.parametrize("shares", [[0.5, 0.49, 0.01], [0.02, 0.02, 0.96], [0.3, *[0.7 / 30] * 30]])
def test_groups_of_the_rest_at_random_come_in_no_runs_however_rare(shares):
    who, at = np.random.default_rng(8).choice(len(shares), 12_000, p=shares), np.arange(1, 12_001)
    pairing = Pairing(500, mixture=True)
    for own in np.split(np.arange(12_000), 24):
        pairing = pairing.update(np.zeros(500), who[own], at[own])[0]
        assert not pairing.in_runs
    assert len(pairing.rest) < len(shares)


def test_a_group_of_the_rest_that_came_in_one_run_and_never_again_is_forgotten():
    rng = np.random.default_rng(9)
    who = np.r_[rng.integers(0, 2, 4000), [2] * 300, rng.integers(0, 2, 8000)]
    pairing, runs = Pairing(1000, mixture=True), []
    for own in np.split(np.arange(len(who)), 41):
        pairing = pairing.update(np.zeros(len(own)), who[own], own + 1)[0]
        runs.append(pairing.in_runs)
    assert any(runs)
    assert not any(runs[-10:])


@settings(max_examples=40)
@given(st.lists(st.integers(0, 4), max_size=150), st.lists(st.integers(0, 150), max_size=4))
def test_no_split_changes_what_is_known_of_the_groups_of_the_rest(who, cuts):
    at, values = np.arange(1, len(who) + 1), np.zeros(len(who))
    whole, parts = Pairing(40, True).update(values, who, at)[0], Pairing(40, True)
    for own in np.split(np.arange(len(who)), sorted(min(cut, len(who)) for cut in cuts)):
        parts = Pairing.from_dict(json.loads(json.dumps(parts.to_dict())))
        parts = parts.update(values[own], np.array(who, int)[own], at[own])[0]
    assert parts == whole
    with pytest.raises(InputError, match="not the state of a pairing"):
        Pairing.from_dict({**whole.to_dict(), "rest": [[1, 2]]})


def test_fifty_thousand_events_take_less_than_a_second():
    who, begun = np.random.default_rng(10).integers(0, 6, 50_000), process_time()
    Pairing(1000, mixture=True).update(np.zeros(50_000), who, np.arange(1, 50_001))
    assert process_time() - begun < 1
