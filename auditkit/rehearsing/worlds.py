"""Fair worlds shaped like a report: its group labels permuted where its cells allow it, its curves moved elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from auditkit import catalog
from auditkit.core.detector import Detector
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.estimate import Floats
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Finding, Key, NotAssessed
from auditkit.core.report import Report
from auditkit.core.roles import Roles
from auditkit.gathering import evidence
from auditkit.rehearsing.moved import moved
from auditkit.stats.fair_tables import Labels

TRIED, FAR, _SEED = 40, 5.0, 1935
"""Worlds that are looked at beforehand, and how many standard errors off the null are no chance."""
CROSSED = "Groups are crossed"
"""How the recipe of an audit of intersections begins its note."""


@dataclass(frozen=True)
class Worlds:
    """A report taken apart: the detectors that can be asked again with other labels, and the findings that they then
    tell (`permuted`); the curves of all others are moved."""

    report: Report
    labels: Labels | None
    detectors: tuple[Detector, ...]
    permuted: frozenset[Key]

    @classmethod
    def of(cls, report: Report) -> Worlds:
        """See what a report keeps: a finding is told anew only where asking again tells the same of the real cells."""
        labels = None if report.cells is None else Labels.of(report.cells)
        if labels is None or report.cells is None:
            return cls(report, None, (), frozenset())
        detectors = tuple(filter(None, map(_rebuilt, report.recipe.detectors)))
        told = [item for detector in detectors for item in _told(detector, report, report.cells)]
        again = {item.key: item for item in told if isinstance(item, Finding)}
        between = [f for f in report.findings if _same(f, again) and _between_groups(f, report)]
        made = cls(report, labels, detectors, frozenset(f.key for f in between))
        permuted = made._without_bias(between)
        return replace(
            made, detectors=tuple(d for d in detectors if any(k.code == d.code for k in permuted)), permuted=permuted
        )

    def _without_bias(self, findings: Sequence[Finding]) -> frozenset[Key]:
        """The findings that permuted labels bring to their null, on average over a few worlds: a comparison that takes
        something else for no bias is not among them."""
        worlds = list(islice(self.draws(np.random.default_rng(_SEED)), TRIED))
        values: dict[Key, list[float]] = {}
        for finding in (finding for world in worlds for finding in world.findings):
            values.setdefault(finding.key, []).append(np.nan if (v := finding.estimate.value) is None else v)
        return frozenset(f.key for f in findings if _at_null(f, np.array(values.get(f.key, ()), float)))

    def draws(self, rng: np.random.Generator) -> Iterator[Report]:
        """Fair report after fair report, without end; none of them keeps cells."""
        tables = None if self.labels is None or not self.permuted else self.labels.draws(rng)
        own = {finding.key for finding in self.report.findings} - self.permuted
        asked = {detector.code for detector in self.detectors}
        silent = tuple(item for item in self.report.not_assessed if item.code not in asked)
        while True:
            told: list[Finding | NotAssessed] = []
            if tables is not None:
                table = next(tables)
                told = [item for detector in self.detectors for item in _told(detector, self.report, table)]
            fresh = [item for item in told if isinstance(item, Finding) and item.key not in own]
            fresh += self._moved(rng)
            lacking = tuple(item for item in told if isinstance(item, NotAssessed))
            yield replace(self.report, findings=tuple(fresh), not_assessed=silent + lacking, cells=None)

    def _moved(self, rng: np.random.Generator) -> list[Finding]:
        """All other findings, each by a draw of its own; a difference and a ratio of the same counts share theirs."""
        noise: dict[object, float] = {}
        others = [finding for finding in self.report.findings if finding.key not in self.permuted]
        return [moved(f, noise.setdefault(f.counts or f.key, float(rng.standard_normal()))) for f in others]


def _rebuilt(recorded: Mapping[str, object]) -> Detector | None:
    """A detector that counts groups, from its record; `None` for any other, and for one that is not installed."""
    code = str(recorded.get("code", ""))
    try:
        detector = catalog.build(code, {key: value for key, value in recorded.items() if key != "code"})
    except InputError:
        return None
    counts = detector.numbers is None and detector.measures is None
    return detector if counts and "group" in detector.needs else None


def _told(detector: Detector, report: Report, cells: Tally) -> list[Finding | NotAssessed]:
    crossed = any(note.startswith(CROSSED) for note in report.recipe.notes)
    shown = evidence(detector, None, cells, Roles(report.recipe.roles), crossed)
    return [item for one in shown for item in _examined(detector, one)]


def _examined(detector: Detector, shown: Evidence) -> list[Finding | NotAssessed]:
    attribute = shown.name_of("group") if "group" in shown else ""
    try:
        return list(detector.examine(shown)) or [detector.not_assessed("this world allows no comparison", attribute)]
    except (CannotDecide, InputError) as reason:  # a permuted table may lack a level that a field names
        return [detector.not_assessed(str(reason), attribute)]


def _same(finding: Finding, again: Mapping[Key, Finding]) -> bool:
    """Whether asking again tells the same number."""
    other = again.get(finding.key)
    if other is None or finding.estimate.wagers:
        return False
    mine, theirs = (np.array([f.estimate.value, *f.estimate.lower, *f.estimate.upper], float) for f in (finding, other))
    return bool(np.allclose(mine, theirs, rtol=1e-6, atol=1e-9, equal_nan=True))


def _at_null(finding: Finding, values: Floats) -> bool:
    known = values[np.isfinite(values)]
    if len(known) < TRIED / 2:
        return False
    centre = finding.null if finding.null_expectation is None else finding.null_expectation
    off = abs(float(known.mean()) - centre)
    return off <= FAR * float(known.std()) / math.sqrt(len(known)) + 1e-9


def _between_groups(finding: Finding, report: Report) -> bool:
    """Whether a finding compares groups with one another: then permuted labels are its null, and no reference's."""
    columns = set(report.recipe.roles.get("group", ()))
    return finding.reference is None and set(finding.attribute.split(" × ")) <= columns
