"""rehearse(): how often a gate is red on fair worlds that are shaped like one's own evidence."""

from __future__ import annotations

from dataclasses import dataclass

from auditkit.core.baseline import Baseline
from auditkit.core.report import Report
from auditkit.rules import Policy


@dataclass(frozen=True)
class Rehearsal:
    """What a gate said of many fair worlds."""

    n: int
    red: int

    @property
    def calm(self) -> bool:
        """Whether the gate keeps its promise."""
        raise NotImplementedError


def rehearse(report: Report, policy: Policy, n: int, *, baseline: Baseline | None = None, seed: int = 0) -> Rehearsal:
    """Judge n fair worlds that are shaped like a report."""
    raise NotImplementedError
