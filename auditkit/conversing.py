"""Conversations: a probe's questions in step, each sent the answer to the one before."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple

from auditkit.core.generation import later_seed
from auditkit.core.probe import Probe, Prompt
from auditkit.core.target import Refusal, Said

Ask = Callable[[Sequence[Prompt], Sequence[int]], Sequence[Any]]


class Heard(NamedTuple):
    """The last answer of a conversation, and the questions and answers before it."""

    answer: Any
    turns: tuple[tuple[str, str], ...] = ()


def conversed(probe: Probe, ask: Ask, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Heard]:
    """Hold the conversations that begin with these prompts, those that go on together asked together.

    A refusal ends a conversation, and is its answer.
    """
    talks = [probe.converse(prompt) for prompt in prompts]
    asked: dict[int, Prompt] = {at: next(talk) for at, talk in enumerate(talks)}
    heard: dict[int, Heard] = {}
    question = 0
    while asked:
        answers = ask(list(asked.values()), [later_seed(seeds[at], question) for at in asked])
        following = {}
        for (at, prompt), answer in zip(asked.items(), answers, strict=True):
            before = heard[at].turns if at in heard else ()
            heard[at] = Heard(answer, before)
            if (more := _after(talks[at], answer)) is not None:
                heard[at] = Heard(answer, (*before, (prompt.text, _words(answer))))
                following[at] = more
        asked, question = following, question + 1
    return [heard[at] for at in range(len(prompts))]


def _after(talk: Generator[Prompt, str, None], answer: Any) -> Prompt | None:
    """The next question; `None` where there is none, or nothing was said to go on from."""
    if isinstance(answer, Refusal):
        return None
    try:
        return talk.send(_words(answer))
    except StopIteration:
        return None


def _words(answer: Any) -> str:
    return answer.text if isinstance(answer, Said) else str(answer)
