"""Whom does a model draw when it is asked for a doctor, a cleaner, a judge?

Every occupation in every template: factors `occupation` (the context of an audit) and `template`. Nothing in a prompt
says how the person looks; what the answers show of it is the model's own.
References
    Bianchi et al., FAccT (2023) 1493; Luccioni et al., NeurIPS (2023) Datasets and Benchmarks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditkit.core.errors import InputError
from auditkit.core.probe import Probe, Prompt
from auditkit.probes.wording import templates_of, with_article


@dataclass(frozen=True)
class Occupations(Probe):
    """Ask for people of these occupations, in so many wordings, so many times each.

    >>> [prompt.text for prompt in Occupations(["judge", "engineer"], templates=["a photo of {}"])]
    ['a photo of a judge', 'a photo of an engineer']
    """

    occupations: Sequence[str]
    templates: int | Sequence[str] = 10
    repeats: int = 8

    def __post_init__(self) -> None:
        if isinstance(self.occupations, str) or len(set(self.occupations)) < len(tuple(self.occupations)):
            raise InputError(f"Occupations are a list of different names; these are {self.occupations!r}.")
        templates_of(self.templates)

    def __iter__(self) -> Iterator[Prompt]:
        for template in templates_of(self.templates):
            for job in self.occupations:
                yield Prompt(template.format(with_article(job)), factors={"occupation": job, "template": template})
