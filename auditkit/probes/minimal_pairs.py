"""Which of two sentences does a model hold to be likelier, the one with the stereotype or the one against it?

Two prompts a pair, one for each version: factors `item` (the pair), `version` ("stereotype" or "anti"), `category`,
`template` where pairs share one, and what else the layout tells. The log-probability that the model tells is the score
of `implicit.minimal_pair` (group = version, context = category, unit = template). Masked models score the tokens that
both versions share.

A CSV of one's own (layout "own") has the columns stereotype and anti, and may have category, template and given. Pairs
come from a list, or from the user's own copy of a published set, read as published; nothing of theirs is shipped,
and what is left out of a file is told by `describe` and kept in the record of a run.
References
    Nangia, Vania, Bhalerao & Bowman, EMNLP (2020) 1953; Nadeem, Bethke & Reddy, ACL (2021) 5356; Blodgett, Lopez,
    Olteanu, Sim & Wallach, ACL (2021) 1004, on what is wrong with many published pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

from auditkit.core.errors import InputError
from auditkit.core.probe import Probe, Prompt, Verb
from auditkit.probes.layouts import crows_pairs, own, stereoset, winobias, winogender
from auditkit.probes.layouts.pairs import Found, Pair

READERS: Mapping[str, Callable[[Path], Found]] = {
    "own": own.read,
    "crows_pairs": crows_pairs.read,
    "stereoset": stereoset.read,
    "winobias": winobias.read,
    "winogender": winogender.read,
}
"""How each layout is read."""
OWN = frozenset({"item", "version", "category", "template"})
"""The factors of every pair, whose further factors have other names."""


@dataclass(frozen=True)
class MinimalPairs(Probe):
    """Ask how likely both versions of every pair are.

    Either `pairs`, or the `path` of a file or folder and its `layout`. Raises `InputError` where there are no pairs.

    >>> asked = MinimalPairs([Pair("The islanders are lazy.", "The islanders are kind.", "islanders")])
    >>> [(prompt.text, prompt.factors["version"]) for prompt in asked]
    [('The islanders are lazy.', 'stereotype'), ('The islanders are kind.', 'anti')]
    """

    pairs: Sequence[Pair] = ()
    path: str = ""
    layout: Literal["own", "crows_pairs", "stereoset", "winobias", "winogender"] = "own"
    repeats: int = 1

    asks: ClassVar[Verb] = "score"

    def __post_init__(self) -> None:
        if bool(self.pairs) == bool(self.path):
            raise InputError("MinimalPairs needs either pairs, or the path of a file that holds some.")
        if self.layout not in READERS:
            raise InputError(f'There is no layout "{self.layout}". Layouts: {", ".join(READERS)}.')
        if self.repeats != 1:
            raise InputError("How likely a sentence is does not change: ask once, with repeats = 1.")
        if not self.found.pairs:
            raise InputError(f"{self.path} holds no pairs in the layout {self.layout}.")
        for pair in self.found.pairs:
            if not pair.stereotype or not pair.anti or pair.stereotype == pair.anti:
                raise InputError(f"A pair is of two different sentences: {pair!r} is not.")
            if clash := sorted(OWN & set(pair.factors)):
                raise InputError(f'A pair has a factor "{clash[0]}", a column of the design. Name it otherwise.')

    @cached_property
    def found(self) -> Found:
        """The pairs, and how many of what the file holds are left out, by why."""
        return Found(tuple(self.pairs)) if self.pairs else READERS[self.layout](Path(self.path))

    def __iter__(self) -> Iterator[Prompt]:
        for number, pair in enumerate(self.found.pairs, 1):
            told = {"item": str(number), "category": pair.category, "template": pair.template, **pair.factors}
            known = {name: value for name, value in told.items() if value}
            for version, said, beside in (("stereotype", pair[0], pair[1]), ("anti", pair[1], pair[0])):
                yield Prompt(said, factors={**known, "version": version}, given=pair.given, beside=beside)

    def describe(self) -> dict[str, Any]:
        """The design as plain values, with what is left out of the file."""
        layout = {"layout": self.layout, "left out": dict(self.found.left_out)} if self.path else {}
        return {**super().describe(), **layout}
