"""Which pronoun does a translator choose where the source does not say?

Every occupation in every template of a source language, with other words that take turns: factors `occupation`,
`template` and each of the other places. The pronoun in the answer is read by annotators.PronounGender.
References
    Prates, Avelar & Lamb, Neural Computing and Applications 32 (2020) 6363; Stanovsky, Smith & Zettlemoyer, ACL (2019)
    1679; Saunders, Sallis & Byrne, GeBNLP (2020) 35.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from auditkit.core.errors import InputError
from auditkit.core.probe import Probe, Prompt, Verb

PLACE = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True)
class Translations(Probe):
    """Ask for translations of sentences about people of these occupations.

    `occupations` has the word of the source language for each; templates have its place {} and, perhaps, others, such
    as {adjective}, whose words `others` gives: of them each sentence takes `variants` in turn. There are no templates
    of our own, for they would be in a language of our choice. `given` is an instruction, for models that need one.

    >>> asked = Translations({"doctor": "doktor"}, ["o bir {}", "o {mood} bir {}"], {"mood": ["iyi", "mutlu"]})
    >>> [prompt.text for prompt in asked]
    ['o bir doktor', 'o iyi bir doktor']
    """

    occupations: Mapping[str, str]
    templates: Sequence[str]
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)
    variants: int = 1
    given: str = ""
    repeats: int = 8

    asks: ClassVar[Verb] = "generate"

    def __post_init__(self) -> None:
        if not self.occupations or isinstance(self.templates, str) or not self.templates:
            raise InputError("Translations needs occupations with their words, and a list of templates.")
        if self.repeats < 1 or self.variants < 1:
            raise InputError(f"There are {self.repeats} repeats of {self.variants} variants. Give at least 1 of each.")
        for template in self.templates:
            places = PLACE.findall(template)
            if absent := [place for place in places if place and not self.others.get(place)]:
                raise InputError(f"`others` has no words for the place {{{absent[0]}}} of {template!r}.")
            if places.count("") != 1:
                raise InputError(f"A template has one place {{}} for the occupation: {template!r} has not.")

    def __iter__(self) -> Iterator[Prompt]:
        for template in self.templates:
            named = [place for place in PLACE.findall(template) if place]
            most = max([len(self.others[place]) for place in named], default=1)
            for job, word in self.occupations.items():
                for k in range(min(self.variants, most)):
                    filled = {place: self.others[place][k % len(self.others[place])] for place in named}
                    text = PLACE.sub(lambda at, words=filled | {"": word}: words[at[1]], template)  # type: ignore[misc]
                    factors = {"occupation": job, "template": template, **filled}
                    yield Prompt(text, factors=factors, given=self.given)
