"""A prompt as a server of language models takes it: as the messages of a conversation, or as one text."""

from __future__ import annotations

import base64
from typing import Any

from auditkit.core.arguments import Argument
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.targets.framing import joined


def messages(prompt: Prompt, question: str = "") -> list[dict[str, Any]]:
    """What is given as the system's message, earlier questions and answers, and the words, with their picture.

    `question` stands where there are no words.

    >>> messages(Prompt("And now?", given="Be brief.", turns=(("Who?", "Ada."),)))[1]
    {'role': 'user', 'content': 'Who?'}
    """
    told: list[dict[str, Any]] = [{"role": "system", "content": prompt.given}] if prompt.given else []
    for asked, answer in prompt.turns:
        told += [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
    return [*told, {"role": "user", "content": _content(prompt, prompt.text or question)}]


def _content(prompt: Prompt, words: str) -> Any:
    if prompt.image is None:
        return words
    from auditkit.pictures import png_bytes

    picture = base64.b64encode(png_bytes(prompt.image)).decode()
    shown = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{picture}"}}
    return [{"type": "text", "text": words}, shown] if words else [shown]


def before(prompt: Prompt) -> str:
    """What stands before the words where there are no messages: earlier questions and answers behind what is given.

    >>> before(Prompt("And now?", given="Be brief.", turns=(("Who?", "Ada."),)))
    'Be brief. Who? Ada.'
    """
    return joined([prompt.given, *(part for turn in prompt.turns for part in turn)])


def written(prompt: Prompt) -> str:
    """The prompt as one text; raises `InputError` for a picture, which no text can hold."""
    if prompt.image is not None:
        told = "This prompt has a picture, and completions take words alone. Give "
        raise InputError(told, Argument("api", "chat", "target"), ".")
    return joined([before(prompt), prompt.text])
