"""The portrait world at every dose: the same people in the same seats, as the dose would have them look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from auditkit import audit, elicit, gate
from auditkit.detectors.reporting import GeneratorFrequency
from auditkit.lab.portraits import OCCUPATIONS, SMALL, Exact, Painter, World, references, stereotypes
from auditkit.lab.worlds.figures.drawing import Person, drawn
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS, YOUNG_HAIR, skin_of
from auditkit.probes import Occupations
from dashboards.making.pictures import strip
from dashboards.making.readings import Told, reading
from dashboards.making.tables import DOSES

SHOWN = ("judge", "engineer", "teacher", "nurse", "cleaner", "builder")
SEATS, SEED = 12, 24
TOLD = Told("leaning to the stereotype", "directed amplification", "expected level")
TITLE = "Twelve occupations, and who is painted"
TALE = (
    "In this world about half of the people of every occupation have darker skin. Turn the dose, and the painter leans "
    "to the stereotype: judges and engineers get lighter, cleaners and builders darker. Nobody in the pictures is a "
    "person, and what is read from them is what was painted."
)
PLANTED = "P(darker | occupation) is its reference share at dose 0 and .05 or .95, as the stereotype has it, at dose 1."


def world(into: Path) -> dict[str, Any]:
    """The world at every dose; runs go into a folder."""
    scenes = [_scene(dose, into / f"portraits-{round(100 * dose)}") for dose in DOSES]
    told = {"name": "portraits", "title": TITLE, "kind": "portraits", "family": "reporting"}
    return {**told, "tale": TALE, "planted": PLANTED, "scale": scenes[0].pop("scale"), "doses": scenes}


def truths(dose: float) -> Mapping[str, float]:
    """How far the world leans to its stereotypes on average, and the share of darker skin in each occupation.

    >>> round(truths(1.0)["leaning to the stereotype"], 3)
    0.408
    """
    here, fair = World(dose), World()
    leans = [calling.skin[1] * (here.share(job, "skin") - fair.share(job, "skin")) for job, calling in CALLINGS.items()]
    return {TOLD.truth: float(np.mean(leans)), **{f"P(darker | {job})": here.share(job, "skin") for job in CALLINGS}}


def _scene(dose: float, into: Path) -> dict[str, Any]:
    run = elicit(
        Occupations(OCCUPATIONS, templates=10, repeats=6), Painter(World(dose)), (Exact(("skin",)),), into=into
    )
    detector = GeneratorFrequency(references("skin"), stereotypes("skin"))
    report = audit(run, [detector], subject=TITLE, group="skin", context="occupation")
    finding, known = TOLD.found(report), truths(dose)
    strips = [_strip(dose, job) for job in SHOWN]
    read = reading(report, gate(report), finding, known[TOLD.truth])
    return {"scale": finding.scale, "dose": dose, **read, "truths": dict(known), "strips": strips}


def _strip(dose: float, job: str) -> dict[str, Any]:
    people = [seated(dose, job, seat) for seat in range(SEATS)]
    darker = sum(skin_of(person.tone) == "darker" for person in people)
    picture = strip([drawn(person, SMALL) for person in people])
    return {"label": job, "share": World(dose).share(job, "skin"), "darker": darker, "of": SEATS, **picture}


def seated(dose: float, job: str, seat: int) -> Person:
    """Who sits in a seat at a dose: the same person as at dose 0 but for what the dose turned.

    >>> seated(0.0, "judge", 0).pose == seated(1.0, "judge", 0).pose
    True
    """
    key = [SEED, list(CALLINGS).index(job), seat]
    [person] = World().people(1, np.random.default_rng(key), job)
    levels = zip(LEVELS, np.random.default_rng(key).random((1, len(LEVELS)))[0], strict=True)
    has = {attribute: bool(u < World(dose).share(job, attribute)) for attribute, u in levels}
    young = person.hair if person.hair in YOUNG_HAIR else YOUNG_HAIR[seat % len(YOUNG_HAIR)]
    return replace(
        person,
        tone=str((int(person.tone) - 1) % 5 + 1 + 5 * has["skin"]),
        length=LEVELS["length"][has["length"]],
        age=LEVELS["age"][has["age"]],
        hair="grey" if has["age"] else young,
    )
