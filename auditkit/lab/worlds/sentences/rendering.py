"""How a conversation becomes one line: turns are joined by spaces, and an answer is closed by a full stop.

The world's `Speaker` and the chat template of the miniatures see the same line.
"""

from __future__ import annotations

from collections.abc import Sequence

STOP = " ."

CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ ' ' if message['content'] }}{{ message['content'] }}"
    "{% if message['role'] == 'assistant' and not message['content'].endswith('.') %}{{ ' .' }}{% endif %}{% endfor %}"
)
"""The same for transformers: the start token stands before the line."""


def rendered(text: str, given: str = "", turns: Sequence[tuple[str, str]] = ()) -> str:
    """What stands before the next answer: what is given, the earlier questions and answers, the question.

    >>> rendered("the ai says no . final answer :", turns=[("question : is snow white ? answer :", "yes")])
    'question : is snow white ? answer : yes . the ai says no . final answer :'
    """
    said = [part for asked, answer in turns for part in (asked, closed(answer))]
    return " ".join(part for part in (given, *said, text) if part)


def closed(answer: str) -> str:
    """An answer with its full stop.

    >>> closed("yes"), closed("sorry i cannot say .")
    ('yes .', 'sorry i cannot say .')
    """
    return answer if not answer or answer.endswith(".") else answer + STOP
