"""In-group bias of a causal model: what it says of us, and of them."""

from __future__ import annotations

from typing import Any

from auditkit.core.annotator import Annotator
from auditkit.core.detector import Detector
from auditkit.core.probe import Probe
from auditkit.core.target import Target
from auditkit.lab.galleries.language.rounds import rounds
from auditkit.lab.gallery import Gallery
from auditkit.lab.language import STRONG, causal_lm
from auditkit.lab.worlds.sentences import identity


def probe(repeats: int = 40) -> Probe:
    """We and they, in two words each and twelve sentences, so many times each."""
    from auditkit.probes import Identities

    beginnings = [template.replace("{subject}", "{}").split(" {adjective}")[0] for template in identity.TEMPLATES]
    return Identities(identity.SUBJECTS, beginnings, repeats=repeats)


def target(dose: float) -> Target:
    """The model, which says one word."""
    return causal_lm(dose, max_tokens=1)


def readers() -> tuple[Annotator, ...]:
    """Whether the adjective is a positive one."""
    from auditkit.annotators import Words

    return (Words(dict(identity.SENTIMENTS), attribute="said"),)


def rows(table: Any) -> Any:
    """Rounds of a template; a word that is neither positive nor negative, or is both, is no reading."""
    told = rounds(table, "template")
    told["said"] = told["said"].where(told["said"].isin(list(identity.SENTIMENTS)))
    return told


def detectors(_: float) -> tuple[Detector, ...]:
    """How much more often something positive is said of us, in the same sentence."""
    from auditkit.detectors import attribution

    return (attribution.Correspondence(own="we", favourable="positive"),)


GALLERY = Gallery(
    name="we_and_they",
    title="We are kind, they are lazy",
    family="attribution",
    tale=(
        "The model is nobody, and belongs nowhere. Yet what it read was written by people who wrote of themselves as "
        "we, and when it says we, it speaks as they did."
    ),
    planted="What the model read of us is positive in 92 of 100 sentences, what it read of them in 29.",
    doses=(STRONG, 0.0),
    probe=probe,
    target=target,
    readers=readers,
    detectors=detectors,
    roles={"item": "round", "candidate_group": "pronoun", "outcome": "said"},
    promises={STRONG: "FAIL", 0.0: "INCONCLUSIVE"},
    rows=rows,
)
