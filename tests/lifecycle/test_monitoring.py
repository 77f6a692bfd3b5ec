"""monitor: the state depends on the events alone, alarms stay, and nothing is green that was not watched."""

import hashlib
import json
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.lifecycle.monitoring import Watch, acknowledge, first_watch, monitor, read_watch
from auditkit.lifecycle.monitoring.events import Events
from auditkit.lifecycle.monitoring.standing import standing
from auditkit.lifecycle.monitoring.state import State, read_state
from auditkit.lifecycle.monitoring.telling import told as text_of
from auditkit.lifecycle.monitoring.units import BLIND, CAPACITY, Units, _new
from auditkit.lifecycle.recording import done, recorded
from auditkit.sealing import standing as seal_of

from .watched import ALL, GAP, RATE, READER, SCORE, WHO, as_lines, decisions, watch


def columns(events, first=1):
    names = ("gender", "decision", "score", "human", "user")
    return Events({name: [event.get(name) for event in events] for name in names}, len(events), first)


def followed(rules, events, cuts=(), **fields):
    state = State.begun(read_watch(watch(*rules, **fields)), "lines")
    for part in np.split(np.arange(len(events)), sorted(min(cut, len(events)) for cut in cuts)):
        if len(part):
            own = columns([events[i] for i in part], state.n + 1)
            state = state.follow(own, {"events": state.n + len(part), "chain": "0" * 64})
    return state


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


def look(tmp_path, events, rules, name="a", **fields):
    (tmp_path / f"{name}.jsonl").write_text(as_lines(events))
    return monitor(str(tmp_path / f"{name}.jsonl"), watch(*rules, **fields), tmp_path / name / "state.json")


def test_a_quiet_stream_passes_and_a_gap_fails_with_its_moment(tmp_path):
    quiet = look(tmp_path, decisions(1500, seed=1), ALL)
    assert (quiet.outcome, quiet.exit_code, quiet.new) == (Outcome.PASS, 0, 1500)
    events = decisions(5000, seed=2)
    gone = [
        e | {"decision": "yes"} if i > 2500 and e["gender"] == "woman" and i % 3 else e for i, e in enumerate(events)
    ]
    loud = look(tmp_path, gone, [GAP], "b")
    [line] = loud.lines
    assert (loud.outcome, loud.exit_code, line.side) == (Outcome.FAIL, 1, "above")
    assert 2500 < line.alarm_at < 3200
    assert line.change.after <= 2500 <= line.change.until
    assert abs(line.change.likely - 2500) < 200
    assert line.lately.interval(0.95).low > 0.2
    told = json.loads(loud.to_json())
    assert told["lines"][0]["change"]["level"] == 0.95
    assert told["lines"][0]["threshold"] == 20


@pytest.mark.parametrize(
    ("rule", "spoil", "side"),
    [
        (RATE, lambda e, i: e | {"decision": "yes"}, "above"),
        (WHO, lambda e, i: e | {"gender": "man"}, "below"),
        (READER, lambda e, i: e | {"human": "woman", "gender": "man"}, "below"),
        (SCORE, lambda e, i: e | {"score": 0.9}, "above"),
        (ALL[-1], lambda e, i: e | {"gender": None}, "above"),
    ],
)
def test_every_kind_of_rule_finds_its_drift_and_is_quiet_before(tmp_path, rule, spoil, side):
    events = decisions(2000, seed=3)
    assert look(tmp_path, events, [rule]).exit_code == 0
    spoilt = look(tmp_path, [*events, *(spoil(e, i) for i, e in enumerate(decisions(1000, seed=5)))], [rule])
    alarmed = [line for line in spoilt.lines if line.outcome is Outcome.FAIL]
    assert alarmed
    assert all(line.side == side and line.alarm_at > 2000 for line in alarmed)


def test_what_is_absent_is_never_green_and_always_told(tmp_path):
    nothing = look(tmp_path, [], [GAP])
    assert (nothing.outcome, nothing.exit_code) == (Outcome.NOT_ASSESSED, 3)
    assert "no events at all" in nothing.notes[0]
    men = [e | {"gender": "man"} for e in decisions(500)]
    alone = look(tmp_path, men, [GAP], "men")
    assert (alone.exit_code, alone.lines[0].n) == (3, 0)
    few = look(tmp_path, decisions(40), [GAP], "few")
    assert few.exit_code == 3
    assert "is quiet from 30 on" in few.notes[0]
    wrong = look(tmp_path, [{"gendr": "woman", "decision": "yes"}] * 50, [GAP], "wrong")
    assert wrong.exit_code == 3
    assert 'Did you mean "gendr"?' in wrong.notes[0]


@pytest.mark.parametrize(
    ("rule", "unseen", "says"),
    [
        (GAP | {"favourable": "yess"}, ("yess",), 'gap ("decision"): never seen: yess; seen: '),
        (GAP | {"levels": ["women", "man"]}, ("women",), 'gap ("gender"): never seen: women; seen: '),
        (RATE | {"favourable": "hired", "reference": 0.05}, ("hired",), 'yes ("decision"): never seen: hired; seen: '),
        (WHO | {"reference": {"w": 0.02}}, ("w",), 'who ("gender"): never seen: w; seen: '),
        (READER | {"levels": ["woman", "mann"]}, ("mann",), 'reader ("human"): never seen: mann; seen: '),
    ],
)
def test_a_rule_that_asks_for_what_never_came_is_not_green(tmp_path, rule, unseen, says):
    stands = look(tmp_path, decisions(900, seed=1), [rule])
    [line] = [one for one in stands.lines if one.unseen]
    assert (stands.exit_code, line.outcome, line.unseen) == (3, Outcome.NOT_ASSESSED, unseen)
    note = next(note for note in stands.notes if says in note)
    assert all(level in note for level in (("yes", "no") if "decision" in says else ("woman", "man")))
    assert "Did you mean" in note or unseen in (("hired",), ("w",))
    assert "◌ Never seen" in text_of(stands)
    again = monitor(str(tmp_path / "a.jsonl"), watch(rule), tmp_path / "a" / "state.json")  # nothing new
    assert (again.exit_code, [one.unseen for one in again.lines]) == (3, [one.unseen for one in stands.lines])


def test_what_came_once_came_and_an_alarm_stays_one(tmp_path):
    rare = [RATE | {"favourable": "hired", "reference": 0.02, "margin": 0.05}]
    log, state = tmp_path / "a.jsonl", tmp_path / "a" / "state.json"
    events = decisions(600, seed=1)
    assert look(tmp_path, events, rare).exit_code == 3
    log.write_text(as_lines([*events, events[0] | {"decision": "hired"}]))
    assert monitor(str(log), watch(*rare), state).exit_code == 0
    never = look(tmp_path, decisions(900, seed=2), [RATE | {"favourable": "hired", "reference": 0.5}], "b")
    assert (never.exit_code, never.lines[0].unseen) == (1, ("hired",))
    assert "never seen: hired" in never.notes[0]


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


def test_events_that_do_not_answer_are_counted(tmp_path):
    events = decisions(600, seed=6)
    events[:60] = [e | {"gender": None} for e in events[:60]]
    events[60:90] = [e | {"gender": "other"} for e in events[60:90]]
    line = look(tmp_path, events, [GAP]).lines[0]
    assert (line.missing, line.others) == (0.1, 30)
    pairs = line.n + line.passed / 2 + line.waiting / 2
    assert sum(n for _, n, _ in line.rates) == 510 == 2 * pairs
    rest = look(tmp_path, events, [GAP | {"levels": ["woman", "man", "other"]}], "rest")
    assert [line.question for line in rest.lines] == ["woman - the rest", "man - the rest", "other - the rest"]
    assert [line.threshold for line in rest.lines] == pytest.approx([60] * 3)


def test_a_stream_in_turns_raises_no_alarm_against_the_rest():
    """b, b, b, c, a: the rest of a is met in its own mix, whoever came last; of two groups the latest meet."""
    rates = {"a": 0.45, "b": 0.3, "c": 0.9}
    rng, who = np.random.default_rng(11), list("bbbca") * 1500
    events = [{"gender": g, "decision": "yes" if rng.random() < rates[g] else "no"} for g in who]
    state = followed([GAP | {"levels": ["a", "b", "c"]}], events)
    alarmed = [line.question for line in standing(state, "", 0, (), ()).lines if line.outcome is Outcome.FAIL]
    assert alarmed == ["b - the rest", "c - the rest"]  # there the rates do differ
    assert all(strand.pairing.mixture for strand in state.strands["gap"])
    assert not followed([GAP], decisions(10)).strands["gap"][0].pairing.mixture


def test_alpha_is_shared_by_weight():
    rules = [GAP | {"weight": 3}, RATE, WHO | {"reference": {"woman": 0.5, "man": 0.5}}]
    shared = read_watch(watch(*rules))
    each = [question.alpha for rule in shared.rules for question in shared.questions(rule)]
    assert each == pytest.approx([0.03, 0.01, 0.005, 0.005])
    assert sum(each) == pytest.approx(0.05)


def test_an_alarm_stays_until_somebody_answers_for_it(tmp_path):
    events = decisions(1500, 0.8, 0.3)
    state, log = tmp_path / "a" / "state.json", tmp_path / "a.jsonl"
    assert look(tmp_path, events, [GAP, RATE | {"reference": 0.5, "margin": 0.3}]).exit_code == 1
    rules = watch(GAP, RATE | {"reference": 0.5, "margin": 0.3})
    log.write_text(as_lines(events + decisions(1000)))
    assert monitor(str(log), rules, state).exit_code == 1
    for name, reason, owner, says in [
        ("gap", "", "me", "says why"),
        ("gap", "known", " ", "who they are"),
        ("gapp", "a", "b", 'Did you mean "gap"'),
        ("yes", "a", "b", "no alarm"),
    ]:
        with pytest.raises(InputError, match=says):
            acknowledge(rules, state, name, reason, owner)
    stands = acknowledge(rules, state, "gap", "the new form", "Ada")
    assert stands.exit_code == 3  # the new watch of the rule has seen nothing
    log.write_text(as_lines(events + decisions(1000) + decisions(900, seed=8)))
    after = monitor(str(log), rules, state)
    assert (after.exit_code, after.lines[0].since) == (0, 2500)
    assert after.acknowledged[0]["owner"] == "Ada"
    assert after.acknowledged[0]["alarms"][0]["rule"] == "gap"
    log.write_text(as_lines(events + decisions(1000) + decisions(900, seed=8) + decisions(900, 0.9, 0.2)))
    again = monitor(str(log), rules, state)
    assert again.exit_code == 1
    assert 3400 < again.lines[0].alarm_at < 3700
    assert 2500 <= again.lines[0].change.after <= 3400 <= again.lines[0].change.until


def test_the_manifest_grows_with_alarms_and_not_with_looks(tmp_path):
    log, out = tmp_path / "log.jsonl", tmp_path / "out"
    events = decisions(1200)
    entries = []
    for n in (100, 500, 900, 1200):
        log.write_text(as_lines(events[:n]))
        monitor(str(log), watch(), out / "state.json")
        entries.append(len(seal_of(out).entries))
    assert entries == [1, 1, 1, 1]
    log.write_text(as_lines(events + decisions(1500, 0.9, 0.2)))
    assert monitor(str(log), watch(), out / "state.json").exit_code == 1
    assert monitor(str(log), watch(), out / "state.json").exit_code == 1
    assert len(seal_of(out).entries) == 2
    acknowledge(watch(), out / "state.json", "gap", "a pilot", "Ada")
    assert len(seal_of(out).entries) == 3
    step = recorded(out)
    assert done(out, step) == step
    assert step.phase == "monitor"
    assert "acknowledged by Ada" in step.done[-1]
    (out / "alarms.json").write_text("{}")
    assert done(out, step) is None
    with pytest.raises(InputError, match="folder of its own"):
        monitor(str(log), watch(), out / "other.json")


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


BROKEN = {
    "": "it is empty",
    "horizon = 10\nruls = 3": 'Did you mean "rules"',
    "horizon = 10": '"rules" is needed',
    "horizon = -1\nrules = []": '"horizon"',
    'horizon = 2000\n[[rules]]\nname = "a"\nkind = "gapp"\nmargin = 0.1': 'Did you mean "gap"',
    'horizon = 2000\n[[rules]]\nname = "a"\nmargin = 0.1': "this is none",
    'horizon = 2000\n[[rules]]\nname = "a"\nkind = "rate"\nmargin = 0.1\noutcom = "x"': 'Did you mean "outcome"',
    'horizon = 2000\n[[rules]]\nname = "a"\nkind = "missing"\nmargin = 0.6\nreference = 0.5\ncolumn = "x"': "smaller",
    'horizon = 2000\n[[rules]]\nname = "a"\nkind = "missing"\nmargin = 0.1\nreference = 1.5\ncolumn = "x"': "outside",
    'horizon = 2000\n[[rules]]\nname = "a"\nkind = "missing"\nmargin = nan\nreference = 0.5\ncolumn = "x"': "margin",
    "horizon = [": "not TOML",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_watch_that_makes_no_sense_is_said(tmp_path, text):
    file = tmp_path / "watch.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=BROKEN[text]):
        read_watch(file)


def test_doubled_names_and_levels_are_said():
    with pytest.raises(InputError, match="two rules are called 'gap'"):
        read_watch(watch(GAP, GAP))
    with pytest.raises(InputError, match="stands twice"):
        read_watch(watch(GAP | {"levels": ["a", "a"]}))
    with pytest.raises(InputError, match="add up to"):
        read_watch(watch(WHO | {"reference": {"a": 0.7, "b": 0.7}}))


def test_the_example_is_a_watch_of_most_kinds(tmp_path):
    (tmp_path / "watch.toml").write_text(first_watch())
    example = read_watch(tmp_path / "watch.toml")
    assert isinstance(example, Watch)
    assert {rule.kind for rule in example.rules} == {"gap", "rate", "composition", "agreement", "missing"}


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


def test_the_estimand_is_named_and_simpson_is_told():
    """Women come when rates are low, men when they are high: -.32 in all, and nothing between neighbours."""
    rng = np.random.default_rng(7)
    late = np.arange(8000) >= 4000
    women = rng.random(8000) < np.where(late, 0.1, 0.9)
    yes = rng.random(8000) < np.where(late, 0.7, 0.3) + np.where(women, 0.02, 0)
    table = {"gender": np.where(women, "woman", "man").tolist(), "decision": np.where(yes, "yes", "no").tolist()}
    state = State.begun(read_watch(watch(GAP | {"margin": 0.1})), "lines")
    stands = standing(state.follow(Events(table, 8000), {"events": 8000, "chain": ""}), "", 0, (), ())
    [line] = stands.lines
    first, second = (rate for _, _, rate in line.rates)
    assert first - second < -0.25 < -0.06 < line.estimate.value
    assert any(
        "the rates of all differ by -0." in note and "Only the second is watched" in note for note in stands.notes
    )
    assert "between people who arrive at about the same time" in text_of(stands)
    plain = standing(followed([GAP], decisions(3000, seed=9)), "", 0, (), ())
    assert not any("the rates of all differ" in note or "passed over" in note for note in plain.notes)


def test_when_most_were_passed_over_it_is_told():
    events = sorted(decisions(4000, seed=10), key=lambda e: e["gender"])
    [line] = (stands := standing(followed([GAP], events), "", 0, (), ())).lines
    assert 2 * line.passed > 4000
    assert any("passed over, more than half" in note for note in stands.notes)


def test_what_is_promised_grows_with_every_new_watch_of_a_rule():
    rules = [GAP | {"weight": 3, "levels": ["woman", "man", "other"]}, RATE]
    state = followed(rules, decisions(4000, 0.9, 0.1))
    assert standing(state, "", 0, (), ()).bound == 0.05
    assert "any alarm at all in 8,000 events has probability at most 0.05." in text_of(standing(state, "", 0, (), ()))
    once = state.acknowledge("gap", "a pilot", "Ada")
    stands = standing(once, "", 0, (), ())
    assert stands.bound == pytest.approx(0.05 + 0.0375)
    assert stands.until == 12_000
    assert "any false alarm in 12,000 events has probability at most 0.0875" in text_of(stands)
    twice = once.follow(columns(decisions(4000, 0.9, 0.1, seed=1), 4001), {"events": 8000, "chain": ""})
    stands = standing(twice.acknowledge("gap", "a pilot", "Ada"), "", 0, (), ())
    assert (stands.bound, stands.until) == (pytest.approx(0.05 + 2 * 0.0375), 16_000)
    assert json.loads(stands.to_json())["bound"] == stands.bound


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


@pytest.mark.parametrize(
    "gone", [lambda e: e | {"score": 7.0}, lambda e: e | {"score": "high"}, lambda e: e | {"gender": [1]}]
)
def test_values_of_another_kind_are_refused_with_a_sentence(tmp_path, gone):
    with pytest.raises(InputError, match=r"score|list"):
        look(tmp_path, [gone(e) for e in decisions(10)], [SCORE, GAP])


def test_hostile_names_move_no_terminal(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evil = "\x1b]0;x\x07::error::##[add-mask]"
    rules = watch(GAP | {"name": evil, "levels": [evil, "man"]})
    (tmp_path / "watch.json").write_text(
        as_lines([e | {"gender": e["gender"].replace("woman", evil)} for e in decisions(900, 0.9)])
    )
    text = "horizon = 8000\n[[rules]]\n" + "\n".join(f"{k} = {json.dumps(v)}" for k, v in rules["rules"][0].items())
    (tmp_path / "watch.toml").write_text(text)
    for format in ("table", "json"):
        code = main(["monitor", "watch.json", "--watch", "watch.toml", "--state", "s/state.json", "--format", format])
        out = capsys.readouterr().out
        assert code == 1
        assert "\x1b" not in out
        assert "##[" not in out
        assert "::error" not in out or format == "json"


def test_the_command_from_the_first_error_to_the_alarm(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["monitor", "log.jsonl"]) == 2
    assert "auditkit monitor --example" in capsys.readouterr().err
    assert main(["monitor", "--example"]) == 0
    (tmp_path / "watch.toml").write_text(capsys.readouterr().out)
    call = ["monitor", "log.jsonl", "--watch", "watch.toml", "--state", "watched/state.json"]
    assert main(call) == 2
    assert "There is no log.jsonl" in capsys.readouterr().err
    base = [e | {"decision": {"yes": "invited", "no": "waits"}[e["decision"]]} for e in decisions(4000, 0.9, 0.2)]
    (tmp_path / "log.jsonl").write_text(as_lines(base))
    assert main([*call, "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["exit_code"], told["events"]) == ("FAIL", 1, 4000)
    assert main(call) == 1
    out = capsys.readouterr().out
    assert "0 of them new" in out
    assert "It began between events 0 and" in out
    assert "--acknowledge 'selection gap'" in out
    answer = [*call[2:], "--acknowledge", "selection gap", "--reason", "a pilot", "--owner", "Ada"]
    assert main(["monitor", *answer]) in (1, 3)
    assert "a pilot" in capsys.readouterr().out
    assert main([*call, "--reason", "x"]) == 2


def test_evidence_without_bound_is_json(tmp_path):
    stands = look(tmp_path, decisions(8000, 1.0, 0.0), [GAP])
    told = json.loads(stands.to_json())
    assert math.isfinite(told["lines"][0]["e_value"])


def test_beyond_its_horizon_no_quiet_is_told_and_a_new_watch_is():
    events = decisions(1551)
    state = followed([RATE], events[:1000], horizon=1000)
    assert standing(state, "", 0, (), ()).exit_code == 0  # the last event of the horizon is within it
    over = state.follow(columns(events[1000:], 1001), {"events": 1551, "chain": ""})
    stands = standing(over, "", 0, (), ())
    assert (stands.outcome, stands.exit_code) == (Outcome.NOT_ASSESSED, 3)
    assert any("Begin a new watch: the same command with another --state" in note for note in stands.notes)
    assert not any("is quiet from" in note for note in stands.notes)
    text = text_of(stands)
    assert "No alarm, but of 1 questions the horizon of 1 is over." in text
    assert "◌ Over" in text
    assert "too little" not in text.casefold()
    alarmed = followed([RATE], decisions(1551, 0.9, 0.9), horizon=1000)
    assert standing(alarmed, "", 0, (), ()).exit_code == 1  # an alarm stays one
    again = alarmed.acknowledge("yes", "a pilot", "Ada")  # and the horizon of a new watch begins there
    assert not any("horizon" in note for note in standing(again, "", 0, (), ()).notes)
