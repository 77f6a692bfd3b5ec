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
    = Σ (q_s - p_s) err_s, margin at most .02: it says what the reported error leaves out, whatever causes it.
Assumptions
    The control differs from the model in the mix of its training data only, and is measured on the same kind of items.
When not to use
    Without a control as evidence of reporting bias: subtle items are harder for everybody, and both verdicts on the gap
    are withheld. With an intensity read off the prediction. For errors that are sizes, not rights and wrongs.
References
    Hu, Zhang & Pavlou, Communications of the ACM 52 (2009) 144; Zou & Donner, Statistics in Medicine 27 (2008) 1693;
    Saerens, Latinne & Decaestecker, Neural Computation 14 (2002) 21.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told, labels
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Evidence, Tally, level_order
from auditkit.core.finding import Cap, Finding, Key, Margin, Reference, shares_of
from auditkit.core.roles import MISSING
from auditkit.stats.answers import counts, judged
from auditkit.stats.clusters import sample
from auditkit.stats.linear_contrasts import linear_contrast, reweighted_difference

OPINIONS = Reference({"0": 0.40, "1": 0.35, "2": 0.25}, why="the planted strengths of opinion", source="auditkit")
MIX, ERRORS, WORSE, HARDER = (0.3, 0.3, 0.4), (0.15, 0.10, 0.05), (0.25, 0.10, 0.0), (0.35, 0.20, 0.05)
MIXES = ("reference mix", "data mix")
CONTROL, GAP, OPTIMISM = "control", "excess error gap", "optimism gap"
UNSEPARATED = "difficulty is not separated: subtle items are harder for everybody, and there is no control arm"


@dataclass(frozen=True)
class StratumError(Detector):
    """Compare errors on subtle and on extreme items; the module's docstring is the manual.

    >>> import numpy as np
    >>> detector = StratumError(OPINIONS)
    >>> [round(v, 3) for v in detector.plant(1.0, 100, np.random.default_rng(1)).truth.values()]
    [0.25, 0.043]
    """

    reference: Reference | None = None
    subtle: str | None = None
    extreme: str | None = None

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
        ends, known = self._ends(known.levels_of("intensity"), column), judged(known)
        arms = known.levels_of("arm") if "arm" in known else ("",)
        if "" not in arms and CONTROL not in arms:
            raise InputError(f'"{known.name_of("arm")}" has no arm "{CONTROL}". It has: {labels(arms)}.')
        tested = [arm for arm in arms if arm != CONTROL]
        if not tested:
            raise CannotDecide("every row is of the control arm")
        told, strange = [self._gap(known, arm, ends) for arm in tested], self._strange(known)
        if self.reference is not None and not strange:
            told += [self._optimism(known, arm, self.reference) for arm in tested]
        kept = (replace(f, attribute=column, stratum=f.stratum if len(arms) > 2 else "") for f in told)
        return (*kept, *([self.not_assessed(strange, column, OPTIMISM)] if strange else []))

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

    @classmethod
    def specimen(cls) -> Self:
        """The planted world's own reference."""
        return cls(OPINIONS)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Three intensities, two arms alike in size; the control errs .15, .10, .05, the model .25, .10, 0 dose more.

        The nuisance makes subtle items harder for both arms: .35, .20, .05.
        """
        base = np.array(HARDER if nuisance else ERRORS)
        model = base + (0.0 if nuisance else dose) * np.array(WORSE)
        cells: dict[tuple[str, ...], int] = {}
        for arm, errors in (("model", model), (CONTROL, base)):
            rows = rng.multinomial(n // 2, MIX)
            for i, (size, wrong) in enumerate(zip(rows, rng.binomial(rows, errors), strict=True)):
                cells |= {("yes", "no", str(i), arm): int(wrong), ("yes", "yes", str(i), arm): int(size - wrong)}
        known = Tally.of_cells(("outcome", "prediction", "intensity", "arm"), cells)
        gap = (model - base)[0] - (model - base)[-1]
        optimism = float((np.array([OPINIONS.shares()[str(i)] for i in range(3)]) - MIX) @ model)
        key = Key(self.code, GAP, "0", "2", "intensity")
        return Planted(known, {key: float(gap), Key(self.code, OPTIMISM, *MIXES, "intensity"): optimism})
