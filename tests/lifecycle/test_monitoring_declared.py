"""A value that is meant never to come: assessed at a share of 0 while only declared ones come."""

import json

import pytest

from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.lifecycle.monitoring import monitor, read_watch
from auditkit.lifecycle.monitoring.seen import see
from auditkit.lifecycle.monitoring.state import State, read_state
from auditkit.lifecycle.monitoring.telling import told

from .watched import GAP, RATE, WHO, as_lines, columns, decisions, followed, look, watch

NEVER = RATE | {"favourable": "refused", "reference": 0.0, "margin": 0.05}
ZERO = NEVER | {"values": ["yes", "no", "refused"], "may_never_come": True}


def with_refusals(events, share, spelt="refused"):
    """The same events, of which every so many is refused."""
    step = round(1 / share)
    return [event | {"decision": spelt} if k % step == 0 else event for k, event in enumerate(events)]


def test_a_rate_of_0_is_assessed_where_it_is_declared_and_confirmed(tmp_path):
    undeclared = look(tmp_path, decisions(900, seed=1), [NEVER], "a")
    assert (undeclared.exit_code, undeclared.lines[0].unseen) == (3, ("refused",))
    assert (
        "If it may never come: values = [...], all that decision can have, and may_never_come = true."
        in (undeclared.notes[0])
    )
    stands = look(tmp_path, decisions(900, seed=1), [ZERO], "b")
    [line] = stands.lines
    assert (stands.exit_code, line.unseen, line.undeclared, line.estimate.value) == (0, (), (), 0.0)
    assert line.n == 900


def test_it_alarms_as_any_rate_does(tmp_path):
    stands = look(tmp_path, with_refusals(decisions(2000, seed=2), 0.2), [ZERO])
    assert (stands.exit_code, stands.lines[0].side) == (1, "above")


@pytest.mark.parametrize("rule", [ZERO, GAP | {k: ZERO[k] for k in ("favourable", "values", "may_never_come")}])
def test_a_value_that_was_spelt_otherwise_takes_the_green_away(tmp_path, rule):
    """While none came the share is 0 however it is spelt; the first that comes is none of those declared."""
    log, state = tmp_path / "a.jsonl", tmp_path / "a" / "state.json"
    wrong = rule | {"favourable": "refusd", "values": ["yes", "no", "refusd"]}
    events = decisions(900, seed=3)
    assert look(tmp_path, events, [wrong]).exit_code == 0
    log.write_text(as_lines([*events, events[0] | {"decision": "refused"}]))
    stands = monitor(str(log), watch(wrong), state)
    [line] = stands.lines
    assert (stands.exit_code, line.outcome, line.undeclared) == (3, Outcome.NOT_ASSESSED, ("refused",))
    [note] = [one for one in stands.notes if "not among its values, and came: refused" in one]
    assert 'Did you mean "refusd"' in note
    assert "◌ Undeclared" in told(stands)
    assert "1 of 1 questions declare less than what came" in told(stands)
    log.write_text(as_lines([*events, events[0] | {"decision": "refused"}, *decisions(800, seed=4)]))
    assert monitor(str(log), watch(wrong), state).exit_code == 3  # and it stays away


def test_a_group_may_be_meant_never_to_come(tmp_path):
    zero = WHO | {"reference": {"child": 0.0}, "values": ["woman", "man", "child"], "may_never_come": True}
    assert look(tmp_path, decisions(900, seed=1), [zero], "a").exit_code == 0
    several = WHO | {"reference": {"woman": 0.5, "child": 0.0}}
    assert look(tmp_path, decisions(900, seed=1), [several], "b").exit_code == 3


def test_groups_of_a_gap_have_to_come_all_the_same(tmp_path):
    zero = GAP | {"levels": ["woman", "mann"], "values": ["yes", "no"], "may_never_come": True}
    stands = look(tmp_path, decisions(900, seed=1), [zero])
    assert (stands.exit_code, stands.lines[0].unseen) == (3, ("mann",))


def test_no_number_of_other_values_hides_one_and_no_cut_changes_what_is_known(tmp_path):
    long = "x" * 59 + "…"  # what a longer value is cut to, and declared
    rules = [NEVER | {"favourable": long, "values": ["yes", "no", long], "may_never_come": True}]
    events = [*decisions(60, seed=1), {"decision": "x" * 300}]
    whole = followed(rules, events)
    for cut in (1, 30, 60):
        assert followed(rules, events, [cut]).to_json() == whole.to_json()
    assert set(whole.seen["decision"]) - {"yes", "no"} == {f"{long}…"}
    many = [{"decision": f"v{k}"} for k in range(100)]
    seen = see(whole.seen, whole.watch, columns(many))
    assert len(set(seen["decision"]) - {"yes", "no", long}) == 20


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"values": ["yes", "no", "refused"]}, "Give both or neither"),
        ({"may_never_come": True}, "Give both or neither"),
        ({"values": ["yes", "no"], "may_never_come": True}, '"refused" is not among its values: yes, no'),
        ({"values": ["yes", "refusd"], "may_never_come": True}, 'Did you mean "refusd"'),
        ({"values": ["yes", "yes", "refused"], "may_never_come": True}, "a level stands twice"),
        ({"values": ["yes", 1], "may_never_come": True}, '"values"'),
    ],
)
def test_half_a_declaration_is_refused(keys, says):
    with pytest.raises(InputError, match=says):
        read_watch(watch(NEVER | keys))


def test_a_watch_from_before_is_the_same_watch_and_a_state_keeps_the_declaration(tmp_path):
    assert not {"values", "may_never_come"} & set(read_watch(watch(GAP, RATE, WHO)).model_dump(mode="json")["rules"][0])
    look(tmp_path, decisions(400, seed=1), [ZERO])
    state = tmp_path / "a" / "state.json"
    assert json.loads(state.read_text())["watch"]["rules"][0]["values"] == ZERO["values"]
    with pytest.raises(InputError, match="another values, may_never_come"):
        read_state(state, read_watch(watch(NEVER)))
    text = State.begun(read_watch(watch(ZERO)), "a").to_json()
    assert State.from_json(text, read_watch(watch(ZERO))).to_json() == text
