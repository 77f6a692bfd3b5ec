"""Which of several word lists does a text mention?

A word counts where it stands whole, whatever its case: "man" is not in "manager". An entry of several words counts as a
phrase. A mention is taken back where one of `negations` stands among the three words before it in the same sentence:
"not a nurse", "no longer works as a nurse". A text that mentions one list has its name, several the names joined by
"+", none `nothing`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from auditkit.core.annotator import Annotator
from auditkit.core.errors import InputError

NEGATIONS = ("not", "no", "never", "without", "neither", "nor", "n't", "cannot")
REACH = 3
SENTENCE = re.compile(r"[.!?;\n]+")
TOKEN = re.compile(r"n't|[^\W_]+(?:['’-][^\W_]+)*", re.UNICODE)


@dataclass(frozen=True)
class Words(Annotator):
    """Name the word lists that each text mentions, in a column `attribute`.

    Raises `InputError` for an empty list, and for a word that stands in two.

    >>> gender = Words({"woman": ["she", "her"], "man": ["he", "him"]}, attribute="gender")
    >>> gender.read(["She said he left.", "The manager, not her!", "HER idea", None])
    {'gender': ['man+woman', 'nothing', 'woman', None]}
    """

    lists: Mapping[str, Sequence[str]]
    attribute: str = "mentions"
    negations: tuple[str, ...] = NEGATIONS
    nothing: str = "nothing"

    basis: ClassVar[str] = "perceived by a word list"

    def __post_init__(self) -> None:
        owners: dict[tuple[str, ...], str] = {}
        if not self.lists:
            raise InputError("Words needs at least one list, for example {'woman': ['she', 'her']}.")
        for name, words in self.lists.items():
            if isinstance(words, str):
                raise InputError(f'The word list "{name}" is the text {words!r}. Give a list: [{words!r}].')
            if not words:
                raise InputError(f'The word list "{name}" is empty. Give it at least one word.')
            for word in words:
                phrase = _tokens(word)
                if owners.setdefault(phrase, name) != name:
                    raise InputError(f'"{word}" stands in two lists, {owners[phrase]} and {name}. Keep it in one.')

    def read(self, texts: Sequence[str | None]) -> Mapping[str, Sequence[str | None]]:
        """The lists each text mentions; `None` stays `None`."""
        return {self.attribute: [None if text is None else self._mentioned(text) for text in texts]}

    def _mentioned(self, text: str) -> str:
        found = {name for sentence in SENTENCE.split(text) for name in self._in_sentence(_tokens(sentence))}
        return "+".join(sorted(found)) or self.nothing

    def _in_sentence(self, tokens: tuple[str, ...]) -> set[str]:
        found = set()
        for at, token in enumerate(tokens):
            for phrase, name in self._phrases.get(token, ()):
                before = tokens[max(at - REACH, 0) : at]
                if tokens[at : at + len(phrase)] == phrase and not set(before) & set(self.negations):
                    found.add(name)
        return found

    @cached_property
    def _phrases(self) -> Mapping[str, list[tuple[tuple[str, ...], str]]]:
        """The phrases of all lists by their first word."""
        out: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name, words in self.lists.items():
            for word in words:
                phrase = _tokens(word)
                out.setdefault(phrase[0] if phrase else "", []).append((phrase, name))
        return out


def _tokens(text: str) -> tuple[str, ...]:
    """Words in lower case; a contracted "not" is a word of its own."""
    spelled = text.casefold().replace("’", "'").replace("n't", " n't")
    return tuple(TOKEN.findall(spelled))
