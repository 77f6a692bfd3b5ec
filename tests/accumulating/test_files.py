"""A state is whole or refused, and two processes that write one file lose nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from auditkit.accumulating import State, alone
from auditkit.accumulating.wire import state_from_json
from auditkit.core.errors import InputError
from tests.accumulating.nightly import drawn, run_of

ROOT = Path(__file__).parents[2]
STATE, _ = run_of([drawn(seed, 0.25, run=("f", "p", str(seed))) for seed in range(5)])


def test_a_state_comes_back_as_it_was(tmp_path: Path) -> None:
    assert State.read(STATE.save(tmp_path / "deep" / "state.json")) == STATE
    assert STATE.standing
    assert State.read(tmp_path / "none.json") == State()


def test_a_state_goes_on_from_its_file_as_it_would_have(tmp_path: Path) -> None:
    nights = [drawn(seed, 0.1) for seed in range(8)]
    straight, said = run_of(nights)
    state = State()
    for report in nights:
        state, last = run_of([report], state=state)
        state = State.read(state.save(tmp_path / "state.json"))
    assert state == straight
    assert last == said


def test_the_file_is_small_and_always_the_same(tmp_path: Path) -> None:
    first, second = (STATE.save(tmp_path / name).read_bytes() for name in ("a.json", "b.json"))
    assert first == second
    assert len(first) < 3_000
    assert sorted(os.listdir(tmp_path)) == ["a.json", "b.json"]


def refused(text: str) -> bool:
    """Whether a state is refused; what is not must be the state that was saved."""
    try:
        assert State(*state_from_json(text, "state.json")) == STATE
    except InputError:
        return True
    return False


def test_every_changed_byte_is_noticed_or_changes_nothing(tmp_path: Path) -> None:
    """Nothing is changed by a digit beyond what a number holds."""
    text = STATE.save(tmp_path / "state.json").read_text()
    places = range(0, len(text) - 1, 7)
    changed = [text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :] for at in places]
    assert sum(map(refused, changed)) > len(places) - 5


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '{"a": 1}', "[" * 100_000, '{"schema": 1}', "\x00"])
def test_what_is_no_state_is_refused_and_never_begun_again(tmp_path: Path, text: str) -> None:
    place = tmp_path / "state.json"
    place.write_text(text)
    with pytest.raises(InputError, match=r"damaged|schema|empty"):
        State.read(place)
    assert place.read_text() == text


def test_a_newer_state_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "state.json"
    place.write_text(json.dumps({"schema": 2, "reports": 3}))
    with pytest.raises(InputError, match="schema 2 and this auditkit reads schema 1"):
        State.read(place)


def test_a_write_that_fails_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = STATE.save(tmp_path / "state.json")
    before = place.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for call in ("fsync", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(os, call, full)
            with pytest.raises(InputError, match="No space left"):
                State().save(place)
        assert place.read_bytes() == before
        assert os.listdir(tmp_path) == ["state.json"]


def test_who_waits_too_long_says_so(tmp_path: Path) -> None:
    with (
        alone(tmp_path / "s.json"),
        pytest.raises(InputError, match="Another process"),
        alone(tmp_path / "s.json", 0.1),
    ):
        pass


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be kept"), alone(tmp_path / "file" / "state.json"):
        pass


WRITER = """
import sys
from auditkit.accumulating import State, alone
from tests.accumulating.nightly import drawn, judged
for seed in range(int(sys.argv[2]), int(sys.argv[2]) + 8):
    with alone(sys.argv[1]):
        judged(State.read(sys.argv[1]), drawn(seed, n=300 + seed))[0].save(sys.argv[1])
"""


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    place = tmp_path / "state.json"
    command = [sys.executable, "-c", WRITER, str(place)]
    both = [subprocess.Popen([*command, str(start)], cwd=ROOT) for start in (0, 100)]
    assert [process.wait(120) for process in both] == [0, 0]
    state = State.read(place)
    assert state.reports == 16
    (model,) = state.models.values()
    assert sorted(model.reports) == list(range(1, 17))


HOLDER = """
import time
from auditkit.accumulating import alone
with alone({!r}):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_process_that_is_killed_lets_go(tmp_path: Path) -> None:
    place = tmp_path / "state.json"
    held = HOLDER.format(str(place))
    process = subprocess.Popen([sys.executable, "-c", held], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait(30)
    process.stdout.close()
    begun = time.monotonic()
    with alone(place, 10):
        assert time.monotonic() - begun < 10
