"""Which of a model's classes a prompt names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from auditkit.core.errors import InputError, nearest
from auditkit.stats.options import inside


def named(text: str, labels: Sequence[str], title: str) -> int | None:
    """The number of the one label that words name, as a whole word in any case; `None` for no words.

    Of a label within another ("officer" in "police officer") the longer is meant. Raises `InputError` where the words
    name none, or two.

    >>> named("a portrait of a Judge", ["cook", "judge"], "a miniature")
    1
    """
    if not text.strip():
        return None
    if not labels:
        raise InputError(f"{title} draws from nothing; it was asked for words: {text!r}. Leave them out.")
    found = {at: _spans(label, text) for at, label in enumerate(labels)}
    spans = [span for some in found.values() for span in some]
    meant = [at for at, some in found.items() if any(not inside(span, spans) for span in some)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        names = ", ".join(labels[at] for at in meant)
        raise InputError(f"{text!r} names {len(meant)} classes of {title}: {names}. Name one.")
    shown = ", ".join(labels[:20]) + (", ..." if len(labels) > 20 else "")
    raise InputError(f"{text!r} names no class of {title}.{nearest(_closest(text, labels), labels)} Classes: {shown}.")


def different(labels: Sequence[str]) -> None:
    """Raise `InputError` unless labels are a list of different names."""
    if isinstance(labels, str) or not all(labels) or len({label.casefold() for label in labels}) < len(labels):
        raise InputError(f"Labels are a list of different names; these are {labels!r}.")


def _spans(label: str, text: str) -> list[tuple[int, int]]:
    return [at.span() for at in re.finditer(rf"(?<!\w){re.escape(label)}(?!\w)", text, re.IGNORECASE)]


def _closest(text: str, labels: Sequence[str]) -> str:
    """The words of a prompt that are most like a label."""
    words = re.findall(r"\w+", text) or [text]
    longest = max(len(label.split()) for label in labels)
    runs = [" ".join(words[at : at + n]) for n in range(1, longest + 1) for at in range(len(words) - n + 1)]

    def likeness(run: str) -> float:
        return max(SequenceMatcher(None, run.casefold(), label.casefold()).ratio() for label in labels)

    return max(runs, key=likeness)
