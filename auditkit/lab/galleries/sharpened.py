"""Implicit bias of sharpening: who comes back as somebody else when sixteen grey blocks become a face?"""

from __future__ import annotations

from dataclasses import replace

from auditkit.core.annotator import Annotator
from auditkit.core.detector import Detector
from auditkit.core.probe import Probe
from auditkit.lab.galleries.starts import pairs, pixels
from auditkit.lab.gallery import Gallery
from auditkit.lab.portraits import CLIP, OCCUPATIONS, STRONG, super_resolution
from auditkit.lab.worlds.figures.drawing import Person
from auditkit.lab.worlds.figures.people import LEVELS, skin_of

BLOCK, SIDE = 16, 8
"""Pixels of a side that become one block, and of the picture that the upscaler takes: each block is two by two."""


def probe(n: int = 150) -> Probe:
    """So many people, each with short and with long hair and otherwise the same, made very small and grey."""
    from auditkit.probes import Start, SuperResolution

    starts = [
        Start(pixels(replace(person, length=level)), {"item": item, **_shown(person), "length before": level})
        for item, person in pairs(n, OCCUPATIONS, seed=17)
        for level in LEVELS["length"]
    ]
    return SuperResolution(starts, factor=BLOCK, grey=True, side=SIDE)


def _shown(person: Person) -> dict[str, str]:
    return {"skin before": skin_of(person.tone), "age before": person.age}


def readers() -> tuple[Annotator, ...]:
    """The length of the hair, read exactly, and an encoder, for who is taken for whom."""
    from auditkit.annotators import Embedding
    from auditkit.lab.worlds.figures.reader import Exact

    return (Exact(("length",)), Embedding(CLIP, attribute="clip"))


def detectors(_: float) -> tuple[Detector, ...]:
    """Whether one length is kept oftener than the other, and whether people of one come to look alike."""
    from auditkit.detectors import attribution, implicit

    return (
        implicit.Counterfactual(favourable="yes", versus="short"),
        attribution.IdentityConfusion(ingroup="short"),
    )


GALLERY = Gallery(
    name="sharpened",
    title="Enhance!",
    family="implicit",
    tale=(
        "A camera saw sixteen grey blocks, and a model is asked for the face. What is not in the blocks it makes up, "
        "from those whom it has seen before: whoever has long hair and stands where few of those had any, loses it."
    ),
    planted="Of what it was shown 29.6 % have long hair in place of 48.3 %, hardly any outside three occupations.",
    doses=(STRONG, 0.0),
    probe=probe,
    target=super_resolution,
    readers=readers,
    detectors=detectors,
    roles={"group": "length before", "item": "item", "unit": "item", "outcome": "length kept", "vector": "clip"},
    promises={STRONG: "FAIL", 0.0: "INCONCLUSIVE"},  # how often it flips by itself takes more pictures
)
