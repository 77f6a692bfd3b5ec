"""An endpoint where things go wrong: they are retried and counted apart, and nothing is asked twice nor told."""

from __future__ import annotations

import io
import json
import logging
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import auditkit
from auditkit.core.errors import InputError
from auditkit.detectors import selection
from auditkit.eliciting import elicit
from auditkit.runs import Run
from auditkit.targets import pacing
from auditkit.targets.endpoint import Endpoint
from tests.eliciting.dots import records
from tests.targets.canary import CANARY, WHOLE
from tests.targets.stub import MANY, Asking, Step, Stub, fails, says, told

pytestmark = pytest.mark.usefixtures("key", "hurried")

ROOT = Path(__file__).parents[2]
SCRIPT = {
    "limited": [fails(429, Retry_After="0.05"), fails(429), says("after all")],
    "ill": [fails(500), fails(503), says("after all")],
    "broken": [Step(b'{"choices": [{"mess'), Step(WHOLE, cut=20), says("after all")],
    "dropped": [Step(drop=True), says("after all")],
    "always limited": [fails(429, f"slow down {CANARY}")],
    "always ill": [fails(500, "no")],
    "always slow": [says("late", wait=2.0)],
    "dripping": [Step(WHOLE, drip=0.1)],
    "always broken": [Step(b"<html>")],
    "always cut": [Step(WHOLE, cut=30)],
    "empty": [Step(b'{"choices": []}')],
    "always dropped": [Step(drop=True)],
    "filtered": [says("", "content_filter")],
    "filtered by an error": [fails(400, "no", "content_filter")],
    "refused": [says(None, message={"refusal": "I cannot say."})],
    "silent": [says("  ")],
    "long": [says("and so on", "length")],
    "told": [says("A", **told(-0.5), top={"system_fingerprint": "fp_1"})],
    "echoing the key": [says(f"your key is {CANARY}")],
    "half a letter": [Step(json.dumps({"choices": [{"message": {"content": "a\ud83d"}}]}).encode())],
}


@pytest.fixture(scope="module")
def sitting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stub, Endpoint, Run, str]]:
    """One run over everything that can be met, with all that a library could write to a log."""
    folder = tmp_path_factory.mktemp("endpoint") / "run"
    stub, log = Stub(SCRIPT), io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    before = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    with pytest.MonkeyPatch.context() as patch, stub.served() as url:
        patch.setenv("OPENAI_API_KEY", CANARY)
        patch.setattr(pacing, "FIRST", 0.01)
        target = Endpoint("stub", base_url=url, retries=2, timeout=1.0, concurrent=8, logprobs=True)
        run = elicit(Asking(tuple(SCRIPT)), target, into=folder)
        yield stub, target, run, log.getvalue()
    logging.getLogger().removeHandler(handler)
    logging.getLogger().setLevel(before)


def test_the_run_finishes_and_counts_each_kind(sitting: tuple[Stub, Endpoint, Run, str]) -> None:
    _, target, run, _ = sitting
    assert run.failures == {
        "RateLimited: the server answered 429; asked 3 times": 1,
        "ServerError: the server answered 500; asked 3 times": 1,
        "TimedOut: no whole answer within 1 s; asked 3 times": 2,
        "Unreadable: the reply was no JSON; asked 3 times": 1,
        "Unreadable: the reply was broken off; asked 3 times": 1,
        "Unreadable: the reply held no answer; asked 3 times": 1,
        "Unreachable: the connection was dropped; asked 3 times": 1,
    }
    assert run.refusals == {
        "content_filter": 2,
        "the model refused: I cannot say": 1,
        "nothing was said": 1,
    }
    assert target.met == {
        "answered": 8,
        "refused": 4,
        "429": 5,
        "500": 4,
        "503": 1,
        "time-outs": 6,
        "broken": 11,
        "unreachable": 4,
        "retries": 23,
    }


def test_nothing_is_asked_twice(sitting: tuple[Stub, Endpoint, Run, str]) -> None:
    stub, target, run, _ = sitting
    expected = {name: 3 if name.startswith("always") else len(steps) for name, steps in SCRIPT.items()}
    expected |= {"dripping": 3, "empty": 3}
    assert stub.asked == expected
    elicit(Asking(tuple(SCRIPT)), target, into=run.folder)
    assert stub.asked == expected


def test_what_is_told_is_in_the_table(sitting: tuple[Stub, Endpoint, Run, str]) -> None:
    table = sitting[2].to_frame().set_index("word")
    assert set(table.loc[["limited", "ill", "broken", "dropped"], "answer"]) == {"after all"}
    assert list(table.loc[["long", "told"], "cut"].fillna("no")) == ["yes", "no"]
    assert dict(table.loc["told", ["log_probability", "tokens", "system_fingerprint"]]) == {
        "log_probability": -0.5,
        "tokens": 1,
        "system_fingerprint": "fp_1",
    }
    assert table.loc["half a letter", "answer"] == "a�"
    refused = selection.Refusal(answered="yes", versus="silent")
    report = auditkit.audit(sitting[2], refused, group="word", responded="answered")
    assert len(report.findings) > 0


def test_the_key_is_in_no_byte_written(sitting: tuple[Stub, Endpoint, Run, str], tmp_path: Path) -> None:
    stub, target, run, log = sitting
    assert all(f"Bearer {CANARY}" in headers for headers in stub.headers)
    refused = selection.Refusal(answered="yes", versus="silent")
    auditkit.audit(run, refused, group="word", responded="answered").save(tmp_path / "report.json")
    files = [file for folder in (run.folder, tmp_path) for file in folder.rglob("*") if file.is_file()]
    assert len(files) >= 2
    for content in (*(file.read_bytes() for file in files), log.encode(), repr(target).encode(), pickle.dumps(target)):
        assert CANARY.encode() not in content
    assert run.to_frame().set_index("word").loc["echoing the key", "answer"] == "your key is [key]"
    assert "HTTP Request" in log
    assert CANARY not in repr(target.settings) + target.fingerprint + repr(vars(target))


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (fails(401, "Incorrect"), r"401: Incorrect\. Put a key that it knows into .* OPENAI_API_KEY"),
        (fails(403), r"answered 403\. The key in OPENAI_API_KEY may not ask"),
        (fails(404, "no model"), r"404: no model\. Mend base_url, api or the name of the model"),
        (fails(307, Location="http://127.0.0.1:1/"), r"answered 307\. It is sent elsewhere"),
        (fails(429, "You exceeded", "insufficient_quota"), r"account has nothing left: You exceeded"),
        (fails(429, Retry_After="86400"), r"asks to be left alone for 86,400 s"),
    ],
)
def test_what_the_user_must_mend_ends_the_run_at_once(step: Step, says: str, serve: Any, tmp_path: Path) -> None:
    stub, target = serve({"b": [step]}, concurrent=2)
    with pytest.raises(InputError, match=says):
        elicit(Asking(("a", "b")), target, into=tmp_path)
    assert stub.asked["b"] == 1
    assert CANARY not in repr(records(tmp_path))
    stub.script = {}
    assert len(elicit(Asking(("a", "b")), target, into=tmp_path).failures) == 0
    assert stub.asked["a"] <= 2  # in flight when the run ended, it may be lost
    assert stub.asked["b"] == 2


def test_no_server_at_all_ends_the_run_and_costs_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be reached: no connection .* Start the server"):
        elicit(Asking(("a",)), Endpoint("m", base_url="http://127.0.0.1:9", retries=1), into=tmp_path)
    assert len(Run(tmp_path)) == 0


class Holding(Stub):
    """From so many prompts on it answers nobody until it is told to."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after, self.free = after, threading.Event()

    def reply(self, body: dict[str, Any], headers: str) -> Step:
        step = super().reply(body, headers)
        if len(self.asked) > self.after:
            self.free.wait(120)
        return step


def still(counted: Callable[[], int]) -> int:
    """A count, once it has stood for a second."""
    before = -1
    while (now := counted()) != before:
        before = now
        time.sleep(1)
    return now


@pytest.mark.parametrize("after", [16, pytest.param(36, marks=pytest.mark.slow)])
def test_a_killed_run_asks_nothing_again_that_was_recorded(after: int, tmp_path: Path) -> None:
    """What was in flight may be asked again: at most one prompt a thread, where what was answered is recorded."""
    stub = Holding(after)
    with stub.served() as url:
        script = ["-c", "from tests.targets.stub import main; main()", str(tmp_path / "run"), url]
        process = subprocess.Popen([sys.executable, *script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        while len(stub.asked) <= after and process.poll() is None:
            time.sleep(0.01)
        still(lambda: len(stub.asked) + len(Run(tmp_path / "run")))
        process.kill()
        rest, errors = process.communicate()
        assert (rest, errors) == (b"", b"")
        asked = dict(stub.asked)
        stub.free.set()
        recorded = {g.text for g in Run(tmp_path / "run").store.generations()}
        assert 4 <= len(recorded) < 60
        target = Endpoint("stub", base_url=url)
        elicit(MANY, target, into=tmp_path / "run")
        assert all(stub.asked[text] == 1 for text in recorded)
        again = {text for text, times in stub.asked.items() if times > 1}
        assert again == set(asked) - recorded
        assert len(again) <= target.concurrent
        assert max(stub.asked.values()) <= 2
        assert len(stub.asked) == 60
        elicit(MANY, target, into=tmp_path / "whole")
    assert records(tmp_path / "run") == records(tmp_path / "whole")
    for file in (tmp_path / "run").rglob("*"):
        assert not file.is_file() or CANARY.encode() not in file.read_bytes()


def test_a_question_that_a_server_rejects_costs_itself(serve: Any, tmp_path: Path) -> None:
    """Of a server that has answered others: before that, the settings are at fault, and the run stops."""
    script = {"a": [says("yes")], "b": [fails(400, "context too long")], "c": [says("no")]}
    stub, target = serve(script, concurrent=1)
    run = elicit(Asking(("a", "b", "c")), target, into=tmp_path / "run")
    assert dict(run.failures) == {"Rejected: the server answered 400": 1}
    assert stub.asked["b"] == 1
    _, first = serve(script, concurrent=1)
    with pytest.raises(InputError, match=r"answered 400: context too long\. Change the settings or the prompt"):
        elicit(Asking(("b", "a")), first, into=tmp_path / "other")
    _, unwilling = serve({"a": [Step(b"<b>no</b>", 422)]})
    with pytest.raises(InputError, match="answered 422: <b>no</b>"):
        elicit(Asking(("a",)), unwilling, into=tmp_path / "third")
