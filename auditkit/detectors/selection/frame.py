"""Does the selected sample look like the frame it was drawn from?

Question
    Were the first to answer, or the easiest to reach, taken instead of a random sample?
Roles
    needs   selected
    measures feature
Formula
    For each feature the standardised mean difference SMD = (mean of the selected - mean of the frame) / SD of the
    frame, with the standard error of a simple random sample without replacement, √((1 - f)/n), f the sampled fraction
    (Cochran 1977). The frame is every row, selected or not. Margin .10.
Assumptions
    The frame is complete, and its features were measured before anybody was selected.
When not to use
    Without a frame: then it is not identified how the selected differ. A runs test on the selected alone has no power.
References
    Cochran, Sampling Techniques (1977); Austin, Statistics in Medicine 28 (2009) 3083.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide
from auditkit.core.evidence import Evidence, Moments
from auditkit.core.finding import Count, Finding, Key, Margin
from auditkit.core.roles import MISSING
from auditkit.stats.means import standardised_mean_differences

SPEED = 0.4
FRACTION = 0.10


@dataclass(frozen=True)
class Frame(Detector):
    """Compare the selected with their frame; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Frame().plant(1.0, 5000, np.random.default_rng(1))
    >>> Frame().examine(world.evidence)[0].estimand
    'standardised mean difference'
    """

    chosen: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("selected",)
    measures: ClassVar[str] = "feature"
    subjects: ClassVar[tuple[str, ...]] = ("table", "text", "captions")
    default_margin: ClassVar[Margin] = Margin.within(0.10)
    nuisances: ClassVar[tuple[str, ...]] = ("a random sample of a skewed feature",)
    n_min: ClassVar[int] = 8_000

    def examine(self, evidence: Evidence) -> Told:
        """Tell the standardised mean difference of the feature measured."""
        assert isinstance(evidence, Moments)
        self.refuse(evidence, weights=True, units=True)
        chosen = self.level_of(evidence, "selected", self.chosen, "chosen")
        frame = evidence.without("selected", MISSING)
        everyone, picked = frame.marginal(), frame.where("selected", chosen).marginal()
        column = evidence.measured or "feature"
        if everyone.m2.sum() <= 0:
            raise CannotDecide(f'column "{column}" does not vary, so nothing can differ')
        estimate = standardised_mean_differences(
            picked.n, picked.mean, picked.m2, everyone.n, everyone.mean, everyone.m2
        )[0]
        low, high, _ = estimate.interval(0.95)
        bounds = "no interval" if low is None or high is None else f"[{low:+.2f}, {high:+.2f}]"
        value = "undefined" if estimate.value is None else f"{estimate.value:+.2f}"
        sentence = f"The selected have {column} {value} SD {bounds} from their frame of {int(everyone.n[0]):,}."
        sentence = sentence.replace("-", "−") if "-" not in column else sentence
        counts = (Count("selected", int(picked.n[0]), int(everyone.n[0]), float(picked.n[0] / everyone.n[0])),)
        return (
            Finding(
                self.code,
                "standardised mean difference",
                "selected",
                "frame",
                sentence,
                estimate,
                margin=self.default_margin,
                attribute=column,
                counts=counts,
            ),
        )

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """The fastest tenth of a frame, speed = s x + √(1 - s²) noise, s = .4 dose; the nuisance is a random tenth."""
        s = 0.0 if nuisance else SPEED * dose
        x = rng.standard_exponential(n) if nuisance else rng.standard_normal(n)
        speed = rng.standard_normal(n) if nuisance else s * x + np.sqrt(1 - s**2) * rng.standard_normal(n)
        first = np.argsort(-speed, kind="stable")[: round(FRACTION * n)]
        selected = np.full(n, "no", dtype=object)
        selected[first] = "yes"
        key = Key(self.code, "standardised mean difference", "selected", "frame", "feature")
        return Planted(Moments.of({"selected": selected.tolist()}, x.tolist()), {key: s * INTENSITY})


INTENSITY = 1.7549833193248684
"""The mean of the top tenth of a standard normal, φ(z_.9)/.1."""
