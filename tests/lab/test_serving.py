"""The lab's server: OpenAI's shapes, loopback alone, and nothing that a web page could have it do."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Refusal, Said
from auditkit.lab.serving import Server
from auditkit.lab.voices import Causal, Plain, Voice, bundled
from auditkit.targets.causal_lm import CausalLm
from auditkit.targets.endpoint import Endpoint
from auditkit.targets.function import Function
from tests.lab.parrot import taught


def spoken(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
    return [answered(prompt, seed) for prompt, seed in zip(prompts, seeds, strict=True)]


def answered(prompt: Prompt, seed: int) -> Any:
    if prompt.text == "fail":
        raise ZeroDivisionError("secret")
    if prompt.text == "mend":
        raise InputError("Mend this.")
    if prompt.text == "silent":
        return Refusal("nothing was said")
    if prompt.text == "refuse":
        return Refusal("it does not know: refuse")
    return f"{prompt.given}|{prompt.turns}|{prompt.text}|{seed}"


@contextmanager
def served(voice: Voice) -> Iterator[Server]:
    with Server(voice) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def plain() -> Iterator[Server]:
    with served(Plain(Function(spoken, verb="generate", title="a function"))) as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return taught(tmp_path_factory.mktemp("parrot"))


@pytest.fixture(scope="module")
def causal(folder: Path) -> Iterator[Server]:
    with served(bundled("causal_lm", 0.0, folder)) as server:
        yield server


def ask(
    server: Server, path: str = "/v1/chat/completions", body: Any = None, method: str = "POST", **headers: str
) -> tuple[int, Any, dict[str, str]]:
    line = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    line.request(method, path, content if method == "POST" else None, told)
    reply = line.getresponse()
    text = reply.read().decode()
    line.close()
    plain = (reply.getheader("Content-Type") or "").startswith("application/json")
    return reply.status, json.loads(text) if plain else text, dict(reply.getheaders())


def says(text: str, **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], "seed": 3, **more}


def test_an_endpoint_asks_it_as_the_target_itself(plain: Server) -> None:
    target = Endpoint("any", base_url=plain.url, key_env="")
    talk = Prompt("and now", given="be brief", turns=(("who", "me"),))
    prompts = [Prompt("hello"), talk, Prompt("silent"), Prompt("refuse")]
    own = spoken(prompts, [1, 2, 3, 4])
    answers = target.generate(prompts, [1, 2, 3, 4])
    assert [each.text for each in answers[:2]] == own[:2]
    assert answers[2:] == [Refusal("nothing was said"), Refusal("the model refused: it does not know: refuse")]
    assert "system_fingerprint" in answers[0].told
    with pytest.raises(InputError, match="must echo"):
        Endpoint("any", base_url=plain.url, key_env="", api="completions").score([Prompt("x")], [0])


def test_the_list_of_models(plain: Server) -> None:
    status, told, headers = ask(plain, "/v1/models", method="GET")
    assert (status, [one["id"] for one in told["data"]]) == (200, ["a function"])
    assert not [name for name in headers if name.lower().startswith("access-control")]
    assert ask(plain, "/v1/engines", method="GET")[0] == 404


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "an object"),
        ({}, "messages are questions and answers"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "role of a message"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "in turn"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "no pictures"),
        (says("x", stream=True), "stream is True"),
        (says("x", n=2), "n is 2"),
        (says("x", temperature=-1), "temperature is a number"),
        (says("x", temperature="hot"), "temperature is a number"),
        (says("x", top_p=2), "top_p is a number"),
        (says("x", seed=-1), "seed is a number"),
        (says("x", logprobs=True, top_logprobs=50), "At most 20"),
        (says("mend"), "Mend this."),
    ],
)
def test_a_request_that_is_none(plain: Server, body: Any, says: str) -> None:
    status, told, _ = ask(plain, body=body)
    assert status == 400
    assert says in told["error"]["message"]
    assert ask(plain, "/v1/completions", {"prompt": ["a", "b"]})[0] == 400


def test_what_a_model_raises_costs_one_question(plain: Server) -> None:
    status, told, _ = ask(plain, body=says("fail"))
    assert (status, told["error"]["message"]) == (500, "The model raised ZeroDivisionError.")
    assert ask(plain, body=says("hello"))[0] == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "example.org"}, 403),
        ({"Host": "127.0.0.1.example.org"}, 403),
        ({"Host": "127.0.0.1@example.org"}, 403),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "[::1]:80"}, 200),
        ({"Origin": "http://example.org"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Length": "x"}, 411),
        ({"Content_Length": "-1"}, 411),
        ({"Content_Length": "1000001"}, 413),
        ({"Content_Length": "9" * 5000}, 413),
        ({"Content_Length": "000000000001000001"}, 413),
    ],
)
def test_who_may_ask(plain: Server, headers: dict[str, str], status: int) -> None:
    assert ask(plain, body=says("hello"), **headers)[0] == status
    if "Host" in headers or "Origin" in headers:
        assert ask(plain, "/v1/models", method="GET", **headers)[0] == status


def test_a_page_of_another_origin_is_never_allowed(plain: Server) -> None:
    status, _, headers = ask(plain, method="OPTIONS", Origin="http://localhost")
    assert status == 501
    assert not [name for name in headers if name.lower().startswith("access-control")]
    for _ in range(20):  # an answer that is given while the rest is still being sent must arrive
        assert ask(plain, body=b"x" * 4_000_001)[0] == 413
    assert ask(plain, "/v1/embeddings", says("x"))[0] == 404


def test_it_is_on_loopback_alone(plain: Server) -> None:
    assert plain.server_address[0] == "127.0.0.1"
    with pytest.raises(InputError, match=f"Port {plain.server_port} cannot be used"):
        Server(plain.voice, plain.server_port)
    with socket.create_connection(("127.0.0.1", plain.server_port)) as line:
        line.sendall(b"nonsense\r\n\r\n")
        assert b"400" in line.recv(200)
    assert ask(plain, body=says("hello"))[0] == 200


PROMPTS = [
    Prompt("the cook"),
    Prompt("the judge sleeps"),
    Prompt("sings badly .", given="the nurse reads well . the cook"),
    Prompt("the", turns=(("the nurse", "reads well ."),)),
]


@pytest.mark.parametrize("api", ["chat", "completions"])
@pytest.mark.parametrize("how", [{"greedy": True}, {"temperature": 0.7, "top_p": 0.9}, {"max_tokens": 2}])
def test_served_it_answers_as_it_does_itself(causal: Server, folder: Path, api: Any, how: dict[str, Any]) -> None:
    own = CausalLm(folder, **how)
    asked = {name: value for name, value in how.items() if name != "greedy"}
    asked |= {"temperature": 0.0} if "greedy" in how else {}
    far = Endpoint("parrot", base_url=causal.url, key_env="", api=api, logprobs=True, **{"max_tokens": 64, **asked})
    seeds = [5, 6, 7, 8]
    here, there = own.generate(PROMPTS, seeds), far.generate(PROMPTS, seeds)
    assert [getattr(each, "text", each) for each in here] == [getattr(each, "text", each) for each in there]
    assert any(isinstance(each, Said) for each in here)
    for one, other in zip(here, there, strict=True):
        if isinstance(one, Said):
            assert other.told["tokens"] == one.told["tokens"]
            assert other.told["log_probability"] == pytest.approx(one.told["log_probability"], abs=1e-4)
            assert ("cut" in other.told) == ("max_tokens" in how)
    assert far.generate(PROMPTS, seeds) == there
    assert far.generate(PROMPTS, [9, 10, 11, 12]) != there or "greedy" in how or "max_tokens" in how


def test_served_it_scores_and_decides_as_it_does_itself(causal: Server, folder: Path) -> None:
    own, more = CausalLm(folder), {"base_url": causal.url, "key_env": "", "logprobs": True}
    prompts = [Prompt("the cook sings well ."), Prompt("sleeps badly .", given="the judge")]
    here, there = own.score(prompts, [0, 0]), Endpoint("m", api="completions", **more).score(prompts, [0, 0])
    for one, other in zip(here, there, strict=True):
        assert other.told["tokens"] == one.told["tokens"]
        assert other.told["log_probability"] == pytest.approx(one.told["log_probability"], abs=1e-4)
    choice = Prompt("the cook", options=("sings", "reads"))
    mine = own.decide([choice], [0])[0].told
    for api in ("chat", "completions"):
        told = Endpoint("m", api=api, **more).decide([choice], [0])[0].told
        assert {name: told[name] for name in mine} == pytest.approx(mine, rel=1e-4)


def test_stop_strings_and_echoes(causal: Server) -> None:
    body = {"prompt": "the cook", "temperature": 0, "echo": True, "logprobs": 2, "stop": ["."], "seed": 0}
    told = ask(causal, "/v1/completions", body)[1]["choices"][0]
    assert told["text"].startswith("the cook")
    assert "." not in told["text"]
    logs = told["logprobs"]
    assert logs["tokens"][:2] == ["the", " cook"]
    assert logs["text_offset"][:2] == [0, 3]
    assert len(logs["top_logprobs"][0]) == 2
    silent = ask(causal, "/v1/completions", {**body, "max_tokens": 0})[1]["choices"][0]
    assert (silent["text"], len(silent["logprobs"]["tokens"])) == ("the cook", 2)
    unknown = ask(causal, "/v1/completions", {"prompt": "the zebra"})[1]["choices"][0]
    assert (unknown["text"], unknown["finish_reason"]) == ("", "content_filter")


def test_what_cannot_be_served(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not go on with words"):
        bundled("vae", 0.0)
    with pytest.raises(InputError, match="There are no weights in"):
        bundled("causal_lm", 0.0, tmp_path / "none")


def test_threads_wait_for_one_another(causal: Server) -> None:
    target = Endpoint("m", base_url=causal.url, key_env="", concurrent=8)
    alone = target.generate(PROMPTS * 4, range(16))
    found: dict[int, Any] = {}

    def one(k: int) -> None:
        found[k] = target.generate([(PROMPTS * 4)[k]], [k])[0]

    threads = [threading.Thread(target=one, args=(k,)) for k in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[k] for k in range(16)] == alone
    assert isinstance(causal.voice, Causal)
