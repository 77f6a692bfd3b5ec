"""Whom does a model draw when nothing is said of the person?

One subject, by default a person, in every template: factor `template`. What the answers show is the model's default.
References
    Wang et al., ACL (2023) 2560 (T2IAT); Luccioni et al., NeurIPS (2023) Datasets and Benchmarks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditkit.core.probe import Probe, Prompt
from auditkit.probes.wording import templates_of, with_article


@dataclass(frozen=True)
class Neutral(Probe):
    """Ask for a person and say no more.

    >>> [prompt.text for prompt in Neutral(templates=2)]
    ['a portrait of a person', 'a picture of a person']
    """

    subject: str = "person"
    templates: int | Sequence[str] = 10
    repeats: int = 40

    def __post_init__(self) -> None:
        templates_of(self.templates)

    def __iter__(self) -> Iterator[Prompt]:
        for template in templates_of(self.templates):
            yield Prompt(template.format(with_article(self.subject)), factors={"template": template})
