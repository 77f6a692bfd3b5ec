"""A detector of a report's recipe reads the report's cells again, or some of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from auditkit import catalog
from auditkit.core.detector import Detector
from auditkit.core.errors import AuditkitError
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding, Key
from auditkit.core.report import Report
from auditkit.core.roles import Roles
from auditkit.gathering import evidence

CROSSED = "Groups are crossed"
UNCOUNTED = "{} reads rows or numbers, and a report keeps counted cells alone"
STUMBLES = (AuditkitError, ArithmeticError, LookupError, MemoryError, TypeError, ValueError)
"""Cells of a file may be anything, so a detector may stumble over them."""
AGAIN = 1e-6
"""How near to the finding's own estimate that of its cells must come."""
Values = Mapping[Key, float | None]


class Asked(NamedTuple):
    """A detector as the recipe configures it, with the roles that it read."""

    detector: Detector
    roles: Roles
    crossed: bool

    def values(self, cells: Tally) -> Values:
        """The estimates in some cells, by finding; raises what the detector raises."""
        return {finding.key: finding.estimate.value for finding in self._found(cells)}

    def _found(self, cells: Tally) -> Iterator[Finding]:
        for shown in evidence(self.detector, None, cells, self.roles, self.crossed):
            yield from (item for item in self.detector.examine(shown) if isinstance(item, Finding))


def asked(report: Report, told: Mapping[str, object]) -> Asked | str:
    """A detector of the recipe; or why it cannot read cells again: it cannot be built, or needs more than them."""
    code = str(told.get("code", ""))
    try:
        detector = catalog.build(code, {name: value for name, value in told.items() if name != "code"})
    except AuditkitError as error:
        return f"its detector cannot be built again: {error}"
    if detector.numbers is not None or detector.measures is not None:
        return UNCOUNTED.format(code)
    crossed = any(note.startswith(CROSSED) for note in report.recipe.notes)
    return Asked(detector, Roles(report.recipe.roles), crossed)


def unlike(finding: Finding, whole: Values) -> str:
    """Why cells do not say what a finding does; nothing where they do."""
    value, again = finding.estimate.value, whole.get(finding.key)
    if value is None:
        return "one of the two estimates is undefined"
    if again is None or abs(again - value) > AGAIN * max(1.0, abs(value)):
        return "the cells that are kept do not make its estimate again"
    return ""
