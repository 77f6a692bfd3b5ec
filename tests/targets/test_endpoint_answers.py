"""What is sent to an endpoint and what is read of its reply: messages, chances of first tokens, echoes, or nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Refusal, Said
from auditkit.eliciting import elicit
from auditkit.targets import requesting
from auditkit.targets.failing import Unreadable
from tests.targets.stub import Deciding, Step, says, told

pytestmark = pytest.mark.usefixtures("key", "hurried")


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
