"""monitor under attack: no alarm leaves without an acknowledgement, and what was spoilt is refused with a sentence."""

import copy
import hashlib
import io
import json
import shutil
import sqlite3
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.lifecycle.monitoring import acknowledge, monitor, read_watch
from auditkit.lifecycle.monitoring.sources import Given
from auditkit.lifecycle.monitoring.state import State, read_state
from auditkit.lifecycle.recording import done, recorded

from .watched import ALL, GAP, RATE, SCORE, as_lines, decisions, into_folder, into_table, watch

FAIR, LOUD = decisions(1500, seed=1), decisions(1500, 0.9, 0.2, seed=2)


def summed(data):
    """A state as auditkit would have written it, whatever it says: the attacker knows how the sum is made."""
    text = json.dumps({k: v for k, v in data.items() if k != "sum"}, separators=(",", ":"))[:-1]
    return f'{text},"sum":"{hashlib.sha256(text.encode()).hexdigest()}"}}\n'


@pytest.fixture
def alarmed(tmp_path):
    log, state = tmp_path / "log.jsonl", tmp_path / "out" / "state.json"
    log.write_text(as_lines(LOUD))
    assert monitor(str(log), watch(), state).exit_code == 1
    return log, state


def quietened(state):
    data = json.loads(state.read_text())
    one = data["rules"]["gap"][0]["monitor"]
    one |= {"alarm_at": None, "alarm_side": None, "alarm_log_e": None, "log_e": 0.0, "log_peak": 0.0}
    state.write_text(summed(data))


GONE = {
    "the state": (["state.json"], "state.json is gone"),
    "the state and the step": (["state.json", "step.json"], "holds an alarm that the state does not"),
    "all but the manifest": (["state.json", "step.json", "alarms.json"], "alarms.json is gone"),
}


@pytest.mark.parametrize("what", GONE)
def test_what_is_deleted_takes_no_alarm_away(alarmed, what):
    log, state = alarmed
    sealed = (state.parent / "alarms.json").read_bytes()
    names, says = GONE[what]
    for name in names:
        (state.parent / name).unlink()
    log.write_text(as_lines(FAIR))
    for _ in range(2):
        with pytest.raises(InputError, match=says):
            monitor(str(log), watch(), state)
    if "alarms.json" not in names:
        assert (state.parent / "alarms.json").read_bytes() == sealed


def test_an_alarm_that_is_edited_out_of_the_state_is_refused(alarmed):
    log, state = alarmed
    quietened(state)
    with pytest.raises(InputError, match=r"holds an alarm that the state does not.*--acknowledge alone"):
        monitor(str(log), watch(), state)
    with pytest.raises(InputError, match="holds an alarm that the state does not"):
        acknowledge(watch(), state, "gap", "no", "body")
    told = json.loads((state.parent / "alarms.json").read_text())
    (state.parent / "alarms.json").write_text(json.dumps(told | {"alarms": []}, indent=1) + "\n")
    with pytest.raises(InputError, match=r"is not as auditkit\.manifest\.json says"):
        monitor(str(log), watch(), state)


def test_an_acknowledged_alarm_is_no_hole_and_its_record_stays(alarmed):
    log, state = alarmed
    before = state.read_text()
    acknowledge(watch(), state, "gap", "a pilot \ud800", "Ada")
    log.write_text(as_lines(LOUD + FAIR))
    assert monitor(str(log), watch(), state).exit_code == 0
    state.write_text(before)
    with pytest.raises(InputError, match="an acknowledgement that the state does not"):
        monitor(str(log), watch(), state)


def test_who_was_killed_between_the_alarm_and_its_seal_goes_on(alarmed, tmp_path):
    """alarms.json is new, the manifest is that of the quiet beginning; so it is when a process dies between them."""
    log, state = alarmed
    early = tmp_path / "early" / "state.json"
    (tmp_path / "quiet.jsonl").write_text(as_lines(LOUD[:20]))
    monitor(str(tmp_path / "quiet.jsonl"), watch(), early)
    shutil.copy(early.parent / "auditkit.manifest.json", state.parent)
    assert monitor(str(log), watch(), state).exit_code == 1
    assert done(state.parent, recorded(state.parent)) is not None


SPOILT = {
    "alpha": lambda s: s["monitor"].update(alpha=1e-300),
    "block": lambda s: s["monitor"].update(block=7),
    "starts": lambda s: s["monitor"].update(starts=10**6),
    "boundary": lambda s: s["monitor"]["sides"][0].update(boundary=0.9),
    "bets": lambda s: s["monitor"]["sides"][0].update(bets=[1e-9] * 13),
    "alarm": lambda s: s["monitor"].update(alarm_at=None),
    "history": lambda s: s["history"].update(most=2),
    "pairing": lambda s: s["pairing"].update(mixture=True),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_state_that_is_not_what_its_watch_says_is_refused(alarmed, what):
    _, state = alarmed
    data = json.loads(state.read_text())
    assert summed(data) == state.read_text()
    SPOILT[what](data["rules"]["gap"][0])
    state.write_text(summed(data))
    with pytest.raises(InputError, match=f"Its [^.]*{what if what != 'starts' else 'horizon'}"):
        read_state(state, read_watch(watch()))


def places(part, path=()):
    """The way to every part of a state."""
    items = part.items() if isinstance(part, dict) else enumerate(part[:3]) if isinstance(part, list) else ()
    for name, inner in items:
        yield (*path, name)
        yield from places(inner, (*path, name))


RULES = read_watch(watch(*ALL, unit="user"))
WHOLE = State.begun(RULES, "lines").to_json()
WAYS = list(places(json.loads(WHOLE)))
WRONG = [None, True, -1, 0, 10**400, 1.5, "x", "", [], {}, [[]], [None], {"a": []}]


@settings(max_examples=150)
@given(st.sampled_from(WAYS), st.sampled_from([*WRONG, "gone"]), st.booleans())
def test_no_edited_state_is_a_bug(way, wrong, again):
    """Without a new sum every edit is refused; with one it is refused, or a state can be read and nothing breaks."""
    data = copy.deepcopy(was := json.loads(WHOLE))
    inner = data
    for step in way[:-1]:
        inner = inner[step]
    if wrong == "gone":
        del inner[way[-1]]
    else:
        inner[way[-1]] = wrong
    if again:
        with suppress(InputError):
            State.from_json(summed(data), RULES)
    elif json.dumps(data) != json.dumps(was):
        with pytest.raises(InputError):
            State.from_json(json.dumps(data, separators=(",", ":")) + "\n", RULES)


def test_the_sum_is_needed_and_stays_the_last_word():
    assert State.from_json(WHOLE, RULES).to_json() == WHOLE
    bare = json.loads(WHOLE)
    del bare["sum"]
    for text in (json.dumps(bare), WHOLE.replace('"events":0', '"events":1'), WHOLE + " ", WHOLE.replace(",", ", ")):
        with pytest.raises(InputError, match=r"not a state as auditkit wrote it. Restore it"):
            State.from_json(text, RULES)


@pytest.mark.parametrize("column", ["rowid", "RowID", "rowid AS (NULL)", "rowid AS (7)", "rowid INTEGER PRIMARY KEY"])
@pytest.mark.parametrize("value", [None, 7])
def test_a_table_that_hides_its_order_is_refused(tmp_path, column, value):
    with sqlite3.connect(tmp_path / "a.db") as db:
        db.execute(f"CREATE TABLE t (gender, decision, {column})")
        if "AS" in column:
            db.executemany("INSERT INTO t VALUES ('woman', 'yes')", [()] * 5)
        elif "KEY" not in column:
            db.executemany("INSERT INTO t VALUES ('woman', 'yes', ?)", [(value,)] * 5)
    db.close()
    with pytest.raises(InputError, match=r"a column .* of its own, which hides the order"):
        monitor(str(tmp_path / "a.db"), watch(), tmp_path / "s" / "state.json", table="t", stretch=2)


@pytest.mark.parametrize("rowids", [[1, 1], [2, 1], [None], ["a"], [1.5]])
def test_rowids_that_do_not_grow_are_refused(tmp_path, rowids):
    from auditkit.lifecycle.monitoring.sources import Table

    with pytest.raises(InputError, match="whole numbers that grow"):
        Table(tmp_path / "a.db", "t")._ordered(None, [(rowid, "x") for rowid in rowids])


def source_of(tmp_path, kind, events):
    path = tmp_path / "log"
    if kind == "table":
        into_table(path, events)
    elif kind == "folder":
        into_folder(path, events, len(events))
    else:
        path.write_text(as_lines(events))
    return Given(io.BytesIO(path.read_bytes())) if kind == "stdin" else str(path)


@pytest.mark.parametrize("kind", ["lines", "table", "folder", "stdin"])
def test_one_bad_event_hides_no_alarm(tmp_path, kind):
    """A score that is outside: what came before it in the same stretch is followed, and to the byte as without it."""
    bad = [*LOUD[:1111], LOUD[1111] | {"score": 7.0}, *LOUD[1112:]]
    rules, table = watch(GAP, SCORE), "decisions" if kind == "table" else None
    state = tmp_path / "out" / "state.json"
    source = source_of(tmp_path, kind, bad)
    with pytest.raises(InputError, match=r"Event 1,112 has 7 .* An alarm stands .* gap \(woman - man\) at event \d+\."):
        monitor(source, rules, state, table=table)
    told = json.loads((state.parent / "alarms.json").read_text())
    assert [one["rule"] for one in told["alarms"]] == ["gap"]
    assert done(state.parent, recorded(state.parent)) is not None
    (tmp_path / "good.jsonl").write_text(as_lines(LOUD[:1111]))
    monitor(str(tmp_path / "good.jsonl"), rules, tmp_path / "good" / "state.json")
    both = [json.loads((tmp_path / name / "state.json").read_text()) for name in ("out", "good")]
    assert both[0]["position"]["events"] == 1111
    assert both[0]["rules"] == both[1]["rules"]


@pytest.mark.parametrize("line", [b"{oh\n", b"[1]\n", b"x" * (1 << 21) + b"\n"])
@pytest.mark.parametrize("stdin", [True, False])
def test_a_line_that_cannot_be_read_hides_none_either(tmp_path, line, stdin):
    log, state = tmp_path / "log.jsonl", tmp_path / "out" / "state.json"
    log.write_bytes(as_lines(LOUD).encode() + line + as_lines(FAIR).encode())
    source = Given(io.BytesIO(log.read_bytes())) if stdin else str(log)
    with pytest.raises(InputError, match=r"An alarm stands all the same: gap .*read until event 1,500 is kept"):
        monitor(source, watch(), state)
    assert json.loads((state.parent / "alarms.json").read_text())["alarms"]


def test_a_fault_without_an_alarm_is_said_alone_and_is_mended(tmp_path):
    log, state = tmp_path / "log.jsonl", tmp_path / "out" / "state.json"
    log.write_text(as_lines(FAIR) + "{oh\n")
    with pytest.raises(InputError, match=r"Event 1,501 of log.jsonl is no JSON") as refused:
        monitor(str(log), watch(), state)
    assert "alarm" not in str(refused.value)
    log.write_text(as_lines(FAIR + LOUD[:10]))
    assert monitor(str(log), watch(), state).new == 10


def test_the_command_refuses_a_bad_event_and_names_the_alarm(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.jsonl").write_text(as_lines(LOUD) + "{oh\n")
    text = "horizon = 8000\n[[rules]]\n" + "\n".join(f"{k} = {json.dumps(v)}" for k, v in GAP.items())
    (tmp_path / "watch.toml").write_text(text)
    assert main(["monitor", "log.jsonl", "--watch", "watch.toml", "--state", "s/state.json"]) == 2
    assert "An alarm stands" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("small", [1e-320, 5e-324, 1e-13])
def test_an_alpha_or_a_weight_that_is_next_to_nothing_is_refused(small):
    with pytest.raises(InputError, match=r'"alpha" should be more than 1e-12, and is '):
        read_watch(watch(alpha=small))
    with pytest.raises(InputError, match=r'"weight" should be more than 1e-12, and is '):
        read_watch(watch(GAP | {"weight": small}))
    assert read_watch(watch(GAP | {"weight": 2e-12}, RATE | {"weight": 9e5}, alpha=2e-12)).alpha == 2e-12
    State.begun(read_watch(watch(GAP | {"weight": 2e-12}, RATE | {"weight": 9e5}, alpha=2e-12)), "lines")
