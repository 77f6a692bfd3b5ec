"""Is a finding's interval that of its own counts? A report that contradicts itself was edited."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from auditkit.core.estimate import Estimate, estimates
from auditkit.core.finding import Finding, Key
from auditkit.stats.contrasts import mover_ratio, newcombe
from auditkit.stats.proportions import Curve, Rates, guarded, rates, wilson

NEAR = 1e-6


def contradicting(findings: Iterable[Finding]) -> frozenset[Key]:
    """Of the findings whose counts alone make their interval, those with another than their counts make.

    >>> from dataclasses import replace
    >>> from auditkit.auditing import audit
    >>> told = audit(group=["a"] * 50 + ["b"] * 50, outcome=[1, 0] * 25 + [1] * 50).findings
    >>> len(contradicting(told)), len(contradicting([replace(f, counts=f.counts[::-1]) for f in told]))
    (0, 2)
    """
    mine = [f for f in findings if f.recount and _claims(f.estimate)]
    odd = frozenset(f.key for f in mine if len(f.counts) != 2)  # no detector tells them so
    mine = [f for f in mine if len(f.counts) == 2]
    again = zip(mine, _recounted(mine, guarded), _recounted(mine, wilson), strict=True) if mine else ()
    return odd | {told.key for told, *own in again if told.estimate.wagers or not _one_of(told.estimate, own)}


def _claims(e: Estimate) -> bool:
    """Whether it says anything: what is withheld for sharing does not."""
    return any(number is not None for number in (e.value, *e.lower, *e.upper))


def _recounted(findings: Sequence[Finding], limits: Callable[[Rates], Curve]) -> list[Estimate]:
    """The estimates that the counts make: Newcombe's for differences, MOVER-R for ratios. Reports were once told by
    Wilson's limits at every level."""
    hits, n = (np.array([[getattr(c, part) for c in f.counts] for f in findings], float) for part in ("hits", "n"))
    a, b = (limits(rates(hits[:, side], n[:, side])) for side in (0, 1))
    tables = [estimates(*curve, n=0, n_eff=0, method="") for curve in (newcombe(a, b), mover_ratio(a, b))]
    return [tables[finding.scale == "ratio"][i] for i, finding in enumerate(findings)]


def _one_of(told: Estimate, own: Sequence[Estimate]) -> bool:
    return any(_same(told, again) for again in own)


def _same(told: Estimate, again: Estimate) -> bool:
    pairs = zip((told.value, *told.lower, *told.upper), (again.value, *again.lower, *again.upper), strict=True)
    return all(_near(a, b) for a, b in pairs)


def _near(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=NEAR, abs_tol=NEAR)
