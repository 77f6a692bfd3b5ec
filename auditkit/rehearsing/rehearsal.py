"""Judge many fair worlds, and count how often the gate was red."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from auditkit.core.baseline import Baseline
from auditkit.core.judgement import Outcome
from auditkit.core.report import Report
from auditkit.gating import gate
from auditkit.rehearsing.worlds import Worlds
from auditkit.rules import Policy
from auditkit.settling import ALPHA
from auditkit.stats.proportions import clopper_pearson

PERMUTED = "with group labels permuted against everything else: groups alike in distribution, the exact null of a gap"
MOVED = "by their own confidence curves moved to no bias, which takes these curves at their word"


@dataclass(frozen=True)
class Rehearsal:
    """What a gate said of `n` fair worlds: how many were red (exit 1), how many green; the rest were inconclusive.

    Of the `comparisons` that the policy judges, `permuted` were told anew of tables with permuted group labels; of the
    others the curves were moved.

    >>> told = Rehearsal(500, red=0, green=20, comparisons=2, permuted=2)
    >>> told.calm, told.inconclusive
    (True, 480)
    >>> str(told).splitlines()[0]
    '0 of 500 fair worlds were red: at most 0.7 % at 95 %. The gate is calm: it promises at most 5 %.'
    """

    n: int
    red: int
    green: int
    comparisons: int
    permuted: int

    @property
    def inconclusive(self) -> int:
        """Worlds of which the gate could decide nothing; they fail a pipeline too, unless the policy only warns."""
        return self.n - self.red - self.green

    @property
    def interval(self) -> tuple[float, float]:
        """Between what the share of red worlds lies, at 95 % (Clopper & Pearson 1934)."""
        curve = clopper_pearson(self.red, self.n)
        return float(curve.lower[2, 0]), float(curve.upper[2, 0])

    @property
    def calm(self) -> bool:
        """Whether the gate is not shown to be red more often than the 5 % that it promises."""
        return self.interval[0] <= ALPHA

    @property
    def exit_code(self) -> int:
        """0 where the gate is shown to be calm, 1 where it is shown not to be, 3 where more worlds are needed."""
        low, high = self.interval
        return 0 if high <= ALPHA else 1 if low > ALPHA else 3

    def __str__(self) -> str:
        low, high = (f"{100 * end:.1f} %" for end in self.interval)
        share = f"at most {high} at 95 %" if not self.red else f"{_share(self.red, self.n)} [{low}, {high}] at 95 %"
        unsure = f"{_share(self.inconclusive, self.n)} inconclusive, {_share(self.green, self.n)} green"
        moved = self.comparisons - self.permuted
        how = [f"{many:,} {what}" for many, what in ((self.permuted, PERMUTED), (moved, MOVED)) if many]
        return "\n".join(
            [
                f"{self.red:,} of {self.n:,} fair worlds were red: {share}. {self._verdict()}",
                f"A night like this of a fair model: {unsure}.",
                f"Comparisons judged: {self.comparisons:,}{'; ' if how else '.'}{'; '.join(how)}{'.' if how else ''}",
            ]
        )

    def _verdict(self) -> str:
        if self.exit_code == 0:
            return "The gate is calm: it promises at most 5 %."
        if self.exit_code == 1:
            return "The gate is not calm: it promises at most 5 %."
        return "It promises at most 5 %, which so few worlds neither show nor refute: rehearse more."


def rehearse(report: Report, policy: Policy, n: int, *, baseline: Baseline | None = None, seed: int = 0) -> Rehearsal:
    """Judge n fair worlds that are shaped like a report, by the same policy and gate; reproducible by `seed`.

    Where the report keeps its cells and a detector counts groups, the group labels are permuted against everything else
    within the strata of `context` (by unit where units share rows), and the detector is asked again: groups are then
    alike in distribution, which is the exact null of differences and ratios between groups. Every other finding has its
    own confidence curve moved to its null. With `no_worse` the baseline is a fair world too, drawn by itself.

    It cannot see what the report does not hold: rows that depend on one another without a `unit` are permuted as if
    they did not.

    >>> from auditkit.auditing import audit
    >>> report = audit(group=["a"] * 300 + ["b"] * 300, outcome=[1, 0] * 300)
    >>> rehearse(report, Policy(), 20).red
    0
    """
    worlds, judged = Worlds.of(report), gate(report, policy, baseline=baseline)
    fair = worlds.draws(np.random.default_rng([seed, 0]))
    old = None if baseline is None else Worlds.of(baseline.report).draws(np.random.default_rng([seed, 1]))
    said: Counter[Outcome] = Counter()
    for world in islice(fair, n):
        then = None if baseline is None or old is None else replace(baseline, report=next(old))
        said[gate(world, policy, baseline=then).outcome] += 1
    keys = [v.key for v in judged.verdicts if v.key is not None and (v.p is not None or v.outcome is Outcome.FAIL)]
    permuted = sum(key in worlds.permuted for key in keys)
    return Rehearsal(n, said[Outcome.FAIL], said[Outcome.PASS], len(keys), permuted)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"
