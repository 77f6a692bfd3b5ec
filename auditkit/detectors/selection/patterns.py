"""Which combinations of attributes do the data hardly cover?

Question
    Is a combination, women over 60 in the south, missing or far too rare, though none of its parts is?
Roles
    needs   feature
    Several columns of levels are features together; numbers are grouped into levels first.
Formula
    The most general patterns that are not covered, none of whose generalisations is (Asudeh, Jin & Jagadish 2019),
    fixing at most `depth` features. With `references` a pattern is uncovered if the upper limit of its representation
    ratio p/π is below .80 (Clopper & Pearson 1934, at a level that allows for all K patterns that so many rows can
    tell, Tarone 1990), and the lowest ratio of the K is judged. One reference holds the shares of combinations, "female
    × south" in the order of the columns; or each column has one, and they are taken as independent. Without any, the
    patterns with fewer than `rows` rows are listed: a count without verdict, since some are rightly rare.
Assumptions
    The references count the same attributes in the same way and are known. Rows are independent.
When not to use
    With one reference a column where columns go together in the population: rare combinations are then told.
References
    Asudeh, Jin & Jagadish, ICDE (2019) 554; Tarone, Biometrics 46 (1990) 515; Clopper & Pearson, Biometrika 26 (1934).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told, labels
from auditkit.core.errors import CannotDecide
from auditkit.core.estimate import Estimate
from auditkit.core.evidence import Evidence, Rows, Tally
from auditkit.core.finding import Cap, Finding, Key, Margin, NotAssessed, Reference, shares_of
from auditkit.core.roles import MISSING
from auditkit.stats.attributes import Attributes, counted
from auditkit.stats.patterns import Uncovered, uncovered_patterns, underrepresented_patterns

LOWEST, RATIO, COUNTED, ANY = "lowest representation ratio", "representation ratio", "share of rows", "any pattern"
BECAUSE = "the reference is a sample, whose error is not in the interval"
SAMPLED = (Cap("PASS", BECAUSE), Cap("FAIL", BECAUSE))
SHARES = {"f × n": 0.30, "f × s": 0.20, "m × n": 0.20, "m × s": 0.299, "f × o": 0.0005, "m × o": 0.0005}
PLANTED = Reference(SHARES, why="the planted population", source="auditkit")


@dataclass(frozen=True)
class Patterns(Detector):
    """Find the combinations that data hardly cover; the module's docstring is the manual.

    >>> p, rng = Patterns.specimen(), np.random.default_rng(1)
    >>> [finding.level for finding in p.examine(p.plant(0.4, 4000, rng).evidence)]
    ['any pattern', 'sex=m & region=s']
    """

    references: tuple[Reference, ...] = ()
    depth: int = 3
    rows: int = 30
    most: int = 20

    needs: ClassVar[tuple[str, ...]] = ("feature",)
    numbers: ClassVar[tuple[str, ...] | None] = ("feature",)
    subjects: ClassVar[tuple[str, ...]] = ("table", "captions")
    default_margin: ClassVar[Margin] = Margin.at_least(0.8)
    nuisances: ClassVar[tuple[str, ...]] = ("rare but proportionate", "a feature missing at random")
    n_min: ClassVar[int] = 4_000
    conservative: ClassVar[dict[str, str]] = {LOWEST: "its interval holds for all patterns searched at once"}

    def __post_init__(self) -> None:
        for reference in self.references:
            shares_of(reference)

    def examine(self, evidence: Evidence) -> Told:
        """Tell the lowest ratio and what is uncovered; without references what is rare."""
        assert isinstance(evidence, Rows)
        self.refuse(evidence, weights=True, units=True)
        axes = [axis for axis in evidence.axes if axis.startswith("feature:")]
        numeric = evidence.measured.get("feature", ())
        told = [self.not_assessed(f'column "{name}" holds numbers: group them into levels', name) for name in numeric]
        known = evidence.complete(*axes)
        if not axes or not len(known):
            raise CannotDecide("no row has a level of every feature" if axes else "no feature has levels")
        lost, tally = len(evidence) - len(known), Tally.of_rows(known, *axes)
        notes = (f"{lost:,} rows lack a feature and take no part.",) if lost else ()
        return (*(self._relative(tally, notes) if self.references else self._absolute(tally, notes)), *told)

    def _relative(self, tally: Tally, notes: tuple[str, ...]) -> Iterator[Finding | NotAssessed]:
        coded = Attributes.of(tally, [reference.shares() for reference in self.references])
        search = underrepresented_patterns(coded.cube, coded.reference, self.default_margin.low or 0.0, self.depth)
        if coded.unknown:
            yield self.not_assessed(f"the reference has no share for {labels(coded.unknown)}", coded.name, RATIO)
        if search.lowest is None or search.lowest.value is None:
            raise CannotDecide("so few rows cannot tell any pattern of the reference")
        more = {"caps": SAMPLED if any(r.n for r in self.references) else (), "notes": notes}
        sentence = (
            f"{len(search.uncovered)} of {search.compared} patterns of {coded.name} are surely below "
            f"{self.default_margin.low} of their share in the reference; the lowest is {said(search.lowest, 'ratio')}."
        )
        yield self._finding(ANY, sentence, search.lowest, coded, estimand=LOWEST, margin=self.default_margin, **more)
        for uncovered in search.uncovered[: self.most]:
            if uncovered.ratio is not None:
                level, ratio = coded.spelled(uncovered.pattern), uncovered.ratio
                sentence = f"{level}: {uncovered.rows:,} rows against the reference, {said(ratio, 'ratio')}."
                yield self._finding(level, sentence, ratio, coded, estimand=RATIO, **more)
        yield from self._rest(search.uncovered, coded)

    def _absolute(self, tally: Tally, notes: tuple[str, ...]) -> Iterator[Finding | NotAssessed]:
        coded = Attributes.of(tally)
        found = uncovered_patterns(coded.cube, self.rows, self.depth).uncovered
        for uncovered in found[: self.most]:
            level, share = coded.spelled(uncovered.pattern), counted(uncovered.rows, tally.total)
            sentence = f"{level}: {uncovered.rows:,} rows, fewer than {self.rows}; counted, without inference."
            yield self._finding(level, sentence, share, coded, notes=notes)
        if not found:
            sentence = f"Every pattern of up to {self.depth} features has {self.rows} rows or more; counted."
            yield self._finding(ANY, sentence, counted(tally.total, tally.total), coded, notes=notes)
        yield from self._rest(found, coded)

    def _rest(self, uncovered: tuple[Uncovered, ...], coded: Attributes) -> Iterator[NotAssessed]:
        if len(uncovered) > self.most:
            rest = [coded.spelled(u.pattern) for u in uncovered[self.most :]]
            yield self.not_assessed(f"these patterns are uncovered too: {labels(rest)}", coded.name, RATIO)

    def _finding(self, level: str, sentence: str, estimate: Estimate, coded: Attributes, **more: Any) -> Finding:
        kind: dict[str, Any] = {"estimand": COUNTED, "versus": f"{self.rows} rows"}
        if self.references:
            kind = {"versus": "reference", "scale": "ratio", "null": 1.0}
            kind["reference"] = self.references[0] if len(self.references) == 1 else None
        kind |= {"code": self.code, "attribute": coded.name}
        return Finding(level=level, sentence=sentence, estimate=estimate, **(kind | more))

    @classmethod
    def specimen(cls) -> Self:
        """The planted world's own configuration."""
        return cls((PLANTED,))

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Drop the share `dose` of men in the south: their ratio is (1 - d)/(1 - d π). The nuisances have dose 0."""
        gone = 0.0 if nuisance else dose
        kept = np.array([share * (1 - gone * (cell == "m × s")) for cell, share in SHARES.items()])
        drawn = rng.choice(len(kept), n, p=kept / kept.sum())
        sex, region = (np.array([cell.split(" × ")[i] for cell in SHARES], object)[drawn] for i in (0, 1))
        if nuisance == self.nuisances[1]:
            region = np.where(rng.random(n) < 0.2, MISSING, region)
        columns = {"feature:sex": sex.tolist(), "feature:region": region.tolist()}
        rows = Rows.of(columns, names={"feature:sex": "sex", "feature:region": "region"})
        key = Key(self.code, LOWEST, ANY, "reference", "sex × region")
        return Planted(rows, {key: (1 - gone) / float(kept.sum())})
