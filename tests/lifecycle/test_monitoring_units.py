"""Events of one unit count once, as long as it is remembered who has spoken."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.lifecycle.monitoring import read_watch
from auditkit.lifecycle.monitoring.events import Events
from auditkit.lifecycle.monitoring.standing import standing
from auditkit.lifecycle.monitoring.state import State
from auditkit.lifecycle.monitoring.units import BLIND, CAPACITY, Units, _new

from .watched import RATE, watch


def test_units_speak_once_and_are_not_taken_row_by_row():
    """Fair users with twenty rows each: row by row far too many alarms, by units no more than promised."""
    rng, alarms = np.random.default_rng(9), {None: 0, "user": 0}
    rule = RATE | {"margin": 0.05}
    for _ in range(25):
        own = np.repeat(rng.beta(0.35 * 1.5, 0.65 * 1.5, 200), 20)
        yes = rng.random(4000) < own
        table = {"decision": ["yes" if y else "no" for y in yes], "user": [f"u{i // 20}" for i in range(4000)]}
        for unit in alarms:
            state = State.begun(read_watch(watch(rule, unit=unit, horizon=4000)), "lines")
            moved = state.follow(Events(table, 4000), {"events": 4000, "chain": ""})
            alarms[unit] += moved.strands["yes"][0].monitor.alarm_at is not None
    assert binom.sf(alarms[None] - 1, 25, 0.05) < 1e-4
    assert binom.sf(alarms["user"] - 1, 25, 0.05) > 1e-4


def of_units(n, horizon):
    """A state after n events of as many units."""
    watched = read_watch(watch(RATE, unit="user", horizon=horizon, block=100))
    table = {"decision": ["yes" if i % 10 < 3 else "no" for i in range(n)], "user": [f"u{i}" for i in range(n)]}
    return State.begun(watched, "lines").follow(Events(table, n), {"events": n, "chain": ""})


def test_a_memory_that_is_full_is_not_green_and_says_so():
    fine, full = of_units(1000, 1000), of_units(12_000, 1000)
    assert fine.units.blindness < 0.05 < BLIND < full.units.blindness
    assert standing(fine, "", 0, (), ()).exit_code == 0
    stands = standing(full, "", 0, (), ())
    assert (stands.outcome, stands.exit_code) == (Outcome.NOT_ASSESSED, 3)
    assert any("no quiet is told" in note for note in stands.notes)
    assert not any("is quiet from" in note for note in stands.notes)  # it has seen enough: that is not why


def test_how_many_are_taken_for_known_is_known():
    units = of_units(6000, 1000).units
    memory = bytes(units.memory)
    taken = sum(not _new(bytearray(memory), f"new{i}") for i in range(2000))
    assert abs(taken / 2000 - units.blindness) < 4 * math.sqrt(units.blindness / 2000)


def test_within_the_largest_horizon_units_are_told_apart():
    with pytest.raises(InputError, match=f"for up to {CAPACITY:,} events. Give a shorter horizon"):
        read_watch(watch(RATE, unit="user", horizon=CAPACITY + 1))
    assert read_watch(watch(RATE, horizon=CAPACITY + 1)).unit is None
    for horizon in (1000, 2**17, CAPACITY):
        units = Units.of(read_watch(watch(RATE, unit="user", horizon=horizon)).horizon)
        bits = 8 * len(units.memory)
        assert (1 - math.exp(-4 * horizon / bits)) ** 4 < BLIND  # were every event a new unit
        assert bits <= 10**7


def test_a_unit_that_comes_back_is_passed_over_and_counted():
    order = ["a", "a", "b", None, "a", "c", "c", "c", "b", "d"]
    table = {"decision": ["yes", "no", "yes", "yes", "yes", "yes", "no", "no", "no", "no"], "user": order}
    state = State.begun(read_watch(watch(RATE, unit="user")), "lines")
    moved = state.follow(Events(table, 10), {"events": 10, "chain": ""})
    assert (moved.units.again, moved.units.untold) == (2, 1)
    [strand] = moved.strands["yes"]
    assert strand.monitor.n == 3  # a, b and c; d is still speaking
    assert strand.hits[0] == pytest.approx(0.5 + 1 + 1 / 3)
    assert strand.open == (0.0, 1, 0)
