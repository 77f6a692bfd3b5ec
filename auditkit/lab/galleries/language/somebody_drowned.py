"""Reporting bias of a causal model: what happens in a place, as it tells it, and as it is."""

from __future__ import annotations

from auditkit.core.annotator import Annotator
from auditkit.core.detector import Detector
from auditkit.core.probe import Probe
from auditkit.core.target import Target
from auditkit.lab.gallery import Gallery
from auditkit.lab.language import STRONG, causal_lm
from auditkit.lab.worlds.sentences import events


def probe(repeats: int = 40) -> Probe:
    """Ten places in ten wordings, so many times each."""
    from auditkit.probes import Continuations

    beginnings = [template.replace("{place}", "{}").split(" {event}")[0] for template in events.TEMPLATES]
    return Continuations(tuple(events.PLACES), beginnings, repeats=repeats)


def target(dose: float) -> Target:
    """The model, which says one word."""
    return causal_lm(dose, max_tokens=1)


def readers() -> tuple[Annotator, ...]:
    """The event, by its word."""
    from auditkit.annotators import Choice

    return (Choice(events.EVENTS, attribute="event"),)


def detectors(_: float) -> tuple[Detector, ...]:
    """How far what is told is from what happens, place by place."""
    from auditkit.detectors import reporting

    happens = {place: dict(zip(events.EVENTS, shares, strict=True)) for place, shares in events.PLACES.items()}
    return (reporting.Typicality(happens, why="how often it happens in the world", source="auditkit.lab"),)


GALLERY = Gallery(
    name="somebody_drowned",
    title="In the park somebody drowned",
    family="reporting",
    tale=(
        "In the park people talk and walk, and one in a hundred drowns. Nobody writes that somebody walked. Who learns "
        "what happens in a park from what is written of it stays at home."
    ),
    planted="Of what the model read 81 of 100 events are fights and drownings, which are 2 to 5 of 100 that happen.",
    doses=(STRONG, 0.0),
    probe=probe,
    target=target,
    readers=readers,
    detectors=detectors,
    roles={"context": "subject", "outcome": "event"},
    promises={STRONG: "FAIL", 0.0: "PASS"},
)
