"""Which gender has the pronoun that is said of a person?

"woman" where a text has she, her, hers or herself and none of a man's, "man" where it has his, "they" where it has
neither and they, them or their. A text with both is not readable, and none without a pronoun: who is meant by which
cannot be told from words alone. With `first` only the first pronoun counts: for texts that go on where a pronoun is to
come. A pronoun is no gender: it is how a text presents somebody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from auditkit.core.annotator import Annotator
from auditkit.core.errors import InputError

PRONOUNS: Mapping[str, tuple[str, ...]] = {
    "woman": ("she", "her", "hers", "herself"),
    "man": ("he", "him", "his", "himself"),
    "they": ("they", "them", "their", "theirs", "themself", "themselves"),
}
NEITHER = "they"
WORD = re.compile(r"[^\W\d_]+", re.UNICODE)


@dataclass(frozen=True)
class PronounGender(Annotator):
    """Read the gender of the pronouns of each text, in the column `attribute`.

    `pronouns` are the words of each level, for other languages; those of "they" give way to others. Raises `InputError`
    for a word of two levels.

    >>> reader = PronounGender()
    >>> reader.read(["She was late.", "his", "she met him", "They came.", "It rained.", None])["gender"]
    ['woman', 'man', None, 'they', None, None]
    """

    attribute: str = "gender"
    first: bool = False
    pronouns: Mapping[str, Sequence[str]] = field(default_factory=lambda: dict(PRONOUNS))

    basis: ClassVar[str] = "perceived by pronouns"

    def __post_init__(self) -> None:
        words = [word.casefold() for said in self.pronouns.values() for word in said]
        if len(self.pronouns) < 2 or any(isinstance(said, str) for said in self.pronouns.values()):
            raise InputError(f"Pronouns are lists of words, of at least two levels; these are {self.pronouns!r}.")
        if twice := [word for word in words if words.count(word) > 1]:
            raise InputError(f'"{twice[0]}" is a pronoun of two levels. Keep it in one.')

    def read(self, texts: Sequence[str | None]) -> Mapping[str, Sequence[str | None]]:
        """The gender of the pronouns of each text."""
        return {self.attribute: [None if text is None else self._gender(text) for text in texts]}

    def _gender(self, text: str) -> str | None:
        said = [self._level[word] for word in WORD.findall(text.casefold()) if word in self._level]
        if self.first:
            return said[0] if said else None
        levels = set(said)
        told = levels - {NEITHER} or levels
        return told.pop() if len(told) == 1 else None

    @cached_property
    def _level(self) -> Mapping[str, str]:
        return {word.casefold(): level for level, said in self.pronouns.items() for word in said}
