"""A rehearsal is fair where the report is not, reproducible, and says how sure it is."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from auditkit import catalog
from auditkit.auditing import audit
from auditkit.core.baseline import Baseline
from auditkit.core.detector import Detector
from auditkit.core.evidence import Evidence
from auditkit.core.finding import Exemplar, Finding, NotAssessed, Reference
from auditkit.core.report import Recipe, Report, suppressed
from auditkit.core.roles import SEVERAL
from auditkit.detectors.disparity import ErrorRates, SelectionRate
from auditkit.detectors.reporting import GeneratorFrequency
from auditkit.gating import gate
from auditkit.rehearsing import Rehearsal, rehearse
from auditkit.rehearsing.worlds import Worlds
from auditkit.rules import NoWorse, Policy, Within
from tests.accumulating.nightly import drawn


def applicants(n: int = 1_200, gap: float = 0.25, **more: object) -> dict[str, object]:
    rng = np.random.default_rng(7)
    sex = rng.choice(["f", "m"], n)
    hired = np.where(rng.random(n) < 0.4 + gap * (sex == "m"), "yes", "no")
    return {"group": sex, "outcome": hired, **more}


DETECTORS = [SelectionRate(favourable="yes")]
BIASED = audit(None, DETECTORS, **applicants())  # type: ignore[arg-type]


def test_a_red_report_is_rehearsed_green_or_undecided() -> None:
    assert gate(BIASED).exit_code == 1
    told = rehearse(BIASED, Policy(), 60)
    assert told.red == 0
    assert told.calm
    assert (told.comparisons, told.permuted) == (2, 2)
    assert told.red + told.green + told.inconclusive == told.n == 60


def test_the_same_seed_says_the_same() -> None:
    policy = Policy((Within(1e-4),), multiplicity="none")
    first, again = (rehearse(BIASED, policy, 30, seed=3) for _ in range(2))
    assert first == again
    assert {rehearse(BIASED, policy, 30, seed=seed).red for seed in range(3)} != {first.red}


def test_a_nil_margin_is_red_as_often_as_its_level_says() -> None:
    """One comparison, no margin to speak of, and the 95 % interval: about one fair world in twenty."""
    report = replace(
        BIASED, findings=BIASED.findings[:1] if BIASED.findings[0].scale == "difference" else BIASED.findings
    )
    told = rehearse(report, Policy((Within(1e-6, code="disparity.*"),), multiplicity="none"), 300)
    assert told.red / told.n == pytest.approx(0.05, abs=0.035)
    assert told.calm


def test_many_questions_without_allowance_are_not_calm() -> None:
    policy = Policy((Within(1e-6),), multiplicity="none")
    rng = np.random.default_rng(1)
    groups = {f"g{k}": rng.choice(["a", "b"], 600) for k in range(5)}
    report = audit(None, DETECTORS, group=groups, outcome=rng.choice(["yes", "no"], 600))
    told = rehearse(report, policy, 40)
    assert not told.calm
    assert told.interval[0] > 0.05
    assert "The gate is not calm" in str(told)
    assert rehearse(report, Policy((Within(1e-6),)), 40).calm


@pytest.mark.parametrize("how", ["no cells", "weights", "reference", "suppressed", "rebuilt otherwise"])
def test_what_cannot_be_permuted_is_moved(how: str) -> None:
    report = BIASED
    if how == "no cells":
        report = replace(report, cells=None)
    elif how == "weights":
        report = audit(None, DETECTORS, **applicants(weight=np.random.default_rng(1).uniform(1, 2, 1_200)))  # type: ignore[arg-type]
    elif how == "reference":
        reference = Reference({"f": 0.5, "m": 0.5}, why="the census", source="who counted")
        report = audit(None, [GeneratorFrequency(reference=reference)], group=["f"] * 300 + ["m"] * 100)
    elif how == "suppressed":
        report = suppressed(report, 400)
    else:
        wrong = {**report.recipe.detectors[0], "favourable": "no"}
        report = replace(report, recipe=replace(report.recipe, detectors=(wrong,)))
    worlds = Worlds.of(report)
    assert not worlds.permuted
    told = rehearse(report, Policy(), 40)
    assert told.red == 0
    assert told.permuted == 0


def test_a_detector_that_is_not_installed_is_moved() -> None:
    gone = replace(BIASED.recipe, detectors=({"code": "their.own"},))
    assert not Worlds.of(replace(BIASED, recipe=gone)).permuted


def test_units_and_context_are_heeded() -> None:
    """Twenty people of one sex each with thirty rows: rows permuted one by one would make far too quiet worlds."""
    rng = np.random.default_rng(2)
    unit = np.repeat(np.arange(40), 30)
    sex = np.where(np.arange(40) % 2, "f", "m")[unit]
    rate = rng.beta(2, 2, 40)[unit]
    hired = np.where(rng.random(1_200) < rate, "yes", "no")
    report = audit(None, DETECTORS, group=sex, outcome=hired, unit=unit)
    worlds = Worlds.of(report)
    assert worlds.permuted
    values = [f.estimate.value for w in islice(worlds.draws(rng), 100) for f in w.findings if f.scale == "difference"]
    assert np.std(np.array(values, float)) > 0.05  # 0.029 for independent rows
    assert rehearse(report, Policy(), 100).calm


def test_worlds_hold_nothing_that_leaves_a_report_that_is_shared() -> None:
    shown = tuple(replace(f, exemplars=(Exemplar("x", (("name", "Ada"),)),)) for f in BIASED.findings)
    silent = (NotAssessed("selection.frame", "no column"),)
    world = next(
        Worlds.of(replace(BIASED, findings=shown, cells=None, not_assessed=silent)).draws(np.random.default_rng(1))
    )
    assert "Ada" not in world.to_json()
    assert world.cells is None
    assert world.not_assessed == silent


def test_with_no_worse_the_baseline_is_a_fair_world_too() -> None:
    """A fair baseline under a biased report would make every world red; a biased one would excuse them."""
    policy = Policy((NoWorse(0.02),))
    old = Baseline(drawn(3, 0.0, 2_000))
    assert gate(drawn(4, 0.3, 2_000), policy, baseline=old).exit_code == 1
    told = rehearse(drawn(4, 0.3, 2_000), policy, 60, baseline=old)
    assert told.red <= 3
    assert told.calm


def test_a_detector_that_found_nothing_to_compare_is_rehearsed_as_not_assessed() -> None:
    report = audit(None, DETECTORS, **applicants())  # type: ignore[arg-type]
    report = replace(report, not_assessed=(NotAssessed("selection.frame", "no column"),))
    assert rehearse(report, Policy(), 20).inconclusive == 20


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (Rehearsal(500, 0, 20, 2, 2), "0 of 500 fair worlds were red: at most 0.7 % at 95 %. The gate is calm"),
        (Rehearsal(20, 0, 0, 2, 2), "at most 16.8 % at 95 %. It promises at most 5 %, which so few worlds neither"),
        (Rehearsal(100, 4, 0, 2, 2), "4.0 % [1.1 %, 9.9 %] at 95 %. It promises"),
        (Rehearsal(100, 20, 0, 2, 0), "20.0 % [12.7 %, 29.2 %] at 95 %. The gate is not calm"),
        (Rehearsal(500, 0, 20, 3, 2), "96.0 % inconclusive, 4.0 % green"),
        (Rehearsal(500, 0, 20, 3, 2), "Comparisons judged: 3; 2 with group labels permuted"),
        (Rehearsal(500, 0, 0, 0, 0), "Comparisons judged: 0."),
    ],
)
def test_what_is_said_is_no_more_than_was_seen(told: Rehearsal, sentence: str) -> None:
    assert sentence in str(told).replace("\n", " ")


def crossed_report() -> Report:
    rng = np.random.default_rng(5)
    groups = {"sex": rng.choice(["f", "m"], 2_000), "race": rng.choice(["a", "b"], 2_000)}
    hits = {"outcome": rng.choice(["1", "0"], 2_000), "prediction": rng.choice(["1", "0"], 2_000)}
    return audit(None, [ErrorRates(positive="1"), SelectionRate(favourable="1")], group=groups, crossed=True, **hits)


def test_intersections_are_permuted_too() -> None:
    report = crossed_report()
    assert len(Worlds.of(report).permuted) == len(report.findings) > 8
    assert rehearse(report, Policy(), 20).red == 0


def of(detector: Detector, shown: Evidence) -> Report:
    cells = shown.rename({axis: f"{axis}:{shown.name_of(axis)}" for axis in shown.axes if axis in SEVERAL})
    roles: dict[str, list[str]] = {}
    for axis, name in zip(shown.axes, shown.names, strict=True):
        roles.setdefault(axis.split(":")[0], []).append(name if ":" not in axis else axis.split(":")[1])
    findings = tuple(item for item in detector.examine(shown) if isinstance(item, Finding))
    played = {role: tuple(columns) for role, columns in roles.items()}
    return Report(findings, (), Recipe("w", 0, played, (catalog.configuration(detector),), {}, {}), cells)  # type: ignore[arg-type]


COUNTING = [
    code
    for code, kind in catalog.detectors().items()
    if kind.numbers is None and kind.measures is None and "group" in kind.needs
]


@pytest.mark.slow
@pytest.mark.parametrize("code", COUNTING)
def test_whatever_is_permuted_is_at_its_null(code: str) -> None:
    """Every detector that counts groups, shown a world full of its bias, tells none of permuted labels: on average, and
    its 95 % interval holds the null as often as it should."""
    detector = catalog.find(code).specimen()
    report = of(detector, detector.plant(1.0, detector.n_min, np.random.default_rng(1)).evidence)
    worlds = Worlds.of(report)
    known = {f.key: f for f in report.findings if f.key in worlds.permuted}
    seen: dict[object, list[Finding]] = {}
    for world in islice(worlds.draws(np.random.default_rng(2)), 120):
        for finding in (f for f in world.findings if f.key in known):
            seen.setdefault(finding.key, []).append(finding)
    for key, told in seen.items():
        f = known[key]  # type: ignore[index]
        values = np.array([one.estimate.value for one in told], float)
        centre = f.null if f.null_expectation is None else f.null_expectation
        assert abs(np.nanmean(values) - centre) < 6 * np.nanstd(values) / np.sqrt(len(told)), key
        if f.null_expectation is None and not detector.conservative:
            held = [
                (i.low is None or i.low <= f.null) and (i.high is None or i.high >= f.null)
                for one in told
                for i in [one.interval(0.95)]
            ]
            assert np.mean(held) >= 0.88, key


def test_the_detectors_that_compare_groups_are_permuted() -> None:
    assert {"disparity.selection_rate", "disparity.error_rates", "selection.refusal"} <= set(COUNTING)
