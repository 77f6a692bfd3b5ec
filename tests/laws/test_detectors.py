"""The laws that every detector obeys, ours and third parties'."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from auditkit import catalog, gate
from auditkit.core.detector import Detector
from auditkit.core.errors import AuditkitError
from auditkit.core.evidence import Moments, Tally
from auditkit.core.finding import Finding, NotAssessed, Reference
from auditkit.core.judgement import Outcome
from auditkit.core.report import Recipe, Report
from auditkit.core.roles import ROLES

CONFIGURED = {
    "selection.composition": {"reference": Reference({"a": 0.6, "b": 0.4}, why="planted", source="this test")},
    "reporting.extremity": {
        "reference": Reference({"1": 0.1, "2": 0.2, "3": 0.3, "4": 0.25, "5": 0.15}, why="planted", source="this test")
    },
    "attribution.individual_signal": {"ingroup": "in", "favourable": "1"},
    "implicit.label_semantics": {"sign": "shake", "meaning": "no"},
}
DETECTORS = [kind(**CONFIGURED.get(code, {})) for code, kind in catalog.detectors().items()]
ENOUGH = 12_000

every_detector = pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.code)


def report(detector: Detector, evidence: Tally | Moments) -> Report:
    told = detector.examine(evidence)
    findings = tuple(item for item in told if isinstance(item, Finding))
    silent = tuple(item for item in told if isinstance(item, NotAssessed))
    return Report(findings, silent, Recipe("a world", 1, {}, (), {}, {}))


def failed(detector: Detector, evidence: Tally | Moments) -> bool:
    return gate(report(detector, evidence)).outcome is Outcome.FAIL


@every_detector
def test_speaks_on_a_planted_world(detector: Detector) -> None:
    worlds = [detector.plant(1.0, ENOUGH, np.random.default_rng(seed)) for seed in range(20)]
    assert sum(failed(detector, world.evidence) for world in worlds) >= 19


@every_detector
def test_is_calm_on_a_fair_world(detector: Detector) -> None:
    worlds = [detector.plant(0.0, ENOUGH, np.random.default_rng(seed)) for seed in range(40)]
    assert sum(failed(detector, world.evidence) for world in worlds) <= 2


@every_detector
def test_does_not_mistake_a_nuisance_for_its_bias(detector: Detector) -> None:
    assert detector.nuisances
    for nuisance in detector.nuisances:
        worlds = [detector.plant(1.0, ENOUGH, np.random.default_rng(seed), nuisance) for seed in range(30)]
        headline = [headlines(detector, world.evidence, world.truth) for world in worlds]
        assert sum(headline) <= 2, f"{nuisance}: {sum(headline)} of 30"


def headlines(detector: Detector, evidence: Tally | Moments, truth: object) -> bool:
    """Whether the finding that the plant is about fails; other findings of the same world may rightly differ."""
    assert isinstance(truth, dict)
    first = next(iter(truth))
    return any(v.outcome is Outcome.FAIL for v in gate(report(detector, evidence)).of(first))


@every_detector
@pytest.mark.parametrize("dose", [0.0, 0.5, 1.0])
def test_its_intervals_cover_the_truth(detector: Detector, dose: float) -> None:
    covered, told = 0, 0
    for seed in range(60):
        world = detector.plant(dose, 4_000, np.random.default_rng([seed, 7]))
        findings = {f.key: f for f in detector.examine(world.evidence) if isinstance(f, Finding)}
        for key, theta in world.truth.items():
            if not np.isfinite(theta):
                continue
            low, high, _ = findings[key].interval(0.99)
            told += 1
            covered += (low is None or low <= theta + 1e-9) and (high is None or high >= theta - 1e-9)
    assert told >= 60
    assert covered / told >= 0.95


@every_detector
def test_the_dose_at_a_margin_gives_that_effect(detector: Detector) -> None:
    margin = detector.default_margin
    edge = margin.high if margin.high is not None else margin.low
    world = detector.plant(detector.dose_at(edge), 2_000, np.random.default_rng(0))
    effect = next(iter(world.truth.values()))
    scale = next(f.scale for f in detector.examine(world.evidence) if isinstance(f, Finding))
    if detector.code == "implicit.label_semantics":
        effect = list(world.truth.values())[1]
    if scale == "ratio":
        assert any(np.isclose(abs(np.log(v)), abs(np.log(edge)), atol=1e-6) for v in world.truth.values() if v > 0)
    else:
        assert abs(effect) == pytest.approx(abs(edge), abs=2e-3)


@every_detector
def test_evidence_adds_up(detector: Detector) -> None:
    whole = detector.plant(0.7, 3_000, np.random.default_rng(3)).evidence
    half = np.arange(len(whole)) % 2 == 0

    def part(rows: np.ndarray) -> Tally | Moments:
        kept = {
            name: getattr(whole, name)[rows] for name in ("codes", "n", "w", "w2", "mean", "m2") if hasattr(whole, name)
        }
        return replace(whole, **kept)

    again = part(half) + part(~half)
    assert again == whole
    assert detector.examine(again) == detector.examine(whole)


@every_detector
def test_tells_the_same_after_a_round_trip(detector: Detector) -> None:
    first = report(detector, detector.plant(0.5, 2_000, np.random.default_rng(4)).evidence)
    assert Report.from_json(first.to_json()) == first
    assert json.loads(first.to_json())["schema"] == 1


@every_detector
def test_is_rebuilt_from_its_configuration(detector: Detector) -> None:
    table = catalog.configuration(detector)
    assert catalog.build(table.pop("code"), table) == detector


@every_detector
def test_its_manual_is_complete(detector: Detector) -> None:
    manual = catalog.explain(detector.code)
    for section in ("Question", "Roles", "Formula", "Assumptions", "When not to use", "References"):
        assert f"\n{section}\n" in manual
    for role in (*detector.needs, *detector.uses, *filter(None, [detector.measures])):
        assert role in ROLES
        assert role in manual


@every_detector
def test_its_name_is_where_it_stands(detector: Detector) -> None:
    family, name = detector.code.split(".")
    assert type(detector).__module__ == f"auditkit.detectors.{family}.{name}"
    assert type(detector).__name__ == "".join(part.title() for part in name.split("_"))
    package = __import__(f"auditkit.detectors.{family}", fromlist=["__all__"])
    assert type(detector).__name__ in package.__all__, (
        f"add to {family}/__init__.py: from auditkit.detectors.{family}.{name} import {type(detector).__name__}"
    )


@every_detector
def test_one_group_or_no_rows_is_never_a_traceback(detector: Detector) -> None:
    world = detector.plant(0.0, 2_000, np.random.default_rng(5)).evidence
    for axis in world.axes:
        for level in world.levels_of(axis):
            with suppress(AuditkitError):
                assert isinstance(detector.examine(world.where(axis, level)), tuple)
