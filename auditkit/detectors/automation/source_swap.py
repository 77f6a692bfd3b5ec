"""Is the same content judged better when a machine is said to have made it?

Question
    Does the label "automated" alone move ratings or choices: up (automation bias) or down (algorithm aversion)?
Roles
    needs   item, source_label, outcome
    uses    slot, truth, unit
    An `item` is one content, with a row for each showing under either label. The outcome is its rating, or whether it
    was the one chosen, or whether advice was followed. A `unit` is what shares rows: the judge, or the match-up of two
    contents. `slot` is the place on the display, `truth` whether the content is right. Of more than two labels `versus`
    names the one that the automated one is held against.
Formula
    θ = E(outcome | said to be automated) - E(outcome | said to be human), within each content and, where given, each
    unit and each slot, so that a preference for a place cancels; Newcombe's paired interval for single yes-or-no
    readings, else the mean over units (items without units) by Student's t. Ratings are parts of their `scale`.
    `choice=True` halves it: P(the one labelled automated is chosen) - 1/2. Margin .05 either way: a judge, and a model
    too, may defer more to people. With `truth` the same on wrong content alone: whether error rates are disregarded.
Assumptions
    Labels are randomised and every content is shown under both. With one wording of the labels it is about that one.
When not to use
    Where true origins are compared, and not labels: that is self-preference.
References
    Logg, Minson & Moore, Organizational Behavior and Human Decision Processes 151 (2019) 90; Zheng et al., NeurIPS
    Datasets and Benchmarks (2023); Newcombe, Statistics in Medicine 17 (1998) 2635.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Self

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import UNIT, Evidence, Tally
from auditkit.core.finding import Finding, Key, Margin
from auditkit.core.roles import MISSING
from auditkit.stats.matched import Worth, matched, mean_contrast, worth
from auditkit.stats.quadrature import logistic_mean

SHIFT, PLACE, LENGTH = 1.2, 1.0, 1.0
ESTIMAND, WRONG = "effect of the label", "effect of the label on wrong content"
NO_SLOT = "No slot: unless the display was counterbalanced, a preference for a place passes for one for the label."


@dataclass(frozen=True)
class SourceSwap(Detector):
    """Compare one content under two labels; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = SourceSwap.specimen().plant(1.0, 2000, np.random.default_rng(1))
    >>> [round(value, 2) for value in world.truth.values()]
    [0.23, 0.23]
    """

    automated: str | None = None
    versus: str | None = None
    favourable: str | None = None
    scale: tuple[float, float] | None = None
    choice: bool = False
    right: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("item", "source_label", "outcome")
    uses: ClassVar[tuple[str, ...]] = ("slot", "truth")
    subjects: ClassVar[tuple[str, ...]] = ("decisions", "logs", "masked_lm", "causal_lm", "seq2seq")
    default_margin: ClassVar[Margin] = Margin.within(0.05)
    nuisances: ClassVar[tuple[str, ...]] = ("a preferred place", "longer contents")
    n_min: ClassVar[int] = 1_800

    def examine(self, evidence: Evidence) -> Told:
        """Tell the effect of the label, and, where the truth is known, that on wrong content."""
        assert isinstance(evidence, Tally)
        self.refuse(evidence, weights=True)
        known = evidence
        for axis in (*self.needs, *(["slot"] if "slot" in evidence else [])):
            known = known.without(axis, MISSING)
        automated = self.level_of(known, "source_label", self.automated, "automated")
        pair = (automated, self._other(known, automated))
        rated = ", or give its scale (low, high) if it is a rating"
        hit = partial(self.level_of, known, "outcome", self.favourable, "favourable", rated)
        values = worth(known.levels_of("outcome"), self.scale, hit)
        told = self._told(known, pair, values)
        if "truth" not in known:
            return (told,)
        right = self.level_of(known, "truth", self.right, "right")
        return told, self._told(known.without("truth", right, MISSING), pair, values, WRONG)

    def _other(self, known: Tally, automated: str) -> str:
        """The label that the automated one is held against."""
        if self.versus is not None:
            return self.level_of(known, "source_label", self.versus, "versus")
        column, others = known.name_of("source_label"), [x for x in known.levels_of("source_label") if x != automated]
        if len(others) > 1:
            raise InputError(f'"{column}" has more than two labels: {", ".join(others)}, ... Name one with versus.')
        return others[0]

    def _told(self, known: Tally, pair: tuple[str, str], values: Worth, estimand: str = ESTIMAND) -> Finding:
        placed = "slot" in known
        m = matched(known, "source_label", pair, "outcome", ["slot"] if placed else [])
        if not len(m) and estimand == ESTIMAND:
            same = " by the same unit" if UNIT in known else ""
            where = " in the same slot" if placed else ""
            raise CannotDecide(f"no item was shown under both labels{same}{where}, so label and content are one")
        estimate = mean_contrast(m, values, [0.5, -0.5] if self.choice else [1.0, -1.0])
        what = "Choices by label" if self.choice else "The same content under either label"
        about = f"{what}, wrong content alone" if estimand == WRONG else what
        return Finding(
            self.code,
            estimand,
            *pair,
            f"{about}, {pair[0]} against {pair[1]}: {said(estimate, 'difference')}.",
            estimate,
            margin=self.default_margin,
            attribute=known.name_of("source_label"),
            notes=(*m.notes, *([] if placed else [NO_SLOT])),
        )

    @classmethod
    def specimen(cls) -> Self:
        """Choices between two contents, labelled in either way and shown in either order."""
        return cls(automated="AI", choice=True)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """n/8 match-ups of contents x and y, each shown with either labelling in either order.

        logit P(x is chosen) = q ± 1.2 dose by its label, q ~ N(0, 1); "a preferred place" adds ± 1 by its slot, "longer
        contents" 1 to q. Half of the contents are wrong. By symmetry θ is that of y too.
        """
        gamma = 0.0 if nuisance else SHIFT * dose
        place = PLACE if nuisance == self.nuisances[0] else 0.0
        mean = LENGTH if nuisance == self.nuisances[1] else 0.0
        games = max(n // 8, 1)
        label, slot = (np.repeat([[1, 1, -1, -1]], games, 0), np.repeat([[1, -1, 1, -1]], games, 0))
        q = mean + rng.standard_normal((games, 1))
        x = (rng.logistic(size=(games, 4)) < q + gamma * label + place * slot).ravel()
        label, slot, game = label.ravel(), slot.ravel(), np.repeat(np.arange(games), 4).astype(str).astype(object)
        columns = {
            "item": [*(game + "x"), *(game + "y")],
            "source_label": [*np.where(label > 0, "AI", "human"), *np.where(label > 0, "human", "AI")],
            "slot": [*np.where(slot > 0, "1", "2"), *np.where(slot > 0, "2", "1")],
            "outcome": [*np.where(x, "1", "0"), *np.where(x, "0", "1")],
            "truth": rng.choice(["0", "1"], 2 * games).repeat(4).tolist(),
            UNIT: [*game, *game],
        }
        theta = sum(
            sign * logistic_mean(mean + sign * gamma + side) / 4 for sign in (1, -1) for side in (place, -place)
        )
        key = Key(self.code, ESTIMAND, "AI", "human", "source_label")
        return Planted(Tally.of(columns), {key: theta, key._replace(estimand=WRONG): theta})
