"""Does a feature stand in for the group?

Question
    How much of the gap between groups' predictions runs through features that go with the group, such as a postcode?
Roles
    needs   group, feature, prediction
    uses    context, unit, weight
    The prediction is a number, from 0 to 1; features are numbers or levels; a context is what all is compared within.
Formula
    The change of the gap of mean predictions, second group minus first, when the features are residualised on the group
    within the context: Σ β Δ, Δ the difference of a feature's means and β the slopes of the prediction on all features
    within groups (Kitagawa 1955; Oaxaca 1973; Blinder 1973). The sum over features is judged, margin .02 either way of
    predictions from 0 to 1; each feature, the gap beside them and the held-out AUC with which features tell the group
    (DeLong) are told. Influence-function errors, t over units.
Assumptions
    What predictions make of the features is near linear; a note says how near. Which contexts may explain a gap is the
    user's decision, and whether a feature through which it runs is justified.
When not to use
    To look into a model: predictions that go with a feature need not use it. For a feature that is the group itself
    under another name it is not identified; then there is no PASS.
References
    Datta et al., ACM CCS (2017) 1193; Kilbertus et al., NeurIPS (2017) 656; Kitagawa, JASA 50 (1955) 1168; Oaxaca,
    International Economic Review 14 (1973) 693; Blinder, Journal of Human Resources 8 (1973) 436.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any, ClassVar

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told, labels
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import UNIT, Evidence, Rows
from auditkit.core.finding import Cap, Finding, Key, Margin, NotAssessed
from auditkit.stats.columns import Columns
from auditkit.stats.contrasts import OTHERS
from auditkit.stats.prediction_gaps import PredictionGap, prediction_gap
from auditkit.stats.separability import separated

THROUGH, BESIDE, LEAKAGE = "prediction gap through", "prediction gap beside the features", "area under the curve"
PROXY, SLOPE, OTHER, DIRECT = 0.7, 0.05, 0.03, 0.01
ROWS_ALONE = "its interval does not allow for weights or shared units"
NO_MARGIN = "Predictions are not on 0 to 1: name a margin in their own unit."
SAME = "it does not vary within groups: it is the group under another name"


@dataclass(frozen=True)
class Proxy(Detector):
    """Follow a gap of predictions through features; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Proxy().plant(1.0, 4000, np.random.default_rng(1))
    >>> [finding.estimand for finding in Proxy().examine(world.evidence)][0]
    'prediction gap through all features'
    """

    versus: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("group", "feature", "prediction")
    uses: ClassVar[tuple[str, ...]] = ("context",)
    numbers: ClassVar[tuple[str, ...] | None] = ("feature", "prediction")
    subjects: ClassVar[tuple[str, ...]] = ("table", "predictions", "decisions")
    default_margin: ClassVar[Margin] = Margin.within(0.02)
    nuisances: ClassVar[tuple[str, ...]] = ("a proxy that is not used", "a context that explains the feature")
    n_min: ClassVar[int] = 2_000
    plug_in: ClassVar[bool] = False

    def examine(self, evidence: Evidence) -> Told:
        """Tell, for every comparison, what of the gap runs through the features, and how well they tell the group."""
        assert isinstance(evidence, Rows)
        known = evidence.complete(*(r for r in ("group", "prediction", "context", "weight") if r in evidence))
        columns = Columns.of(known)
        rows = known.taken(columns.complete)
        groups, name = rows.levels_of("group"), rows.name_of("group")
        if len(groups) < 2:
            raise CannotDecide(f'column "{name}" has fewer than two groups with all it needs: {labels(groups)}')
        versus = self.versus or (groups[0] if len(groups) == 2 else None)
        if versus is not None and versus not in groups:
            raise InputError(f'There is no group "{versus}". There are: {", ".join(groups)}.')
        lost = len(evidence) - len(rows)
        notes = (f"{lost:,} rows lack a column and take no part.",) if lost else ()
        pairs = [(level, versus) for level in groups if level != versus]
        return tuple(told for pair in pairs for told in self._pair(rows, columns, *pair, notes))

    def _pair(
        self, rows: Rows, columns: Columns, level: str, versus: str | None, notes: tuple[str, ...]
    ) -> Iterator[Finding | NotAssessed]:
        kept = np.isin(rows.column("group"), (level, versus)) if versus else np.ones(len(rows), bool)
        some, second = rows.taken(kept), (rows.column("group") == level)[kept]
        y, parts = some.number("prediction"), [part[kept] for part in columns.parts()]
        strata = some.codes("context") if "context" in rows else None
        weights, units = some.number("weight") if rows.weighted else None, some.column(UNIT) if UNIT in rows else None
        gap = prediction_gap(y, parts, second, strata, weights, units)
        within = "" if strata is None else f" within {rows.name_of('context')}"
        shared: dict[str, Any] = {"level": level, "versus": versus or OTHERS, "attribute": rows.name_of("group")}
        judged = self._judged(gap, columns, within, bool(y.min() >= 0 and y.max() <= 1), **shared)
        yield replace(judged, notes=judged.notes + notes)
        for k, (name, part) in enumerate(zip(columns.names, gap.parts, strict=True)):
            if k in gap.aliased:
                yield self.not_assessed(SAME, shared["attribute"], f"{THROUGH} {name}")
            else:
                text = f"Through {name}{within} runs {said(part, 'difference')}."
                yield Finding(self.code, f"{THROUGH} {name}{within}", sentence=text, estimate=part, **shared)
        text = f"Beside the features{within}: {said(gap.beside, 'difference')}."
        yield Finding(self.code, BESIDE + within, sentence=text, estimate=gap.beside, **shared)
        if rows.weighted or units is not None:
            yield self.not_assessed(ROWS_ALONE, shared["attribute"], LEAKAGE)
        else:
            found = separated(columns.design()[kept], second, columns.generator(self.code))
            text = f"The features tell {level} from {shared['versus']}: {found.told}."
            yield Finding(self.code, LEAKAGE, sentence=text, estimate=found.auc, null=0.5, **shared)

    def _judged(self, gap: PredictionGap, columns: Columns, within: str, probable: bool, **whom: Any) -> Finding:
        notes: tuple[str, ...] = () if probable else (NO_MARGIN,)
        if gap.explained is not None:
            notes += (f"The features explain {100 * gap.explained:.0f} % of the predictions within groups, linearly.",)
        text = (
            f"Of the gap between {whom['level']} and {whom['versus']}{within}, {said(gap.whole, 'difference')}, what "
            f"runs through {labels(columns.names)} is {said(gap.through, 'difference')}."
        )
        whom |= {"caps": tuple(Cap("PASS", f"{columns.names[k]}: {SAME}") for k in gap.aliased), "notes": notes}
        whom["margin"] = self.default_margin if probable else None
        return Finding(self.code, f"{THROUGH} all features{within}", sentence=text, estimate=gap.through, **whom)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """z = ±d + √(1 - d²) ε, d = .7 dose; prediction .5 + .05 z + .03 u + noise, .01 more in the second group.

        Through z runs .1 d, beside it .01; z tells the group with an AUC of Φ(√2 d/√(1 - d²)). The nuisances: d = .5
        and no slope; and a context, 70 % of one group and 30 % of the other, in which z is 1 higher.
        """
        unused, explained = (nuisance == name for name in self.nuisances)
        d, slope = 0.5 if unused else 0.0 if explained else PROXY * dose, 0.0 if unused else SLOPE
        second = np.arange(n) % 2 == 1
        z, u, noise = rng.standard_normal((3, n))
        high, within = explained & (rng.random(n) < np.where(second, 0.7, 0.3)), " within context" if explained else ""
        z = np.where(second, d, -d) + np.sqrt(1 - d**2) * z + high
        columns = {"group": np.where(second, "b", "a").tolist()}
        columns |= {"context": np.where(high, "high", "low").tolist()} if explained else {}
        y = 0.5 + slope * z + OTHER * u + 0.02 * noise + DIRECT * second
        rows = Rows.of(columns, {"feature": np.c_[z, u], "prediction": y}, None, {"feature": ("z", "u")})
        key = Key(self.code, f"{THROUGH} all features{within}", "b", "a", "group")
        truth = {key: 2 * slope * d, key._replace(estimand=f"{THROUGH} z{within}"): 2 * slope * d}
        truth[key._replace(estimand=BESIDE + within)] = DIRECT
        area = {} if explained else {key._replace(estimand=LEAKAGE): NormalDist().cdf(2**0.5 * d / (1 - d**2) ** 0.5)}
        return Planted(rows, truth | area)
