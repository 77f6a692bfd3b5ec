"""An alarm stays until somebody answers for it, and what is promised of false ones is told, also beyond the horizon."""

import json

import pytest

from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.lifecycle.monitoring import acknowledge, monitor
from auditkit.lifecycle.monitoring.standing import standing
from auditkit.lifecycle.monitoring.telling import told as text_of
from auditkit.lifecycle.recording import done, recorded
from auditkit.sealing import standing as seal_of

from .watched import GAP, RATE, as_lines, columns, decisions, followed, look, watch


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
