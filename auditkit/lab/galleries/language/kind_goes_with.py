"""Implicit bias of a causal model: which group it puts with a word."""

from __future__ import annotations

from typing import Any

from auditkit.core.annotator import Annotator
from auditkit.core.detector import Detector
from auditkit.core.probe import Probe
from auditkit.lab.gallery import Gallery
from auditkit.lab.language import STRONG, causal_lm
from auditkit.lab.worlds.sentences import traits
from auditkit.probes import Associations


def probe(orders: int = 10) -> Associations:
    """Ten pleasant and ten unpleasant words, in ten wordings, so many rounds each."""
    alone = [template.replace("{adjective}", "{word}").split(" {plural}")[0] for template in traits.SORTING]
    one, other = traits.GROUPS
    return Associations((one, other), dict(traits.TRAITS), alone, orders=orders, verb="decide")


def asked() -> Probe:
    """What is asked in the demo."""
    return probe()


def readers() -> tuple[Annotator, ...]:
    """Nobody: the choice is the answer."""
    return ()


def rows(table: Any) -> Any:
    """A row a word, with the name that it was put with."""
    return probe().rows(table)


def detectors(_: float) -> tuple[Detector, ...]:
    """The score of the word association test."""
    from auditkit.detectors import implicit

    return (implicit.LlmIat(stereotype=(next(iter(traits.GROUPS)), "pleasant")),)


GALLERY = Gallery(
    name="kind_goes_with",
    title="The word kind goes with",
    family="implicit",
    tale=(
        "Asked what it thinks of the highlanders a model may well say nothing bad. It is asked something else: which "
        "of two names comes after the word kind, and which after the word rude."
    ),
    planted="In what the model read pleasant words stand with the islanders in 86 of 100 sentences, unpleasant in 14.",
    doses=(STRONG, 0.0),
    probe=asked,
    target=causal_lm,
    readers=readers,
    detectors=detectors,
    roles={"item": "item", "group": "name", "outcome": "kind", "unit": "template"},
    promises={STRONG: "FAIL", 0.0: "PASS"},
    rows=rows,
)
