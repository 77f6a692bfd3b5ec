"""An endpoint: what goes wrong is retried and counted apart, nothing is asked twice, and the key is nowhere."""

from __future__ import annotations

import io
import json
import logging
import pickle
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import auditkit
from auditkit import catalog
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Refusal, Said
from auditkit.detectors import selection
from auditkit.eliciting import elicit
from auditkit.runs import Run
from auditkit.targets import pacing, requesting
from auditkit.targets.endpoint import Endpoint
from auditkit.targets.failing import RateLimited, ServerError, TimedOut, Unreachable, Unreadable
from tests.eliciting.dots import records
from tests.targets.stub import MANY, Asking, Deciding, Step, Stub, fails, says, told

ROOT = Path(__file__).parents[2]
CANARY = "canary-0f3c9d2e71b84a65"
WHOLE = says("whole").body


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    return CANARY


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "FIRST", 0.01)


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[Stub, Endpoint]]]:
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(script: dict[str, list[Step]] | None = None, wait: float = 0.0, **more: Any) -> tuple[Stub, Endpoint]:
            stub = Stub(script, wait)
            return stub, Endpoint("stub", base_url=stack.enter_context(stub.served()), **{"retries": 2, **more})

        yield start


SCRIPT = {
    "limited": [fails(429, Retry_After="0.05"), fails(429), says("after all")],
    "ill": [fails(500), fails(503), says("after all")],
    "broken": [Step(b'{"choices": [{"mess'), Step(WHOLE, cut=20), says("after all")],
    "dropped": [Step(drop=True), says("after all")],
    "always limited": [fails(429, f"slow down {CANARY}")],
    "always ill": [fails(500, "no")],
    "always slow": [says("late", wait=0.6)],
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
        target = Endpoint("stub", base_url=url, retries=2, timeout=0.3, concurrent=8, logprobs=True)
        run = elicit(Asking(tuple(SCRIPT)), target, into=folder)
        yield stub, target, run, log.getvalue()
    logging.getLogger().removeHandler(handler)
    logging.getLogger().setLevel(before)


def test_the_run_finishes_and_counts_each_kind(sitting: tuple[Stub, Endpoint, Run, str]) -> None:
    _, target, run, _ = sitting
    assert run.failures == {
        "RateLimited: the server answered 429; asked 3 times": 1,
        "ServerError: the server answered 500; asked 3 times": 1,
        "TimedOut: no whole answer within 0.3 s; asked 3 times": 2,
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


FAULTS = {
    RateLimited: fails(429, CANARY),
    ServerError: fails(502, CANARY),
    TimedOut: says("late", wait=0.4),
    Unreadable: Step(WHOLE, cut=9),
    Unreachable: Step(drop=True),
    InputError: fails(401, f"Incorrect API key provided: {CANARY}. \x1b[31m" + "x" * 1000),
}


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: kind.__name__)
def test_an_error_holds_no_key_and_no_frame_that_did(kind: type[Exception], serve: Any) -> None:
    _, target = serve({"a": [FAULTS[kind]]}, retries=0, timeout=0.2)
    with pytest.raises(kind) as caught:
        target.generate([Prompt("a")], [0])
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "requesting.py" in shown
    assert CANARY not in shown.replace(repr(FAULTS[kind]), "")
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 500


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


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://example.org", "no address"),
        ("file:///etc/passwd", "no address"),
        ("example.org", "no address"),
        ("http://127.0.0.1:notaport", "no address"),
        ("https://me:secret@example.org/v1", "may be a key"),
        ("https://example.org/v1?api-key=secret", "may be a key"),
        ("https://example.org/sk-abcdefghijklmnop1234", "A key stands in a field"),
        (f"https://example.org/{CANARY}/v1", "A key stands in a field"),
        ("http://example.org/v1", "in the clear"),
        ("http://127.0.0.1.example.org/v1", "in the clear"),
    ],
)
def test_addresses_that_are_refused(url: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        Endpoint("m", base_url=url)
    assert "secret" not in str(caught.value)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "fields",
    [
        {"key_env": "sk-proj-abcdefghijklmnop"},
        {"key_env": CANARY},
        {"key_env": "AKIAABCDEFGHIJKLMNOP"},
        {"extra": {"api_key": "whatever-secret"}},
        {"extra": {"headers": {"x": "Bearer whatever"}}},
        {"extra": {"headers": {"X-API-Key": "whatever"}}},
        {"extra": {"tools": [{"api-key": "whatever"}]}},
        {"extra": {"user": CANARY}},
        {"model": CANARY},
        {"title": "gsk_abcdefghijklmnopqrstu"},
    ],
)
def test_a_key_in_place_of_its_name_is_refused_and_not_repeated(fields: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="key_env") as caught:
        Endpoint(**{"model": "m", "base_url": "https://example.org/v1", **fields})
    for secret in (CANARY, "abcdefghijklmnop", "whatever"):
        assert secret not in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"api": "responses"}, "no api"),
        ({"retries": -1}, "at least 0"),
        ({"timeout": 0.0}, "above 0"),
        ({"requests_per_minute": 0.0}, "above 0"),
        ({"temperature": -1.0}, "at least 0"),
        ({"top_p": 0.0}, "above 0 and at most 1"),
        ({"extra": {"messages": []}}, 'extra has "messages"'),
        ({"extra": {"bias": float("nan")}}, "extra holds what JSON cannot"),
        ({"extra": {"bias": object()}}, "extra holds what JSON cannot"),
        ({"model": ""}, "no name"),
    ],
)
def test_settings_that_are_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        Endpoint(**{"model": "m", "base_url": "https://example.org/v1", **fields})


def test_a_key_that_is_not_there(monkeypatch: pytest.MonkeyPatch, serve: Any) -> None:
    stub, target = serve()
    monkeypatch.delenv("OPENAI_API_KEY")
    assert target.generate([Prompt("a")], [0]) == [Said("you said a")]
    assert "Authorization" not in stub.headers[-1]
    with pytest.raises(InputError, match=r"OPENAI_API_KEY is not set, and example\.invalid wants a key"):
        Endpoint("m", base_url="https://example.invalid").generate([Prompt("a")], [0])
    monkeypatch.setenv("OPENAI_API_KEY", "kéy\n")
    with pytest.raises(InputError, match="letters that no key has"):
        target.generate([Prompt("a")], [0])


def test_a_plan_can_name_one_and_its_key_only_by_name() -> None:
    told = {"model": "m", "base_url": "https://example.org/v1", "key_env": "MY_KEY", "extra": {"top_k": 5}}
    built = catalog.target("endpoint", told)
    assert repr(built) == repr(Endpoint("m", base_url="https://example.org/v1", key_env="MY_KEY", extra={"top_k": 5}))
    with pytest.raises(InputError, match='no key "key"') as caught:
        catalog.target("endpoint", {**told, "key": CANARY})
    assert CANARY not in str(caught.value)


def test_a_prompt_becomes_messages_and_a_picture_goes_with_them(serve: Any) -> None:
    stub, target = serve(seed=True, top_p=0.9, extra={"reasoning_effort": "low"})
    talk = Prompt("And now?", given="Be brief.", turns=(("Who?", "Ada."),))
    target.generate([talk], [2**62 + 5])
    body = stub.bodies["And now?"][0]
    assert [one["role"] for one in body["messages"]] == ["system", "user", "assistant", "user"]
    assert {k: v for k, v in body.items() if k != "messages"} == {
        "model": "stub",
        "temperature": 1.0,
        "max_tokens": 256,
        "top_p": 0.9,
        "seed": 5,
        "reasoning_effort": "low",
    }
    blank = np.zeros((4, 4, 3), np.uint8)
    assert target.caption([Prompt(image=blank)], [0]) == [Said(f"you said {target.question}")]
    _, image = stub.bodies[target.question][0]["messages"][0]["content"]
    assert image["image_url"]["url"].startswith("data:image/png;base64,iVBORw0KGgo")
    with pytest.raises(InputError, match="no picture to caption"):
        target.caption([Prompt("a")], [0])
    with pytest.raises(InputError, match="take words alone"):
        replace(target, api="completions").generate([Prompt("a", blank)], [0])
    replace(target, api="completions").generate([talk], [0])
    assert list(stub.asked)[-1] == "Be brief. Who? Ada. And now?"


CHANCES = {" A": -1.0, "A": -2.0, "B": -1.5, "C": -3.0}


def test_a_decision_by_first_tokens(serve: Any) -> None:
    stub, target = serve({"?": [says("A", "length", **told(-1.0, CHANCES))]}, logprobs=True)
    prompt = Prompt("?", options=("A", "B"))
    answers = target.decide([prompt] * 200, range(200))
    a, b = np.exp(-1) + np.exp(-2), np.exp(-1.5)
    assert answers[0].told == pytest.approx({"mass": a + b, "P(A)": a, "P(B)": b})
    share = np.mean([answer.text == "A" for answer in answers])
    assert abs(share - a / (a + b)) < 4 * np.sqrt(0.25 / 200)
    assert answers == target.decide([prompt] * 200, range(200))
    body = stub.bodies["?"][0]
    assert (body["max_tokens"], body["logprobs"], body["top_logprobs"], body["temperature"]) == (1, True, 20, 1.0)
    sure = replace(target, temperature=0.0).decide([prompt] * 20, range(20))
    assert {answer.text for answer in sure} == {"A"}
    plain = {"logprobs": {"tokens": ["A"], "token_logprobs": [-1.0], "top_logprobs": [CHANCES]}}
    stub.script = {"?": [says("A", **plain)]}
    assert replace(target, api="completions").decide([prompt], [0])[0].told["P(A)"] == pytest.approx(a)


def test_a_decision_in_words_where_first_tokens_do_not_tell(serve: Any) -> None:
    stub, target = serve(
        {
            "shared": [says("n", "length", **told(-1.0, {"n": -1.0, "nurse": -2.0})), says("The nurse.")],
            "untold": [says("x"), says("The nurse, I think.")],
            "plain": [says("The nurse.")],
            "refused": [says(None, message={"refusal": "No."})],
        },
        logprobs=True,
    )
    options = ("nurse", "none")
    ask = [Prompt(text, options=options) for text in ("shared", "untold", "refused")]
    assert target.decide(ask, [0, 0, 0]) == [
        Said("The nurse."),
        Said("The nurse, I think."),
        Refusal("the model refused: No"),
    ]
    assert stub.bodies["shared"][1]["max_tokens"] == 256
    quiet = replace(target, logprobs=False)
    assert quiet.decide([Prompt("plain", options=options)], [0]) == [Said("The nurse.")]
    assert stub.asked["plain"] == 1
    with pytest.raises(InputError, match="no options"):
        quiet.decide([Prompt("plain")], [0])


def test_decisions_are_recorded(serve: Any, tmp_path: Path) -> None:
    _, target = serve({"?": [says("A", **told(-1.0, CHANCES))]}, logprobs=True)
    table = elicit(Deciding(("?",), 10, options=("A", "B")), target, into=tmp_path).to_frame()
    assert set(table["answer"]) == {"A", "B"}
    assert table["mass"].nunique() == 1


def test_a_score_needs_an_echo(serve: Any) -> None:
    logs = {
        "tokens": ["The", " cook", " sings", " well"],
        "token_logprobs": [None, -1.0, -2.0, -9.0],
        "text_offset": [0, 3, 8, 14],
    }
    stub, target = serve({"The cook sings": [says("", logprobs=logs)], "b": [says("no echo")]}, api="completions")
    assert target.score([Prompt("cook sings", given="The")], [0]) == [
        Said("", {"log_probability": -3.0, "tokens": 2}),
    ]
    assert target.score([Prompt("The cook sings")], [0])[0].told["tokens"] == 2
    assert stub.bodies["The cook sings"][0]["echo"] is True
    with pytest.raises(InputError, match="must echo them"):
        target.score([Prompt("b")], [0])
    with pytest.raises(InputError, match=r"cannot score\. It can: generate, caption, decide"):
        replace(target, api="chat").score([Prompt("b")], [0])


@pytest.mark.parametrize(
    "logs",
    [
        {"content": [{"token": "A", "logprob": "x"}]},
        {"content": [{"token": "A", "logprob": True}]},
        {"content": [{"token": "A", "logprob": 10**400}]},
        {"content": [1]},
        {"content": 1},
        [1],
    ],
)
def test_log_probabilities_that_are_none_are_unreadable(logs: Any, serve: Any) -> None:
    _, target = serve({"a": [says("A", logprobs=logs)]}, logprobs=True, retries=0)
    with pytest.raises(Unreadable):
        target.generate([Prompt("a")], [0])
    with pytest.raises(Unreadable):
        target.decide([Prompt("a", options=("A", "B"))], [0])


def test_a_log_probability_without_bound_is_unreadable(serve: Any) -> None:
    body = b'{"choices": [{"message": {"content": "A"}, "logprobs": {"content": [{"token": "A", "logprob": 1e999}]}}]}'
    _, target = serve({"a": [Step(body)]}, logprobs=True, retries=0)
    with pytest.raises(Unreadable, match="no number"):
        target.generate([Prompt("a")], [0])


def test_a_key_that_is_spelled_otherwise_is_taken_out(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary/0f3c+9d2e")
    body = rb'{"choices": [{"message": {"content": "canary\/0f3c+9d2e \u0063anary/0f3c\u002B9d2e"}}]}'
    _, target = serve({"a": [Step(body)]})
    assert target.generate([Prompt("a")], [0]) == [Said("[key] [key]")]


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"choices": NaN}', b"\xff\xfe", b"[]", b"null", b'"x"'])
def test_replies_that_are_none(body: bytes, serve: Any) -> None:
    _, target = serve({"a": [Step(body)]}, retries=0)
    with pytest.raises(Unreadable):
        target.generate([Prompt("a")], [0])


def test_a_flood_is_not_read(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requesting, "LARGEST", 1000)
    _, target = serve({"a": [says("x" * 2000)]}, retries=0)
    with pytest.raises(Unreadable, match="longer than"):
        target.generate([Prompt("a")], [0])


def test_questions_are_asked_at_the_same_time(serve: Any, tmp_path: Path) -> None:
    stub, target = serve(wait=0.2, concurrent=8)
    texts = tuple(f"word {k}" for k in range(32))
    begun = time.monotonic()
    table = elicit(Asking(texts), target, into=tmp_path).to_frame()
    spent = time.monotonic() - begun
    assert list(table["answer"]) == [f"you said {text}" for text in texts]
    assert 0.8 <= spent < 0.2 * 32 / 2
    assert set(stub.asked.values()) == {1}


def test_the_pace_is_held_over_threads(serve: Any, tmp_path: Path) -> None:
    stub, target = serve({"word 3": [fails(500), says("x")]}, concurrent=8, requests_per_minute=1200)
    elicit(Asking(tuple(f"word {k}" for k in range(20))), target, into=tmp_path)
    assert len(stub.times) == 21
    assert stub.times[-1] - stub.times[0] >= 20 * 0.05 * 0.95
    assert min(np.diff(stub.times)) > 0.01


def test_a_server_is_left_alone_as_long_as_it_asks(serve: Any) -> None:
    stub, target = serve({"a": [fails(429, Retry_After="0.5"), says("x")]})
    target.generate([Prompt("a")], [0])
    assert 0.5 <= stub.times[1] - stub.times[0] < 2


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


@pytest.mark.parametrize("after", [0.4, pytest.param(0.9, marks=pytest.mark.slow)])
def test_a_killed_run_asks_nothing_again_that_was_recorded(after: float, tmp_path: Path) -> None:
    """What was in flight may be asked again: at most one prompt a thread."""
    stub = Stub(wait=0.1)
    with stub.served() as url:
        script = ["-c", "from tests.targets.stub import main; main()", str(tmp_path / "run"), url]
        process = subprocess.Popen([sys.executable, *script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        while not stub.asked:
            time.sleep(0.01)
        time.sleep(after)
        process.kill()
        rest, errors = process.communicate()
        assert (rest, errors) == (b"", b"")
        time.sleep(0.2)
        recorded = {g.text for g in Run(tmp_path / "run").store.generations()}
        asked = stub.asked.copy()
        assert 4 <= len(recorded) < 60
        target = Endpoint("stub", base_url=url)
        elicit(MANY, target, into=tmp_path / "run")
        assert all(stub.asked[text] == 1 for text in recorded)
        again = {text for text, times in stub.asked.items() if times > 1}
        assert again == set(asked) - recorded
        assert len(again) <= target.concurrent
        assert max(stub.asked.values()) <= 2
        assert len(stub.asked) == 60
        stub.wait = 0.0
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
