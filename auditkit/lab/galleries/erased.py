"""Reporting bias that nobody planted: what a tokenizer leaves out of some faces."""

from __future__ import annotations

from auditkit.core.annotator import Annotator
from auditkit.core.detector import Detector
from auditkit.core.probe import Picture, Probe, Prompt
from auditkit.core.target import Target
from auditkit.lab.gallery import Gallery
from auditkit.lab.portraits import OCCUPATIONS, SMALL, STRONG, tokenizer

PEOPLE = 800


def probe(n: int = PEOPLE) -> Probe:
    """So many people of the fair world, half of them of darker skin."""
    from auditkit.lab.galleries.starts import portrayed
    from auditkit.probes import Reconstruction

    return Reconstruction(portrayed(n, OCCUPATIONS, seed=19, side=SMALL))


def target(dose: float) -> Target:
    """The plain tokenizer in place of a dose of bias, and the mended one in place of none."""
    return tokenizer(plain=dose > 0)


def itself(n: int = PEOPLE) -> tuple[Probe, Target]:
    """Every picture as it is: what difficulty alone makes of it."""
    from auditkit.targets import Function

    return probe(n), Function(unchanged, verb="edit", title="the pictures themselves")


def unchanged(prompts: list[Prompt], seeds: list[int]) -> list[Picture | None]:
    """The pictures of prompts."""
    return [prompt.image for prompt, _ in zip(prompts, seeds, strict=True)]


def readers() -> tuple[Annotator, ...]:
    """Whether there are eyes, read exactly."""
    from auditkit.lab.worlds.figures.reader import Exact

    return (Exact(("eyes",)),)


def detectors(_: float) -> tuple[Detector, ...]:
    """Whether more is lost of darker faces, beyond what is lost without a model."""
    from auditkit.detectors import reporting

    return (reporting.StratumError(subtle="darker", extreme="lighter"),)


GALLERY = Gallery(
    name="erased",
    title="The eyes that were rounded away",
    family="reporting",
    tale=(
        "A tokenizer says a portrait in 64 words, and has three to choose from at each place. It was trained, as they "
        "are, to make the sum of squared errors small, and it does. What weighs little in squares goes."
    ),
    planted="Nothing: the tokenizer learned from the fair world. Its loss does not ask whose face a small error is in.",
    doses=(STRONG, 0.0),
    probe=probe,
    target=target,
    readers=readers,
    detectors=detectors,
    roles={"outcome": "eyes before", "prediction": "eyes", "intensity": "skin before"},
    promises={STRONG: "FAIL", 0.0: "PASS"},
    beside={"control": itself},
    arm="model",
)
