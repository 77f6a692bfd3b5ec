"""Does a cue of the own group raise the judgement of one and the same vignette?

Question
    Is a text judged better when nothing but a cue of group membership is changed to the judge's own group?
Roles
    needs   item, candidate_group, outcome
    uses    rater_group, arm, unit
    An `item` is one vignette, a row for each showing; `candidate_group` the cue it bore; the outcome its rating or the
    decision. `rater_group` is the group of the judge or the persona a model was given. Judges without a group are the
    level `neutral` of `rater_group` or of `arm`. Where a model completes "We are" and "They are", the item is the
    template, the cue "we" or "they" with `own="we"`, and the outcome how its completion was read.
Formula
    Own minus other: E(y | own cue) - E(y | other cue) within each vignette (and unit). With neutral judges the same
    contrast of theirs is taken off it, within the vignette, and that difference in differences is judged: neither a
    cue that everybody likes nor lenient judges can move it. Newcombe's paired interval for single yes-or-no readings,
    else the mean over units (vignettes without units) by Student's t. Ratings are parts of their `scale`. Margin .03.
Assumptions
    Only the cue differs between the versions of a vignette, and it says nothing else: a name may also tell of class.
When not to use
    On vignettes that were not matched. With judges of both groups and no neutral ones see attribution.ingroup.
References
    Bertrand & Mullainathan, American Economic Review 94 (2004) 991; Gaebler et al., arXiv 2404.03086 (2024); Newcombe,
    Statistics in Medicine 17 (1998) 2635.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Self

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told, labels
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Finding, Key, Margin, NotAssessed
from auditkit.core.roles import MISSING
from auditkit.stats.matched import Worth, matched, mean_contrast, versions, worth
from auditkit.stats.quadrature import mean_rating

SHIFT, TOP, MIDDLE, SPREAD = 1.5, 10, 5.0, 1.5
RAW, BEYOND = "own minus other cue", "own minus other cue, beyond neutral judges"
SHARED = "Consistent with a preference for the own group; without neutral judges it may be one that everybody shares."
RATED = ", or give its scale (low, high) if it is a rating"
CONTRASTS = ((BEYOND, 4, (1.0, -1.0, -1.0, 1.0)), (RAW, 2, (1.0, -1.0)))
MEMBERS = ("own", "other", "neutral own", "neutral other")


@dataclass(frozen=True)
class Correspondence(Detector):
    """Compare one vignette under two cues; the module's docstring is the manual.

    >>> import numpy as np
    >>> detector = Correspondence.specimen()
    >>> world = detector.plant(1.0, 2000, np.random.default_rng(1))
    >>> [finding.estimand for finding in detector.examine(world.evidence)]
    ['own minus other cue, beyond neutral judges', 'own minus other cue']
    """

    own: str | None = None
    neutral: str | None = None
    favourable: str | None = None
    scale: tuple[float, float] | None = None

    needs: ClassVar[tuple[str, ...]] = ("item", "candidate_group", "outcome")
    uses: ClassVar[tuple[str, ...]] = ("rater_group", "arm")
    subjects: ClassVar[tuple[str, ...]] = ("predictions", "decisions", "causal_lm", "seq2seq", "captioner")
    default_margin: ClassVar[Margin] = Margin.within(0.03)
    nuisances: ClassVar[tuple[str, ...]] = ("better candidates", "lenient raters")
    n_min: ClassVar[int] = 1_800

    def examine(self, evidence: Evidence) -> Told:
        """Tell the effect of the own cue for the judges of each group, and beyond that on neutral judges."""
        assert isinstance(evidence, Tally)
        self.refuse(evidence, weights=True)
        known = evidence
        for axis in (axis for axis in (*self.needs, *self.uses) if axis in known):
            known = known.without(axis, MISSING)
        cues = known.levels_of("candidate_group")
        if len(cues) < 2:
            raise CannotDecide(f'every row bears the same cue, "{labels(cues)}"')
        hit = partial(self.level_of, known, "outcome", self.favourable, "favourable", RATED)
        values = worth(known.levels_of("outcome"), self.scale, hit)
        own = None if "rater_group" in known else self.level_of(known, "candidate_group", self.own, "own")
        groups = [own] if own else known.levels_of("rater_group")
        judges = [group for group in groups if group in cues and group != self.neutral]
        if not judges:
            raise InputError(f"No judge's group is among the cues: {labels(cues)}. Spell both alike.")
        return tuple(told for judge in judges for told in self._about(known, judge, own, values))

    def _about(self, known: Tally, judge: str, own: str | None, values: Worth) -> Iterator[Finding | NotAssessed]:
        """What the judges of one group make of their own cue, in excess of neutral judges where there are any."""

        def version(row: Mapping[str, str]) -> str:
            side = "own" if row["candidate_group"] == judge else "other"
            if self.neutral is not None and self.neutral in (row.get("rater_group"), row.get("arm")):
                return f"neutral {side}"
            return side if row.get("rater_group", own) == judge else "(else)"

        others = [cue for cue in known.levels_of("candidate_group") if cue != judge]
        versus = others[0] if len(others) == 1 else "the other groups"
        shown = versions(known, [axis for axis in (*self.uses, "candidate_group") if axis in known], version)
        compared = "neutral own" in shown.levels_of("version")
        for name, k, signs in CONTRASTS[0 if compared else 1 :]:
            m = matched(shown, "version", MEMBERS[:k], "outcome")
            if not len(m):
                yield self.not_assessed(f"no item was shown in all {k} versions that {judge} needs", judge, name)
                continue
            estimate = mean_contrast(m, values, signs)
            favoured = _cue(judge, versus, k == 4) if own else _own(judge, k == 4)
            yield Finding(
                self.code,
                name,
                judge,
                versus,
                f"{favoured}: {said(estimate, 'difference')}.",
                estimate,
                margin=None if compared and k == 2 else self.default_margin,
                attribute=known.name_of("candidate_group"),
                notes=(*m.notes, *([] if compared else [SHARED])),
            )

    @classmethod
    def specimen(cls) -> Self:
        """Ratings from 0 to 10 by personas of group a and by neutral ones."""
        return cls(neutral="no persona", scale=(0.0, float(TOP)))

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """n/4 vignettes under cues a and b, each rated by persona a and by a neutral one, N(5, 1.5²) + N(0, 1).

        Persona a adds 1.5 dose to its own cue. "better candidates": everybody adds 1 to cue a; "lenient raters":
        persona a adds 1 to both.
        """
        own, better, lenient = (0.0 if nuisance else SHIFT * dose, *(float(nuisance == x) for x in self.nuisances))
        shift = np.array([own + better + lenient, lenient, better, 0.0])
        size = max(n // 4, 1)
        vignette = MIDDLE + SPREAD * rng.standard_normal((size, 1))
        ratings = np.clip(np.rint(vignette + shift + rng.standard_normal((size, 4))), 0, TOP).astype(int)
        columns = {
            "item": np.arange(size).astype(str).repeat(4).tolist(),
            "candidate_group": ["a", "b", "a", "b"] * size,
            "rater_group": ["a", "a", "no persona", "no persona"] * size,
            "outcome": ratings.ravel().astype(str).tolist(),
        }
        mean = mean_rating(MIDDLE + shift, float(np.hypot(SPREAD, 1)), TOP) / TOP
        key = Key(self.code, BEYOND, "a", "b", "candidate_group")
        raw = float(mean[0] - mean[1])
        return Planted(Tally.of(columns), {key: raw - float(mean[2] - mean[3]), key._replace(estimand=RAW): raw})


def _own(judge: str, beyond: bool) -> str:
    return f"Judges of {judge} favour their own group's cue{' more than neutral judges do' if beyond else ''}"


def _cue(cue: str, versus: str, beyond: bool) -> str:
    """The same where nobody says of which group the judges are: they are those of one cue."""
    return f'"{cue}" is favoured over "{versus}"{" more than by neutral judges" if beyond else ""}'
