"""Does the way a generator is sampled from shift what it shows?

Question
    A greedy or beam search, a temperature, a guidance scale, a truncation, best of n or a filter chooses among all that
    a model could have made: does the choice favour one level of an attribute over what the model itself would draw?
Roles
    needs   group, arm
    uses    context, item, unit
    A row a generation: `group` is the attribute read from it, missing where there is none. The `arm` is the decoder:
    "ancestral" (temperature 1, guidance 1, no truncation, the first draw, no filter), and one or several that are
    deployed. `item` is one prompt with one seed, drawn under both; the context is what was asked for.
Formula
    Δ_a = P(a | deployed) - P(a | ancestral) of each level a, at the pooled mix of contexts, margin .05 either way: by
    Newcombe's interval on standardised rates; with items by his paired one, or the mean over units. Every deployed arm
    is held against the ancestral one: scales of guidance make a curve. Of two levels one is told. Told, not judged: the
    total variation, averaged over contexts; and the diversity ratio, how often two generations of one context differ,
    deployed over ancestral. Sharpening lowers it even where the shifts of contexts that lean opposite ways cancel.
Assumptions
    Both arms have the same model, prompts and reader of attributes; a reader who errs alike in both shrinks Δ. A search
    says the same of a prompt whatever the seed: ask it once a prompt, or give the prompts as units.
When not to use
    To say that a model is biased: ancestral sampling is no world. See reporting.generator_frequency for that.
References
    Holtzman et al., ICLR (2020); Ho & Salimans, arXiv 2207.12598 (2022); Brock, Donahue & Simonyan, ICLR (2019);
    Newcombe, Statistics in Medicine 17 (1998) 873 and 2635; Rao, Theoretical Population Biology 21 (1982) 24.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told, labels
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.estimate import Floats
from auditkit.core.evidence import UNIT, Evidence, Tally
from auditkit.core.finding import Count, Finding, Key, Margin, NotAssessed
from auditkit.core.roles import MISSING
from auditkit.stats.decoders import mean_distance_between, sharpened, shifts
from auditkit.stats.dispersion import dispersion_ratio, of_counts

SHIFT, TV, DIVERSITY = "share difference", "mean total variation", "diversity ratio"
PLANTED: Mapping[str, float] = {"first": 0.6, "second": 0.7}
COOLED = 0.7


@dataclass(frozen=True)
class Decoder(Detector):
    """Compare what decoders show with what ancestral sampling shows; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Decoder().plant(1.0, 4000, np.random.default_rng(1))
    >>> [round(value, 3) for value in world.truth.values()]
    [0.219, 0.48]
    """

    deployed: tuple[str, ...] = ()
    ancestral: str = "ancestral"

    needs: ClassVar[tuple[str, ...]] = ("group", "arm")
    uses: ClassVar[tuple[str, ...]] = ("context", "item")
    subjects: ClassVar[tuple[str, ...]] = ("text_to_image", "causal_lm", "seq2seq", "unconditional", "captioner")
    default_margin: ClassVar[Margin] = Margin.within(0.05)
    nuisances: ClassVar[tuple[str, ...]] = ("unequal arms", "another mix of contexts")
    n_min: ClassVar[int] = 4_800

    def examine(self, evidence: Evidence) -> Told:
        """Tell, for every deployed arm, the shift of each level and how much narrower it is."""
        assert isinstance(evidence, Tally)
        known = evidence
        for axis in (axis for axis in (*self.needs, *self.uses) if axis in known):
            known = known.without(axis, MISSING)
        arms, levels, column = known.levels_of("arm"), known.levels_of("group"), known.name_of("arm")
        tested = self.deployed or tuple(arm for arm in arms if arm != self.ancestral)
        absent = [arm for arm in (*tested, self.ancestral) if arm not in arms]
        if absent:
            raise InputError(f'"{column}" has no arm {labels(absent)}. It has: {labels(arms)}.')
        if not tested or len(levels) < 2:
            raise CannotDecide(f"it takes two arms and two levels; there are {labels(arms)}, and {labels(levels)}")
        if "item" in known:
            self.refuse(known, weights=True)
        return tuple(item for arm in tested for item in self._arm(known, arm, levels))

    def _arm(self, known: Tally, arm: str, levels: tuple[str, ...]) -> Iterator[Finding | NotAssessed]:
        """One deployed arm against the ancestral one."""
        pair, attribute = (arm, self.ancestral), known.name_of("group")
        s = shifts(known, pair, levels)
        hits, told = s.counts.sum(axis=1), list(zip(levels, s.each, strict=True))
        for k, (level, e) in list(enumerate(told))[1 if len(told) == 2 else 0 :]:
            first, second = (Count(a, int(x[k]), int(x.sum()), _share(x, k)) for a, x in zip(pair, hits, strict=True))
            text = f"{level} under {arm} against {self.ancestral}: {said(e, 'difference')}."
            yield Finding(
                self.code,
                SHIFT,
                *pair,
                text,
                e,
                margin=self.default_margin,
                attribute=attribute,
                stratum=level,
                counts=(first, second),
                notes=s.notes,
            )
        if UNIT in known:
            yield self.not_assessed("its interval takes rows as independent, and here units share rows", attribute, TV)
            return
        distance, expected = mean_distance_between(s.counts)
        text = f"{arm} against {self.ancestral}, in total variation: {said(distance, 'difference')}; "
        text += f"{100 * expected:.1f} points are expected of noise alone."
        yield Finding(self.code, TV, *pair, text, distance, null_expectation=expected, attribute=attribute)
        e = dispersion_ratio(of_counts(s.counts[0]), of_counts(s.counts[1]))
        text = f"Two generations of one context differ under {arm} against {self.ancestral} with {said(e, 'ratio')}."
        yield Finding(self.code, DIVERSITY, *pair, text, e, "ratio", 1.0, attribute=attribute)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Two contexts, .6 and .7 of "b" under ancestral sampling; deployed p^(1/T) renormalised, T = 1 - .7 dose.

        "unequal arms": the deployed one is four times as large; "another mix of contexts": it is asked for the second
        context four times as often as for the first, the ancestral one as often the other way round.
        """
        q = np.array([[1 - share, share] for share in PLANTED.values()])
        p = sharpened(q, 1 - COOLED * (0.0 if nuisance else dose))
        mix = {None: [[1, 1], [1, 1]], self.nuisances[0]: [[4, 4], [1, 1]], self.nuisances[1]: [[1, 4], [4, 1]]}[
            nuisance
        ]
        sizes = n * np.array(mix) // np.sum(mix)
        cells: dict[tuple[str, ...], int] = {}
        for arm, shares, rows in zip(("deployed", self.ancestral), (p, q), sizes, strict=True):
            for context, share, size in zip(PLANTED, shares, rows, strict=True):
                drawn = int(rng.binomial(size, share[1]))
                cells |= {(arm, context, "a"): int(size) - drawn, (arm, context, "b"): drawn}
        key = Key(self.code, SHIFT, "deployed", self.ancestral, "group|b")
        truth = {key: float((p - q)[:, 1].mean())}
        truth[key._replace(estimand=DIVERSITY, stratum="group")] = float(np.prod(p, 1).mean() / np.prod(q, 1).mean())
        return Planted(Tally.of_cells(("arm", "context", "group"), cells), truth)


def _share(x: Floats, k: int) -> float | None:
    return float(x[k] / x.sum()) if x.sum() else None
