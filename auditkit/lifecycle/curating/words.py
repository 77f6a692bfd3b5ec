"""Words that change places: pairs of English gender words, and what their swapping leaves of a text's grammar.

Case is kept, and "a" becomes "an" where the new word asks for it. "His" is her or hers, "her" is him or his: what comes
next decides, by a list of words that no noun phrase begins with, which errs; each is told, and can be left alone. Names
are not swapped, nor is what a word only suggests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from auditkit.core.errors import InputError
from auditkit.lifecycle.curating.gender_words import GENDER, NOT_NEXT

WORD = re.compile(r"[^\W\d_]+")
SILENT_H = ("heir", "honest", "honor", "honour", "hour")
ARTICLE = {"a": "an", "an": "a"}


class Swapped(NamedTuple):
    """A text with its words swapped, the words that were, and those for which more than one word would do."""

    text: str
    words: tuple[tuple[str, str], ...]
    ambiguous: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Words:
    """Pairs of words, swapped both ways at once.

    >>> Words().swapped("He gave her his keys, and an actress thanked HIM.").text
    'She gave him her keys, and an actor thanked HER.'
    >>> Words().swapped("Her brother is a heroine's heir.").ambiguous
    (('Her', 'His'),)
    >>> Words((("nurse", "engineer"),)).swapped("A nurse met an engineer.").text
    'An engineer met a nurse.'
    """

    pairs: Sequence[tuple[str, str]] = GENDER

    def __post_init__(self) -> None:
        for pair in self.pairs:
            if not all(WORD.fullmatch(word) for word in pair) or pair[0].casefold() == pair[1].casefold():
                raise InputError(f"A pair is two different words, each of letters alone; this is {pair!r}.")
        if self._gendered:
            return
        said = [word.casefold() for pair in self.pairs for word in pair]
        if twice := sorted({word for word in said if said.count(word) > 1}):
            raise InputError(f'"{twice[0]}" stands in two pairs, and nobody can say which is meant. Keep it in one.')

    @property
    def _gendered(self) -> bool:
        return tuple(self.pairs) == GENDER

    @cached_property
    def _other(self) -> Mapping[str, str]:
        told: dict[str, str] = {}
        for one, other in self.pairs:
            told.setdefault(one.casefold(), other.casefold())
            told.setdefault(other.casefold(), one.casefold())
        return told

    def swapped(self, text: str) -> Swapped:
        """The text with every word of a pair in the place of the other."""
        found = list(WORD.finditer(text))
        parts: list[str] = []
        words: list[tuple[str, str]] = []
        unsure: list[tuple[str, str]] = []
        end = 0
        for k, match in enumerate(found):
            word = match[0]
            other = self._for(word.casefold(), text, found, k)
            parts.append(text[end : match.start()])
            end = match.end()
            if other is None:
                parts.append(word)
                continue
            told = _cased(other, word)
            if words_apart(found, k, text) and (article := _articled(found[k - 1][0], told)) is not None:
                parts[-2] = article
            parts.append(told)
            words.append((word, told))
            if self._gendered and word.casefold() in ("her", "his"):
                unsure.append((word, told))
        return Swapped("".join([*parts, text[end:]]), tuple(words), tuple(unsure))

    def _for(self, word: str, text: str, found: Sequence[re.Match[str]], k: int) -> str | None:
        """The other word of a pair; of "her" and "his" the one that what comes next asks for."""
        if not self._gendered or word not in ("her", "his"):
            return self._other.get(word)
        possessive = _possessive(text, found, k)
        return ("his" if possessive else "him") if word == "her" else ("her" if possessive else "hers")


def words_apart(found: Sequence[re.Match[str]], k: int, text: str) -> bool:
    """Whether nothing but white space stands between a word and the word before it."""
    return k > 0 and not text[found[k - 1].end() : found[k].start()].strip() and found[k - 1].end() < found[k].start()


def _possessive(text: str, found: Sequence[re.Match[str]], k: int) -> bool:
    """Whether a noun phrase seems to go on after this word."""
    if k + 1 == len(found) or text[found[k].end() : found[k + 1].start()].strip():
        return False
    return found[k + 1][0].casefold() not in NOT_NEXT


def _cased(word: str, like: str) -> str:
    if len(like) > 1 and like.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if like[:1].isupper() else word


def _articled(article: str, word: str) -> str | None:
    """The indefinite article before a word, in its own case; `None` where none stood there."""
    if article.casefold() not in ARTICLE:
        return None
    lower = word.casefold()
    wanted = "an" if lower[:1] in "aeiou" or lower.startswith(SILENT_H) else "a"
    return article if article.casefold() == wanted else _cased(wanted, article if len(article) > 1 else article.title())
