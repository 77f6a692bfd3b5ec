"""monitor on groups that come in turns: a gap and a rate in step with the turns are the same, so neither is told."""

import json

import numpy as np
import pytest

from auditkit.cli import main
from auditkit.core.judgement import Outcome
from auditkit.lifecycle.monitoring import monitor
from auditkit.lifecycle.monitoring.telling import told

from .watched import GAP, WHO, as_lines, decisions, watch


def in_turns(n, length=200, swing=0.2, seed=0):
    """Women by themselves, then men: the rate is everybody's, and moves with the turns."""
    turn, rng = np.arange(n) // length % 2, np.random.default_rng(seed)
    yes = rng.random(n) < 0.3 + swing * turn
    return [{"gender": ("woman", "man")[t], "decision": "yes" if y else "no"} for t, y in zip(turn, yes, strict=True)]


def looked(place, events, name="s"):
    (place / f"{name}.jsonl").write_text(as_lines(events))
    return monitor(str(place / f"{name}.jsonl"), watch(GAP), place / name / "state.json")


@pytest.mark.parametrize("swing", [0.2, 0.6])
@pytest.mark.parametrize("n", [300, 4000])
def test_two_groups_in_turns_are_not_assessed_and_the_reason_is_said(n, swing, tmp_path):
    stands = looked(tmp_path, in_turns(n, swing=swing))
    [line] = stands.lines
    assert (stands.exit_code, line.outcome, line.n, line.in_runs) == (3, Outcome.NOT_ASSESSED, 0, True)
    text = told(stands)
    assert "◌ In turns" in text
    assert "1 of 1 questions have groups in turns" in text
    [note] = [note for note in stands.notes if "come in turns" in note]
    assert "nothing that is seen tells them apart: not assessed" in note
    assert f"{line.apart:,} events went by" in note


def test_turns_behind_a_mixed_stream_raise_nothing_and_end_its_quiet(tmp_path):
    mixed = decisions(3000, seed=3)
    assert looked(tmp_path, mixed).exit_code == 0
    stands = looked(tmp_path, mixed + in_turns(3000))
    assert (stands.exit_code, stands.lines[0].alarm_at) == (3, None)
    assert looked(tmp_path, mixed + in_turns(3000) + decisions(500, seed=4)).exit_code == 0


def test_a_gap_is_found_when_the_groups_mix_again(tmp_path):
    stands = looked(tmp_path, in_turns(3000) + decisions(3000, 0.6, 0.3, seed=5))
    assert stands.exit_code == 1
    assert 3000 < stands.lines[0].alarm_at < 3600
    assert stands.lines[0].change.until > 3000


def test_an_alarm_of_before_the_turns_stays(tmp_path):
    assert looked(tmp_path, decisions(2000, 0.7, 0.3) + in_turns(2000)).exit_code == 1


def test_rules_that_compare_nobody_are_told_all_the_same(tmp_path):
    (tmp_path / "log.jsonl").write_text(as_lines(in_turns(4000)))
    stands = monitor(str(tmp_path / "log.jsonl"), watch(GAP, WHO), tmp_path / "s" / "state.json")
    assert [line.outcome for line in stands.lines][1] in (Outcome.PASS, Outcome.FAIL)
    assert stands.lines[1].n == 4000


def test_the_command_says_it_in_json_and_by_its_exit_code(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.jsonl").write_text(as_lines(in_turns(2000)))
    rule = "\n".join(f"{key} = {json.dumps(value)}" for key, value in GAP.items())
    (tmp_path / "watch.toml").write_text(f"horizon = 8000\n[[rules]]\n{rule}\n")
    call = ["monitor", "log.jsonl", "--watch", "watch.toml", "--state", "s/state.json", "--format", "json"]
    assert main(call) == 3
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["lines"][0]["in_runs"]
    assert any("come in turns" in note for note in said["notes"])
