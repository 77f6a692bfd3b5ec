"""Do pictures of one concept look like one attribute, though nobody asked for it?

Question
    Asked for science and for art, does a generator draw the first more like its pictures of men, and the second more
    like those of women, than concepts that mean nothing here? (T2IAT.)
Roles
    needs   vector, group
    uses    unit
    A row a picture, `vector` its embedding. `group` says which set it is of: neutral prompts of a target, prompts that
    name an attribute, or "control", neutral prompts of other concepts; other sets take no part. The prompt is its
    `unit`: pictures of one prompt with several seeds are one piece of evidence, and their associations are averaged.
Formula
    s(x) = mean cos(x, A) - mean cos(x, B). Judged is mean s over the prompts of X less that over those of Y, Welch's t
    over prompts, against the 95th percentile of that difference among 999 pairs of random sets of control prompts, as
    many as the least design that may decide has (50 pictures, 4 prompts) whatever the targets' size: with sets as large
    as the targets the margin shrinks with them, and fair pictures would hardly ever PASS. Beside it stand d = the
    difference over the SD of s over both targets' prompts, its one-sided permutation p, and the place among control
    sets as large.
Assumptions
    The targets' prompts stand for others like them; the attributes' pictures are as given, of the same generator and in
    the same style. The embedding has no lean of its own: flowers and insects against pleasant and unpleasant pictures
    are the positive control, the control concepts the negative one.
When not to use
    With fewer than 50 pictures or 4 prompts of a target nothing FAILs; without controls nothing is judged. To say what
    a picture shows: an encoder's likeness is no perceived gender (see reporting.generator_frequency).
References
    Wang et al., Findings of ACL (2023) 2560; Caliskan, Bryson & Narayanan, Science 356 (2017) 183; Steed & Caliskan,
    FAccT (2021) 701.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from auditkit.core.detector import Detector, Planted, Told, labels
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.estimate import Estimate
from auditkit.core.evidence import UNIT, Evidence, Rows
from auditkit.core.finding import Cap, Finding, Key, Margin
from auditkit.stats.control_sets import control_differences
from auditkit.stats.differential_association import among_controls, effect_size
from auditkit.stats.permutation import permutation_test
from auditkit.stats.picture_sets import (
    PictureSet,
    attribute_pictures,
    difference_over_prompts,
    expected_difference,
    least_prompts,
    neutral_pictures,
)

ESTIMAND, EFFECT, AGAINST = "difference of association", "effect size d", "{} against {}"
EACH = 12
FEW = "a target has {} pictures of {} prompts; 50 of 4 are the least: fewer look alike by chance"
NO_CONTROL = "No control pictures: there is no telling what difference concepts that mean nothing here would make."


@dataclass(frozen=True)
class ImageAssociation(Detector):
    """Compare pictures of two neutral concepts with those of two attributes; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = ImageAssociation().plant(1.0, 800, np.random.default_rng(1))
    >>> [finding.estimand for finding in ImageAssociation().examine(world.evidence)]
    ['difference of association', 'effect size d']
    """

    targets: tuple[str, str] = ("X", "Y")
    attributes: tuple[str, str] = ("A", "B")
    controls: str = "control"

    needs: ClassVar[tuple[str, ...]] = ("vector", "group")
    numbers: ClassVar[tuple[str, ...] | None] = ("vector",)
    subjects: ClassVar[tuple[str, ...]] = ("text_to_image", "image_to_image")
    default_margin: ClassVar[Margin | None] = None
    nuisances: ClassVar[tuple[str, ...]] = ("more pictures of one concept", "prompts unlike one another")
    n_min: ClassVar[int] = 600

    def examine(self, evidence: Evidence) -> Told:
        """Tell the difference of associations, held against control prompts where there are any, and d."""
        assert isinstance(evidence, Rows)
        self.refuse(evidence, weights=True)
        rows = evidence.complete("group", "vector", *([UNIT] if UNIT in evidence else []))
        rows = rows.taken(np.flatnonzero(rows.numbers["vector"].any(axis=1)))
        sets = (*self.targets, *self.attributes)
        if len({*sets, self.controls}) < 5:
            raise InputError(f"Two targets, two attributes and the control are five sets; these are {labels(sets)}.")
        absent = [name for name in sets if name not in rows.levels_of("group")]
        if absent:
            raise CannotDecide(f"no picture is of {labels(absent)}; there is: {labels(rows.levels_of('group'))}")
        first, second = (rows.where("group", name).numbers["vector"] for name in self.attributes)
        x, y, c = (PictureSet.of(rows.where("group", name), first, second) for name in (*self.targets, self.controls))
        p, lost = permutation_test(x.prompts, y.prompts), evidence.total - len(rows)
        notes = (
            f"One-sided permutation p = {p.p:.2g} over prompts ({p.method}).",
            *([f"{lost} rows lack a set, a prompt, or a vector with a direction."] if lost else []),
        )
        d = effect_size(x.prompts, y.prompts)
        text = f"d = {d.spelled()}: how well the prompts of both part, not how far."
        return (self._difference(rows, x, y, c, notes), self._told(rows, EFFECT, text, d, notes=notes))

    def _difference(self, rows: Rows, x: PictureSet, y: PictureSet, c: PictureSet, notes: tuple[str, ...]) -> Finding:
        e, least = difference_over_prompts(x, y), least_prompts((x, y))
        usual, alike = (
            among_controls(e.value or 0.0, control_differences(c.prompts, sizes, rows.generator(f"sets of {sizes}")))
            for sizes in ((least, least), (len(x.prompts), len(y.prompts)))
        )
        beyond = f"; at least as large as in {100 * alike.percentile:.0f} % of control sets as large" if alike else ""
        margin = None if usual is None else Margin.within(usual.margin)
        short = [Cap("FAIL", FEW.format(len(s.pictures), len(s.prompts))) for s in (x, y) if s.short][:1]
        notes = (*notes, *([NO_CONTROL] if usual is None else []))
        text = f"{e.spelled()} in mean cosine{beyond}."
        return self._told(rows, ESTIMAND, text, e, margin=margin, caps=tuple(short), notes=notes)

    def _told(self, rows: Rows, estimand: str, text: str, e: Estimate, **more: Any) -> Finding:
        text = (
            "Pictures of {} look more like {} than {} than those of {} do, by ".format(
                self.targets[0], *self.attributes, self.targets[1]
            )
            + text
        )
        more |= {"attribute": rows.name_of("group"), "stratum": AGAINST.format(*self.attributes)}
        return Finding(self.code, estimand, *self.targets, text, e, **more)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Prompts of 12 pictures; X is drawn from A's pattern with a chance of ½ + ½ dose, Y with ½ - ½ dose.

        A quarter of the pictures each, half of them controls at ½. "more pictures of one concept": X has three times as
        many prompts; "prompts unlike one another": 24 pictures a prompt, so that half as many prompts bear as many.
        """
        lean, each = 0.0 if nuisance else dose, EACH * (2 if nuisance == self.nuisances[1] else 1)
        prompts = max((n - 16) // (4 * each), 4)
        sizes = (prompts * (3 if nuisance == self.nuisances[0] else 1), prompts, 2 * prompts)
        drawn = [neutral_pictures(k, each, to, rng) for k, to in zip(sizes, (lean, -lean, 0.0), strict=True)]
        names = (*self.targets, self.controls, *self.attributes)
        vectors = [*(x for x, _ in drawn), *attribute_pictures()]
        unit = [f"{name} {prompt}" for name, (_, of) in zip(names, drawn, strict=False) for prompt in of]
        unit += [f"{name} {k}" for name in self.attributes for k in range(len(vectors[-1]))]
        group = [name for name, x in zip(names, vectors, strict=True) for _ in x]
        key = Key(self.code, ESTIMAND, *self.targets, f"group|{AGAINST.format(*self.attributes)}")
        world = Rows.of({"group": group, UNIT: unit}, {"vector": np.concatenate(vectors)})
        return Planted(world, {key: expected_difference(lean, -lean)})
