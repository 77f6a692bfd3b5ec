"""monitor: what is told of a stream, rule by rule, and that nothing is green that was not watched."""

import json
import math

import numpy as np
import pytest

from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.lifecycle.monitoring import monitor, read_watch
from auditkit.lifecycle.monitoring.events import Events
from auditkit.lifecycle.monitoring.standing import standing
from auditkit.lifecycle.monitoring.state import State
from auditkit.lifecycle.monitoring.telling import told as text_of

from .watched import ALL, GAP, RATE, READER, SCORE, WHO, as_lines, decisions, followed, look, watch


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
    events = sorted(decisions(4000, seed=10), key=lambda e: e["gender"])  # and a few among the others
    for i in range(10, 1990, 33):
        events[i], events[-i] = events[-i], events[i]
    [line] = (stands := standing(followed([GAP], events), "", 0, (), ())).lines
    assert 2 * line.passed > 4000
    assert any("passed over, more than half" in note for note in stands.notes)


@pytest.mark.parametrize(
    "gone", [lambda e: e | {"score": 7.0}, lambda e: e | {"score": "high"}, lambda e: e | {"gender": [1]}]
)
def test_values_of_another_kind_are_refused_with_a_sentence(tmp_path, gone):
    with pytest.raises(InputError, match=r"score|list"):
        look(tmp_path, [gone(e) for e in decisions(10)], [SCORE, GAP])


def test_evidence_without_bound_is_json(tmp_path):
    stands = look(tmp_path, decisions(8000, 1.0, 0.0), [GAP])
    told = json.loads(stands.to_json())
    assert math.isfinite(told["lines"][0]["e_value"])
