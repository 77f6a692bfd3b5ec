"""Is a number predicted too high, or less exactly, for one group?

Question
    Salary, price, length of stay: is the prediction systematically off for one group, or off by more?
Roles
    needs   group, outcome, prediction
    uses    unit, weight
    Outcome and prediction are numbers, read row by row.
Formula
    With residuals outcome less prediction: the gap of mean residual in SDs of the outcome over all rows, margin .1
    either way, and the ratio of root mean squared errors, margin .80 to 1.25. The gap of mean prediction in the same
    unit is told and not judged: it may be what truly differs. Intervals by linearisation, which knows that the SD is
    estimated, on Student's t; the ratio's on the log scale. Each group against the pooled others, of two the second
    against the first, or against `versus`.
Assumptions
    The outcome is true, and measured alike in all groups. Rows are independent, or `unit` says which are not.
When not to use
    Where the outcome carries the bias itself, as past salaries do. For yes or no: `error_rates` and `calibration`.
References
    Agarwal, Dudík & Wu, ICML (2019) 120; Obermeyer, Powers, Vogeli & Mullainathan, Science 366 (2019) 447; Welch,
    Biometrika 34 (1947) 28.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide, InputError, nearest
from auditkit.core.estimate import Estimate
from auditkit.core.evidence import UNIT, Evidence, Rows
from auditkit.core.finding import Finding, Key, Margin
from auditkit.stats.contrasts import OTHERS
from auditkit.stats.residuals import Mask, Predicted, rmse_ratio, standardised_gap

RESIDUAL, RMSE, PREDICTION = "mean residual gap", "RMSE ratio", "mean prediction gap"
NOISE, TOO_LOW, LESS_EXACT = 0.6, 0.3, 0.8


@dataclass(frozen=True)
class Regression(Detector):
    """Compare the errors of predicted numbers; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Regression().plant(1.0, 2000, np.random.default_rng(1))
    >>> [finding.estimand for finding in Regression().examine(world.evidence)]
    ['mean residual gap', 'RMSE ratio', 'mean prediction gap']
    """

    versus: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("group", "outcome", "prediction")
    numbers: ClassVar[tuple[str, ...] | None] = ("outcome", "prediction")
    subjects: ClassVar[tuple[str, ...]] = ("predictions",)
    default_margin: ClassVar[Margin] = Margin.within(0.1)
    ratio_margin: ClassVar[Margin] = Margin.ratio(0.8)
    nuisances: ClassVar[tuple[str, ...]] = ("different outcome variance",)
    n_min: ClassVar[int] = 2_000

    def examine(self, evidence: Evidence) -> Told:
        """Tell the gaps of mean residual and prediction, and the ratio of errors, of every comparison."""
        assert isinstance(evidence, Rows)
        known = evidence.complete(*self.needs, *(axis for axis in (UNIT, "weight") if axis in evidence))
        groups, column = known.levels_of("group"), known.name_of("group")
        if len(groups) < 2:
            raise CannotDecide(f'column "{column}" has only one group with rows: {", ".join(groups) or "none"}')
        if self.versus not in (None, *groups):
            raise InputError(f'There is no group "{self.versus}".{nearest(str(self.versus), groups)}')
        weight = known.number("weight") if known.weighted else np.ones(len(known))
        unit = known.codes(UNIT) if UNIT in known else None
        p = Predicted(known.number("outcome"), known.number("prediction"), weight, unit)
        lost, versus = len(evidence) - len(known), self.versus or (groups[0] if len(groups) == 2 else OTHERS)
        notes = (f"{lost:,} rows lack a number or a group and take no part.",) if lost else ()
        member = {group: known.column("group") == group for group in groups}
        told: list[Finding] = []
        for group, one in member.items():
            if group != versus:
                told += self._pair(p, group, versus, one, member.get(versus, ~one), column, notes)
        return tuple(told)

    def _pair(
        self, p: Predicted, group: str, versus: str, one: Mask, two: Mask, attribute: str, notes: tuple[str, ...]
    ) -> Iterator[Finding]:
        of = f"for {group} against {versus}"
        tell = partial(Finding, self.code, level=group, versus=versus, attribute=attribute, notes=notes)
        gap, shown = (standardised_gap(p, values, one, two) for values in (p.residual, p.prediction))
        text = f"Mean outcome less prediction {of}: a difference of {_number(gap, '+.3f')} SD of the outcome."
        yield tell(estimand=RESIDUAL, sentence=text, estimate=gap, margin=self.default_margin)
        ratio = rmse_ratio(p, one, two)
        text = f"Root mean squared error {of}: a ratio of {_number(ratio, '.2f')}."
        yield tell(estimand=RMSE, sentence=text, estimate=ratio, scale="ratio", null=1.0, margin=self.ratio_margin)
        text = f"Mean prediction {of}: a difference of {_number(shown, '+.3f')} SD of the outcome."
        yield tell(estimand=PREDICTION, sentence=text, estimate=shown)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Predictions N(0, .8²), errors N(0, .6²); in the second group .3 dose higher, and .8 dose wider.

        The nuisance doubles the SD of the second group's predictions, and so of what can be predicted.
        """
        dose, half = (0.0 if nuisance else dose), n // 2
        low, noise, spread = TOO_LOW * dose, NOISE * (1 + LESS_EXACT * dose), 1.6 if nuisance else 0.8
        second = np.arange(2 * half) >= half
        prediction = np.where(second, spread, 0.8) * rng.standard_normal(2 * half)
        error = np.where(second, low, 0.0) + np.where(second, noise, NOISE) * rng.standard_normal(2 * half)
        numbers = {"outcome": prediction + error, "prediction": prediction}
        sd = np.sqrt((0.8**2 + NOISE**2 + spread**2 + noise**2) / 2 + low**2 / 4)
        key = Key(self.code, RESIDUAL, "b", "a", "group")
        truth = {key: low / sd, key._replace(estimand=RMSE): np.hypot(noise, low) / NOISE}
        truth[key._replace(estimand=PREDICTION)] = 0.0
        return Planted(Rows.of({"group": np.where(second, "b", "a").tolist()}, numbers), truth)


def _number(e: Estimate, form: str) -> str:
    low, high, _ = e.interval(0.95)
    if e.value is None:
        return f"undefined, {e.reason}"
    ends = ("unbounded" if x is None else format(x, form) for x in (low, high))
    return f"{format(e.value, form)} [{', '.join(ends)}]".replace("-", "−")
