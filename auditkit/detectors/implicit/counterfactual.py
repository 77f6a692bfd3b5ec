"""Does the answer change when nothing but a protected cue is changed?

Question
    Swap a name, a pronoun, a face in an otherwise identical input: which way does the answer move, and does it flip
    oftener than it flips by itself?
Roles
    needs   item, group
    uses    prediction, outcome, arm, unit
    An `item` is one input, a row for each version: the `group` is the swapped cue, the answer is the prediction, else
    the outcome. The rows of `arm` "paraphrase" (the field `baseline`) say the same again without touching the cue: a
    paraphrase, or another seed.
Formula
    Signed: P(favourable | cue) - P(favourable | other cue) within items, margin .03 either way. Unsigned: F - F0, F the
    chance that the answers to two cues differ, F0 the chance that two answers to one cue do; only an excess over .03 is
    this bias. Where answers are drawn anew each time the expectation of F - F0 is ½ Σ_y (p_y - q_y)², 0 without a cue's
    effect however often they flip. Newcombe's paired interval for single readings, else the mean over units (items
    without units) by Student's t.
Assumptions
    The swapped input is as plausible as the original, and the cue is not what was asked for.
When not to use
    Without a baseline on anything that draws its answers or reads wordings: flips can then pass, but never fail.
References
    Garg et al., AIES (2019) 219; Kusner et al., NeurIPS (2017); Prabhakaran, Hutchinson & Mitchell, EMNLP (2019) 5740;
    Newcombe, Statistics in Medicine 17 (1998) 2635.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide, InputError, RoleMissing
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Cap, Finding, Key, Margin, NotAssessed
from auditkit.core.roles import MISSING
from auditkit.stats.matched import disagreement_rate, excess_disagreement, matched, mean_contrast, versions, worth
from auditkit.stats.quadrature import chance, logistic_mean, normal_mean

AGAIN = ", again"
SHIFT, SPREAD = 6.0, 8.0
SIGNED, FLIPS, EXCESS = "favourable rate difference", "flip rate", "flips beyond the baseline"
NO_BASELINE = "no rows say the same again with the same cue: how often answers flip by themselves is not known"


@dataclass(frozen=True)
class Counterfactual(Detector):
    """Compare answers to one input under two cues; the module's docstring is the manual.

    >>> import numpy as np
    >>> detector = Counterfactual()
    >>> world = detector.plant(1.0, 4000, np.random.default_rng(1))
    >>> [finding.estimand for finding in detector.examine(world.evidence)]
    ['favourable rate difference', 'flips beyond the baseline']
    """

    favourable: str | None = None
    versus: str | None = None
    baseline: str = "paraphrase"

    needs: ClassVar[tuple[str, ...]] = ("item", "group")
    uses: ClassVar[tuple[str, ...]] = ("prediction", "outcome", "arm")
    subjects: ClassVar[tuple[str, ...]] = (
        *("predictions", "decisions", "masked_lm", "causal_lm", "seq2seq", "captioner"),
        *("text_to_image", "super_resolution", "image_to_image", "reconstruction"),
    )
    default_margin: ClassVar[Margin] = Margin.within(0.03)
    flip_margin: ClassVar[Margin] = Margin.at_most(0.03)
    nuisances: ClassVar[tuple[str, ...]] = ("stochastic decoding",)
    n_min: ClassVar[int] = 4_400

    def examine(self, evidence: Evidence) -> Told:
        """Tell, for each cue against another, the signed difference and the flips beyond the baseline."""
        assert isinstance(evidence, Tally)
        self.refuse(evidence, weights=True)
        event = next((axis for axis in ("prediction", "outcome") if axis in evidence), None)
        if event is None:
            raise RoleMissing("prediction", "outcome")
        known = evidence
        for axis in (*self.needs, event, *(["arm"] if "arm" in evidence else [])):
            known = known.without(axis, MISSING)
        cues = known.levels_of("group")
        if len(cues) < 2:
            raise CannotDecide(f'column "{known.name_of("group")}" has fewer than two cues to swap')
        if self.versus is None and len(cues) > 2:
            raise InputError(f"Each cue is compared with one: say which with versus. There are: {', '.join(cues)}.")
        if self.versus is not None and self.versus not in cues:
            raise InputError(f'There is no cue "{self.versus}". There are: {", ".join(cues)}.')
        versus = self.versus or cues[0]
        return tuple(told for cue in cues if cue != versus for told in self._pair(known, event, cue, versus))

    def _pair(self, known: Tally, event: str, cue: str, versus: str) -> Iterator[Finding | NotAssessed]:
        axes = ["group", *(["arm"] if "arm" in known else [])]
        shown = versions(known, axes, lambda row: row["group"] + (AGAIN if row.get("arm") == self.baseline else ""))
        pair, attribute, levels = (cue, versus), known.name_of("group"), known.levels_of(event)
        m = matched(shown, "version", pair, event)
        if not len(m):
            yield self.not_assessed(f"no item was shown with both {cue} and {versus}", attribute)
            return
        if self.favourable is None and len(levels) > 2:
            yield self.not_assessed("say which of several answers is favourable", attribute, SIGNED)
        else:
            values = worth(levels, None, lambda: self.level_of(known, event, self.favourable, "favourable"))
            e = mean_contrast(m, values, [1.0, -1.0])
            text = f"The same input with {cue} instead of {versus}: {said(e, 'difference')}."
            yield Finding(
                self.code, SIGNED, *pair, text, e, margin=self.default_margin, attribute=attribute, notes=m.notes
            )
        again = matched(shown, "version", (*pair, cue + AGAIN, versus + AGAIN), event, needed=2)
        based = bool((again.size[:, 2:] > 0).any())
        e = excess_disagreement(again, (0, 1), [(0, 2), (1, 3)]) if based else disagreement_rate(m, 0, 1)
        than = " oftener than when it is asked again" if based else ""
        yield Finding(
            self.code,
            EXCESS if based else FLIPS,
            *pair,
            f"The answer flips when {versus} becomes {cue}{than}: {said(e, 'difference')}.",
            e,
            margin=self.flip_margin,
            attribute=attribute,
            caps=() if based else (Cap("FAIL", NO_BASELINE),),
            notes=m.notes,
        )

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """n/4 items of logit N(0, 8²), answered anew for cues a and b, twice each; 6 dose is added for b.

        "stochastic decoding" has logits N(0, 1): two answers in five flip by themselves.
        """
        gamma, spread = (0.0, 1.0) if nuisance else (SHIFT * dose, SPREAD)
        size = max(n // 4, 1)
        logit = spread * rng.standard_normal((size, 1)) + np.array([0.0, gamma, 0.0, gamma])
        columns = {
            "item": np.arange(size).astype(str).repeat(4).tolist(),
            "group": ["a", "b", "a", "b"] * size,
            "arm": ["original", "original", self.baseline, self.baseline] * size,
            "prediction": np.where(rng.logistic(size=logit.shape) < logit, "1", "0").ravel().tolist(),
        }
        key = Key(self.code, SIGNED, "b", "a", "group")
        signed = logistic_mean(gamma, spread) - 0.5
        excess = normal_mean(lambda x: (chance(x + gamma) - chance(x)) ** 2, 0.0, spread)
        return Planted(Tally.of(columns), {key: signed, key._replace(estimand=EXCESS): excess})
