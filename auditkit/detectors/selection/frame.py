"""Does the selected sample look like the frame it was drawn from?

Question
    Were the first to answer, or the easiest to reach, taken instead of a random sample?
Roles
    needs   selected, feature
    Features are numbers, or True and False; what holds words is told as not assessed.
Formula
    For each feature the standardised mean difference SMD = (mean of the selected - mean of the frame) / SD of the
    frame, with the standard error of a simple random sample without replacement, √((1 - f)/n), f the sampled fraction
    (Cochran 1977). The frame is every row, selected or not. Margin .10. A feature of two values has the exact limits of
    a share instead (Clopper & Pearson 1934), over the same SD.
    Of several features also the largest, max |SMD|: its lower limit pays for the search, by random samples of as many
    rows of the frame, drawn by row hash, so that under simple random sampling it is above 0 no more often than the
    level says, whatever the features' distributions and correlations (a randomisation test). Its upper limit is the
    furthest end of all features' own intervals: it is inside a margin where all of them are. Margin: at most .10.
Assumptions
    The frame is complete, and its features were measured before anybody was selected.
When not to use
    Without a frame: then it is not identified how the selected differ. A runs test on the selected alone has no power.
References
    Cochran, Sampling Techniques (1977); Austin, Statistics in Medicine 28 (2009) 3083; Westfall & Young,
    Resampling-Based Multiple Testing (1993); Berger, Technometrics 24 (1982) 295.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.estimate import Estimate
from auditkit.core.evidence import Evidence, Rows
from auditkit.core.finding import Count, Finding, Key, Margin, NotAssessed
from auditkit.core.roles import MISSING
from auditkit.stats.frame_differences import (
    FrameDifference,
    LargestDifference,
    covariates,
    frame_differences,
    largest_frame_difference,
)

SMD, LARGEST = "standardised mean difference", "largest standardised mean difference"
SPEED = 0.4
FRACTION = 0.10
COVARIATES = ("feature", "half as much", "unrelated")


@dataclass(frozen=True)
class Frame(Detector):
    """Compare the selected with their frame; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Frame().plant(1.0, 5000, np.random.default_rng(1))
    >>> [finding.estimand for finding in Frame().examine(world.evidence)][2:]
    ['standardised mean difference', 'largest standardised mean difference']
    """

    chosen: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("selected", "feature")
    numbers: ClassVar[tuple[str, ...] | None] = ("feature",)
    subjects: ClassVar[tuple[str, ...]] = ("table", "text", "captions")
    default_margin: ClassVar[Margin] = Margin.within(0.10)
    largest_margin: ClassVar[Margin] = Margin.at_most(0.10)
    nuisances: ClassVar[tuple[str, ...]] = ("a random sample of a skewed feature",)
    n_min: ClassVar[int] = 8_000
    conservative: ClassVar[Mapping[str, str]] = {LARGEST: "its lower limit holds for all features at once"}

    def examine(self, evidence: Evidence) -> Told:
        """Tell the standardised mean difference of each feature, and the largest of several."""
        assert isinstance(evidence, Rows)
        self.refuse(evidence, weights=True, units=True)
        chosen = self.level_of(evidence, "selected", self.chosen, "chosen")
        frame = evidence.without("selected", MISSING)
        names, x, words = covariates(frame)
        picked = frame.column("selected") == chosen
        told = [self._feature(*pair) for pair in zip(names, frame_differences(x, picked), strict=True)]
        largest = largest_frame_difference(x, picked, frame.generator(self.code)) if len(names) > 1 else None
        because = 'column "{}" holds words, and words have no mean'
        spelled = (self.not_assessed(because.format(column), column) for column in words)
        return (*told, *([] if largest is None else [self._most(names, largest)]), *spelled)

    def _feature(self, column: str, found: FrameDifference) -> Finding | NotAssessed:
        if not found.varies:
            return self.not_assessed(f'column "{column}" does not vary, so nothing can differ', column)
        sentence = f"The selected have {column} {_apart(found.estimate)} from their frame of {found.frame:,}."
        sentence = sentence.replace("-", "−") if "-" not in column else sentence
        counts = (Count("selected", found.selected, found.frame, found.selected / found.frame),)
        more: dict[str, Any] = {"margin": self.default_margin, "attribute": column, "counts": counts}
        return Finding(self.code, SMD, "selected", "frame", sentence, found.estimate, **more)

    def _most(self, names: Sequence[str], found: LargestDifference) -> Finding:
        sentence = (
            f"Of {len(names)} features the selected are furthest from their frame in {names[found.which]}: "
            f"{_apart(found.estimate, '')}, all searched; {found.expected:.2f} SD are expected of chance alone."
        )
        more: dict[str, Any] = {"attribute": " × ".join(names), "null_expectation": found.expected}
        margin = self.largest_margin
        return Finding(self.code, LARGEST, "selected", "frame", sentence, found.estimate, margin=margin, **more)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """The fastest tenth of a frame, speed = s x + √(1 - s²) noise, s = .4 dose; the nuisance is a random tenth.

        Beside x a second feature correlates with it by a half, a third with nothing: there to be searched.
        """
        s = 0.0 if nuisance else SPEED * dose
        x = rng.standard_exponential(n) if nuisance else rng.standard_normal(n)
        speed = rng.standard_normal(n) if nuisance else s * x + np.sqrt(1 - s**2) * rng.standard_normal(n)
        noise = rng.standard_normal((2, n))
        first = np.argsort(-speed, kind="stable")[: round(FRACTION * n)]
        selected = np.full(n, "no", dtype=object)
        selected[first] = "yes"
        features = np.stack([x, x / 2 + np.sqrt(3) / 2 * noise[0], noise[1]], axis=1)
        rows = Rows.of({"selected": selected.tolist()}, {"feature": features}, measured={"feature": COVARIATES})
        one = Key(self.code, SMD, "selected", "frame", COVARIATES[0])
        most = Key(self.code, LARGEST, "selected", "frame", " × ".join(COVARIATES))
        return Planted(rows, {one: s * INTENSITY, most: s * INTENSITY})


def _apart(e: Estimate, sign: str = "+") -> str:
    """In standard deviations of the frame, "+0.30 SD [+0.17, +0.43]"."""
    low, high, _ = e.interval(0.95)
    bounds = "no interval" if low is None or high is None else f"[{low:{sign}.2f}, {high:{sign}.2f}]"
    return f"{'undefined' if e.value is None else f'{e.value:{sign}.2f}'} SD {bounds}"


INTENSITY = 1.7549833193248684
"""The mean of the top tenth of a standard normal, φ(z_.9)/.1."""
