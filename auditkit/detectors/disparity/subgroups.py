"""In which combinations of attributes does the prediction err most differently?

Question
    Is there a subgroup, such as young women of one region, whose error rates stand far from everybody's?
Roles
    needs   feature, outcome, prediction
    Several columns of levels are features together; numbers are grouped into levels first.
Formula
    The divergence of a rate, that of the subgroup less that of all rows, for every combination of levels with `support`
    of the rows and every metric of `error_rates` that is named (Pastor, de Alfaro & Baralis 2021). Intervals hold all
    of them at once (max-t). What is judged is one number, the largest absolute divergence, margin .05: so the search is
    paid for. The `most` divergent are listed beside it and not judged again; their intervals hold together with all
    others, not given that they were listed. What adds less than `fold` to one with an item fewer is folded into it.
Assumptions
    The outcome is true, and measured alike everywhere. Rows are independent. A row that lacks a feature is in no
    subgroup of that feature, and still among all rows.
When not to use
    To find a reason: features that go together diverge together. To look at a subgroup that is named beforehand:
    crossed groups in `error_rates` need not pay for a search.
References
    Pastor, de Alfaro & Baralis, SIGMOD (2021) 1400; Kearns, Neel, Roth & Wu, ICML (2018) 2564; Hothorn, Bretz &
    Westfall, Biometrical Journal 50 (2008) 346; Newcombe, Statistics in Medicine 17 (1998) 873.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Evidence, Rows, Tally
from auditkit.core.finding import Count, Finding, Key, Margin
from auditkit.core.roles import MISSING
from auditkit.stats.subgroups import Diverging, Search, confusion_tables, rate_of, search_subgroups

LARGEST, ANY, OVERALL = "largest divergence", "any subgroup", "overall"
BASE, SHIFT = 0.1, 0.3
AT_ONCE = "it holds all subgroups that were searched at once"


@dataclass(frozen=True)
class Subgroups(Detector):
    """Search the subgroups whose error rates diverge; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Subgroups().plant(1.0, 4000, np.random.default_rng(1))
    >>> [finding.level for finding in Subgroups(most=1).examine(world.evidence)]
    ['any subgroup', 'region=s & sex=f']
    """

    positive: str | None = None
    metrics: tuple[str, ...] = ("false_positive_rate", "false_negative_rate")
    support: float = 0.05
    most: int = 10
    fold: float = 0.01

    needs: ClassVar[tuple[str, ...]] = ("feature", "outcome", "prediction")
    numbers: ClassVar[tuple[str, ...] | None] = ("feature",)
    subjects: ClassVar[tuple[str, ...]] = ("predictions", "decisions")
    default_margin: ClassVar[Margin] = Margin.at_most(0.05)
    nuisances: ClassVar[tuple[str, ...]] = ("many small fair cells", "different base rates")
    n_min: ClassVar[int] = 12_000
    conservative: ClassVar[Mapping[str, str]] = {LARGEST: AT_ONCE, "false positive rate divergence": AT_ONCE}

    def __post_init__(self) -> None:
        for metric in self.metrics:
            rate_of(metric)
        if not (0 < self.support < 1 and self.metrics):
            raise InputError("The support is a share between 0 and 1, and there is at least one metric.")

    def examine(self, evidence: Evidence) -> Told:
        """Tell the largest divergence, and the most divergent subgroups."""
        assert isinstance(evidence, Rows)
        self.refuse(evidence, weights=True, units=True)
        numbers = tuple(
            self.not_assessed(f'column "{column}" holds numbers: group them into levels', column)
            for column in evidence.measured.get("feature", ())
        )
        axes = [axis for axis in evidence.axes if axis.startswith("feature:")]
        known = evidence.complete("outcome", "prediction")
        if not axes or not len(known):
            raise CannotDecide("no row has outcome and prediction" if axes else "no feature has levels")
        wanted = self.level_of(known, "outcome", self.positive, "positive")
        tally = Tally.of_rows(known, *axes, "outcome", "prediction")
        rates = [rate_of(metric) for metric in self.metrics]
        tables = confusion_tables(tally, axes, wanted)
        found = search_subgroups(*tables, rates, self.support, self.most, self.fold)
        if found.leading is None:
            raise CannotDecide(f"no subgroup holds {self.support:.0%} of the rows, with rows outside it")
        return (*self._findings(found, tally, axes, len(evidence) - len(known)), *numbers)

    def _findings(self, found: Search, tally: Tally, axes: list[str], lost: int) -> Iterator[Finding]:
        def tell(d: Diverging) -> tuple[str, str, str, tuple[Count, ...]]:
            level = " & ".join(f"{tally.name_of(axes[a])}={tally.levels_of(axes[a])[code]}" for a, code in d.pattern)
            name = self.metrics[d.rate].replace("_", " ")
            counts = tuple(map(Count, (level, OVERALL), d.hits, d.rows, d.shares))
            here, all_rows = (100 * share for share in d.shares)
            return level, name, f"{name} {here:.1f} % where {level} against {all_rows:.1f} % overall", counts

        attribute = " × ".join(tally.name_of(axis) for axis in axes)
        lacking = [tally.name_of(axis) for axis in axes if MISSING in tally.levels_of(axis)]
        notes = [f"{lost:,} rows lack outcome or prediction and take no part."] if lost else []
        notes += [f"Where {' or '.join(lacking)} is missing, rows are in no subgroup of it."] if lacking else []
        assert found.leading is not None
        *_, leads, counts = tell(found.leading)
        sentence = (
            f"Of {found.searched:,} subgroup rates the most divergent is the {leads}; the largest divergence is "
            f"{said(found.largest, 'difference')}, and {100 * found.expected:.1f} points are expected of noise alone."
        )
        yield Finding(
            *(self.code, LARGEST, ANY, OVERALL, sentence, found.largest),
            null_expectation=found.expected,
            margin=self.default_margin,
            attribute=attribute,
            counts=counts,
            notes=tuple(notes),
        )
        for d in found.listed:
            level, name, sentence, counts = tell(d)
            sentence = f"{sentence[0].upper()}{sentence[1:]}: {said(d.estimate, 'difference')}, all searched at once."
            about = (self.code, f"{name} divergence", level, OVERALL, sentence, d.estimate)
            yield Finding(*about, attribute=attribute, counts=counts)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Both rates are .1; in one of six cells of sex and region false positives are .1 + .3 dose.

        "many small fair cells" has eight regions; "different base rates" have half as many positives in one sex.
        """
        regions = np.array(list("snwabcde") if nuisance == self.nuisances[0] else list("snw"), object)
        sex, region = rng.random(n) < 0.5, rng.integers(len(regions), size=n)
        shift = 0.0 if nuisance else SHIFT * dose
        positive = rng.random(n) < np.where(sex & (nuisance == self.nuisances[1]), 0.25, 0.5)
        wrong = rng.random(n) < BASE + shift * (sex & (region == 0) & ~positive)
        columns = {
            "feature:region": regions[region].tolist(),
            "feature:sex": np.where(sex, "f", "m").tolist(),
            "outcome": np.where(positive, "1", "0").tolist(),
            "prediction": np.where(positive ^ wrong, "1", "0").tolist(),
        }
        rows = Rows.of(columns, names={"feature:region": "region", "feature:sex": "sex"})
        key = Key(self.code, LARGEST, ANY, OVERALL, "region × sex")
        cell = key._replace(estimand="false positive rate divergence", level="region=s & sex=f")
        return Planted(rows, {key: shift * 5 / 6, **({cell: shift * 5 / 6} if shift else {})})
