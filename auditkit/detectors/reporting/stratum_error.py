"""Does a model that learned from extreme reports fail on what is subtle?

Question
    Is the error larger where the true opinion or property is faint, and how much larger at the world's mix of them?
Roles
    needs   outcome, prediction, intensity
    uses    arm, unit, weight
    An error is a prediction that is not the outcome. Intensity is a level that was told apart from the outcome and the
    prediction: first is the subtlest, last the most extreme. The arm "control" holds what difficulty alone makes: the
    same architecture trained on the reference's mix, or the agreement of people; items in both arms are `unit`s.
Formula
    err(subtle) - err(extreme), the model's minus the control's: a difference of differences by MOVER on Wilson's limits
    (Zou & Donner 2008). Margin: at most .05. With a `reference` over the intensities also the optimism gap R_q - R_data
    = Σ (q_s - p_s) err_s, margin at most .02: it says what the reported error leaves out, whatever causes it. Where
    outcome and prediction are amounts the same two are told of the mean absolute error in SD of the outcome, by the
    jackknife, and not judged: what size of error matters is not known here.
Assumptions
    The control differs from the model in the mix of its training data only, and is measured on the same kind of items.
When not to use
    Without a control as evidence of reporting bias: subtle items are harder for everybody, and both verdicts on the gap
    are withheld. With an intensity read off the prediction. Of amounts that are hardly ever hit exactly the rates of
    errors say nothing, and where none is hit they are not told; up to 20 whole numbers need `numeric = true`.
References
    Hu, Zhang & Pavlou, Communications of the ACM 52 (2009) 144; Zou & Donner, Statistics in Medicine 27 (2008) 1693;
    Saerens, Latinne & Decaestecker, Neural Computation 14 (2002) 21; Efron & Stein, Annals of Statistics 9 (1981) 586.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told, labels
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Evidence, Tally, level_order
from auditkit.core.finding import Cap, Finding, Key, Margin, NotAssessed, Reference, shares_of
from auditkit.core.roles import MISSING
from auditkit.stats.amounts import UNSURE, are_amounts, in_units
from auditkit.stats.answers import counts, judged
from auditkit.stats.clusters import sample
from auditkit.stats.linear_contrasts import linear_contrast, reweighted_difference
from auditkit.stats.logs import Log
from auditkit.stats.simulated_errors import answers_off
from auditkit.stats.standardised_errors import standardised_contrast

OPINIONS = Reference({"0": 0.40, "1": 0.35, "2": 0.25}, why="the planted strengths of opinion", source="auditkit")
MIX, ERRORS, WORSE, HARDER = (0.3, 0.3, 0.4), (0.15, 0.10, 0.05), (0.25, 0.10, 0.0), (0.35, 0.20, 0.05)
MIXES = ("reference mix", "data mix")
OFF = (1.0, 2.0)
CONTROL, GAP, OPTIMISM = "control", "excess error gap", "optimism gap"
SIZES, SIZED, SIZED_OPTIMISM = "excess MAE gap in SD", "MAE gap in SD", "MAE optimism gap in SD"
MISSED = "outcome and prediction are amounts and never the same: see the mean absolute errors"
UNSEPARATED = "difficulty is not separated: subtle items are harder for everybody, and there is no control arm"


@dataclass(frozen=True)
class StratumError(Detector):
    """Compare errors on subtle and on extreme items; the module's docstring is the manual.

    >>> import numpy as np
    >>> detector = StratumError(OPINIONS)
    >>> [round(v, 3) for v in detector.plant(1.0, 100, np.random.default_rng(1)).truth.values()]
    [0.25, 0.043, 0.208, 0.035]
    """

    reference: Reference | None = None
    subtle: str | None = None
    extreme: str | None = None
    numeric: bool | None = None

    needs: ClassVar[tuple[str, ...]] = ("outcome", "prediction", "intensity")
    uses: ClassVar[tuple[str, ...]] = ("arm",)
    subjects: ClassVar[tuple[str, ...]] = ("predictions", "super_resolution", "reconstruction")
    default_margin: ClassVar[Margin] = Margin.at_most(0.05)
    optimism_margin: ClassVar[Margin] = Margin.at_most(0.02)
    nuisances: ClassVar[tuple[str, ...]] = ("subtle items that are harder for everybody",)
    n_min: ClassVar[int] = 7_000

    def __post_init__(self) -> None:
        if self.reference is not None:
            shares_of(self.reference)

    def examine(self, evidence: Evidence) -> Told:
        """Tell the gap of every arm but the control, less the control's, and the optimism gap at the reference."""
        assert isinstance(evidence, Tally)
        known = evidence
        for axis in (*self.needs, *(["arm"] if "arm" in evidence else [])):
            known = known.without(axis, MISSING)
        column = known.name_of("intensity")
        ends = self._ends(known.levels_of("intensity"), column)
        arms = known.levels_of("arm") if "arm" in known else ("",)
        if "" not in arms and CONTROL not in arms:
            raise InputError(f'"{known.name_of("arm")}" has no arm "{CONTROL}". It has: {labels(arms)}.')
        tested = [arm for arm in arms if arm != CONTROL]
        if not tested:
            raise CannotDecide("every row is of the control arm")
        strange = self._strange(known)
        reference = None if strange else self.reference
        told = [
            replace(f, attribute=column, stratum=f.stratum if len(arms) > 2 else "") if isinstance(f, Finding) else f
            for f in self._told(known, tested, ends, reference)
        ]
        return (*told, *([self.not_assessed(strange, column, OPTIMISM)] if strange else []))

    def _told(
        self, known: Tally, tested: list[str], ends: tuple[str, str], reference: Reference | None
    ) -> list[Finding | NotAssessed]:
        """The rates of errors, and of amounts their sizes."""
        numeric = are_amounts(known, "outcome", "prediction") if self.numeric is None else self.numeric
        told: list[Finding | NotAssessed] = []
        if numeric and not Log(known).same("outcome", "prediction").any():
            told.append(self.not_assessed(MISSED, known.name_of("prediction"), "error gap"))
        else:
            rates = judged(known)
            told += [self._gap(rates, arm, ends) for arm in tested]
            told += [self._optimism(rates, arm, reference) for arm in tested if reference is not None]
        if numeric is None:
            return [*told, self.not_assessed(UNSURE, known.name_of("outcome"), SIZED)]
        if numeric:
            told += [self._sizes(known, arm, ends) for arm in tested]
            told += [self._sized_optimism(known, arm, reference) for arm in tested if reference is not None]
        return told

    def _strange(self, known: Tally) -> str:
        """What is said of intensities that the reference does not know; empty where it knows them all."""
        shares = known.levels_of("intensity") if self.reference is None else self.reference.shares()
        strange = [level for level in known.levels_of("intensity") if level not in shares]
        return f"the reference has no share for: {labels(strange)}; it has: {labels(list(shares))}" if strange else ""

    def _ends(self, strata: tuple[str, ...], column: str) -> tuple[str, str]:
        """The subtlest and the most extreme stratum."""
        if len(strata) < 2 or self.subtle == self.extreme is not None:
            raise CannotDecide(f'subtle and extreme are two levels of column "{column}", which has {labels(strata)}')
        unordered = any(level_order(stratum)[0] for stratum in strata)
        for field, level in (("subtle", self.subtle), ("extreme", self.extreme)):
            if level not in strata if level is not None else unordered:
                why = "its levels are no numbers" if level is None else f'it has no level "{level}"'
                raise InputError(f'Name a level of "{column}" with {field}: {why}. It has: {labels(strata)}.')
        return self.subtle or strata[0], self.extreme or strata[-1]

    def _gap(self, known: Tally, arm: str, ends: tuple[str, str]) -> Finding:
        """The arm's gap, less the control's where there is one."""
        names = [f"{a} × {end}" for a in (arm, CONTROL) for end in ends] if arm else list(ends)
        cells = known.crossed(["arm", "intensity"], "cell") if arm else known.rename({"intensity": "cell"})
        s = sample(cells.where("cell", *names), "cell", "answer", ["wrong"], names)
        e, c = linear_contrast(s, [1, -1, -1, 1][: len(names)]), counts(s)
        rates = ", ".join(f"{'no' if x.rate is None else f'{100 * x.rate:.1f} %'} on {x.label}" for x in c)
        text = f"Errors of {rates}: {said(e, 'difference')}."
        caps = () if arm else (Cap("PASS", UNSEPARATED), Cap("FAIL", UNSEPARATED))
        told = Finding(self.code, GAP if arm else "error gap", *ends, text, e, margin=self.default_margin, counts=c)
        return replace(told, caps=caps, stratum=arm)

    def _optimism(self, known: Tally, arm: str, reference: Reference) -> Finding:
        """How much larger the error is at the reference's mix than at the data's."""
        rows, shares = known.where("arm", arm) if arm else known, reference.shares()
        s = sample(rows, "intensity", "answer", ["wrong"], sorted(shares, key=level_order))
        e = reweighted_difference(s, [shares[level] for level in s.levels], reference.n)
        text = f"The error at the reference's mix of intensities against that in the data: {said(e, 'difference')}."
        told = Finding(self.code, OPTIMISM, *MIXES, text, e, margin=self.optimism_margin, stratum=arm)
        return replace(told, reference=reference, counts=counts(s))

    def _sizes(self, known: Tally, arm: str, ends: tuple[str, str]) -> Finding:
        """The gap of mean absolute errors in SD of the outcome, less the control's where there is one."""
        log, every = Log(known), np.ones(len(known), bool)
        places = [(a, end) for a in (arm, CONTROL) for end in ends] if arm else [("", end) for end in ends]
        cells = [log.at("intensity", end) & (log.at("arm", a) if a else every) for a, end in places]
        e = standardised_contrast(known, list(zip([1.0, -1.0, -1.0, 1.0], cells, strict=False)), every)
        text = f"Mean absolute errors on {ends[0]} less those on {ends[1]}{', beyond the control' if arm else ''}: "
        told = Finding(self.code, SIZES if arm else SIZED, *ends, f"{text}{in_units(e, ' SD')}.", e, stratum=arm)
        return replace(told, caps=() if arm else (Cap("PASS", UNSEPARATED), Cap("FAIL", UNSEPARATED)))

    def _sized_optimism(self, known: Tally, arm: str, reference: Reference) -> Finding:
        """How much larger the mean absolute error is at the reference's mix than at the data's, in SD."""
        log, shares = Log(known), reference.shares()
        mine = log.at("arm", arm) if arm else np.ones(len(known), bool)
        met = {level: q for level, q in shares.items() if q > 0}
        parts = [(q, mine & log.at("intensity", level)) for level, q in met.items()]
        drawn = None if reference.n is None else (list(met.values()), reference.n)
        e = standardised_contrast(known, [*parts, (-1.0, mine)], np.ones(len(known), bool), drawn)
        text = f"Mean absolute error at the reference's mix of intensities less that in the data: {in_units(e, ' SD')}."
        return Finding(self.code, SIZED_OPTIMISM, *MIXES, text, e, stratum=arm, reference=reference)

    @classmethod
    def specimen(cls) -> Self:
        """The planted world's own reference."""
        return cls(OPINIONS)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Three intensities, two arms alike in size; the control errs .15, .10, .05, the model .25, .10, 0 dose more.

        Outcomes lie ½, 1½ or 2½ to either side of the middle, as intense as they are; errors are off by 1 or by 2. The
        nuisance makes subtle items harder for both arms: .35, .20, .05.
        """
        base = np.array(HARDER if nuisance else ERRORS)
        model = base + (0.0 if nuisance else dose) * np.array(WORSE)
        drawn = []
        for arm, errors in (("model", model), (CONTROL, base)):
            rows = rng.multinomial(n // 2, MIX)
            drawn.append((arm, rows, rng.binomial(rows, errors)))
        known = answers_off({arm: (rows, wrong) for arm, rows, wrong in drawn}, OFF, rng)
        gap = (model - base)[0] - (model - base)[-1]
        optimism = float((np.array([OPINIONS.shares()[str(i)] for i in range(3)]) - MIX) @ model)
        size = float(np.mean(OFF) / np.sqrt(np.array(MIX) @ (np.arange(3) + 0.5) ** 2))
        key, mix = Key(self.code, GAP, "0", "2", "intensity"), Key(self.code, OPTIMISM, *MIXES, "intensity")
        sized = {
            key._replace(estimand=SIZES): float(gap) * size,
            mix._replace(estimand=SIZED_OPTIMISM): optimism * size,
        }
        return Planted(known, {key: float(gap), mix: optimism, **sized})
