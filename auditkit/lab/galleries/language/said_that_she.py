"""Reporting bias of a masked model: which pronoun people of an occupation get, where the sentence does not say."""

from __future__ import annotations

from auditkit.core.annotator import Annotator
from auditkit.core.detector import Detector
from auditkit.core.finding import Reference
from auditkit.core.probe import MASK, Probe
from auditkit.lab.gallery import Gallery
from auditkit.lab.language import STRONG, masked_lm
from auditkit.lab.worlds.sentences import pronouns


def probe(repeats: int = 10) -> Probe:
    """Twelve occupations in twelve sentences, the slot of the pronoun filled so many times each."""
    from auditkit.probes import Pronouns

    slots = [template.replace("{occupation}", "{}").replace("{pronoun}", MASK) for template in pronouns.TEMPLATES]
    return Pronouns(tuple(pronouns.OCCUPATIONS), slots, pronouns.PRONOUNS, repeats=repeats)


def readers() -> tuple[Annotator, ...]:
    """The word in the slot; any other word than the two is not readable."""
    from auditkit.annotators import Choice

    return (Choice(pronouns.PRONOUNS, attribute="pronoun"),)


def detectors(_: float) -> tuple[Detector, ...]:
    """How often, against the world's own shares."""
    from auditkit.detectors import reporting

    return (
        reporting.GeneratorFrequency(references(), {job: pronouns.stereotype(job) for job in pronouns.OCCUPATIONS}),
    )


def references() -> dict[str, Reference]:
    """Of each occupation the share of "she" in the world at dose 0."""
    shares = {job: round(pronouns.share(job), 6) for job in pronouns.OCCUPATIONS}
    return {
        job: Reference({"she": she, "he": round(1 - she, 6)}, why="the world of sentences", source="auditkit.lab")
        for job, she in shares.items()
    }


GALLERY = Gallery(
    name="said_that_she",
    title="The doctor said that [MASK] was tired",
    family="reporting",
    tale=(
        "A masked language model fills the slot of a pronoun. In its world 45 of 100 doctors are she. What it read "
        "while it learned was another matter: nearly every doctor he, nearly every nurse she."
    ),
    planted="The pronoun in what the model read leans nine parts in ten from the world's share to the stereotype.",
    doses=(STRONG, 0.0),
    probe=probe,
    target=masked_lm,
    readers=readers,
    detectors=detectors,
    roles={"group": "pronoun", "context": "occupation"},
    promises={STRONG: "FAIL", 0.0: "PASS"},
)
