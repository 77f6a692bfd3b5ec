"""Which words lie near which, in the vectors of a model?

Sets of words, each in every template: factors `set` (the group: two targets, two attributes, "control"), `word` (the
unit) and `template`. The answer is a vector, for `implicit.association` (vector = "vector"). Words alone (WEAT) are
templates = ["{}"]; sentences (SEAT) average over wordings that say nothing of the word.
References
    Caliskan, Bryson & Narayanan, Science 356 (2017) 183; May et al., NAACL (2019) 622.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from auditkit.core.errors import InputError
from auditkit.core.probe import Probe, Prompt, Verb
from auditkit.probes.wording import placed, templates_of

TEMPLATES = (
    "The word is {}.",
    "This is about {}.",
    "It says {} here.",
    "We talked about {}.",
    "The next word is {}.",
    "Somebody wrote {}.",
    "The answer is {}.",
    "I thought of {}.",
    "One word on the list is {}.",
    "The title is {}.",
)
"""Ten sentences that say nothing of a word."""


@dataclass(frozen=True)
class WordSets(Probe):
    """Ask for the vectors of words in sentences.

    Raises `InputError` for an empty set, and for a word that is in one twice.

    >>> asked = WordSets({"X": ["rose"], "Y": ["moth"]}, templates=1)
    >>> [(prompt.text, prompt.factors["set"]) for prompt in asked]
    [('The word is rose.', 'X'), ('The word is moth.', 'Y')]
    """

    sets: Mapping[str, Sequence[str]]
    templates: int | Sequence[str] = 10
    repeats: int = 1

    asks: ClassVar[Verb] = "embed"

    def __post_init__(self) -> None:
        templates_of(self.templates, TEMPLATES)
        if self.repeats != 1:
            raise InputError("The vector of a sentence does not change: ask once, with repeats = 1.")
        if not self.sets:
            raise InputError("WordSets needs sets of words, for example two targets and two attributes.")
        for name, words in self.sets.items():
            if isinstance(words, str) or not words or not all(words) or len(set(words)) < len(words):
                raise InputError(f'The set "{name}" is a list of different words; this is {words!r}.')

    def __iter__(self) -> Iterator[Prompt]:
        for template in templates_of(self.templates, TEMPLATES):
            for name, words in self.sets.items():
                for word in words:
                    yield Prompt(placed(template, word), factors={"set": name, "word": word, "template": template})
