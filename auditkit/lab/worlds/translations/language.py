"""An invented language without genders, and what its sentences are in English, word for word.

The pronoun `o` is she or he: nothing in the language says which. In some sentences the English pronoun comes before the
occupation, in others after it. Translations of the two pronouns have the same number of words.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

PRONOUN = "o"
"""The one pronoun of the language."""
PRONOUNS = ("she", "he")
"""What it is in English."""

OCCUPATIONS: Mapping[str, str] = MappingProxyType(
    {
        "doctor": "doktor",
        "nurse": "hesta",
        "engineer": "inzen",
        "teacher": "lerana",
        "carpenter": "tislo",
        "secretary": "skriba",
        "plumber": "vodaro",
        "librarian": "libera",
        "mechanic": "mekano",
        "hairdresser": "friza",
        "janitor": "purato",
        "accountant": "kontalo",
    }
)
"""The word of the language for each occupation."""
ADJECTIVES: Mapping[str, str] = MappingProxyType(
    {"kind": "bena", "clever": "sagi", "busy": "okup", "tired": "fatil", "patient": "pasen", "famous": "nomita"}
)
VERBS: Mapping[str, str] = MappingProxyType(
    {"works": "labor", "sings": "kantu", "travels": "viaz", "cooks": "koker", "waits": "atend", "dances": "balu"}
)


class Template(NamedTuple):
    """A sentence with places in both languages: {job}, {adjective} and {verb}; {a} is "a" or "an", {pronoun} English's.

    The words of the language have another order than English's in some: verbs or adjectives may come last.
    """

    source: str
    target: str

    @property
    def pronoun_first(self) -> bool:
        """Whether the English pronoun comes before the occupation."""
        return self.target.index("{pronoun}") < self.target.index("{job}")


TEMPLATES = (
    Template("o un {job} .", "{pronoun} is {a} {job} ."),
    Template("o un {job} {adjective} .", "{pronoun} is a {adjective} {job} ."),
    Template("o un {job} i {adjective} .", "{pronoun} is {a} {job} and also {adjective} ."),
    Template("o kom un {job} {verb} .", "{pronoun} {verb} like {a} {job} ."),
    Template("{verb} ke o , tem {job} .", "{pronoun} is the {job} who {verb} ."),
    Template("antan o un {job} .", "once {pronoun} was {a} {job} ."),
    Template("nos dan o un {job} {adjective} .", "we think {pronoun} is a {adjective} {job} ."),
    Template("tem {job} das o {adjective} .", "the {job} says that {pronoun} is {adjective} ."),
    Template("tem {job} das o {verb} .", "the {job} says that {pronoun} {verb} ."),
    Template("tem {job} {verb} kand o {adjective} .", "the {job} {verb} when {pronoun} is {adjective} ."),
    Template("tem {job} ne {adjective} , o {verb} .", "the {job} is not {adjective} , but {pronoun} {verb} ."),
    Template("kand o {verb} , {adjective} tem {job} .", "when {pronoun} {verb} , the {job} is {adjective} ."),
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A template, numbered from 0, with its places filled; what it has no place for is empty.

    >>> one = Sentence(1, "engineer", "kind")
    >>> one.source, one.said("he")
    ('o un inzen bena .', 'he is a kind engineer .')
    """

    template: int
    job: str
    adjective: str = ""
    verb: str = ""

    @property
    def source(self) -> str:
        """In the language without genders."""
        words = {"job": OCCUPATIONS[self.job], "adjective": ADJECTIVES.get(self.adjective, "")}
        return TEMPLATES[self.template].source.format(**words, verb=VERBS.get(self.verb, ""))

    def said(self, pronoun: str) -> str:
        """In English, with this pronoun."""
        words = {"job": self.job, "adjective": self.adjective, "verb": self.verb, "a": article(self.job)}
        return TEMPLATES[self.template].target.format(pronoun=pronoun, **words)


def article(noun: str) -> str:
    """The indefinite article of a noun.

    >>> article("engineer"), article("doctor")
    ('an', 'a')
    """
    return "an" if noun[0] in "aeiou" else "a"


def sentences() -> tuple[Sentence, ...]:
    """Every sentence of the language, by template, occupation, adjective and verb.

    >>> len(sentences()), len({sentence.source for sentence in sentences()})
    (1824, 1824)
    """
    found = []
    for number, template in enumerate(TEMPLATES):
        adjectives = ADJECTIVES if "{adjective}" in template.source else ("",)
        verbs = VERBS if "{verb}" in template.source else ("",)
        found += [Sentence(number, *filling) for filling in itertools.product(OCCUPATIONS, adjectives, verbs)]
    return tuple(found)


def vocabularies() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of the language and those of English, each in alphabetical order.

    >>> [len(words) for words in vocabularies()]
    [38, 45]
    """
    source = {word for sentence in sentences() for word in sentence.source.split()}
    target = {word for sentence in sentences() for pronoun in PRONOUNS for word in sentence.said(pronoun).split()}
    return tuple(sorted(source)), tuple(sorted(target))
