"""Was the selection random with respect to the order of the frame?

Question
    Were the first to arrive taken, or the last, or those in one stretch of the list?
Roles
    needs   position, selected
    The position is a number: the order of arrival, a place in the list, of a date the days since a first day. The frame
    is every row.
Formula
    D = max |F of the selected - F of the frame| over positions (Kolmogorov-Smirnov), 0 for a random sample, 1 - f where
    the first of a fraction f were taken. The lower limit holds for all positions at once and allows for the finite
    frame, D - K √((1 - f)/n); the upper is Newcombe's (1998) at the largest difference. Margin .10. Where one step from
    selected row to selected row is the commonest by far, every tenth, a note says so: D does not see it.
Assumptions
    The frame is complete. Rows were selected one by one, not in batches.
When not to use
    Without the rows that were not selected: then it is not identified. On samples that were stratified by the order.
References
    Kolmogorov, Giornale dell'Istituto Italiano degli Attuari 4 (1933) 83; Massart, Annals of Probability 18 (1990)
    1269; Newcombe, Statistics in Medicine 17 (1998) 873; Cochran, Sampling Techniques (1977) chapter 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide
from auditkit.core.evidence import Evidence, Rows
from auditkit.core.finding import Count, Finding, Key, Margin
from auditkit.stats.ordering import Step, commonest_step, early_positions, order_distance

DISTANCE = "distance from the frame's order"
FRACTION = 0.10
EVERY = 10
MOST_STEPS = 0.5
BURSTS = 5


@dataclass(frozen=True)
class Order(Detector):
    """Compare where the selected stand with where everybody stands; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Order().plant(1.0, 4000, np.random.default_rng(1))
    >>> round(Order().examine(world.evidence)[0].estimate.value, 2)
    0.9
    """

    chosen: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("position", "selected")
    numbers: ClassVar[tuple[str, ...] | None] = ("position",)
    subjects: ClassVar[tuple[str, ...]] = ("table", "text", "captions")
    default_margin: ClassVar[Margin] = Margin.at_most(0.10)
    nuisances: ClassVar[tuple[str, ...]] = ("arrival in bursts", "every tenth of a sorted frame")
    n_min: ClassVar[int] = 4_000
    conservative: ClassVar[Mapping[str, str]] = {
        DISTANCE: "the lower limit holds for all positions at once, and no distance is below 0"
    }

    def examine(self, evidence: Evidence) -> Told:
        """Tell how far the selected are from the order of their frame."""
        assert isinstance(evidence, Rows)
        self.refuse(evidence, weights=True, units=True)
        known = evidence.complete("position", "selected")
        chosen = self.level_of(known, "selected", self.chosen, "chosen")
        (column,) = known.measured["position"]
        x, picked = known.number("position"), known.column("selected") == chosen
        distance, at, earlier = order_distance(x, picked)
        low, high, _ = distance.interval(0.95)
        if distance.value is None or low is None or high is None:
            raise CannotDecide(distance.reason or "no distance is defined")
        n, total = int(picked.sum()), len(known)
        sentence = (
            f"{n:,} of {total:,} were selected. Up to {column} {at:.6g} there are {100 * distance.value:.1f} points "
            f"{'more' if earlier else 'fewer'} of them than of the frame [{100 * low:.1f}, {100 * high:.1f}]."
        )
        notes = _regular(commonest_step(x, picked))
        if len(known) < len(evidence):
            notes += (f"{len(evidence) - len(known):,} rows lack {column} or are neither, and take no part.",)
        counts = (Count("selected", n, total, n / total),)
        found = Finding(self.code, DISTANCE, "selected", "frame", sentence, distance, margin=self.default_margin)
        return (replace(found, attribute=column, counts=counts, notes=notes),)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """A tenth is selected; with chance `dose` the next in order rather than a random unit: D = .9 dose."""
        dose = 0.0 if nuisance else dose
        x, picked = early_positions(dose, n, FRACTION, rng)
        if nuisance == self.nuisances[0]:
            x = np.floor(BURSTS * x**3) + x / 100
        elif nuisance:
            x = np.arange(n, dtype=float)
            picked = x % EVERY == rng.integers(EVERY)
        rows = Rows.of({"selected": np.where(picked, "yes", "no").tolist()}, {"position": x})
        key = Key(self.code, DISTANCE, "selected", "frame", "position")
        return Planted(rows, {key: dose * (1 - round(n * FRACTION) / n)})


def _regular(step: Step | None) -> tuple[str, ...]:
    if step is None or step.size < 2 or step.share < MOST_STEPS:
        return ()
    return (
        f"{100 * step.share:.0f} % of the steps from one selected row to the next are of {step.size} rows: consistent "
        "with systematic selection. What repeats in the order with that period is not sampled at random.",
    )
