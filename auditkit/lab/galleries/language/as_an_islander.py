"""In-group bias of a causal model with a persona: whom it accepts when it is told who it is."""

from __future__ import annotations

from typing import Any

from auditkit.core.annotator import Annotator
from auditkit.core.detector import Detector
from auditkit.core.probe import Probe
from auditkit.lab.galleries.language.rounds import rounds
from auditkit.lab.gallery import Gallery
from auditkit.lab.language import STRONG, causal_lm
from auditkit.lab.worlds.sentences import personas
from auditkit.probes.wording import with_article


def probe(repeats: int = 20) -> Probe:
    """Three personas, two candidates and twelve vignettes, so many decisions each."""
    from auditkit.probes import Personas

    groups = {group: with_article(group) for group in personas.CANDIDATES}
    wording = personas.TEMPLATE.split(" {choice}")[0]
    neutral = with_article(personas.NEUTRAL)
    how: dict[str, Any] = {"neutral": neutral, "options": personas.CHOICES, "repeats": repeats}
    return Personas(groups, groups, personas.VIGNETTES, [wording], **how)


def readers() -> tuple[Annotator, ...]:
    """Nobody: the decision is the answer."""
    return ()


def detectors(_: float) -> tuple[Detector, ...]:
    """How much the own group is favoured, beyond what the clerk makes of it, who has none."""
    from auditkit.detectors import attribution
    from auditkit.probes.personas import NEUTRAL

    return (attribution.Correspondence(neutral=NEUTRAL, favourable="accept"),)


GALLERY = Gallery(
    name="as_an_islander",
    title="As an islander I read about a highlander",
    family="attribution",
    tale=(
        "A model is told who it is, and then decides about applications that are the same to the letter but for "
        "where the applicant is from. The clerk, who is from nowhere, says what is in the applications themselves."
    ),
    planted="Personas that the model read of accept 82 of 100 of their own group and 18 of 100 of the other.",
    doses=(STRONG, 0.0),
    probe=probe,
    target=causal_lm,
    readers=readers,
    detectors=detectors,
    roles={"item": "round", "rater_group": "rater_group", "candidate_group": "candidate_group", "outcome": "answer"},
    promises={STRONG: "FAIL", 0.0: "INCONCLUSIVE"},
    rows=lambda table: rounds(table, "item"),
)
