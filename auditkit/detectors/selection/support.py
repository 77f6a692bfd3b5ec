"""Does the data support what it is to be used on?

Question
    How much of the target, those the model is deployed on, has next to no like in the data?
Roles
    needs   frame, feature
    The frame says which rows are sample and which are target; features are numbers or levels.
Formula
    A logistic regression of target against sample on half of the rows, both weighted alike, on standardised numbers,
    their squares, and levels (fewer than 10 rows: one level). On the other half: the unsupported mass, the share of the
    target where e(x) = P(sample | x) < .05 (Crump et al. 2009: one of the sample to nineteen of the target), by
    Wilson with the error of the fit added, at most .05; and the AUC by DeLong, .5 where nothing tells them apart, at
    most .60 (Lopez-Paz & Oquab 2017). A note says what the sample is worth once weighted to look like the target.
Assumptions
    Rows are independent. Log odds are additive in the features, with at most a bend: normal features with different
    means and variances are.
When not to use
    For holes in the middle of the support, or combinations of which each part is covered (selection.patterns). The AUC
    does not say that a difference does harm. A column that alone all but tells the two apart is left out and listed: an
    identifier, a date of collection, or no support at all; then there is no PASS.
References
    Crump, Hotz, Imbens & Mitnik, Biometrika 96 (2009) 187; Lopez-Paz & Oquab, ICLR (2017); D'Amour et al., Journal of
    Econometrics 221 (2021) 644; DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988) 837.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, ClassVar

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told, labels
from auditkit.core.errors import CannotDecide
from auditkit.core.evidence import Evidence, Rows
from auditkit.core.finding import Cap, Finding, Key, Margin, NotAssessed
from auditkit.stats.columns import Columns, identifying
from auditkit.stats.separability import separated

MASS, AUC = "unsupported mass", "area under the curve"
LEAST = 0.05
SHIFT = 2.0
LISTED = "it alone all but tells sample from target: an identifier, a date of collection, or no support at all"


@dataclass(frozen=True)
class Support(Detector):
    """Look for what a target has and the data lack; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Support().plant(1.0, 4000, np.random.default_rng(1))
    >>> [finding.estimand for finding in Support().examine(world.evidence)]
    ['unsupported mass', 'area under the curve']
    """

    sample: str = "sample"
    target: str = "target"

    needs: ClassVar[tuple[str, ...]] = ("frame", "feature")
    numbers: ClassVar[tuple[str, ...] | None] = ("feature",)
    subjects: ClassVar[tuple[str, ...]] = ("table", "text", "captions", "predictions")
    default_margin: ClassVar[Margin] = Margin.at_most(0.05)
    auc_margin: ClassVar[Margin] = Margin.at_most(0.60)
    nuisances: ClassVar[tuple[str, ...]] = ("another mix within the support", "many rare levels", "a small target")
    n_min: ClassVar[int] = 4_000
    plug_in: ClassVar[bool] = False
    conservative: ClassVar[Mapping[str, str]] = {
        MASS: "the fit's bands hold row by row, and where all is supported every sample shows it"
    }

    def examine(self, evidence: Evidence) -> Told:
        """Tell the share of the target without support, and how well the two are told apart."""
        assert isinstance(evidence, Rows)
        self.refuse(evidence, weights=True, units=True)
        for name in ("sample", "target"):
            self.level_of(evidence, "frame", getattr(self, name), name)
        both = evidence.where("frame", self.sample, self.target)
        columns = Columns.of(both)
        known = columns.complete
        target = both.column("frame")[known] == self.target
        if not (target.any() and (~target).any()):
            raise CannotDecide("no row of one of the two has every feature")
        dropped = identifying(columns, target)
        if len(dropped) == len(columns.names):
            raise CannotDecide(f"of {labels(dropped)} each is left out: {LISTED}")
        found = separated(columns.without(dropped).design(), target, both.taken(known).generator(self.code))
        lost = int((~known).sum())
        notes = (f"{lost:,} rows lack a feature and take no part.",) if lost else ()
        worth = (
            f"Weighted as far as can be to the target, {found.rows:,} rows of the sample are worth {found.worth:,.0f}."
        )
        more: dict[str, Any] = {
            "attribute": " × ".join(name for name in columns.names if name not in dropped),
            "notes": (worth, *notes),
            "caps": (Cap("PASS", f"{labels(dropped)}: {LISTED}"),) if dropped else (),
        }
        sentence = (
            f"For {100 * (found.unsupported.value or 0):.1f} % of {found.unsupported.n:,} held-out rows of "
            f"{self.target}, {self.sample} has next to no like: {said(found.unsupported, 'difference')} from none."
        )
        told: list[Finding | NotAssessed] = [
            Finding(
                *(self.code, MASS, self.target, self.sample, sentence, found.unsupported),
                margin=self.default_margin,
                **more,
            )
        ]
        sentence = f"Features tell {self.target} from {self.sample}: {found.told}."
        told.append(
            Finding(
                *(self.code, AUC, self.target, self.sample, sentence, found.auc),
                null=0.5,
                margin=self.auc_margin,
                **more,
            )
        )
        return (*told, *(self.not_assessed(LISTED, name) for name in dropped))

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """One of two normal features is shifted by δ = 2 dose in the target.

        e(x) < .05 where x > log(19)/δ + δ/2, which Φ(δ/2 - log(19)/δ) of the target are; the AUC is Φ(δ/√2). Nuisances:
        δ = .25; forty levels of the same shares, and no shift; a tenth of the rows is target.
        """
        shift = 0.25 if nuisance == self.nuisances[0] else 0.0 if nuisance else SHIFT * dose
        target = np.arange(n) < (n // 10 if nuisance == self.nuisances[2] else n // 2)
        x = rng.standard_normal((n, 2))
        x[target, 0] += shift
        columns = {"frame": np.where(target, self.target, self.sample).tolist()}
        names = "x1 × x2"
        if nuisance == self.nuisances[1]:
            columns["feature:site"] = [f"s{k}" for k in np.floor(40 * rng.random(n) ** 2).astype(int)]
            names = "site × x1 × x2"
        rows = Rows.of(columns, {"feature": x}, {"feature:site": "site"}, {"feature": ("x1", "x2")})
        normal = NormalDist()
        beyond = normal.cdf(shift / 2 - np.log(1 / LEAST - 1) / shift) if shift else 0.0
        key = Key(self.code, MASS, self.target, self.sample, names)
        return Planted(rows, {key: beyond, key._replace(estimand=AUC): normal.cdf(shift / 2**0.5)})
