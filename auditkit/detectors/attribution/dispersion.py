"""Are the members of a group drawn as more alike than those of another?

Question
    Do a model's outputs, or people's scores, vary less within an out-group than within the in-group?
Roles
    needs   group
    uses    vector, score, prediction, context, unit
    At least one reading of the outputs: `vector` an embedding, `score` a number, `prediction` a completion that is one
    of a few. A `vector` is one column of lists or several of numbers; columns "clip.0", "clip.1", "bert.0" are two
    encoders, named by what stands before the last dot. `context` is the prompt. `unit`, where it is the prompt once
    more, says that the prompts stand for others like them; else the findings are about these prompts.
Formula
    Q_out / Q_in, Q the mean dissimilarity of two outputs of a group to one prompt (Rao 1982), averaged over prompts:
    1 - cosine of vectors, |x - y| of scores (Gini), whether completions differ (1 - Σ p²). Jackknife of the log, within
    prompts, or t over prompts that are units. Divided by the ratio among real people, texts or images where `reference`
    gives it. Margin: at least .80.
Assumptions
    Outputs are independent given the prompt. Both groups met the same prompts and are about as long: refusals and
    boilerplate make outputs alike, and are to be dropped first. The reference is taken as known.
When not to use
    To speak of a mechanism: an encoder may itself flatten a group (Lee & Lai 2024). With one encoder and no score or
    completion beside it, where the measures do not agree, or with fewer than 10 prompts, no verdict is given.
References
    Rao, Theoretical Population Biology 21 (1982) 24; Park & Rothbart, Journal of Personality and Social Psychology 42
    (1982) 1051; Lee, Montgomery & Lai, FAccT (2024) 1321; Lee & Lai (2024) on brittleness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import RoleMissing
from auditkit.core.evidence import UNIT, Evidence, Rows
from auditkit.core.finding import Cap, Finding, Key, Margin, Reference
from auditkit.core.roles import MISSING
from auditkit.stats.dispersion import dispersion_ratio
from auditkit.stats.readings import Flags, Reading, by_prompt, over_known, readings, same_side
from auditkit.stats.simulated_outputs import OutGroup, ratios, simulated_outputs

ESTIMAND, PROMPTS, LEAST, FULL = "dispersion ratio, {}", 10, 0.80, 0.9
FEW = "it rests on {} of the 10 prompts that are the least: an effect on one prompt need not be there on another"
ALONE = "it rests on one encoder, which may itself flatten a group: give a second, or scores or completions beside it"
APART = "the measures do not agree on which side of {} they lie: {}"
SAMPLED = "the reference ratio was itself estimated, from {:,} rows, and the interval does not allow for its error"
CONSISTENT = "Consistent with out-group homogeneity; topics, refusals and lengths that differ look the same."


@dataclass(frozen=True)
class Dispersion(Detector):
    """Compare how unlike one another the outputs of groups are; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Dispersion("in").plant(1.0, 600, np.random.default_rng(1))
    >>> [finding.estimand for finding in Dispersion("in").examine(world.evidence)][:2]
    ['dispersion ratio, wide', 'dispersion ratio, narrow']
    """

    ingroup: str | None = None
    reference: Reference | None = None

    needs: ClassVar[tuple[str, ...]] = ("group",)
    uses: ClassVar[tuple[str, ...]] = ("vector", "score", "prediction", "context")
    numbers: ClassVar[tuple[str, ...] | None] = ("vector", "score")
    subjects: ClassVar[tuple[str, ...]] = (
        *("text", "captions", "predictions", "causal_lm", "seq2seq", "captioner", "text_to_image"),
        *("unconditional", "image_to_image", "reconstruction"),
    )
    default_margin: ClassVar[Margin] = Margin.at_least(LEAST)
    nuisances: ClassVar[tuple[str, ...]] = ("unequal sizes", "different means", "longer vectors")
    n_min: ClassVar[int] = 1_200
    plug_in: ClassVar[bool] = False

    def examine(self, evidence: Evidence) -> Told:
        """Tell a ratio for each out-group and each reading of the outputs."""
        assert isinstance(evidence, Rows)
        self.refuse(evidence, weights=True)
        rows = evidence.complete("group", *(["context"] if "context" in evidence else []))
        ours = self.level_of(rows, "group", self.ingroup, "ingroup")
        prompts = [rows.column("context") == p for p in rows.levels_of("context")] if "context" in rows else []
        sampled = self._prompts_are_units(rows)
        read = list(readings(rows))
        if not read:
            raise RoleMissing("vector", "score", "prediction")
        told: list[Finding] = []
        for other in (level for level in rows.levels_of("group") if level != ours):
            found = [self._told(rows, reading, (other, ours), prompts, sampled) for reading in read]
            told += [self._capped(f, r, found, len(prompts)) for f, r in zip(found, read, strict=True)]
        return tuple(told)

    def _prompts_are_units(self, rows: Rows) -> bool:
        """Whether the prompts are the units; units that share rows in any other way are refused."""
        if UNIT in rows and "context" in rows and MISSING not in rows.levels_of(UNIT):
            pairs = set(zip(rows.column("context"), rows.column(UNIT), strict=True))
            if len(pairs) == len(rows.levels_of("context")) == len(rows.levels_of(UNIT)):
                return True
        self.refuse(rows, units=True)
        return False

    def _told(self, rows: Rows, r: Reading, pair: tuple[str, str], prompts: Sequence[Flags], sampled: bool) -> Finding:
        masks = [prompt & r.readable for prompt in prompts] or [r.readable]
        first, second = (by_prompt(r, rows.column("group") == level, masks) for level in pair)
        estimate = dispersion_ratio(first, second, sampled)
        beside, lost = "", int((~r.readable).sum())
        if self.reference is not None:
            estimate, beside = over_known(estimate, self.reference), ", over the same ratio in the reference"
        whose = "Prompts stand for others like them." if sampled else "These prompts only." if prompts else ""
        notes = (CONSISTENT, whose, f"{lost} rows have no {r.name}, and take no part." if lost else "")
        return Finding(
            self.code,
            ESTIMAND.format(r.name),
            *pair,
            f"How far apart two of {pair[0]} are by {r.name}, against {pair[1]}{beside}: {said(estimate, 'ratio')}.",
            estimate,
            "ratio",
            1.0,
            margin=self.default_margin,
            attribute=rows.name_of("group"),
            reference=self.reference,
            notes=tuple(filter(None, notes)),
        )

    def _capped(self, finding: Finding, reading: Reading, beside: Sequence[Finding], prompts: int) -> Finding:
        """Withhold the verdict where prompts are few, an encoder stands alone, or the measures do not agree."""
        encoded, values = reading.kind == "vector", [f.estimate.value for f in beside]
        found = ", ".join("undefined" if value is None else f"{value:.2f}" for value in values)
        known = self.reference.n if self.reference is not None else None
        reasons = {
            FEW.format(prompts or "one"): prompts < PROMPTS and (prompts > 0 or reading.kind != "score"),
            ALONE: encoded and len(beside) == 1,
            APART.format(LEAST, found): encoded and len(beside) > 1 and not same_side(values, LEAST),
            SAMPLED.format(known or 0): known is not None,
        }
        caps = tuple(Cap(side, why) for why, holds in reasons.items() if holds for side in ("PASS", "FAIL"))
        return replace(finding, caps=caps)

    @classmethod
    def specimen(cls) -> Self:
        """The planted world's own in-group."""
        return cls(ingroup="in")

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Ten prompts; the out-group's angles and scores times 1 - .9 dose, .9 dose of its completions the usual."""
        full = 0.0 if nuisance else FULL * dose
        unequal, moved, longer = (nuisance == name for name in self.nuisances)
        group = OutGroup(1 - full, full, float(moved), 3.0 if longer else 1.0, 10 if unequal else 3)
        truth = {Key(self.code, ESTIMAND.format(name), "out", "in", "group"): r for name, r in ratios(group).items()}
        return Planted(simulated_outputs(n, PROMPTS, group, rng), truth)
