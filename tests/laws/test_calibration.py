"""What a detector promises of its own error rates: held on a small scale, and against its published card."""

from __future__ import annotations

from functools import cache
from itertools import islice
from time import process_time

import numpy as np
import pytest

from auditkit import catalog
from auditkit.calibrating import FIRST, calibrate, plantings
from auditkit.certifying import REPLICATIONS
from auditkit.core.card import Card
from auditkit.core.detector import Detector

SURELY = 1e-4
FEW, FEWER = 150, 20

LONG = {
    "attribution.correspondence",
    "attribution.dispersion",
    "automation.reliance",
    "automation.self_preference",
    "automation.source_swap",
    "implicit.proxy",
    "reporting.frequency",
    "selection.modes",
    "selection.support",
}
"""Seven seconds and more of small worlds: a law for the long suite."""
HEAVY = {
    "attribution.identity_confusion",
    "disparity.subgroups",
    "implicit.association",
    "implicit.counterfactual",
    "implicit.image_association",
    "reporting.generator_frequency",
    "selection.duplicates",
    "selection.frame",
    "selection.modes",
}
"""More than 10 ms to draw a world and look at it, so fewer are drawn. By name: measured in the run, a machine's speed
would choose how strict the law is, and two runs of the same code could differ."""

every_detector = pytest.mark.parametrize(
    "kind", catalog.detectors().values(), ids=lambda kind: kind.code, scope="module"
)  # so that a detector's laws follow one another, and share what was measured
in_its_time = pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=pytest.mark.slow if code in LONG else ()) for code, kind in catalog.detectors().items()],
    ids=lambda kind: kind.code,
    scope="module",
)


@cache
def small(code: str) -> Card:
    """A detector on its fair worlds, at the full dose and on the edge of one margin."""
    detector = catalog.find(code).specimen()
    planted = list(plantings(detector))
    chosen = [p for p in planted if p.kind == "nuisance" or (p.kind == "dose" and p.dose in (0, 1))]
    chosen += islice((p for p in planted if p.kind == "edge"), 1)
    return calibrate(detector, FEWER if code in HEAVY else FEW, worlds=chosen)


@in_its_time
def test_keeps_its_promises_on_a_small_scale(kind: type[Detector]) -> None:
    """No world is drawn by a chosen seed, and a bound is broken only where its exact tail says so."""
    card = small(kind.code)
    assert card.bounds
    broken = [bound for bound in card.bounds if bound.tail < SURELY]
    assert not broken or catalog.experimental(kind.code), broken


@every_detector
def test_has_a_card_that_was_measured_with_this_code(kind: type[Detector]) -> None:
    detector = kind.specimen()
    card = catalog.card(detector.code)
    if card is None:
        assert catalog.experimental(detector.code)
        pytest.skip(f"no card, so experimental until: auditkit calibrate {detector.code}")
    assert card.configuration == catalog.configuration(detector)
    assert card.n == detector.n_min
    usual = REPLICATIONS[detector.costly]
    assert all(r.replications in (usual, 5 * usual) for world in card.worlds for r in world.readings)
    if card.numpy.split(".")[:2] != np.__version__.split(".")[:2]:
        pytest.skip("another numpy may draw other worlds")
    planted = [p for p in plantings(detector) if p.kind != "dose" or p.dose in (0, 1)]
    assert {p.name for p in plantings(detector)} == {world.name for world in card.worlds}
    known = () if detector.code in LONG else small(detector.code).worlds  # by the same seeds, however many follow
    rest = [p for p in planted if p.name not in {world.name for world in known}]
    again = (*known, *calibrate(detector, FIRST, worlds=rest).worlds)
    assert {world.name for world in again} == {p.name for p in planted}
    firsts = {
        (world.name, r.estimand, r.level, r.versus, r.stratum): r.first for world in card.worlds for r in world.readings
    }
    for world in again:
        for r in world.readings:
            assert r.first == firsts[world.name, r.estimand, r.level, r.versus, r.stratum], (
                f"stale card: calibrate {detector.code} again"
            )


@every_detector
def test_is_costly_where_it_says_so(kind: type[Detector]) -> None:
    """50 ms an examination, with room for a machine that is twice as slow or twice as fast."""
    seconds = pace(kind.code)
    assert seconds > 0.010 if kind.costly else seconds < 0.100


def pace(code: str) -> float:
    """Seconds of one examination at n_min, the least of three."""
    detector = catalog.find(code).specimen()
    times = []
    for seed in range(3):
        evidence = detector.plant(0.5, detector.n_min, np.random.default_rng(seed)).evidence
        start = process_time()
        detector.examine(evidence)
        times.append(process_time() - start)
    return min(times)


def test_a_card_survives_its_wire_format() -> None:
    detector = catalog.find("selection.refusal").specimen()
    card = calibrate(detector, 20, worlds=list(plantings(detector))[:2])
    assert Card.from_json(card.to_json()).to_json() == card.to_json()
