"""Do the groups refuse at the same rate?

Question
    Is one group more likely than the others not to answer: to a survey, or a model to its prompts?
Roles
    needs   group, responded
    uses    unit, weight
Formula
    The refusal ratio (1 - r_g) / (1 - r_others), by MOVER-R (Donner & Zou 2012), margin .80 to 1.25. The response ratio
    r_g / r_others and the difference of refusal rates are told beside it, not judged: they say very different things
    ("80 % more likely to refuse" is a refusal ratio of 1.8 and, at 30 % refusal, a response ratio of .66).
Assumptions
    Eligibility is known: every row was asked (response rate RR1 of AAPOR). Households or prompts are `unit`s.
When not to use
    To show that answers are biased: a gap in response matters only where it goes with the outcome (Groves & Peytcheva
    2008).
References
    Groves & Peytcheva, Public Opinion Quarterly 72 (2008) 167; Koopman, Biometrics 40 (1984) 513; AAPOR, Standard
    Definitions (2023).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Key, Margin
from auditkit.core.roles import MISSING
from auditkit.stats.clusters import sample
from auditkit.stats.contrasts import compare

REFUSAL = 0.30
MORE_LIKELY = 0.80


@dataclass(frozen=True)
class Refusal(Detector):
    """Compare how often groups refuse; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Refusal().plant(1.0, 4000, np.random.default_rng(1))
    >>> round(max(world.truth.values()), 2)
    1.8
    """

    answered: str | None = None
    versus: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("group", "responded")
    subjects: ClassVar[tuple[str, ...]] = (
        "table",
        "decisions",
        "causal_lm",
        "seq2seq",
        "captioner",
        "text_to_image",
        "image_to_image",
    )
    default_margin: ClassVar[Margin] = Margin.ratio(0.8)
    nuisances: ClassVar[tuple[str, ...]] = ("low but equal response",)
    n_min: ClassVar[int] = 2_000

    def examine(self, evidence: Evidence) -> Told:
        """Tell the refusal ratio of every comparison, and the other two readings of the same counts."""
        assert isinstance(evidence, Tally)
        answered = self.level_of(evidence, "responded", self.answered, "answered")
        refused = [level for level in evidence.levels_of("responded") if level not in (answered, MISSING)]
        attribute = evidence.name_of("group")
        groups = [level for level in evidence.levels_of("group") if level != MISSING]
        refusals = compare(sample(evidence, "group", "responded", refused, groups), self.versus)
        answers = compare(sample(evidence, "group", "responded", [answered], groups), self.versus)
        if not refusals:
            raise CannotDecide(f'column "{attribute}" has only one group with rows')
        margin = None if self.versus == "highest" else self.default_margin
        told = [pair.told(self.code, "refusal rate", attribute, "ratio", margin) for pair in refusals]
        told += [pair.told(self.code, "refusal rate", attribute, "difference", None) for pair in refusals]
        return (*told, *(pair.told(self.code, "response rate", attribute, "ratio", None) for pair in answers))

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Refusal .30 in the first group, .30 (1 + .8 dose) in the second; the nuisance is .85 in both."""
        base = 0.85 if nuisance else REFUSAL
        p = base if nuisance else REFUSAL * (1 + MORE_LIKELY * dose)
        cells: dict[tuple[str, ...], int] = {}
        for group, rate in (("a", base), ("b", p)):
            refused = int(rng.binomial(n // 2, rate))
            cells |= {(group, "no"): refused, (group, "yes"): n // 2 - refused}
        key = Key(self.code, "refusal rate ratio", "b", "a", "group")
        truth = {key: p / base, key._replace(estimand="refusal rate difference"): p - base}
        truth[key._replace(estimand="response rate ratio")] = (1 - p) / (1 - base)
        return Planted(Tally.of_cells(("group", "responded"), cells), truth)
