"""Is machine-made content preferred to human content that is as good?

Question
    Does a judge, a ranker or a retriever choose by origin where blind people see no difference in quality?
Roles
    needs   item, origin, outcome, quality
    uses    slot, unit
    An `item` is a choice between two, with a row for each: its true `origin`, its `quality` as people rated it who did
    not know the origin, and whether it was the one chosen. `slot` is its place on the display, `unit` what shares
    choices: the judge, the query.
Formula
    logit P(machine chosen) = α + β (quality of machine - of human) + δ (slot), the conditional logit of pairs (McFadden
    1974), with units (items where they were judged repeatedly) as clusters. Judged is P - 1/2 = 1/(1 + exp(-α)) - 1/2,
    the preference at equal quality, margin .05; the share of choices without the adjustment stands beside it. Γ is how
    much an unmeasured difference would have to change the odds of each choice to make it all (Rosenbaum 2002).
Assumptions
    The logit is linear in quality. Quality measured with error adjusts too little: what is left of it looks like α.
When not to use
    Without a blind measure of quality: better content is then taken for a preference.
References
    McFadden, Frontiers in Econometrics (1974) 105; Panickssery, Bowman & Feng, NeurIPS (2024); Dai et al., KDD (2024);
    Firth, Biometrika 80 (1993) 27; Rosenbaum, Observational Studies (2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Evidence, Rows
from auditkit.core.finding import Count, Finding, Key, Margin
from auditkit.stats.choices import Choices, choices, preference
from auditkit.stats.quadrature import chance, logistic_mean

SHIFT, WEIGHT, BETTER, PLACE = 1.2, 1.0, 1.0, 1.0
ESTIMAND, CRUDE = "preference at equal quality", "preference, unadjusted"
NO_SLOT = "No slot: unless the display was counterbalanced, a preference for a place passes for one for the origin."


@dataclass(frozen=True)
class SelfPreference(Detector):
    """Compare choices between origins at equal quality; the module's docstring is the manual.

    >>> import numpy as np
    >>> detector = SelfPreference.specimen()
    >>> world = detector.plant(1.0, 2000, np.random.default_rng(1))
    >>> [finding.estimand for finding in detector.examine(world.evidence)]
    ['preference at equal quality', 'preference, unadjusted']
    """

    machine: str | None = None
    chosen: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("item", "origin", "outcome", "quality")
    uses: ClassVar[tuple[str, ...]] = ("slot",)
    numbers: ClassVar[tuple[str, ...] | None] = ("quality",)
    subjects: ClassVar[tuple[str, ...]] = ("decisions", "logs", "causal_lm", "seq2seq")
    default_margin: ClassVar[Margin] = Margin.within(0.05)
    nuisances: ClassVar[tuple[str, ...]] = ("better machines", "a preferred place")
    n_min: ClassVar[int] = 2_600

    def examine(self, evidence: Evidence) -> Told:
        """Tell the preference that is left at equal quality, and the share of choices as they are."""
        assert isinstance(evidence, Rows)
        self.refuse(evidence, weights=True)
        placed = "slot" in evidence
        rows = evidence.complete(*self.needs, *(["slot"] if placed else []))
        if not len(rows):
            raise CannotDecide("no row has an item, an origin, an outcome and a quality")
        machine = self.level_of(rows, "origin", self.machine, "machine")
        human, *more = (level for level in rows.levels_of("origin") if level != machine)
        if more:
            raise InputError(f'"{rows.name_of("origin")}" has more than two origins: {", ".join((human, *more))}, ...')
        chosen = self.level_of(rows, "outcome", self.chosen, "chosen")
        if placed and len(rows.levels_of("slot")) > 2:
            raise InputError(f"A choice between two has two slots, and there are {len(rows.levels_of('slot'))}.")
        found = choices(rows, machine, chosen, placed)
        if not found.first.sum() + found.second.sum():
            raise CannotDecide("no item has a row of each origin of which one was chosen")
        return self._told(found, (machine, human), rows.name_of("origin"), placed)

    def _told(self, c: Choices, pair: tuple[str, str], attribute: str, placed: bool) -> Told:
        adjusted = preference(c.first, c.second, c.differences, c.clusters)
        crude = preference(c.first, c.second, np.zeros((len(c.first), 0)), c.clusters)
        gamma = f"; Γ = {adjusted.gamma:.2f} would explain it" if (adjusted.gamma or 1.0) > 1 else ""
        k, n = int(c.first.sum()), int(c.first.sum() + c.second.sum())
        counts = (Count(pair[0], k, n, k / n), Count(pair[1], n - k, n, 1 - k / n))
        sentence = f"Of two that are equally good, {pair[0]} is chosen with {{}} from one half{gamma}."
        notes = tuple(
            note
            for note, told in (
                (NO_SLOT, not placed),
                (f"{c.lost} items have not one row of each origin of which one was chosen, and take no part.", c.lost),
                ("Consistent with a preference for the origin: blind quality stands in for true quality.", True),
            )
            if told
        )
        return tuple(
            Finding(
                self.code,
                name,
                *pair,
                text.format(said(share, "difference")),
                share,
                margin=margin,
                attribute=attribute,
                counts=counts,
                notes=notes,
            )
            for name, text, share, margin in (
                (ESTIMAND, sentence, adjusted.share, self.default_margin),
                (CRUDE, "Whatever the quality, " + pair[0] + " is chosen with {} from one half.", crude.share, None),
            )
        )

    @classmethod
    def specimen(cls) -> Self:
        """The planted world's own labels."""
        return cls(machine="machine")

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """n/2 choices: logit P(machine chosen) = 1.2 dose + x, x ~ N(0, 1) its advantage in quality, in either place.

        "better machines" have x ~ N(1, 1); "a preferred place" adds ± 1 by the slot.
        """
        gamma = 0.0 if nuisance else SHIFT * dose
        mean = BETTER if nuisance == self.nuisances[0] else 0.0
        place = PLACE if nuisance == self.nuisances[1] else 0.0
        size = max(n // 2, 1)
        x, first = mean + rng.standard_normal(size), rng.random(size) < 0.5
        y = rng.logistic(size=size) < gamma + WEIGHT * x + place * np.where(first, 1, -1)
        human = rng.standard_normal(size)
        columns = {
            "item": np.arange(size).astype(str).tolist() * 2,
            "origin": ["machine"] * size + ["human"] * size,
            "outcome": [*np.where(y, "1", "0"), *np.where(y, "0", "1")],
            "slot": [*np.where(first, "1", "2"), *np.where(first, "2", "1")],
        }
        crude = sum(logistic_mean(gamma + WEIGHT * mean + side, WEIGHT) / 2 for side in (place, -place)) - 0.5
        key = Key(self.code, ESTIMAND, "machine", "human", "origin")
        evidence = Rows.of(columns, {"quality": np.concatenate([human + x, human])})
        return Planted(evidence, {key: float(chance(gamma)) - 0.5, key._replace(estimand=CRUDE): crude})
