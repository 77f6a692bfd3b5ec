"""Are different members of a group taken for one another more often than those of another?

Question
    Does "they all look alike" hold of a system that compares faces, voices or names, at the threshold that was set for
    the in-group?
Roles
    needs   unit, group, vector
    The `unit` is the person: rows of one person are never compared with one another. `vector` is the embedding, one
    column of lists or several of numbers.
Formula
    The ratio of false match rates, out-group over in-group: the share of pairs of rows of two people of a group whose
    cosine exceeds the threshold. That is the one at which the in-group's rate is `false_match_rate`, unless `threshold`
    gives it. On the log scale; a person is in many pairs, so the variance is over people (jackknife without what it
    counts twice: Aronow, Samii & Assenova 2015). Margin: at most 1.25.
Assumptions
    The people are a sample of those the system will meet; pictures of both groups were taken under like conditions.
    Where a group has more than 2,000 rows some people are drawn, whole, by the hash of the rows.
When not to use
    With fewer than 100 people in a group: no verdict. To speak of the wrong refusal of a person to themselves: that is
    another rate, of pairs of one person's rows.
References
    Grother, Ngan & Hanaoka, Face Recognition Vendor Test Part 3 (NIST 2019); Conti & Clémençon, ICLR (2024); Aronow,
    Samii & Assenova, Political Analysis 23 (2015) 564.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide
from auditkit.core.evidence import UNIT, Evidence, Rows
from auditkit.core.finding import Cap, Finding, Key, Margin
from auditkit.stats.false_matches import Impostors, drawn_subjects, false_match_ratio, impostors
from auditkit.stats.readings import Flags, directions
from auditkit.stats.simulated_faces import true_ratio, wrapped_faces

ESTIMAND, PEOPLE, SHRUNK = "false match rate ratio", 100, 0.6
FEW = "{} people on the smaller side, and 100 are the least whose pairs say how often people are confused"


@dataclass(frozen=True)
class IdentityConfusion(Detector):
    """Compare how often people are taken for one another; the module's docstring is the manual.

    >>> import numpy as np
    >>> detector = IdentityConfusion.specimen()
    >>> finding, = detector.examine(detector.plant(1.0, 1000, np.random.default_rng(1)).evidence)
    >>> finding.estimate.value > 2
    True
    """

    ingroup: str | None = None
    false_match_rate: float = 0.01
    threshold: float | None = None

    needs: ClassVar[tuple[str, ...]] = ("unit", "group", "vector")
    numbers: ClassVar[tuple[str, ...] | None] = ("vector",)
    subjects: ClassVar[tuple[str, ...]] = (
        "predictions",
        "captioner",
        "text_to_image",
        "super_resolution",
        "image_to_image",
    )
    default_margin: ClassVar[Margin] = Margin.at_most(1.25)
    nuisances: ClassVar[tuple[str, ...]] = ("unequal sizes", "different means", "more images a person")
    n_min: ClassVar[int] = 800

    def examine(self, evidence: Evidence) -> Told:
        """Tell a ratio of false match rates for each out-group."""
        assert isinstance(evidence, Rows)
        self.refuse(evidence, weights=True)
        rows = evidence.complete(*(role for role in self.needs if role in evidence))
        ours = self.level_of(rows, "group", self.ingroup, "ingroup")
        x = directions(rows.numbers["vector"])
        seen = ~np.isnan(x).any(axis=1)
        own = seen & (rows.column("group") == ours)
        if not own.any():
            raise CannotDecide(f"no row of {ours} has a vector with a direction")
        inner, fewer = self._people(rows, own, x)
        told = []
        for other in (level for level in rows.levels_of("group") if level != ours):
            outer, thinned = self._people(rows, seen & (rows.column("group") == other), x)
            told.append(self._told((other, ours), outer, inner, thinned or fewer, rows.name_of("group")))
        return tuple(told)

    def _people(self, rows: Rows, chosen: Flags, x: np.ndarray) -> tuple[Impostors, bool]:
        people = rows.codes(UNIT) if UNIT in rows else np.arange(len(rows))
        kept = chosen & drawn_subjects(people, chosen, rows.generator("people to compare"))
        return impostors(x[kept], people[kept]), bool((kept != chosen).any())

    def _told(
        self, pair: tuple[str, str], outer: Impostors, inner: Impostors, thinned: bool, attribute: str
    ) -> Finding:
        estimate = false_match_ratio(outer, inner, self.false_match_rate, self.threshold)
        people = min(len(outer.starts), len(inner.starts))
        where = (
            f"the rate is {self.false_match_rate:.3g}" if self.threshold is None else f"cosine > {self.threshold:.3g}"
        )
        notes = ("Consistent with out-group homogeneity; unlike pictures of the groups look the same.",)
        few = FEW.format(people)
        return Finding(
            self.code,
            ESTIMAND,
            *pair,
            f"{pair[0]} are taken for one another, against {pair[1]} for whom {where}: {said(estimate, 'ratio')}.",
            estimate,
            "ratio",
            1.0,
            margin=self.default_margin,
            attribute=attribute,
            caps=(Cap("PASS", few), Cap("FAIL", few)) if people < PEOPLE else (),
            notes=(*notes, *(["People were drawn where a group had more than 2,000 rows."] if thinned else [])),
        )

    @classmethod
    def specimen(cls) -> Self:
        """The planted world's own in-group."""
        return cls(ingroup="in")

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Faces on a circle, at N(0, 1) in the in-group, those of the out-group 1 - .6 dose times as far apart."""
        unequal, moved, more = (nuisance == name for name in self.nuisances)
        scale = 1.0 if nuisance else 1 - SHRUNK * dose
        size = n // 4 if unequal else n // 2
        parts = [
            wrapped_faces(n - size, 1.0, 0.0, (1, 1, 2), rng),
            wrapped_faces(size, scale, float(moved), (2, 3) if more else (1, 1, 2), rng),
        ]
        columns = {
            UNIT: [f"{name}{person}" for name, (_, people) in zip("io", parts, strict=True) for person in people],
            "group": ["in"] * (n - size) + ["out"] * size,
        }
        truth = {Key(self.code, ESTIMAND, "out", "in", "group"): true_ratio(scale, self.false_match_rate)}
        return Planted(Rows.of(columns, {"vector": np.concatenate([x for x, _ in parts])}), truth)
