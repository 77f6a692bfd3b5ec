"""Do vectors hold two sets of things nearer to one attribute than to another?

Question
    Do embeddings of words, sentences or images put one target nearer to a first attribute, and another to a second,
    than sets of words that mean nothing here? (WEAT; SEAT for sentences; iEAT for images.)
Roles
    needs   vector, group
    uses    unit
    A row a vector: `vector` is one column of lists or several of numbers. `group` says which set it is of: a target,
    an attribute, or "control"; other sets take no part. `unit` is the word, name or person, where several rows share
    it: templates of a sentence, pictures of one thing. Their associations are averaged.
Formula
    s(w) = mean cos(w, A) - mean cos(w, B). Judged is mean s over X less mean s over Y, jackknifed over words, against
    the 95th percentile of that difference among 999 pairs of random sets of 25 control words (of 25 whatever the
    targets' size: with sets as large as the targets the margin shrinks with them, and of fair vectors not one in four
    would PASS at any size). Beside it stand d = the difference over the SD of s over both targets (N - 1), the
    one-sided permutation p (exact where splits can be counted) and the place among control sets of the targets' size.
Assumptions
    The targets' words stand for others like them; the attributes' words are as given. Control words are as frequent as
    the targets': rare words lie together whatever they mean.
When not to use
    With fewer than 25 words a target nothing FAILs; among 8 words that differ by chance |d| > .5 one time in three. To
    foretell what a model built on the vectors does: that hardly goes with this (Goldfarb-Tarrant et al. 2021).
References
    Caliskan, Bryson & Narayanan, Science 356 (2017) 183; May et al., NAACL (2019) 622; Steed & Caliskan, FAccT (2021)
    701; Ethayarajh, Duvenaud & Hirst, ACL (2019) 1696; Goldfarb-Tarrant et al., ACL (2021) 1926.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from auditkit.core.detector import Detector, Planted, Told, labels
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.estimate import Estimate, Floats
from auditkit.core.evidence import UNIT, Evidence, Rows
from auditkit.core.finding import Cap, Finding, Key, Margin
from auditkit.core.roles import MISSING
from auditkit.stats.control_sets import control_differences, expected_d, values_of
from auditkit.stats.differential_association import among_controls, association_difference, effect_size
from auditkit.stats.permutation import permutation_test
from auditkit.stats.simulated_words import LEAN, LIST, SD, attribute_words, target_words

ESTIMAND, EFFECT, AGAINST = "difference of association", "effect size d", "{} against {}"
WORDS, FULL = 25, 0.25
FEW = "a target has {} words, and 25 are the least: fewer make large effects by chance"
NO_CONTROL = "No control words: there is no telling what difference words that mean nothing here would make."


@dataclass(frozen=True)
class Association(Detector):
    """Compare associations of two targets with two attributes; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Association().plant(1.0, 200, np.random.default_rng(1))
    >>> [finding.estimand for finding in Association().examine(world.evidence)]
    ['difference of association', 'effect size d']
    """

    targets: tuple[str, str] = ("X", "Y")
    attributes: tuple[str, str] = ("A", "B")
    controls: str = "control"

    needs: ClassVar[tuple[str, ...]] = ("vector", "group")
    numbers: ClassVar[tuple[str, ...] | None] = ("vector",)
    subjects: ClassVar[tuple[str, ...]] = ("text", "captions", "masked_lm", "causal_lm", "text_to_image")
    default_margin: ClassVar[Margin | None] = None
    nuisances: ClassVar[tuple[str, ...]] = ("small word lists", "different frequencies")
    n_min: ClassVar[int] = 200

    def examine(self, evidence: Evidence) -> Told:
        """Tell the difference of associations, held against control words where there are any, and d."""
        assert isinstance(evidence, Rows)
        self.refuse(evidence, weights=True)
        rows = evidence.complete("group", "vector", *([UNIT] if UNIT in evidence else []))
        rows = rows.taken(np.flatnonzero(rows.numbers["vector"].any(axis=1)))
        self._check(rows)
        first, second = (rows.where("group", name).numbers["vector"] for name in self.attributes)
        x, y, c = (values_of(rows.where("group", name), first, second) for name in (*self.targets, self.controls))
        p, lost = permutation_test(x, y), evidence.total - len(rows)
        among = f", {p.splits:.6g} splits" if p.method.startswith("exact") else ""  # else beyond any float
        notes = (
            f"One-sided permutation p = {p.p:.2g} ({p.method}{among}).",
            *([f"{lost} rows lack a set, a word, or a vector with a direction."] if lost else []),
        )
        d = effect_size(x, y)
        text = f"d = {d.spelled()}: how well the targets part, not how far."
        return (self._difference(rows, x, y, c, notes), self._told(rows, EFFECT, text, d, notes=notes))

    def _check(self, rows: Rows) -> None:
        sets = (*self.targets, *self.attributes)
        if len({*sets, self.controls}) < 5:
            raise InputError(f"Two targets, two attributes and the control are five sets; these are {labels(sets)}.")
        absent = [name for name in sets if name not in rows.levels_of("group")]
        if absent:
            raise CannotDecide(f"no vector is of {labels(absent)}; there is: {labels(rows.levels_of('group'))}")
        if UNIT in rows:
            one, two = (set(rows.where("group", name).column(UNIT)) - {MISSING} for name in self.targets)
            if one & two:
                raise InputError(f"Of both targets at once: {labels(sorted(one & two))}. A word is of one.")

    def _difference(self, rows: Rows, x: Floats, y: Floats, c: Floats, notes: tuple[str, ...]) -> Finding:
        estimate, least = association_difference(x, y), min(len(x), len(y))
        usual, alike = (
            among_controls(estimate.value or 0.0, control_differences(c, sizes, rows.generator(f"sets of {sizes}")))
            for sizes in ((WORDS, WORDS), (len(x), len(y)))
        )
        beyond = f"; at least as large as in {100 * alike.percentile:.0f} % of control sets as large" if alike else ""
        margin = None if usual is None else Margin.within(usual.margin)
        caps = (Cap("FAIL", FEW.format(least)),) if least < WORDS else ()
        notes = (*notes, *([NO_CONTROL] if usual is None else []))
        text = f"{estimate.spelled()} in mean cosine{beyond}."
        return self._told(rows, ESTIMAND, text, estimate, margin=margin, caps=caps, notes=notes)

    def _told(self, rows: Rows, estimand: str, text: str, estimate: Estimate, **more: Any) -> Finding:
        text = "{} lie nearer than {} to {} than to {}, by ".format(*self.targets, *self.attributes) + text
        attribute, stratum, (x, y) = rows.name_of("group"), AGAINST.format(*self.attributes), self.targets
        return Finding(self.code, estimand, x, y, text, estimate, attribute=attribute, stratum=stratum, **more)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Targets of a third of the rows each, ± .125 dose along the axis of the attributes; the rest is control.

        "small word lists" have 8 words a target; those of "different frequencies" are twice as long in the first, and
        nearer one another.
        """
        shift = 0.0 if nuisance else FULL * dose
        size = LIST if nuisance == self.nuisances[0] else max((n - 2 * LIST) // 3, 2)
        frequent = 1.0 if nuisance == self.nuisances[1] else 0.0
        first, second = attribute_words()
        sets = {
            self.targets[0]: target_words(size, shift / 2, rng, frequent),
            self.targets[1]: target_words(size, -shift / 2, rng),
            self.attributes[0]: first,
            self.attributes[1]: second,
            self.controls: target_words(max(n - 2 * (size + LIST), 2 * WORDS), 0.0, rng),
        }
        named = [name for name, vectors in sets.items() for _ in vectors]
        key = Key(self.code, ESTIMAND, *self.targets, f"group|{AGAINST.format(*self.attributes)}")
        truth = {key: 2 * LEAN * shift, key._replace(estimand=EFFECT): expected_d(shift, SD, size, size)}
        return Planted(Rows.of({"group": named}, {"vector": np.concatenate(list(sets.values()))}), truth)
