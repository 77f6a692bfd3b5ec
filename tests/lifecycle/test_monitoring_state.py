"""The state of a watch depends on the events alone, stays small, and is refused where it was changed."""

import hashlib
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.core.errors import InputError
from auditkit.lifecycle.monitoring import monitor, read_watch
from auditkit.lifecycle.monitoring.standing import standing
from auditkit.lifecycle.monitoring.state import State, read_state

from .watched import ALL, GAP, RATE, WHO, decisions, followed, look, watch


@settings(max_examples=12)
@given(
    st.integers(0, 10**6),
    st.lists(st.integers(0, 400), max_size=5),
    st.sampled_from([None, "user"]),
    st.sampled_from([60, 500]),
)
def test_the_state_is_the_same_however_the_events_are_cut(seed, cuts, unit, block):
    events = decisions(400, 0.5, 0.3, seed)
    random.Random(seed).shuffle(events) if seed % 3 == 0 else None  # units that come back
    for i in range(0, 400, 17):
        events[i] = events[i] | {"gender": None, "decision": ["maybe", None][i % 2]}
    whole = followed(ALL, events, unit=unit, block=block, horizon=5000)
    assert followed(ALL, events, cuts, unit=unit, block=block, horizon=5000).to_json() == whole.to_json()
    read = State.from_json(whole.to_json(), whole.watch)
    assert read == whole
    assert read.to_json() == whole.to_json()


def test_one_event_at_a_time_is_all_at_once():
    events = decisions(120, seed=4)
    for unit in (None, "user"):
        assert followed(ALL, events, range(120), unit=unit) == followed(ALL, events, unit=unit)


def test_few_of_many_values_are_kept_and_what_is_asked_for_always(tmp_path):
    many = [{"gender": "woman", "decision": f"{i:04} {'x' * 150}"} for i in range(500)]
    many += [{"gender": "man", "decision": "yes"}] * 40
    for cuts in ((), (7, 300, 510)):
        state = followed([RATE], many, cuts)
        assert len(state.seen["decision"]) == 21
        assert state.seen["decision"][-1] == "yes"
        assert max(map(len, state.seen["decision"])) <= 60
    assert state.to_json() == followed([RATE], many).to_json()


def test_a_state_of_before_is_read_by_what_its_strands_tell():
    for rules, never in ((ALL, ()), ([GAP | {"favourable": "hired"}], ("hired",))):
        state = followed(rules, decisions(600, seed=1))
        told = json.loads(state.to_json())
        del told["seen"], told["sum"]
        text = json.dumps(told, separators=(",", ":"))[:-1]
        old = State.from_json(f'{text},"sum":"{hashlib.sha256(text.encode()).hexdigest()}"}}\n', state.watch)
        assert [line.outcome for line in standing(old, "", 0, (), ()).lines] == [
            line.outcome for line in standing(state, "", 0, (), ()).lines
        ]
        assert standing(old, "", 0, (), ()).lines[0].unseen == never


def test_another_watch_or_source_is_refused_with_what_differs(tmp_path):
    look(tmp_path, decisions(50), [GAP, RATE])
    state, log = tmp_path / "a" / "state.json", str(tmp_path / "a.jsonl")
    with pytest.raises(InputError, match="'gap' has another margin") as raised:
        monitor(log, watch(GAP | {"margin": 0.1}, WHO, horizon=9000), state)
    for said in ("horizon is 9000, was 8000", "'who' is new", "'yes' is gone"):
        assert said in str(raised.value)
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="kind lines, and this is a folder"):
        monitor(str(tmp_path / "folder"), watch(GAP, RATE), state)


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-20], lambda t: t.replace('"n":', '"m":'), lambda t: "[]", lambda t: ""]
)
def test_a_state_that_was_changed_is_refused(tmp_path, spoil):
    look(tmp_path, decisions(50), [GAP])
    state = tmp_path / "a" / "state.json"
    state.write_text(spoil(state.read_text()))
    with pytest.raises(InputError, match=r"not the state of|not a state as auditkit wrote it"):
        read_state(state, read_watch(watch(GAP)))


def test_the_state_stays_small(tmp_path):
    rules = [GAP | {"levels": ["woman", "man", "other"], "name": "three"}, *ALL]
    fields = {"horizon": 2000, "unit": "user", "block": 100}
    state = followed(rules, decisions(6000, 0.5, 0.3), **fields)
    assert len(state.to_json()) < 1 << 16


def test_two_at_once_are_one_too_many(tmp_path):
    from auditkit.lifecycle.monitoring.state import alone

    look(tmp_path, decisions(50), [GAP])
    with alone(tmp_path / "a" / "state.json"), pytest.raises(InputError, match="Another monitor is at work"):
        monitor(str(tmp_path / "a.jsonl"), watch(GAP), tmp_path / "a" / "state.json")
    assert monitor(str(tmp_path / "a.jsonl"), watch(GAP), tmp_path / "a" / "state.json").new == 0


def test_one_that_is_kept_off_takes_no_lock_of_another_away(tmp_path, monkeypatch):
    """Two begin at once: the second has looked for a lock before the first has made it."""
    from contextlib import ExitStack

    from auditkit.lifecycle.monitoring import state

    path, real = tmp_path / "a" / "state.json", state.absent
    with ExitStack() as first:

        def slowly(folder):
            monkeypatch.setattr(state, "absent", real)
            first.enter_context(state.alone(path))
            return real(folder)

        monkeypatch.setattr(state, "absent", slowly)
        for _ in range(2):
            with pytest.raises(InputError, match="Another monitor is at work"), state.alone(path):
                pass
    with state.alone(path):
        pass
