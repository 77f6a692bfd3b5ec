"""Does a generator show an attribute as often as the world has it, concept by concept?

Question
    Asked for a nurse or a carpenter, does it draw women and men as often as there are, or does it exaggerate?
Roles
    needs   group
    uses    context, checked, arm, unit
    A row a generation, its prompt the `unit`; `group` is the attribute read from it, missing where it was refused or
    could not be read, or where a word drawn for a slot is none of the options: a note tells what those leave open. The
    context is the concept asked for. `checked` is a human's reading of rows drawn at random, of all or so many of each
    reading, "(untold)" where somebody looked and it is not known: intervals hold whatever these show. Rows of the arm
    `real` are no generations: without a reference they are it, a sample of what was learned from, and the difference is
    of two samples; say with `stereotype` which level is expected.
    Where a report has several references, `against` names each: "the world", "what it was shown".
Formula
    Judged is θ = mean over concepts of p_c - q_c, p_c how often concept c shows the level expected of it and q_c the
    reference's share: the level with its largest share (of two: s_c (p_c - q_c), s_c = sign(q_c - ½)), or `stereotype`.
    Margin .05 either way: more exaggerates the world, less flattens it. "these prompts" takes concepts as strata,
    Wilson's limits on what their mean is worth; "a sample of prompts" is by prompts and Student's t, by concepts where
    each is one unit. A reader who errs is put right by `checked` (prediction-powered rates). Told, not judged: p - q of
    each concept; the mean total variation; b of logit p = a + b logit q by profile likelihood, above 1 exaggeration.
Assumptions
    The reference counts the attribute as it is read: perceived gender is not gender. Each generation is a draw of its
    own, copies of a prompt with other seeds too: prompts that differ make the interval wide, never narrow; an answer
    without chance (temperature 0) is known, and asking again adds nothing: take "a sample of prompts". `stake` makes of
    one generation the bet whose mean is θ where every round draws each concept once; a gate looks after whole rounds.
When not to use
    Against equal shares because there is no reference: `parity` is a goal that somebody sets, and is called one. To say
    what it learned: a low temperature alone exaggerates (see selection.decoder). Refusals: see selection.refusal.
References
    Zhao et al., EMNLP (2017) 2979; Wang & Russakovsky, ICML (2021); Bianchi et al., FAccT (2023) 1493; Luccioni et al.,
    NeurIPS (2023); Naik & Nushi, AIES (2023) 786; Waudby-Smith & Ramdas, JRSS B 86 (2024) 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np

from auditkit.core.arguments import Argument
from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told, labels
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.estimate import Estimate
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Finding, Key, Margin, NotAssessed, Reference
from auditkit.core.roles import MISSING
from auditkit.stats.amplification import gap_between, gaps, mean_reference, reference_variance, shown_gap, unread_said
from auditkit.stats.concepts import ALL, Concepts, paired_concepts
from auditkit.stats.expectations import Expectations
from auditkit.stats.logit_slope import logit_slope
from auditkit.stats.mean_distance import mean_total_variation
from auditkit.stats.simulated_generations import SEX, gaps_of, generations, references
from auditkit.stats.untold import held_open, shown_open, untold_said

GENERATIVE = "text_to_image", "unconditional", "image_to_image", "captioner", "causal_lm", "seq2seq", "masked_lm"
DIRECTED, GAP, TV = "directed amplification", "share minus reference", "mean total variation"
WIDE = "limits of rates that were put right err on the wide side"
SLOPE, EXPECTED, EVERY, LEAN, SAMPLED = "slope of log odds", "expected level", "all levels", 0.9, "a sample of prompts"


@dataclass(frozen=True)
class GeneratorFrequency(Detector):
    """Compare what a generator shows of each concept with a reference; the module's docstring is the manual.

    >>> detector = GeneratorFrequency.specimen()
    >>> round(next(iter(detector.plant(1.0, 800, np.random.default_rng(1)).truth.values())), 3)
    0.225
    >>> detector.stake({"group": "woman", "context": "carpenter"}), detector.stake({"group": "man", "context": "poet"})
    (-0.9, None)
    """

    reference: Reference | Mapping[str, Reference] | None = None
    stereotype: str | Mapping[str, str] | None = None
    parity: tuple[str, ...] = ()
    estimand: Literal["these prompts", "a sample of prompts"] = "these prompts"
    real: str | None = None
    against: str = "reference"

    needs: ClassVar[tuple[str, ...]] = ("group",)
    uses: ClassVar[tuple[str, ...]] = ("context", "checked", "arm")
    subjects: ClassVar[tuple[str, ...]] = GENERATIVE
    default_margin: ClassVar[Margin] = Margin.within(0.05)
    nuisances: ClassVar[tuple[str, ...]] = ("a reader who errs on women", "refusals of some occupations")
    n_min: ClassVar[int] = 1_200
    conservative: ClassVar[Mapping[str, str]] = {TV: "from an estimate too small to one too large", GAP: WIDE}

    def __post_init__(self) -> None:
        if not self._learns:
            self._world.check()

    @property
    def _learns(self) -> bool:
        """Whether the reference is still to be read from the rows of the arm `real`."""
        return self.real is not None and self.reference is None and not self.parity

    @property
    def _world(self) -> Expectations:
        return Expectations(self.reference, self.stereotype, self.parity)

    @property
    def concepts(self) -> tuple[str, ...]:
        """The concepts that the references name; one that stands for all where there is one reference."""
        return tuple(self.reference) if isinstance(self.reference, Mapping) else (ALL,)

    @property
    def corrects(self) -> bool:
        """Of these prompts; of a sample of prompts it does not."""
        return self.estimand != SAMPLED

    def stake(self, row: Mapping[str, str]) -> float | None:
        """What one generation, by its roles `group` and `context`, stakes on θ: see auditkit.stats.rounds."""
        return self._world.stake(row.get("context", ALL), row["group"])

    def support(self, concepts: Sequence[str] = (ALL,)) -> tuple[float, float]:
        """The range that the stake of a generation of these concepts cannot leave."""
        return self._world.support(concepts)

    def examine(self, evidence: Evidence) -> Told:
        """Tell the directed amplification and the distance, then the slope and the gaps of each level."""
        assert isinstance(evidence, Tally)
        self.refuse(evidence, weights=True)
        if self.real is not None:
            if "arm" not in evidence:
                asked = f'The rows of which arm are "{self.real}"? Pass '
                raise InputError(asked, Argument("arm"), ", a column that says it.")
            return self._beside(evidence, self.level_of(evidence, "arm", self.real, "real"))
        if "arm" in evidence and len(evidence.levels_of("arm")) > 1:
            arms = labels(evidence.levels_of("arm"))
            raise CannotDecide(f"rows are of several arms, {arms}: say with real which are no generations")
        c, notes = self._world.read(evidence, self.estimand == SAMPLED)
        told = [self._directed(c, notes), self._distance(c)]
        for level in c.levels[1 if len(c.levels) == 2 else 0 :]:
            told += self._of_level(c, level)
        return tuple(replace(item, attribute=evidence.name_of("group")) for item in told)

    def _beside(self, evidence: Tally, real: str) -> Told:
        """Tell of the other arm's rows, against what was given or against the rows of the arm `real`."""
        others = [arm for arm in evidence.levels_of("arm") if arm not in (real, MISSING)]
        if len(others) > 1:
            raise CannotDecide(f'beside "{real}" there are several arms, {labels(others)}: audit them one by one')
        made = evidence.where("arm", *others)
        if self._learns:
            told = self._learned(made, evidence.where("arm", real), real)
            return tuple(replace(item, attribute=evidence.name_of("group")) for item in told)
        return replace(self, real=None).examine(made)

    def _learned(self, made: Tally, known: Tally, real: str) -> Iterator[Finding | NotAssessed]:
        """Compare two samples: what was generated, and what was learned from."""
        if self.estimand == SAMPLED:
            raise CannotDecide("against rows of an arm these prompts are compared, and no sample of prompts")
        if self.stereotype is None:
            why = "say which level is expected with stereotype: taken from the rows themselves it would mislead"
            yield self.not_assessed(why, "", DIRECTED)
            return
        (a, b), lost = paired_concepts(made, known)
        versus, stereotype = real if self.against == "reference" else self.against, self.stereotype
        expected = [stereotype if isinstance(stereotype, str) else stereotype.get(name, "") for name in a.names]
        led = np.array([level in a.levels for level in expected], bool)
        at = np.array([a.levels.index(level) for level in expected if level in a.levels], np.int64)
        both = [c.taken(led) for c in (a, b)]
        sides = [c.shown(at) for c in both]
        e = gap_between(*sides)
        if any(c.untold.any() for c in both):
            (none, every), (their_none, their_every) = (shown_open(c, at) for c in both)
            e = held_open(e, gap_between(none, their_every), gap_between(every, their_none))
        text = f"Over {len(at)} of {len(a.names)} concepts, its stereotype is shown against {versus}: "
        notes = (f"Not in both arms, or never read: {labels(lost)}.",) if lost else ()
        caps = tuple(dict.fromkeys(cap for side in sides for cap in side.caps))
        yield Finding(
            self.code,
            DIRECTED,
            EXPECTED,
            versus,
            f"{text}{said(e, 'difference')}.",
            e,
            margin=self.default_margin,
            notes=(*unread_said(both[0], at, sides[1].rate), *untold_said(*both), *notes),
            caps=caps,
        )
        yield self.not_assessed(f"a distance takes a reference that is known, and {versus} is a sample", "", TV)

    def _directed(self, every: Concepts, notes: tuple[str, ...]) -> Finding | NotAssessed:
        """The headline: the mean over the concepts of which a level is expected."""
        c, expected, at, q = self._world.directed(every)
        if not expected:
            return self.not_assessed("no level is expected of any concept: say which with stereotype", "", DIRECTED)
        shown, variance = c.shown(at), reference_variance(self._world.references(c.names), expected)
        e = shown_gap(shown, q, variance)
        if c.untold.any():
            e = held_open(e, *(shown_gap(case, q, variance) for case in shown_open(c, at)))
        of = f"Over {len(at)} of {len(every.names)} concepts ({self.estimand})"
        text = f"{of}, {self._world.said} with {said(e, 'difference')}."
        told = self._told(DIRECTED, EXPECTED, text, c, e, margin=self.default_margin)
        return replace(told, notes=(*unread_said(c, at, q), *untold_said(c), *notes), caps=shown.caps)

    def _distance(self, c: Concepts) -> Finding | NotAssessed:
        if c.checked or c.unit is not None or self._sampled(c):
            why = "a distance needs a reference that is known, and rows that are independent and read without error"
            return self.not_assessed(why, "", TV)
        e, expected = mean_total_variation(c.counts, self._world.table(c.names, c.levels))
        usual = "" if expected is None else f"; {100 * expected:.1f} points are expected of noise alone"
        text = f"Mean total variation over {len(c.names)} concepts: {said(e, 'difference')}{usual}."
        return self._told(TV, EVERY, text, c, e, null_expectation=expected)

    def _of_level(self, c: Concepts, level: str) -> Iterator[Finding | NotAssessed]:
        """The slope of a level over concepts, and its gap in each."""
        q, at = self._world.table(c.names, [level])[:, 0], np.full(len(c.names), c.levels.index(level))
        shown = c.shown(at)
        if c.untold.any():
            yield self.not_assessed("a slope needs the truth of all that people looked at", "", SLOPE)
        elif not self._sampled(c):
            slope = logit_slope(shown.rate * shown.n_eff, shown.n_eff, q)
            text = f"The log odds of {level} follow the reference's, above 1 exaggerating, with {said(slope, 'ratio')}."
            yield self._told(SLOPE, level, text, c, slope, null=1.0)
        sizes = [np.inf if reference.n is None else reference.n for reference in self._world.references(c.names)]
        each = gaps(shown, q, sizes)
        if c.untold.any():
            cases = [gaps(case, q, sizes) for case in shown_open(c, at)]
            each = tuple(map(held_open, each, *cases))
        for i, (name, e) in enumerate(zip(c.names, each, strict=True)):
            text = f"{name}: {level} {100 * shown.rate[i]:.1f} % against {100 * q[i]:.1f} %: {said(e, 'difference')}."
            one = c.taken(np.arange(len(q)) == i)
            told = self._told(GAP, level, text, one, e, stratum=name if len(q) > 1 else "")
            yield replace(told, notes=untold_said(one))

    def _sampled(self, c: Concepts) -> bool:
        """Whether any reference was estimated from a sample: then only differences of rates allow for its error."""
        return any(reference.n is not None for reference in self._world.references(c.names))

    def _told(self, estimand: str, level: str, text: str, c: Concepts, e: Estimate, **more: Any) -> Finding:
        more["reference"] = mean_reference(self._world.references(c.names))
        return Finding(self.code, estimand, level, self.against, text, e, **more)

    @classmethod
    def specimen(cls) -> Self:
        """The planted occupations."""
        return cls(references())

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """n/8 generations of each occupation, p = q + .9 dose (s - q), s 1 where q > ½ and else 0."""
        errs, lean = nuisance == self.nuisances[0], 0.0 if nuisance else LEAN * dose
        gap, key = gaps_of(lean), Key(self.code, DIRECTED, EXPECTED, "reference", "group")
        away = float(np.mean(np.abs(list(gap.values()))))
        truth = {key: away} if errs else {key: away, key._replace(estimand=TV, level=EVERY): away}
        truth[key._replace(estimand=SLOPE, level=SEX[1])] = np.nan if lean else 1.0
        truth |= {key._replace(estimand=GAP, level=SEX[1], stratum=f"group|{job}"): apart for job, apart in gap.items()}
        return Planted(generations(n, lean, rng, 0.4 if errs else 0.0, nuisance == self.nuisances[1]), truth)
