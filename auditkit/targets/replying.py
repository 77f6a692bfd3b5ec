"""Reading what a server of language models replied: words, a refusal, log probabilities.

What is no such reply raises `Unreadable`, and is asked for again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from auditkit.core.errors import InputError
from auditkit.core.target import Answer, Refusal, Said
from auditkit.targets.failing import Unreadable
from auditkit.targets.requesting import printable

MOST_SHARED = 1e-3
"""The most probability that may fall on a first token which several options share; above it the token tells nothing."""


def said(reply: Any) -> Answer:
    """The words, with their log probability where it is told; a refusal where they were withheld or there are none.

    >>> said({"choices": [{"message": {"content": "Ada."}, "finish_reason": "length"}]})
    Said(text='Ada.', told={'cut': 'yes'}, attention=None)
    >>> said({"choices": [{"message": {"content": None, "refusal": "I cannot say."}}]})
    Refusal(because='the model refused: I cannot say')
    """
    if withheld := refusal(reply):
        return withheld
    one = choice(reply)
    words, cut = _words(one), one.get("finish_reason") == "length"
    if not words.strip():
        return Refusal("cut off before anything was said" if cut else "nothing was said")
    return Said(words, {**_logs(one), **fingerprint(reply), **({"cut": "yes"} if cut else {})})


def refusal(reply: Any) -> Refusal | None:
    """Why an answer was withheld, by a filter or by the model itself; `None` where it was not."""
    if isinstance(reply, dict) and reply.get("error") and not reply.get("choices"):
        code = reply["error"].get("code") if isinstance(reply["error"], dict) else None
        if code is None or "content" not in str(code):
            raise Unreadable("the reply was an error in place of an answer")
        return Refusal(printable(str(code)))
    one = choice(reply)
    if one.get("finish_reason") == "content_filter":
        return Refusal("content_filter")
    told = one["message"].get("refusal") if isinstance(one.get("message"), dict) else None
    return Refusal(f"the model refused: {printable(str(told))}") if told else None


def choice(reply: Any) -> Mapping[str, Any]:
    """The first answer of a reply."""
    found = reply.get("choices") if isinstance(reply, dict) else None
    if not isinstance(found, list) or not found or not isinstance(found[0], dict):
        raise Unreadable("the reply held no answer")
    return found[0]


class Opening(NamedTuple):
    """How likely the likeliest first tokens are, and what the server says of itself."""

    chances: Mapping[str, float]
    system: Mapping[str, str]


def opening(reply: Any) -> Opening | Refusal:
    """The likeliest first tokens; none where the server does not tell them."""
    return refusal(reply) or Opening(_first(choice(reply)), fingerprint(reply))


def _first(one: Mapping[str, Any]) -> dict[str, float]:
    """The probability of each: of messages they are a list, of completions a table."""
    logs = one.get("logprobs") or {}
    told = logs.get("content") or logs.get("top_logprobs") or [{}]
    try:
        top = told[0].get("top_logprobs") or [] if logs.get("content") else told[0] or {}
        pairs = top.items() if isinstance(top, dict) else [(each["token"], each["logprob"]) for each in top]
        chances: dict[str, float] = {}
        for token, log in pairs:
            chances[str(token)] = chances.get(str(token), 0.0) + math.exp(min(number(log), 0.0))
    except (AttributeError, KeyError, TypeError):
        raise Unreadable("the log probabilities of the reply could not be read") from None
    return chances


def weighed(top: Mapping[str, float], options: Sequence[str]) -> list[float] | None:
    """The probability of each option, by its first token; `None` where that does not tell them apart.

    A token is an option's where the option begins with it, blanks before it aside. A token with which several options
    begin is nobody's; where more than one in a thousand falls on such, or nothing on any option, the answer is `None`.

    >>> weighed({" A": 0.5, "A": 0.25, "B": 0.125, "C": 0.1}, ["A", "B"])
    [0.75, 0.125]
    >>> weighed({"nurse": 0.5, "n": 0.2}, ["nurse", "no one"]) is None
    True
    """
    told, shared = [0.0] * len(options), 0.0
    for token, chance in top.items():
        bare = token.strip()
        meant = [at for at, option in enumerate(options) if bare and option.strip().startswith(bare)]
        if len(meant) == 1:
            told[meant[0]] += chance
        elif meant:
            shared += chance
    return told if any(told) and shared <= MOST_SHARED else None


def scored(reply: Any, start: int, end: int, title: str) -> Answer:
    """The log probability of the letters from `start` to before `end` of what was sent, which the server echoed.

    A token that begins before `start` and ends after it is counted. The first token of all has nothing before it, and
    is counted where the server tells its probability. Raises `InputError` where the server does not echo.
    """
    if withheld := refusal(reply):
        return withheld
    logs = choice(reply).get("logprobs") or {}
    tokens, told = logs.get("tokens") or [], logs.get("token_logprobs") or []
    offsets = logs.get("text_offset") or []
    inside = [
        told[at]
        for at, (token, offset) in enumerate(zip(tokens, offsets, strict=False))
        if offset < end and offset + len(token) > start and at < len(told) and told[at] is not None
    ]
    if not inside:
        raise InputError(
            f"{title} does not tell how likely given words are: a server must echo them with their log probabilities. "
            "Ask one that does (vLLM, for example), or score with CausalLm."
        )
    return Said("", {"log_probability": math.fsum(map(number, inside)), "tokens": len(inside), **fingerprint(reply)})


def fingerprint(reply: Any) -> dict[str, str]:
    """What the server says of the system that answered."""
    told = reply.get("system_fingerprint")
    return {"system_fingerprint": printable(str(told))} if told else {}


def number(told: Any) -> float:
    """A log probability; minus infinity, which some servers write as a very large number, is -9999."""
    if isinstance(told, bool) or not isinstance(told, int | float) or not told < math.inf:
        raise Unreadable("a log probability of the reply was no number")
    return max(float(told), -9999.0)


def _words(one: Mapping[str, Any]) -> str:
    """The text, of a message or of a completion, in letters that can be written."""
    told = one["message"].get("content") if isinstance(one.get("message"), dict) else one.get("text")
    if isinstance(told, list):
        told = "".join(str(part.get("text", "")) for part in told if isinstance(part, dict))
    if told is not None and not isinstance(told, str):
        raise Unreadable("the reply held no words")
    return (told or "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _logs(one: Mapping[str, Any]) -> dict[str, float]:
    """The log probability of the words and the number of their tokens, where the server tells them."""
    logs = one.get("logprobs") or {}
    if not isinstance(logs, dict):
        raise Unreadable("the log probabilities of the reply could not be read")
    content = logs.get("content")
    told = [token.get("logprob") for token in content] if content else logs.get("token_logprobs") or []
    return {"log_probability": math.fsum(map(number, told)), "tokens": len(told)} if told else {}
