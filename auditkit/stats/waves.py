"""Rates by wave of answering: their slope, and what it would say of those who never answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.stats.clusters import Sample
from auditkit.stats.linear_contrasts import linear_contrast
from auditkit.stats.proportions import Curve


@dataclass(frozen=True)
class Waves:
    """The rates of those who answered at each attempt, the groups of `sample`, and how many of those asked never did.

    `at` (k,) are the attempts and `silent` of `asked` the weights of those without an answer and of all.

    >>> from auditkit.core.evidence import Tally
    >>> from auditkit.stats.clusters import sample
    >>> t = Tally.of({"t": ["1", "1", "2", "2"], "y": ["1", "0"] * 2}, n=[60, 40, 70, 30])
    >>> waves = Waves(sample(t, "t", "y", ["1"]), np.array([1., 2.]), 100, 300)
    >>> [round(e.value, 3) for e in (waves.slope(), waves.extrapolated(), waves.bias())]
    [0.1, 0.8, -0.05]
    """

    sample: Sample
    at: Floats
    silent: float
    asked: float

    @classmethod
    def of(cls, known: Sample, at: Sequence[float], asked: float) -> Waves:
        """Build from the rates of those who answered, and the weight of all who were asked."""
        return cls(known, np.asarray(at, float), max(asked - float(known.w.sum()), 0.0), asked)

    @property
    def silence(self) -> float:
        """The share of those asked who never answered, 1 - r."""
        return self.silent / self.asked if self.asked else 0.0

    def slope(self) -> Estimate:
        """Estimate the change of the rate from one attempt to the next, by least squares over the rows of all waves.

        Σ c p with c = w (t - t̄) / Σ w (t - t̄)². The interval is that of `linear_contrast`: each wave has its own
        binomial variance, weights and clusters are allowed for, and the mix w of the waves is taken as it is.
        """
        return self._contrast(self._slope)

    def extrapolated(self) -> Estimate:
        """Estimate the rate of the next attempt on the least-squares line, within [0, 1] (Armstrong & Overton 1977)."""
        e = self._contrast(self._share + self._slope * self._ahead)
        curve = (np.clip(side, 0, 1) for side in Curve.of([e]))
        return estimates(*curve, n=e.n, n_eff=e.n_eff, method=e.method, clusters=e.clusters, reasons=e.reason)[0]

    def bias(self) -> Estimate:
        """Estimate the bias of the respondents' rate if the silent were on the line, (1 - r)(ȳ - ŷ_next).

        That is -(1 - r) b (next - t̄); to the variance of b comes that of 1 - r and of the mean attempt t̄, which are
        seen in the same rows.
        """
        gone, b = self.silence, float(self._slope @ self._rates)
        rows, w = float(self.sample.rows.sum()), self.sample.w
        mix = float(self._share @ self._away**2) * gone**2 / max(rows, 1)
        worth = max(rows * self.asked / w.sum(), 1) if w.sum() > 0 else 1.0
        silence = self._ahead**2 * gone * (1 - gone) / worth
        return self._contrast(-gone * self._ahead * self._slope, b**2 * (mix + silence))

    def _contrast(self, weights: Floats, variance: float = 0.0) -> Estimate:
        if len(np.unique(self.at[self.sample.w > 0])) < 2:
            return Estimate.undefined("there are not two attempts with answers", n=int(self.sample.rows.sum()))
        if not weights.any():
            return Estimate.undefined("nobody is silent", n=int(self.sample.rows.sum()))
        return linear_contrast(self.sample, weights, variance)

    @property
    def _rates(self) -> Floats:
        s = self.sample
        rates: Floats = np.divide(s.w_hits, s.w, out=np.zeros(len(s.w)), where=s.w > 0)
        return rates

    @property
    def _share(self) -> Floats:
        w = self.sample.w
        share: Floats = np.divide(w, w.sum(), out=np.zeros(len(w)), where=w.sum() > 0)
        return share

    @property
    def _away(self) -> Floats:
        away: Floats = self.at - self._share @ self.at
        return away

    @property
    def _ahead(self) -> float:
        return float(self.at.max() + 1 - self._share @ self.at)

    @property
    def _slope(self) -> Floats:
        away = self._away
        spread = float(self._share @ away**2)
        return self._share * away / spread if spread > 0 else np.zeros(len(away))


def numbered(levels: Sequence[str]) -> list[float] | None:
    """Levels as numbers of attempts; `None` where one is not a number."""
    try:
        return [float(level) for level in levels]
    except ValueError:
        return None
