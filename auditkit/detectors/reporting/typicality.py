"""Do properties get reported because they are not typical?

Question
    Bananas are yellow and sheep are white: are the properties that are mentioned of things those that things have?
Roles
    needs   context, outcome
    uses    selected, unit
    The context is the object, the outcome the value of its property; every row is a mention. With `selected` a row is a
    caption, its outcome the visible value, and `selected` says whether it is mentioned; images are `unit`s.
Formula
    θ1 = mean over objects of TV(p_o, q_o), p_o the shares of the values mentioned, q_o those of `references`; objects
    are the clusters. Noise alone makes every distance positive, so the interval runs from a split-sample estimate that
    is never too large on average to the plug-in that is never too small. Margin: at most .10. With `selected`, θ2 =
    P(mentioned | atypical) / P(mentioned | typical), Mantel & Haenszel's ratio over objects, margin .80 to 1.25.
    Typical values of an object have its largest share. Told, not judged: mean differences of shares.
Assumptions
    Objects stand for others like them; references say how things look, not how they are written about.
When not to use
    For the probabilities of one language model: they are no counts, and vary over objects and templates only. Answers
    drawn from them are counts, and fine: of a masked slot each draw is a mention, and what the options hold of all
    probability is the share of draws whose value the references know. A note tells it; below half there is no verdict.
References
    Paik, Aroca-Ouellette, Roncone & Kann, EMNLP (2021) 823; Shwartz & Choi, COLING (2020) 6863; Misra, Zitnick,
    Mitchell & Girshick, CVPR (2016) 2930; Mantel & Haenszel, Journal of the National Cancer Institute 22 (1959) 719.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import ClassVar, Self

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide
from auditkit.core.estimate import Estimate, Floats
from auditkit.core.evidence import UNIT, Evidence, Tally, level_order
from auditkit.core.finding import Cap, Finding, Key, Margin, Reference
from auditkit.core.roles import MISSING
from auditkit.stats.class_counts import class_counts
from auditkit.stats.mean_distance import inverted, mean_share_differences, mean_total_variation
from auditkit.stats.typical_values import SIDES, atypical_ratio

COLOURS = ("yellow", "white", "green", "red")
KINDS = ((0.85, 0.05, 0.05, 0.05), (0.55, 0.35, 0.05, 0.05), (0.40, 0.20, 0.20, 0.20))
PLANTED = {f"object {i}": dict(zip(np.roll(COLOURS, i).tolist(), KINDS[i % 3], strict=True)) for i in range(40)}
MENTIONED, LEFT_OUT = 0.6, 0.9
DISTANCE, RATIO = "mean total variation", "mention ratio"


@dataclass(frozen=True)
class Typicality(Detector):
    """Compare the properties mentioned of objects with those they have; the module's docstring is the manual.

    >>> import numpy as np
    >>> detector = Typicality.specimen()
    >>> [round(v, 2) for v in detector.plant(1.0, 400, np.random.default_rng(1)).truth.values()]
    [0.42, 10.0]
    """

    references: Mapping[str, Mapping[str, float]]
    why: str
    source: str
    mentioned: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("context", "outcome")
    uses: ClassVar[tuple[str, ...]] = ("selected",)
    subjects: ClassVar[tuple[str, ...]] = (
        *("table", "text", "captions", "masked_lm", "causal_lm", "seq2seq", "captioner", "text_to_image"),
    )
    default_margin: ClassVar[Margin] = Margin.at_most(0.10)
    ratio_margin: ClassVar[Margin] = Margin.ratio(0.8)
    nuisances: ClassVar[tuple[str, ...]] = ("seldom but equally mentioned",)
    n_min: ClassVar[int] = 4_000
    conservative: ClassVar[Mapping[str, str]] = {DISTANCE: "from an estimate too small to one too large"}

    def __post_init__(self) -> None:
        for shares in self.references.values():
            Reference(shares, self.why, self.source).shares()

    @property
    def values(self) -> list[str]:
        """Every value that a reference knows, in order."""
        return sorted({value for shares in self.references.values() for value in shares}, key=level_order)

    def examine(self, evidence: Evidence) -> Told:
        """Tell the mean distance over objects, the mention ratio where `selected` is given, and what is described."""
        assert isinstance(evidence, Tally)
        self.refuse(evidence, weights=True)
        known = evidence.without("context", MISSING).without("outcome", MISSING)
        objects = [level for level in known.levels_of("context") if level in self.references]
        if not objects:
            raise CannotDecide(f'no level of column "{evidence.name_of("context")}" has a reference')
        hit = self.level_of(known, "selected", self.mentioned, "mentioned") if "selected" in known else ""
        told = self._distance(known.where("selected", hit) if hit else known, objects)
        return (*told, self._ratio(known, hit)) if hit else told

    def _shares(self, objects: list[str]) -> Floats:
        return np.array([[self.references[o].get(value, 0.0) for value in self.values] for o in objects])

    def _distance(self, mentions: Tally, objects: list[str]) -> Told:
        column = mentions.name_of("context")
        if UNIT in mentions:
            return (self.not_assessed("mentions must be independent, and here units share rows", column, DISTANCE),)
        x, q = class_counts(mentions, "outcome", self.values, "context", objects), self._shares(objects)
        told, expected = mean_total_variation(x, q)
        caught = x.sum() / max(mentions.where("context", *objects).total, 1)
        few = f"only {100 * caught:.0f} % of the mentions have a value that the references know"
        caps = (Cap("PASS", few), Cap("FAIL", few)) if caught < 0.5 else ()
        notes = (
            f"{int(x.sum())} of {mentions.total} mentions have a reference for their object and value.",
            f"The most mentioned value is not a typical one in {inverted(x, q)} of {len(objects)} objects.",
        )
        text = f"Mean total variation from the references, {100 * (expected or 0):.1f} points of it expected of noise"
        first = self._told(DISTANCE, "all objects", text, told)
        first = replace(first, null_expectation=expected, margin=self.default_margin, caps=caps, notes=notes)
        each = zip(self.values, mean_share_differences(x, q), strict=True)
        rest = [self._told("mean share difference", v, f"Mentions of {v} against the references", e) for v, e in each]
        known = Reference(dict(zip(self.values, q.mean(axis=0).tolist(), strict=True)), self.why, self.source)
        return tuple(replace(finding, attribute=column, reference=known) for finding in (first, *rest))

    def _told(self, estimand: str, level: str, what: str, e: Estimate) -> Finding:
        return Finding(self.code, estimand, level, "reference", f"{what}: {said(e, 'difference')}.", e)

    def _ratio(self, known: Tally, mentioned: str) -> Finding:
        e, column = atypical_ratio(known, self.references, [mentioned]), known.name_of("context")
        text = f"Atypical values are mentioned against typical ones, within objects, with {said(e, 'ratio')}."
        return Finding(self.code, RATIO, *SIDES, text, e, "ratio", 1.0, margin=self.ratio_margin, attribute=column)

    @classmethod
    def specimen(cls) -> Self:
        """The planted world's own references."""
        return cls(PLANTED, why="the planted colours", source="auditkit")

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """As many images of each object, colours from q; .6 are mentioned, typical ones (1 - .9 dose) times as often.

        The nuisance mentions .4 of all.
        """
        objects, values, left = list(self.references), self.values, 1 - LEFT_OUT * (0.0 if nuisance else dose)
        q = self._shares(objects)
        rate = (0.4 if nuisance else MENTIONED) * np.where(q == q.max(axis=1, keepdims=True), left, 1.0)
        p = q * rate
        apart = np.abs(p / p.sum(axis=1, keepdims=True) - q).sum(axis=1) / 2
        shown = rng.multinomial(n // len(objects), q)
        mentions = rng.binomial(shown, rate)
        selected, context, outcome = map(list, zip(*product(("yes", "no"), objects, values), strict=True))
        counts = np.concatenate([mentions.ravel(), (shown - mentions).ravel()]).tolist()
        world = Tally.of({"context": context, "outcome": outcome, "selected": selected}, n=counts)
        key = Key(self.code, DISTANCE, "all objects", "reference", "context")
        return Planted(world, {key: float(apart.mean()), Key(self.code, RATIO, *SIDES, "context"): 1 / left})
