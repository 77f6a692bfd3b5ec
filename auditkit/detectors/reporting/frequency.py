"""Is what is reported distributed like what happens?

Question
    Which events are written about more often, and which less, than they occur?
Roles
    needs   outcome
    uses    unit
    The outcome is the class of the event or property that a row mentions; documents that mention several are `unit`s.
Formula
    TV(p, q) = ½ Σ |p_k - q_k| of reported shares p from a reference q: by the triangle inequality |TV(p̂, q) - TV| is
    at most TV(p̂, p), whose quantile is drawn; where the reference is a sample of n, the errors of both together.
    Margin: at most .10. Noise alone makes a distance, and the finding says how much. Beside it, not judged: p_k / q_k
    of every class (Goodman 1965: all hold together; MOVER-R where q is a sample), and the Jensen-Shannon and
    Kullback-Leibler divergences, without intervals.
Assumptions
    The reference counts the same classes in the same population and period. Documents are independent; one event told
    by 400 outlets is one `unit`.
When not to use
    Without a reference: nothing happens in equal shares by default. With classes that a classifier assigned and nobody
    checked: its errors are a distance too.
References
    Gordon & Van Durme, AKBC (2013) 25; Shwartz & Choi, COLING (2020) 6863; Weissman et al., Hewlett-Packard Labs
    HPL-2003-97; Goodman, Technometrics 7 (1965) 247; Lin, IEEE Transactions on Information Theory 37 (1991) 145.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told, labels
from auditkit.core.errors import CannotDecide
from auditkit.core.estimate import Estimate, Floats
from auditkit.core.evidence import UNIT, Evidence, Tally, level_order
from auditkit.core.finding import Count, Finding, Key, Margin, Reference, shares_of
from auditkit.core.roles import MISSING
from auditkit.stats.class_counts import class_counts
from auditkit.stats.class_ratios import class_ratios, class_ratios_between
from auditkit.stats.distances import jensen_shannon, kullback_leibler, total_variation, total_variation_between

EVENTS = Reference(
    {"breathing": 0.30, "eating": 0.25, "working": 0.20, "moving house": 0.15, "murder": 0.10},
    why="the planted events",
    source="auditkit",
)
TILT, DISTANCE, RATIO = float(np.log(50)), "total variation", "reporting ratio"
DIVERGENCES = ("Jensen-Shannon divergence", "Kullback-Leibler divergence")
TOGETHER = "The intervals of all classes hold together: each is wider than alone."


@dataclass(frozen=True)
class Frequency(Detector):
    """Compare how often classes of events are reported with how often they occur; the module's docstring is the manual.

    >>> import numpy as np
    >>> detector = Frequency(EVENTS)
    >>> round(list(detector.plant(1.0, 100, np.random.default_rng(1)).truth.values())[0], 2)
    0.52
    """

    reference: Reference

    needs: ClassVar[tuple[str, ...]] = ("outcome",)
    subjects: ClassVar[tuple[str, ...]] = ("table", "text", "captions", "causal_lm", "seq2seq", "captioner")
    default_margin: ClassVar[Margin] = Margin.at_most(0.10)
    nuisances: ClassVar[tuple[str, ...]] = ("documents that repeat one event",)
    n_min: ClassVar[int] = 1_000
    conservative: ClassVar[Mapping[str, str]] = {
        DISTANCE: "the triangle inequality bounds the error by that of the whole distribution, in the worst direction",
        RATIO: "the intervals of all classes hold together",
    }

    def __post_init__(self) -> None:
        shares_of(self.reference)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of the reference, in order."""
        return tuple(sorted(self.reference.shares(), key=level_order))

    def examine(self, evidence: Evidence) -> Told:
        """Tell the distance from the reference, then every class, then the two divergences."""
        assert isinstance(evidence, Tally)
        self.refuse(evidence, weights=True)
        known, column = evidence.without("outcome", MISSING), evidence.name_of("outcome")
        if not known.total:
            raise CannotDecide(f'every row of column "{column}" is missing')
        strange = [level for level in known.levels_of("outcome") if level not in self.classes]
        if strange:
            what = f"the reference has no share for: {labels(strange)}"
            raise CannotDecide(f"{what}; give what never happens the share 0")
        missing = evidence.total - known.total
        notes = (f"{missing} rows have no class and take no part.",) if missing else ()
        return self._told(class_counts(known, "outcome", self.classes, UNIT if UNIT in known else ""), column, notes)

    def _told(self, x: Floats, column: str, notes: tuple[str, ...]) -> Told:
        q, n = np.array([self.reference.shares()[level] for level in self.classes]), self.reference.n
        told, expected = total_variation_between(x, q * n) if n else total_variation(x, q)
        ratios = class_ratios_between(x, q * n) if n else class_ratios(x, q)
        usual = "" if expected is None else f"; {100 * expected:.1f} points are expected of noise alone"
        sentence = f"All of {column} against the reference, in total variation: {said(told, 'difference')}{usual}."
        every = Finding(self.code, DISTANCE, "all classes", "reference", sentence, told, margin=self.default_margin)
        rows = np.atleast_2d(x).sum(axis=0)
        counts = [Count(k, int(of), int(x.sum()), of / x.sum()) for k, of in zip(self.classes, rows, strict=True)]
        each = [self._class(*parts) for parts in zip(counts, q, ratios, strict=True)]
        entropies = map(_described, (jensen_shannon(x, q), kullback_leibler(x, q)), DIVERGENCES, [self.code] * 2)
        findings = (replace(every, null_expectation=expected, notes=notes), *each, *entropies)
        return tuple(replace(finding, attribute=column, reference=self.reference) for finding in findings)

    def _class(self, count: Count, share: float, e: Estimate) -> Finding:
        sentence = (
            f"{count.label} is {100 * (count.rate or 0):.1f} % of what is reported against {100 * share:.1f} % of the "
            f"reference: {said(e, 'ratio')}."
        )
        return Finding(
            self.code, RATIO, count.label, "reference", sentence, e, "ratio", 1.0, counts=(count,), notes=(TOGETHER,)
        )

    @classmethod
    def specimen(cls) -> Self:
        """The planted world's own configuration."""
        return cls(EVENTS)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Shares p ∝ q exp(d log(50) s), s from -1/2 to 1/2: the rarest class is the most newsworthy.

        The nuisance is documents of five rows at dose 0: a row repeats the event of its document with probability .7.
        """
        ordered = sorted(self.classes, key=lambda level: -self.reference.shares()[level])
        q = np.array([self.reference.shares()[level] for level in ordered])
        p = q * np.exp((0.0 if nuisance else dose) * TILT * (np.linspace(0, 1, len(q)) - 0.5))
        p /= p.sum()
        truth = {Key(self.code, DISTANCE, "all classes", "reference", "outcome"): float(np.abs(p - q).sum() / 2)}
        for level, ratio in zip(ordered, p / np.where(q > 0, q, np.nan), strict=True):
            truth[Key(self.code, RATIO, level, "reference", "outcome")] = float(ratio)
        if not nuisance:
            return Planted(Tally.of({"outcome": ordered}, n=rng.multinomial(n, p).tolist()), truth)
        own, fresh = rng.choice(len(q), n // 5, p=p), rng.choice(len(q), (n // 5, 5), p=p)
        event = np.where(rng.random(fresh.shape) < 0.7, own[:, None], fresh).ravel()
        rows = {UNIT: np.repeat(np.arange(n // 5), 5).astype(str).tolist(), "outcome": [ordered[k] for k in event]}
        return Planted(Tally.of(rows), truth)


def _described(e: Estimate, name: str, code: str) -> Finding:
    value = f"not defined, {e.reason}" if e.value is None else f"{e.value:.3f} nats"
    return Finding(code, name, "all classes", "reference", f"{name}: {value}.", e)
