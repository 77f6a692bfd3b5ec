"""Many questions at once: the pace is held over all threads, and they share nothing else."""

from __future__ import annotations

import json
import pickle
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auditkit.core.probe import Prompt
from auditkit.core.target import Said
from auditkit.eliciting import elicit
from tests.targets.stub import Asking, Step, fails, says

pytestmark = pytest.mark.usefixtures("key", "hurried")


def test_questions_are_asked_at_the_same_time(serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server answers none before eight wait for it, and counts how many ever do: no clock is asked."""
    stub, target = serve(concurrent=8)
    eight, waiting, most, reply = threading.Barrier(8), [0], [0], stub.reply

    def together(*asked: Any) -> Step:
        with stub.lock:
            waiting[0] += 1
            most[0] = max(most[0], waiting[0])
        try:
            eight.wait(20)  # a question that is asked alone waits in vain
        finally:
            with stub.lock:
                waiting[0] -= 1
        return reply(*asked)

    monkeypatch.setattr(stub, "reply", together)
    texts = tuple(f"word {k}" for k in range(32))
    table = elicit(Asking(texts), target, into=tmp_path).to_frame()
    assert list(table["answer"]) == [f"you said {text}" for text in texts]
    assert most == [8]
    assert set(stub.asked.values()) == {1}


def test_the_pace_is_held_over_threads(serve: Any, tmp_path: Path) -> None:
    stub, target = serve({"word 3": [fails(500), says("x")]}, concurrent=8, requests_per_minute=1200)
    begun = time.monotonic()
    elicit(Asking(tuple(f"word {k}" for k in range(20))), target, into=tmp_path)
    assert len(stub.times) == 21
    assert (np.array(stub.times) - begun >= 0.05 * 0.95 * np.arange(21)).all(), "none comes early, and some come late"
    assert np.sort(np.diff(stub.times))[2] > 0.01, "but for two that were held up on the way"


def test_a_server_is_left_alone_as_long_as_it_asks(serve: Any) -> None:
    stub, target = serve({"a": [fails(429, Retry_After="0.5"), says("x")]})
    target.generate([Prompt("a")], [0])
    assert 0.5 <= stub.times[1] - stub.times[0] < 5  # ten times: a shared machine is late, one that misreads it more so


def test_threads_share_no_cookies_and_no_answers(serve: Any) -> None:
    baked = Step(says("x").body, headers={"Set-Cookie": "who=me; Path=/"})
    stub, target = serve({"a": [baked]}, concurrent=4)
    found: dict[int, Any] = {}

    def ask(k: int) -> None:
        found[k] = [target.generate([Prompt(f"{k} {j}")], [0])[0] for j in range(20)]

    target.generate([Prompt("a")], [0])
    threads = [threading.Thread(target=ask, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {k: [Said(f"you said {k} {j}") for j in range(20)] for k in range(4)}
    assert "who=me" not in "".join(stub.headers)
    assert target.met == {"answered": 81}


def test_it_travels_without_its_connections(serve: Any) -> None:
    _, target = serve()
    target.generate([Prompt("a")], [0])
    there = pickle.loads(pickle.dumps(target))  # as a process pool sends it: bytes made on this line
    assert there == target
    assert there.fingerprint == target.fingerprint != replace(target, model="other").fingerprint
    assert there.generate([Prompt("a")], [0]) == [Said("you said a")]
    assert there.met == {"answered": 1}
    assert json.loads(json.dumps(target.settings)) == target.settings
