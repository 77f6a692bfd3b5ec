"""A slice is judged only when there is enough of it."""

from __future__ import annotations

from dataclasses import dataclass

from auditkit.core.errors import PolicyError
from auditkit.core.finding import Cap, Finding
from auditkit.core.judgement import Verdict
from auditkit.core.report import Report
from auditkit.rules.rule import Rule


@dataclass(frozen=True)
class Enough(Rule):
    """No verdict on fewer than `n_eff` effective rows on the smaller side, or fewer than `clusters` clusters.

    What falls short is inconclusive and says what it needs. Part of every policy that does not state its own.

    >>> Enough().n_eff
    30
    """

    n_eff: float = 30
    clusters: int = 4

    def __post_init__(self) -> None:
        if not 0 <= self.n_eff < float("inf") or self.clusters < 0:
            raise PolicyError("enough takes an n_eff and a number of clusters of at least 0.")

    def ask(self, report: Report, baseline: Report | None) -> tuple[Verdict, ...]:
        """Nothing: it withholds."""
        return ()

    def caps(self, finding: Finding) -> tuple[Cap, ...]:
        """Withhold both verdicts from a slice that is too small."""
        e = finding.estimate
        short = []
        if e.n_eff < self.n_eff:
            short.append(f"{e.n_eff:.0f} effective rows on the smaller side, and {self.n_eff:.0f} are the least")
        if e.clusters is not None and e.clusters < self.clusters:
            short.append(f"{e.clusters} clusters, and {self.clusters} are the least that can vary")
        return tuple(cap for because in short for cap in (Cap("PASS", because), Cap("FAIL", because)))
