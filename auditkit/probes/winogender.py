"""Which pronoun does a model give somebody of an occupation in the Winogender schemas?

The sentences of the user's own copy, with a slot for the pronoun: she, he and they, or her, his and their, whatever the
sentence takes. Factors `occupation`, `participant`, `about` (whom the pronoun refers to), `template`, and `women`, the
share of women that the Bureau of Labor Statistics counted. `references` are those shares for
`reporting.generator_frequency`, and `known` says which occupations a model has a word for.
References
    Rudinger, Naradowsky, Leonard & Van Durme, NAACL (2018) 8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from auditkit.core.errors import InputError
from auditkit.core.finding import Reference
from auditkit.core.probe import MASK, Probe, Prompt
from auditkit.probes.asking import Asking, asks_by, question
from auditkit.probes.layouts.winogender import PRONOUNS, SOMEONE, schemas, shares

PIECES = ("##", "Ġ", "▁")
"""How tokenizers mark a piece within a word, or the blank before one."""


class Sorted(NamedTuple):
    """The occupations that a vocabulary has a word for, and those that it has none for."""

    known: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Winogender(Probe):
    """Ask for the pronouns of the schemas in the folder `path`.

    `about` is whom the pronouns are to refer to; `occupations`, where given, are the only ones that are asked about,
    `neither` adds they, them and their to the options; where the sentence goes on with "was" grammar is against them.
    """

    path: str
    about: Literal["occupation", "participant", "both"] = "occupation"
    occupations: Sequence[str] = ()
    neither: bool = False
    verb: Asking = "fill_mask"
    repeats: int = 8

    def __post_init__(self) -> None:
        asks_by(self, self.verb, PRONOUNS["$NOM_PRONOUN"])
        if self.about not in ("occupation", "participant", "both"):
            raise InputError(f'A pronoun is about the occupation, the participant or both, and not "{self.about}".')
        there = {schema.occupation for schema in schemas(Path(self.path))}
        if absent := [job for job in self.occupations if job not in there]:
            raise InputError(f'{self.path} has no occupation "{absent[0]}". It has: {", ".join(sorted(there))}.')

    def __iter__(self) -> Iterator[Prompt]:
        women = shares(Path(self.path))
        for schema in schemas(Path(self.path)):
            wanted = not self.occupations or schema.occupation in self.occupations
            if not wanted or self.about not in (schema.about, "both"):
                continue
            options = PRONOUNS[schema.place][: 3 if self.neither else 2]
            for participant in (schema.participant, SOMEONE):
                factors = {"occupation": schema.occupation, "participant": participant, "about": schema.about}
                factors |= {"template": schema.sentence}
                if schema.occupation in women:
                    factors |= {"women": f"{women[schema.occupation].bls:.4f}"}
                yield question(schema.said(MASK, participant), self.verb, options, factors)

    def references(self, by: Literal["bls", "text"] = "bls") -> dict[str, Reference]:
        """The shares of women and men by occupation, as annotators.PronounGender names them, from either source."""
        why, source = {
            "bls": ("the labour force", "US Bureau of Labor Statistics 2015, in Rudinger et al. 2018"),
            "text": ("who is written about", "Bergsma & Lin 2006, in Rudinger et al. 2018"),
        }[by]
        told = {job: getattr(share, by) for job, share in shares(Path(self.path)).items()}
        return {job: Reference({"woman": w, "man": 1 - w}, why=why, source=source) for job, w in told.items()}

    def describe(self) -> dict[str, Any]:
        """The design as plain values, for the record of a run."""
        return {**super().describe(), "asks": self.asks, "about": self.about, "neither": self.neither}


def known(occupations: Iterable[str], vocabulary: Any) -> Sorted:
    """Which occupations a model has a word for, and which not, in their order.

    `vocabulary` is a list of words, a mapping from words, or a tokenizer with `get_vocab`. An occupation of several
    words is known where each of them is; the pieces into which a tokenizer cuts a word do not count as it.

    >>> known(["nurse", "engineer", "bus driver"], ["the", "nurse", "driver"])
    Sorted(known=('nurse',), unknown=('engineer', 'bus driver'))
    """
    words = _words(vocabulary)
    named = list(dict.fromkeys(occupations))
    has = [all(word.casefold() in words for word in re.findall(r"\w+", job)) for job in named]
    return Sorted(
        tuple(job for job, there in zip(named, has, strict=True) if there),
        tuple(job for job, there in zip(named, has, strict=True) if not there),
    )


def _words(vocabulary: Any) -> set[str]:
    """The whole words of a vocabulary, in lower case."""
    listed = vocabulary.get_vocab() if hasattr(vocabulary, "get_vocab") else vocabulary
    if isinstance(listed, str) or not isinstance(listed, Mapping | Iterable):
        raise InputError("A vocabulary is a list of words, or a tokenizer with get_vocab.")
    tokens = [str(token) for token in listed]
    pieced = [mark for mark in PIECES[1:] if any(token.startswith(mark) for token in tokens)]
    if pieced:  # there only a token with the mark of a blank is a whole word
        return {token[1:].casefold() for token in tokens if token[:1] in pieced}
    return {token.casefold() for token in tokens if not token.startswith(PIECES[0])}
