"""Reporting bias of a captioner: what it mentions of people, and what goes without saying."""

from __future__ import annotations

from auditkit.core.annotator import Annotator
from auditkit.core.detector import Detector
from auditkit.core.probe import Probe
from auditkit.lab.galleries.captioned import sitters
from auditkit.lab.gallery import Gallery
from auditkit.lab.language import STRONG, captioner
from auditkit.lab.worlds.figures.captioning import readers as words

PORTRAITS, SEED = 600, 31


def probe(n: int = PORTRAITS) -> Probe:
    """So many clear portraits, of either skin and of every occupation."""
    from auditkit.probes import Captions

    return Captions(sitters(n, SEED))


def readers() -> tuple[Annotator, ...]:
    """What a caption says, by its words."""
    return words()


def detectors(_: float) -> tuple[Detector, ...]:
    """How many times as often darker skin is mentioned, where it is seen, as lighter skin is."""
    from auditkit.detectors import reporting

    return (reporting.Mention(usual="lighter", mentioned="yes"),)


GALLERY = Gallery(
    name="what_goes_without_saying",
    title="A darker-skinned judge, a judge",
    family="reporting",
    tale=(
        "A captioner is shown portraits, half of them of people of darker skin, and says what it sees. Of some it says "
        "which skin they have. Of the others there is nothing to say."
    ),
    planted="Captions that it learned from mention darker skin in 60 of 100 portraits, lighter skin in 11.",
    doses=(STRONG, 0.0),
    probe=probe,
    target=captioner,
    readers=readers,
    detectors=detectors,
    roles={"truth": "skin", "outcome": "skin mentioned"},
    promises={STRONG: "FAIL", 0.0: "PASS"},
)
