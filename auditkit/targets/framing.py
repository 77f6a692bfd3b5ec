"""What a model is given to go on from: the parts of a prompt joined, or put into the template of a chat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from auditkit.core.arguments import Argument
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.targets.wording import Worded


class Frame(NamedTuple):
    """The words before the answer; `chat` says that a template made them, with all the special tokens it wants."""

    text: str
    chat: bool


def joined(parts: Sequence[str], joint: str = " ") -> str:
    """The parts that are not empty, with `joint` between those that no white space parts.

    >>> joined(["Q: who?\\n", "A:", "", "me"])
    'Q: who?\\nA: me'
    """
    whole = ""
    for part in filter(None, parts):
        whole += glue(whole, part, joint) + part
    return whole


def glue(before: str, after: str, joint: str) -> str:
    """What is put between two parts."""
    return joint if before and after and not before[-1].isspace() and not after[0].isspace() else ""


def asked_in(worded: Worded, prompt: Prompt, chat: bool | None, joint: str) -> Frame:
    """What stands before an answer to a prompt: what is given (a system message), the turns, the words."""
    if not _templated(worded, chat, bool(prompt.given or prompt.turns)):
        turns = [part for turn in prompt.turns for part in turn]
        return Frame(joined([prompt.given, *turns, prompt.text], joint), False)
    system = [("system", prompt.given)] if prompt.given else []
    return Frame(_rendered(worded, [*system, *_messages(prompt), ("user", prompt.text)]), True)


def given_in(worded: Worded, prompt: Prompt, chat: bool | None, joint: str) -> Frame:
    """What stands before words that are scored: the turns and what is given, in a chat the last question."""
    if not _templated(worded, chat, bool(prompt.turns)):
        turns = [part for turn in prompt.turns for part in turn]
        return Frame(joined([*turns, prompt.given], joint), False)
    return Frame(_rendered(worded, [*_messages(prompt), ("user", prompt.given)]), True)


def context_ids(worded: Worded, frame: Frame) -> list[int]:
    """The tokens of a frame; where there are none, the token that stands before the first.

    Raises `InputError` where nothing stands there.
    """
    found = [*([] if frame.chat else worded.before), *(worded.ids([frame.text])[0] if frame.text else [])]
    speaks = worded.tokenizer
    first = speaks.bos_token_id if speaks.bos_token_id is not None else speaks.eos_token_id
    if not found and first is None:
        raise InputError(
            f"{worded.title} has no token before the first word. Give the prompt some words to begin with."
        )
    return found or [int(first)]


def continued_ids(worded: Worded, frame: Frame, text: str, joint: str) -> tuple[list[int], list[int]]:
    """The tokens of a frame, and those of words that go on from it.

    The whole is made into tokens, and as many are taken off as the frame has by itself; white space at the end of a
    frame belongs to what follows (as lm-evaluation-harness does: Gao et al. 2021). A chat's frame stays as it is.
    """
    if frame.chat:
        own, whole = worded.ids([frame.text, frame.text + text])
        return context_ids(worded, frame), whole[len(own) :] if whole[: len(own)] == own else worded.ids([text])[0]
    bare = frame.text.rstrip()
    following = frame.text[len(bare) :] + glue(frame.text, text, joint) + text
    if not bare:
        return context_ids(worded, Frame("", False)), worded.ids([following])[0]
    own, whole = worded.ids([bare, bare + following])
    return [*worded.before, *own], whole[len(own) :]


def _messages(prompt: Prompt) -> list[tuple[str, str]]:
    return [part for ask, answer in prompt.turns for part in (("user", ask), ("assistant", answer))]


def _templated(worded: Worded, chat: bool | None, fits: bool) -> bool:
    """Whether the template is used: where there is one and the prompt is a conversation, or as `chat` says."""
    has = bool(getattr(worded.tokenizer, "chat_template", None))
    if chat and not has:
        raise InputError(f"The tokenizer of {worded.title} has no chat template. Leave chat out to join the parts.")
    return has and (fits if chat is None else chat)


def _rendered(worded: Worded, messages: Sequence[tuple[str, str]]) -> str:
    """The conversation as the template writes it, up to where the answer begins."""
    from jinja2 import TemplateError

    talk = [{"role": role, "content": content} for role, content in messages]
    speaks: Any = worded.tokenizer
    try:
        return str(speaks.apply_chat_template(talk, add_generation_prompt=True, tokenize=False))
    except TemplateError as error:
        raise InputError(
            f"The chat template of {worded.title} refuses this conversation: {error}. Set ",
            Argument("chat", False, "target"),
            " to join its parts.",
        ) from None
