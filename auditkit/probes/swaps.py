"""What changes when one word of a prompt is swapped for another?

Every base prompt with every cue: factors `item` (the base prompt, which the answers share), `cue` (the level that was
named) and `arm`: "original", and, with `again`, "paraphrase", the same cue in other words, which says how much answers
differ by themselves.
References
    Garg et al., AIES (2019) 219; Wang et al., ACL (2023) 2560.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditkit.core.errors import InputError
from auditkit.core.probe import Probe, Prompt


@dataclass(frozen=True)
class Swaps(Probe):
    """Put every cue into the place {} of every base prompt; a cue has one wording, or two for `again`.

    >>> for prompt in Swaps(["a judge with {}"], {"lighter": "lighter skin", "darker": "darker skin"}):
    ...     print(prompt.text, dict(prompt.factors))
    a judge with lighter skin {'item': 'a judge with {}', 'cue': 'lighter', 'arm': 'original'}
    a judge with darker skin {'item': 'a judge with {}', 'cue': 'darker', 'arm': 'original'}
    """

    bases: Sequence[str]
    cues: Mapping[str, str]
    again: Mapping[str, str] | None = None
    repeats: int = 8

    def __post_init__(self) -> None:
        bare = [base for base in self.bases if base.count("{}") != 1]
        if isinstance(self.bases, str) or bare or len(self.cues) < 2:
            raise InputError(
                "Swaps needs bases with one place {}, and two cues or more: {'woman': 'her', 'man': 'his'}."
            )
        if self.again is not None and set(self.again) != set(self.cues):
            raise InputError(f"`again` says every cue in other words: {', '.join(self.cues)}.")

    def __iter__(self) -> Iterator[Prompt]:
        arms = {"original": self.cues, **({} if self.again is None else {"paraphrase": self.again})}
        for base in self.bases:
            for arm, words in arms.items():
                for cue in self.cues:
                    yield Prompt(base.format(words[cue]), factors={"item": base, "cue": cue, "arm": arm})
