"""How many rows say the same again, and was the test set seen in training?

Question
    Is the data as large as it looks, and is it tested on what it has not seen?
Roles
    needs   (text, or else feature)
    uses    text, feature, origin, unit, outcome
    Rows are the same where their texts are, or without texts all their features. What one `unit` repeats is one
    reading and no duplicate. The `origin` says which rows are train and which are test.
Formula
    Rows per distinct row n/n_eff = Σm²/Σm, items occurring m times within an origin: the design effect of copies, which
    tell nothing new (Kish 1965), by Fieller's limits over items, at most 1.5. Of texts it is judged with near copies
    joined: a Jaccard similarity of three-word shingles of at least .8, candidates by MinHash (Broder 1997), J counted.
    Between origins: the share of test rows whose item, or nearly, is in training, by Wilson on the rows that copies
    leave, at most .01.
    Where a `unit` shares rows that have an `outcome`: what rows of one unit being alike costs the mean of it, deff =
    1 + (m_w - 1) ICC, m_w = Σm²/Σm over units of m rows, by the analysis of variance's ICC, units left out in turn for
    the limits. An outcome in words counts as one indicator a level. Not judged: it would be a fault to take such rows
    as independent, and whoever gives the unit does not.
Assumptions
    Items were drawn independently, each with its copies.
When not to use
    Features alone where they are few and coarse: two people of one age and sex are no duplicates. Where agreement by
    chance makes more than 5 % of the rows, columns taken as independent, no FAIL is given. Rows that are alike without
    being copies, as answers of one person: give the person as `unit` to whatever is estimated from them. The design
    effect of an outcome that few units ever show, or that is numbers, has no upper limit.
References
    Broder, Compression and Complexity of Sequences (1997) 21; Kish, Survey Sampling (1965); Fieller, Journal of the
    Royal Statistical Society B 16 (1954) 175; Lee et al., ACL (2022) 8424; Donner, International
    Statistical Review 54 (1986) 67.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide, RoleMissing
from auditkit.core.evidence import UNIT, Evidence, Ints, Rows
from auditkit.core.finding import Cap, Count, Finding, Key, Margin, NotAssessed
from auditkit.stats.copied_texts import copied_texts
from auditkit.stats.design_effects import alike, design_effect_of_levels
from auditkit.stats.duplication import chance_of_coincidence, content, copies, identical, rows_per_distinct, seen_before
from auditkit.stats.minhash import near_duplicates

EXACT, NEAR, SEEN = (
    "rows per distinct row",
    "rows per distinct row, near duplicates joined",
    "test rows seen in training",
)
ALIKE = "design effect of the outcome"
COPIED, LEAKED = 0.6, 0.1
ICC, TOGETHER = 0.5, 4
BY_CHANCE = 1.05


@dataclass(frozen=True)
class Duplicates(Detector):
    """Count what is there more than once; the module's docstring is the manual.

    >>> world = Duplicates().plant(1.0, 800, np.random.default_rng(1))
    >>> [finding.estimand for finding in Duplicates().examine(world.evidence)][0]
    'rows per distinct row, near duplicates joined'
    """

    similarity: float = 0.8
    train: str = "train"
    test: str = "test"

    needs: ClassVar[tuple[str, ...]] = ()
    uses: ClassVar[tuple[str, ...]] = ("text", "feature", "origin", "outcome")
    numbers: ClassVar[tuple[str, ...] | None] = ("feature",)
    subjects: ClassVar[tuple[str, ...]] = ("table", "text", "captions", "causal_lm", "seq2seq", "captioner")
    default_margin: ClassVar[Margin] = Margin.at_most(1.5)
    leakage_margin: ClassVar[Margin] = Margin.at_most(0.01)
    nuisances: ClassVar[tuple[str, ...]] = ("one unit says the same again", "one opening for all texts")
    n_min: ClassVar[int] = 800
    plug_in: ClassVar[bool] = False
    conservative: ClassVar[Mapping[str, str]] = dict.fromkeys(
        (EXACT, NEAR, SEEN), "where nothing is repeated every sample shows it, so the interval always holds the truth"
    )

    def examine(self, evidence: Evidence) -> Told:
        """Tell the rows per distinct row, what test shares with train, and what likeness within units costs."""
        assert isinstance(evidence, Rows)
        self.refuse(evidence, weights=True)
        known = evidence.complete("text") if "text" in evidence else evidence
        if not len(known):
            raise CannotDecide("every text is missing")
        lost = len(evidence) - len(known)
        notes = (f"{lost:,} rows have no text and take no part.",) if lost else ()
        return tuple(self._told(known, notes))

    def _told(self, rows: Rows, notes: tuple[str, ...]) -> Iterator[Finding | NotAssessed]:
        columns, attribute = content(rows)
        if not columns:
            raise RoleMissing("text", "feature")
        exact = item = identical(columns)
        more: dict[str, Any] = {"attribute": attribute, "notes": notes}
        if "text" in rows:
            first = np.unique(exact, return_index=True)[1]
            item = near_duplicates(rows.column("text")[first].tolist(), self.similarity)[exact]
            yield self._repeated(rows, item, NEAR, margin=self.default_margin, **more)
            yield self._repeated(rows, exact, EXACT, **more)
        else:
            chance = 1 + (len(rows) - 1) * chance_of_coincidence(columns)
            because = f"features as coarse as these agree by chance: {chance:.2f} rows per distinct row are expected"
            more |= {"caps": (Cap("FAIL", because),) if chance > BY_CHANCE else (), "null_expectation": chance}
            yield self._repeated(rows, item, EXACT, margin=self.default_margin, **more)
        if "origin" in rows:
            yield self._leaked(rows, item, attribute, notes)
        if "outcome" in rows and UNIT in rows:
            yield self._alike(rows.complete("outcome", UNIT), notes)

    def _repeated(self, rows: Rows, item: Ints, estimand: str, **more: Any) -> Finding:
        within = identical([rows.codes("origin"), item]) if "origin" in rows else item
        m = copies(within, rows.column(UNIT) if UNIT in rows else None)
        estimate = rows_per_distinct(m)
        sentence = (
            f"{int(m.sum()):,} rows are {len(m):,} distinct ones, {int((m > 1).sum()):,} of them there more than once, "
            f"and worth {estimate.n_eff:,.0f}: {said(estimate, 'ratio')}."
        )
        whom: dict[str, Any] = {"level": "all rows", "versus": "distinct rows", "scale": "ratio", "null": 1.0}
        return Finding(self.code, estimand, sentence=sentence, estimate=estimate, **whom, **more)

    def _leaked(self, rows: Rows, item: Ints, attribute: str, notes: tuple[str, ...]) -> Finding | NotAssessed:
        origin = rows.column("origin")
        train, test = origin == self.train, origin == self.test
        if not (train.any() and test.any()):
            because = f'column "{rows.name_of("origin")}" has not both {self.train} and {self.test}'
            return self.not_assessed(because, attribute, SEEN)
        seen = np.isin(item[test], item[train])
        estimate = seen_before(identical([item[test]]), seen)
        counts = (Count(self.test, int(seen.sum()), len(seen), float(seen.mean())),)
        sentence = (
            f"{int(seen.sum()):,} of {len(seen):,} rows of {self.test} are in {self.train} too, or nearly: "
            f"{said(estimate, 'difference')} from none."
        )
        more: dict[str, Any] = {"attribute": attribute, "counts": counts, "notes": notes}
        return Finding(self.code, SEEN, self.test, self.train, sentence, estimate, margin=self.leakage_margin, **more)

    def _alike(self, rows: Rows, notes: tuple[str, ...]) -> Finding:
        column, unit = rows.name_of("outcome"), rows.name_of(UNIT)
        estimate = design_effect_of_levels(rows.column("outcome").tolist(), rows.codes(UNIT))
        sentence = (
            f"For the mean of {column}, {len(rows):,} rows of {len(rows.levels_of(UNIT)):,} {unit} are worth "
            f"{estimate.n_eff:,.0f} independent ones: {said(estimate, 'ratio')}."
        )
        whom: dict[str, Any] = {"level": "all rows", "versus": "independent rows", "scale": "ratio", "null": 1.0}
        return Finding(self.code, ALIKE, sentence=sentence, estimate=estimate, attribute=column, notes=notes, **whom)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """.6 dose of the rows are items that occur three times, half of them nearly and half word for word.

        Σm²/Σm = (1 + 8q)/(1 + 2q) with near copies and (1 + 5q)/(1 + 2q) without, q the share of items copied. Of test
        items .1 dose have the words of a train item. Four rows of as many items are one unit, with binary outcomes of
        an ICC of .5 dose: deff = 1 + 1.5 dose. Nuisances: three rows of one unit; the same eight words first.
        """
        again, opening = (nuisance == name for name in self.nuisances)
        dose = 0.0 if nuisance else dose
        world = copied_texts(n, 0.3 if again else COPIED * dose, LEAKED * dose, 8 * opening, rng)
        origin = [self.train if trained else self.test for trained in world.trained]
        unit, outcome = alike(len(world.item), TOGETHER, ICC * dose, rng)
        columns = {"text": world.texts, "origin": origin, "outcome": outcome, UNIT: unit}
        if again:
            columns[UNIT] = list(map(str, world.item))
        q = 0.0 if nuisance else world.share
        key = Key(self.code, NEAR, "all rows", "distinct rows", "text")
        truth = {key: (1 + 8 * q) / (1 + 2 * q), key._replace(estimand=EXACT): (1 + 5 * q) / (1 + 2 * q)}
        truth[Key(self.code, SEEN, self.test, self.train, "text")] = LEAKED * dose
        truth[Key(self.code, ALIKE, "all rows", "independent rows", "outcome")] = 1 + (TOGETHER - 1) * ICC * dose
        return Planted(Rows.of(columns), truth)
