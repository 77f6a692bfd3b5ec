"""What the lab's server is asked, and what it replies, in the shapes of OpenAI's protocol.

Whatever it does not take raises `InputError`, which the server sends back as an error of the request.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Refusal, Said
from auditkit.lab.voices import How, Spoken, Token, Voice

TOP = 20
"""The most tokens told in the place of one."""


@dataclass(frozen=True)
class Asked:
    """A request, read: `top` is how many likely tokens are told, `None` where no log probabilities are wanted."""

    prompt: Prompt
    seed: int
    how: How
    top: int | None
    echo: bool


def chat(body: Mapping[str, Any], voice: Voice) -> dict[str, Any]:
    """The reply to a conversation."""
    top = body.get("top_logprobs", 0) if body.get("logprobs") else None
    asked = _read(body, _conversation(body.get("messages")), top)
    spoken = voice.said(asked.prompt, asked.seed, asked.how, asked.top)
    words = _words(spoken.answer)
    why = spoken.answer.because if isinstance(spoken.answer, Refusal) and words is None else None
    logs = {"content": [_listed(token) for token in spoken.tokens]} if spoken.tokens else None
    message = {"role": "assistant", "content": words, "refusal": why}
    choice = {"message": message, "logprobs": logs, "finish_reason": "length" if spoken.cut else "stop"}
    return _reply("chat.completion", voice, choice)


def completions(body: Mapping[str, Any], voice: Voice) -> dict[str, Any]:
    """The reply to a text to go on with; with `echo` the text stands before what was made."""
    text = body.get("prompt")
    text = text[0] if isinstance(text, list) and len(text) == 1 else text
    if not isinstance(text, str):
        raise InputError("prompt is one text.")
    asked = _read(body, Prompt(text), body.get("logprobs"))
    silent = asked.echo and body.get("max_tokens") == 0
    spoken = Spoken(Said(""), True) if silent else voice.said(asked.prompt, asked.seed, asked.how, asked.top)
    echoed = voice.echoed(text, asked.top) if asked.echo and asked.top is not None else ()
    words = _words(spoken.answer)
    finish = "content_filter" if words is None else "length" if spoken.cut else "stop"
    whole = (text if asked.echo else "") + (words or "")
    choice = {"text": whole, "logprobs": _tabled([*echoed, *spoken.tokens]), "finish_reason": finish}
    return _reply("text_completion", voice, choice)


def models(voice: Voice) -> dict[str, Any]:
    """The one model that there is."""
    return {"object": "list", "data": [{"id": voice.title, "object": "model", "created": 0, "owned_by": "auditkit"}]}


def _read(body: Mapping[str, Any], prompt: Prompt, top: Any) -> Asked:
    """The rest of a request; what is left out is drawn at temperature 1, from a seed that nobody knows."""
    for name, only in (("n", (None, 1)), ("best_of", (None, 1)), ("stream", (None, False))):
        if body.get(name) not in only:
            raise InputError(f"{name} is {body[name]!r}, which is not offered here.")
    stop = body.get("stop") or ()
    stop = (stop,) if isinstance(stop, str) else tuple(stop) if isinstance(stop, list) else ()
    share = _number(body, "top_p", 1.0, 0.0, 1.0)
    limit = "max_completion_tokens" if "max_completion_tokens" in body else "max_tokens"
    how = How(
        _number(body, "temperature", 1.0, 0.0, 100.0),
        None if share == 1 else share,
        max(int(_number(body, limit, 64, 0, 4096)), 1),
        tuple(map(str, stop)),
    )
    if top is not None and (isinstance(top, bool) or not isinstance(top, int) or not 0 <= top <= TOP):
        raise InputError(f"At most {TOP} likely tokens are told.")
    seed = int(_number(body, "seed", secrets.randbits(31), 0, 2**63 - 1))
    return Asked(prompt, seed, how, top, body.get("echo") is True)


def _number(body: Mapping[str, Any], name: str, default: float, least: float, most: float) -> float:
    value = default if body.get(name) is None else body[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise InputError(f"{name} is a number from {least:g} to {most:g}.")
    return value


def _conversation(messages: Any) -> Prompt:
    """A prompt: system, then question and answer in turn, then a question."""
    told = [(_role(one), _content(one)) for one in messages] if isinstance(messages, list) else []
    given = " ".join(words for role, words in told if role == "system")
    talk = [(role, words) for role, words in told if role != "system"]
    if [role for role, _ in talk] != ["user", "assistant"] * (len(talk) // 2) + ["user"]:
        raise InputError("messages are questions and answers in turn, the last one of the role user.")
    words = [said for _, said in talk]
    return Prompt(words[-1], given=given, turns=tuple(zip(words[:-1:2], words[1::2], strict=True)))


def _role(message: Any) -> str:
    role = message.get("role") if isinstance(message, dict) else None
    if role not in ("system", "developer", "user", "assistant"):
        raise InputError("The role of a message is system, user or assistant.")
    return "system" if role == "developer" else role


def _content(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list) and all(isinstance(part, dict) and part.get("type") == "text" for part in content):
        content = "".join(str(part.get("text", "")) for part in content)
    if not isinstance(content, str):
        raise InputError("A message holds words; this model takes no pictures.")
    return content


def _words(answer: Answer) -> str | None:
    """The words; nothing where none were said, and `None` where they were withheld."""
    if isinstance(answer, Refusal):
        return "" if answer.because == "nothing was said" else None
    return answer.text if isinstance(answer, Said) else str(answer)


def _listed(token: Token) -> dict[str, Any]:
    """A token as conversations have it."""
    top = [{"token": text, "logprob": log, "bytes": list(text.encode())} for text, log in token.top.items()]
    return {"token": token.text, "logprob": token.log, "bytes": list(token.text.encode()), "top_logprobs": top}


def _tabled(told: Sequence[Token]) -> dict[str, Any] | None:
    """Tokens as completions have them: a column each; `None` where there are none."""
    if not told:
        return None
    offsets, at = [], 0
    for token in told:
        offsets.append(at)
        at += len(token.text)
    columns = {"tokens": [token.text for token in told], "token_logprobs": [token.log for token in told]}
    return {**columns, "top_logprobs": [dict(token.top) for token in told], "text_offset": offsets}


def _reply(kind: str, voice: Voice, choice: Mapping[str, Any]) -> dict[str, Any]:
    head = {"id": f"auditkit-{secrets.token_hex(8)}", "object": kind, "created": int(time.time()), "model": voice.title}
    return {**head, "choices": [{"index": 0, **choice}], "system_fingerprint": voice.fingerprint[:16]}
