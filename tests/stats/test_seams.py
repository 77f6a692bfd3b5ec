"""Two groups in turns: no pair over a seam, whatever a rate does there; who mixes is met as before."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.errors import InputError
from auditkit.stats.monitoring import Monitor
from auditkit.stats.pairing import Pairing
from auditkit.stats.seams import LONG, NONE, RECENT, Seams

HORIZON = 20_000
MONITOR = Monitor.on(-0.05, 0.05, support=(-1, 1), horizon=HORIZON, block=1000, variance=0.5)
WHEN = np.arange(1, HORIZON + 1)


def in_turns(first, second, mixed=0.0, seed=0):
    """Turns of two groups, with a share of each turn of the other."""
    who = np.resize(np.repeat([0, 1], [first, second]), HORIZON)
    other = np.random.default_rng(seed).random(HORIZON) < mixed
    return who, np.where(other, 1 - who, who)


@pytest.mark.parametrize(
    ("first", "second", "mixed"),
    [(10, 10, 0.0), (20, 20, 0.0), (20, 20, 0.01)]
    + [(*turns, mixed) for turns in [(50, 50), (200, 200), (1000, 1000), (180, 20)] for mixed in (0.0, 0.01, 0.1)],
)
def test_a_rate_that_swings_in_step_with_the_turns_is_no_gap(first, second, mixed):
    """Before, 20 of 20 streams in turns of 200 alarmed: a rate of .3, and then .5, of everybody."""
    alarms = 0
    for seed in range(4):
        turn, who = in_turns(first, second, mixed, seed)
        yes = (np.random.default_rng(seed + 100).random(HORIZON) < np.where(turn == 0, 0.3, 0.5)).astype(float)
        pairing, met = Pairing(1000).update(yes, who, WHEN)
        alarms += MONITOR.update(met.x, met.at).alarm_at is not None
        if not mixed:
            assert pairing.in_runs
            assert not len(met.x)
    assert not alarms


@pytest.mark.parametrize("mixed", [0.01, 0.05, 0.1])
def test_those_few_who_mix_are_met_and_tell_the_gap(mixed):
    """The first group's .2 are told, to a tenth of the .3 by which everybody's rate swings in step."""
    turn, who = in_turns(200, 200, mixed)
    rates = 0.3 + 0.3 * turn + 0.2 * (who == 0)  # an outcome that is its rate: what remains is who met whom
    x = Pairing(1000).update(rates, who, WHEN)[1].x
    assert len(x) > 0.6 * mixed * HORIZON
    assert abs(x.mean() - 0.2) < 0.03


@pytest.mark.parametrize("share", [0.5, 0.6, 0.7, 0.9, 0.97])
def test_at_random_hardly_a_seam_is_told(share):
    seams, told = Seams.of(NONE), 0
    for heard, group in enumerate((np.random.default_rng(1).random(200_000) < share).astype(int).tolist(), 1):
        if seams.told(group, heard):
            seams.tear(group)
            told += 1
    assert told <= 13  # of a Poisson number of mean 4, 2 in 10,000 are more


@pytest.mark.parametrize(("length", "least"), [(2, 0.95), (3, 0.85)])
def test_who_comes_in_families_is_met(length, least):
    who = np.cumsum(np.random.default_rng(2).random(HORIZON) < 1 / length) % 2
    pairing, met = Pairing(1000).update(np.zeros(HORIZON), who, WHEN)
    assert not pairing.in_runs
    assert 2 * len(met.x) > least * HORIZON


def test_turns_are_told_as_soon_as_they_begin_and_as_they_end():
    rng = np.random.default_rng(3)
    who = np.r_[rng.integers(0, 2, 5000), np.resize(np.repeat([0, 1], 200), 5000), rng.integers(0, 2, 5000)]
    pairing, runs, met = Pairing(1000), [], []
    for own in np.split(np.arange(15_000), 150):
        pairing, some = pairing.update(np.zeros(100), who[own], own + 1)
        runs.append(pairing.in_runs)
        met += some.at.tolist()
    assert runs[:50] == [False] * 50
    assert runs[60:100] == [True] * 40
    assert runs[102:] == [False] * 48
    among = [at for at in met if 5200 < at <= 10_000]
    assert not among


def test_a_pair_that_waits_is_met_later_by_the_event_that_lets_it_go():
    first = Pairing(10**6).update(np.zeros(LONG), np.zeros(LONG, int), np.arange(1, LONG + 1))[0]
    held, met = first.update([1.0], [1], [LONG + 1])
    assert not len(met.x)
    assert held.waits == LONG + 1
    mixed = np.resize([0, 1], RECENT)
    met = held.update(np.zeros(RECENT), mixed, np.arange(LONG + 2, LONG + 2 + RECENT))[1]
    assert (-1.0, LONG + 1.0 + RECENT) in list(zip(met.x.tolist(), met.at.tolist(), strict=True))


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 30)), max_size=12), st.lists(st.integers(0, 300)))
def test_no_split_changes_a_bit_of_a_stream_in_turns(turns, cuts):
    who = np.repeat([g for g, _ in turns], [n for _, n in turns]).astype(int)
    values, at = np.linspace(0, 1, len(who)), np.arange(1, len(who) + 1)
    whole, met = Pairing(40).update(values, who, at)
    parts, xs = Pairing(40), []
    for own in np.split(np.arange(len(who)), sorted(min(cut, len(who)) for cut in cuts)):
        parts = Pairing.from_dict(json.loads(json.dumps(parts.to_dict())))
        parts, some = parts.update(values[own], who[own], at[own])
        xs += some.x.tolist()
    assert parts == whole
    assert xs == met.x.tolist()
    sizes = sum(whole.sizes)
    left = len(who) - whole.waits - sum(whole.passed) - whole.apart
    assert 2 * len(xs) <= left <= max(sizes, 11) * len(xs)


@pytest.mark.parametrize(
    "told", [None, 3, [], [[0], [0, 0], [], 0], [[0, 0], [0, 0], [[1]], 0], [[0, 0.5], [0, 0], [], 0]]
)
def test_what_is_no_seam_is_said(told):
    with pytest.raises(InputError, match="not the state of a pairing"):
        Pairing.from_dict({**Pairing(3).to_dict(), "seams": told})
