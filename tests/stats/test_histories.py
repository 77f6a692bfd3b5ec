"""The history of a stream and the moment of a change: bins by hand, the bound below the capital, no split matters."""

import json
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.core.errors import InputError
from auditkit.stats.change_points import Change, _least, change
from auditkit.stats.histories import History
from auditkit.stats.monitoring import Monitor

values = st.lists(st.sampled_from([-1.0, -0.25, 0.0, 1 / 3, 1.0]), min_size=1, max_size=120)


def seen(x, at=None, horizon=4000, block=200, most=100):
    """A monitor of a gap and its history after a stream."""
    monitor = Monitor.on(-0.05, 0.05, support=(-1, 1), horizon=horizon, block=block, variance=0.5)
    at = np.arange(1, len(x) + 1) if at is None else at
    moved, path = monitor.follow(x, at)
    return moved, History.over(horizon, (-1, 1), most=most).update(x, at, path.by_side)


@settings(max_examples=40)
@given(values, st.lists(st.integers(0, 120), max_size=4), st.integers(1, 60))
def test_no_split_changes_a_bit_even_beyond_the_horizon(x, cuts, horizon):
    x, at = np.array(x), np.arange(1, len(x) + 1) * 2
    held = np.sin([at, 2 * at])
    fresh = History.over(horizon, (-1, 1), most=8)
    whole = fresh.update(x, at, held, held[0])
    for own in np.split(np.arange(len(x)), sorted(min(cut, len(x)) for cut in cuts)):
        fresh = History.from_dict(json.loads(json.dumps(fresh.to_dict()))).update(
            x[own], at[own], held[:, own], held[0, own]
        )
    assert fresh == whole
    ends = {int((event - 1) // whole.width): value for event, value in zip(at, held[0], strict=True)}
    assert dict(whole.held) == pytest.approx(ends, abs=0.0011)
    assert all(value <= ends[number] + 1e-12 for number, value in whole.held)  # cut down, never up
    table = whole.table()
    assert len(table) <= 8
    assert table[:, 1].sum() == len(x)
    assert table[:, 2].sum() == pytest.approx(((x + 1) / 2).sum())
    peaks = np.maximum(held.max(axis=1), 0)  # everybody begins with 1
    assert (table[-1, 5:] <= peaks).all()
    assert (table[-1, 5:] >= peaks - 0.001 - 1e-12).all()


@given(values, st.floats(0.2, 0.8), st.floats(-0.9, 0.9))
def test_the_bound_from_the_moments_is_never_above_the_capital(x, m, f):
    y = (np.array(x) + 1) / 2
    bet = f / (1 - m) if f < 0 else f / m
    moments = np.array([[len(y), y.sum(), (y**2).sum(), (y**3).sum()]])
    own = np.log1p(bet * (y - m)).sum()
    assert _least(moments, m, np.array([bet]))[0, 0] <= own + 1e-9
    if set(y) <= {0.0, 0.5, 1.0}:
        assert _least(moments, m, np.array([bet]))[0, 0] == pytest.approx(own, abs=1e-6)


def test_a_history_until_a_bin_is_the_one_that_ended_there():
    x = np.tile([1.0, 0.0, -1.0, 0.0, 1.0], 200)
    monitor = Monitor.on(-0.05, 0.05, support=(-1, 1), horizon=1000, block=200, variance=0.5)
    at, path = np.arange(1, 1001), monitor.follow(x)[1]
    histories = [
        History.over(1000, (-1, 1), most=100).update(x[:n], at[:n], path.by_side[:, :n], path.log_e[:n])
        for n in (1000, 400)
    ]
    assert histories[0].until(39) == histories[1]
    bare = {name: part for name, part in histories[1].to_dict().items() if name != "held"}
    assert History.from_dict(bare).bins == histories[1].bins  # as it was written before log E was held


def test_the_mean_since_a_moment_is_that_of_its_bins():
    x = np.tile([1.0, 0.0, -1.0, 0.0, 1.0], 200)
    history = seen(x, horizon=1000)[1]
    e = history.since(500)
    assert (e.n, e.value) == (500, pytest.approx(x[500:].mean()))
    low, high, _ = e.interval(0.95)
    assert low < 0.2 < high
    assert history.since(5000).value is None


def test_when_a_change_began_is_told_after_the_alarm_alone():
    rng = np.random.default_rng(1)
    x = rng.choice([-1.0, 0.0, 1.0], 2000, p=[0.2, 0.6, 0.2])
    quiet, history = seen(x)
    assert change(quiet, history) is None
    later = np.r_[x, rng.choice([-1.0, 0.0, 1.0], 1000, p=[0.1, 0.5, 0.4])]
    monitor, history = seen(later)
    found = change(monitor, history)
    assert isinstance(found, Change)
    assert monitor.alarm_side == "above"
    assert found.after <= 2000 <= found.until <= monitor.alarm_at
    assert abs(found.likely - 2000) <= 120
    mirrored = change(*seen(-later))
    assert (mirrored.after, mirrored.until, mirrored.likely) == (found.after, found.until, found.likely)


def test_a_change_from_the_first_event_on_is_one_from_there():
    monitor, history = seen(np.tile([1.0, 0.0], 400))
    found = change(monitor, history)
    assert found.after == 0
    assert found.likely <= 40


def test_many_changes_may_leave_no_moment():
    x = np.r_[np.ones(300), -np.ones(1500)]
    monitor, history = seen(x)
    assert monitor.alarm_side == "above"
    assert change(monitor, history) is None


def test_a_wider_level_is_a_wider_set():
    rng = np.random.default_rng(3)
    x = np.r_[rng.choice([-1.0, 0.0, 1.0], 1500, p=[0.2, 0.6, 0.2]), rng.choice([0.0, 1.0], 300)]
    monitor, history = seen(x)
    ends = [change(monitor, history, level) for level in (0.5, 0.8, 0.95, 0.99)]
    assert all(a.after >= b.after and a.until <= b.until for a, b in pairwise(ends))


def test_what_is_no_history_is_said():
    with pytest.raises(InputError, match="not the history"):
        History.from_dict({"width": 2})
    with pytest.raises(InputError, match="at least two bins"):
        History.over(10, (0, 1), most=1)
    assert math.isclose(History.over(1000, (0, 1), most=10).width, 100)
