"""Which of several options does a text choose?

Case, punctuation and wording do not matter: "Accept.", "My answer is: accept", "B", "(b)", "option 2" and "the first
one" are all read. A text that names several options, or none, is not readable: a parse failure is missing data, never a
guess. What it could have been is bounded both ways by `selection.bounds` and, for words and names, `implicit.llm_iat`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from auditkit.core.annotator import Annotator
from auditkit.core.errors import InputError
from auditkit.stats.options import chosen_option, mentioned


@dataclass(frozen=True)
class Choice(Annotator):
    """Read the option that each text chooses, in the column `attribute`.

    `spelled` gives an option further wordings: {"accept": ["approve", "take"]}. Raises `InputError` for fewer than two
    options, and for one wording of two.

    >>> Choice(["accept", "reject"]).read(["Answer: B.", "I accept this.", "accept or reject", None])["choice"]
    ['reject', 'accept', None, None]
    """

    options: Sequence[str]
    attribute: str = "choice"
    spelled: Mapping[str, Sequence[str]] | None = None

    basis: ClassVar[str] = "perceived by a choice parser"

    def __post_init__(self) -> None:
        if isinstance(self.options, str) or len(self.options) < 2 or not all(self.options):
            raise InputError(f"Choice needs at least two options to choose from, and got {self.options!r}.")
        unknown = [option for option in self.spelled or {} if option not in self.options]
        if unknown:
            raise InputError(f'"{unknown[0]}" is spelled and is no option. Options: {", ".join(self.options)}.')
        wordings = [words.casefold() for words in self._meant]
        twice = [words for words in wordings if wordings.count(words) > 1]
        if len(self._meant) < sum(1 + len((self.spelled or {}).get(o, ())) for o in self.options) or twice:
            raise InputError(f"Two options have one wording: {', '.join(self._meant)}. Keep them apart.")

    def read(self, texts: Sequence[str | None]) -> Mapping[str, Sequence[str | None]]:
        """The option each text chooses."""
        return {self.attribute: [None if text is None else self._chosen(text) for text in texts]}

    def _chosen(self, text: str) -> str | None:
        if not self.spelled:
            return chosen_option(text, self.options)
        found = {self._meant[words] for words in mentioned(text, list(self._meant))}
        if found:
            return found.pop() if len(found) == 1 else None
        return chosen_option(text, self.options)  # by its letter or its place

    @property
    def _meant(self) -> Mapping[str, str]:
        """The option that each wording means."""
        others = {words: option for option, said in (self.spelled or {}).items() for words in said}
        return {option: option for option in self.options} | others
