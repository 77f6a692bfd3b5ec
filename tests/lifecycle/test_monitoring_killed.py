"""Killed with -9 at any moment, started again, and in the end to the byte what it would have been."""

import json
import subprocess
import sys

import pytest

from auditkit.lifecycle.monitoring import monitor
from auditkit.lifecycle.recording import done, recorded

from .watched import ALL, as_lines, decisions, into_folder, into_table, watch

LIVES = '''
import json, os, random, signal, sys
import duckdb, scipy.special  # before the fork
from auditkit.lifecycle.monitoring import monitor
from auditkit.lifecycle.monitoring.sources import Given

kind, source, rules, state, seed = sys.argv[1:]
rng, killed = random.Random(int(seed)), 0

def watched(state=state):
    given = Given(open(source, "rb")) if kind == "stdin" else source
    monitor(given, json.loads(rules), state, table="decisions" if kind == "table" else None,
            replay=kind == "stdin", stretch=150)

def mortal(moments):
    """Die at the n-th file that is opened, renamed or removed: between any two things that reach the disk."""
    left = [moments]
    def heard(event, arguments):
        if event in ("open", "os.rename", "os.remove", "os.mkdir", "fcntl.flock", "sqlite3.connect"):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(heard)

if kind != "folder":  # what is imported late is imported now, so that deaths fall on the work
    watched(state + "-warm/state.json")
while True:
    child = os.fork()
    if not child:
        if killed < 200:
            mortal(rng.randrange(1, 24 + 3 * killed))
        watched()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        killed += 1
        continue
    print(killed, os.WEXITSTATUS(status))
    break
'''


def source_of(tmp_path, kind, events):
    path = tmp_path / "log"
    if kind == "table":
        into_table(path, events)
    elif kind == "folder":
        into_folder(path, events, 260)
    else:
        path.write_text(as_lines(events))
    return path


SLOW = [pytest.param(kind, "6", marks=pytest.mark.slow) for kind in ("table", "folder", "stdin")]


@pytest.mark.parametrize(("kind", "seed"), [("lines", "5"), *SLOW])
def test_killed_at_any_moment_it_ends_as_if_nothing_had_happened(tmp_path, kind, seed):
    path = source_of(tmp_path, kind, decisions(1500, 0.8, 0.3, seed=21))
    whole, state = tmp_path / "whole" / "state.json", tmp_path / "killed" / "state.json"
    lived = [sys.executable, "-c", LIVES, kind, str(path), json.dumps(watch(*ALL, unit="user")), str(state), seed]
    answer = subprocess.run(lived, capture_output=True, text=True, timeout=100)
    assert answer.returncode == 0, answer.stderr
    killed, code = map(int, answer.stdout.split())
    assert code == 0
    assert killed >= 4
    if kind == "stdin":
        from auditkit.lifecycle.monitoring.sources import Given

        with path.open("rb") as file:
            monitor(Given(file), watch(*ALL, unit="user"), whole)
    else:
        monitor(str(path), watch(*ALL, unit="user"), whole, table="decisions" if kind == "table" else None)
    assert state.read_bytes() == whole.read_bytes()
    assert (state.parent / "alarms.json").read_bytes() == (whole.parent / "alarms.json").read_bytes()
    step = recorded(state.parent)
    assert done(state.parent, step) == step
    assert not list(state.parent.glob(".*.partial"))
