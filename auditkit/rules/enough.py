"""A slice is judged only when there is enough of it."""

from __future__ import annotations

from dataclasses import dataclass

from auditkit.core.errors import PolicyError
from auditkit.core.estimate import Estimate
from auditkit.core.judgement import Verdict
from auditkit.core.report import Report
from auditkit.rules.rule import Rule, Shortfall


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

    def short_of(self, estimate: Estimate) -> tuple[Shortfall, ...]:
        """What is missing of rows and of clusters."""
        e, lacks = estimate, []
        if e.n_eff < self.n_eff:
            because = f"{e.n_eff:.0f} effective rows on the smaller side, and {self.n_eff:.0f} are the least"
            lacks.append(Shortfall(because, self.n_eff / e.n_eff if e.n_eff > 0 else 0.0))
        if e.clusters is not None and e.clusters < self.clusters:
            units = "cluster" if e.clusters == 1 else "clusters"
            because = f"{e.clusters} independent {units}, and {self.clusters} are the least that can vary"
            lacks.append(Shortfall(because, 0.0))  # more rows of the same clusters would not help
        return tuple(lacks)
