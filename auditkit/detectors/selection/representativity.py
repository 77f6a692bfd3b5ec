"""Do the strata of a frame respond alike?

Question
    How far is the response from what a random subset of the frame would give, and which strata make the difference?
Roles
    needs   responded
    uses    context, feature
    The strata are the levels of `context`, or of each feature, or both crossed. Every row of the frame is there,
    answered or not.
Formula
    The R-indicator 1 - 2 S(ρ), S the standard deviation of the response propensities of the strata, 1 where all respond
    alike; the interval inverts the noncentral chi-square, since the plug-in is too small, .82 for 20 strata of 30 that
    respond alike. Margin: at least .90. Beside it, not judged, the partial indicator √w (ρ - ρ̄) of every stratum, and
    the bias (1 - R)/(4 ρ̄) that a share can have at most from what the strata explain.
Assumptions
    The frame is complete, and its strata were known before anybody answered. Rows stand for themselves.
When not to use
    To compare surveys that know different things of their frames. To show that answers are right: R = 1 says nothing
    of what the strata do not explain.
References
    Schouten, Cobben & Bethlehem, Survey Methodology 35 (2009) 101; Schouten, Shlomo & Skinner, Journal of Official
    Statistics 27 (2011) 231; Shlomo, Skinner & Schouten, Journal of Statistical Planning and Inference 142 (2012) 201.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import RoleMissing
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Count, Finding, Key, Margin
from auditkit.core.roles import MISSING
from auditkit.stats.clusters import Sample, sample
from auditkit.stats.representativity import max_bias, partial_r_indicators, r_indicator

INDICATOR, PARTIAL, BIAS = "R-indicator", "partial R-indicator", "largest bias of a share"
ALIKE, FRAME = "all alike", "the frame"
RESPONSE, SPREAD, MANY = 0.6, 0.25, 20


@dataclass(frozen=True)
class Representativity(Detector):
    """Tell how alike the strata of a frame respond; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Representativity().plant(1.0, 4000, np.random.default_rng(1))
    >>> finding = Representativity().examine(world.evidence)[0]
    >>> finding.estimand, round(world.truth[finding.key], 2)
    ('R-indicator', 0.63)
    """

    answered: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("responded",)
    uses: ClassVar[tuple[str, ...]] = ("context", "feature")
    subjects: ClassVar[tuple[str, ...]] = ("table", "causal_lm", "text_to_image")
    default_margin: ClassVar[Margin] = Margin.at_least(0.90)
    nuisances: ClassVar[tuple[str, ...]] = ("low but equal response", "many strata")
    n_min: ClassVar[int] = 4_000
    conservative: ClassVar[dict[str, str]] = dict.fromkeys(
        (INDICATOR, BIAS), "where all respond alike the interval ends at the truth, so it can miss on one side only"
    )
    plug_in: ClassVar[bool] = False

    def examine(self, evidence: Evidence) -> Told:
        """Tell the indicator, its part of every stratum, and the bias that it allows."""
        assert isinstance(evidence, Tally)
        self.refuse(evidence, weights=True, units=True)
        axes = [axis for axis in ("context", "feature") if axis in evidence]
        if not axes:
            raise RoleMissing("context", "feature", said="it needs strata: a column for {}")
        answered = self.level_of(evidence, "responded", self.answered, "answered")
        strata = evidence.crossed(axes, "context")
        lost = int(strata.where("context", MISSING).total)
        notes = (f"{lost:,} rows have no stratum and take no part.",) if lost else ()
        return tuple(self._told(sample(strata, "context", "responded", [answered]), strata.name_of("context"), notes))

    def _told(self, s: Sample, attribute: str, notes: tuple[str, ...]) -> Iterator[Finding]:
        estimate, expected = r_indicator(s.hits, s.rows)
        low, high, _ = estimate.interval(0.95)
        where = f"Over {len(s.levels)} strata of {attribute} the R-indicator is "
        if estimate.value is None or low is None or high is None:
            where += f"not defined, {estimate.reason or 'no interval'}."
        else:
            where += f"{estimate.value:.2f} [{low:.2f}, {high:.2f}], 1 if all respond alike."
        counts = tuple(
            Count(*part) for part in zip(s.levels, s.hits.tolist(), s.rows.tolist(), _shares(s), strict=True)
        )
        yield Finding(
            self.code,
            INDICATOR,
            ALIKE,
            FRAME,
            where,
            estimate,
            null=1.0,
            null_expectation=expected,
            margin=self.default_margin,
            attribute=attribute,
            counts=counts,
            notes=notes,
        )
        worst = max_bias(s.hits, s.rows, 0.5)
        sentence = f"The most that a share can be off for what {attribute} explains: {said(worst, 'difference')}."
        yield Finding(self.code, BIAS, ALIKE, FRAME, sentence, worst, attribute=attribute)
        for level, part in zip(s.levels, partial_r_indicators(s.hits, s.rows), strict=True):
            sentence = f"What {level} adds to the unequal response: {said(part, 'difference')}."
            yield Finding(self.code, PARTIAL, level, FRAME, sentence, part, attribute=attribute)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Four equal strata respond at .6 ± .25 dose and .6 ± .08 dose, n/4 rows each.

        The nuisances: all respond at .15; and 20 strata that all respond at .6.
        """
        strata = MANY if nuisance == self.nuisances[1] else 4
        base = 0.15 if nuisance == self.nuisances[0] else RESPONSE
        shift = 0.0 if nuisance else dose
        rho = np.full(strata, base)
        rho[:4] += shift * np.array([-SPREAD, -SPREAD / 3, SPREAD / 3, SPREAD])
        size = n // strata
        drawn = rng.binomial(size, rho).tolist()
        names = [chr(ord("a") + k) for k in range(strata)]
        cells: dict[tuple[str, ...], int] = {(level, "yes"): k for level, k in zip(names, drawn, strict=True)}
        cells |= {(level, "no"): size - k for level, k in zip(names, drawn, strict=True)}
        spread, mean = float(rho.std()), float(rho.mean())
        truth = {Key(self.code, INDICATOR, ALIKE, FRAME, "context"): 1 - 2 * spread}
        truth[Key(self.code, BIAS, ALIKE, FRAME, "context")] = spread / (2 * mean)
        parts = (rho - mean) / np.sqrt(strata)
        truth |= {
            Key(self.code, PARTIAL, level, FRAME, "context"): p for level, p in zip(names, parts.tolist(), strict=True)
        }
        return Planted(Tally.of_cells(("context", "responded"), cells), truth)


def _shares(s: Sample) -> list[float | None]:
    return [hits / rows if rows else None for hits, rows in zip(s.hits.tolist(), s.rows.tolist(), strict=True)]
