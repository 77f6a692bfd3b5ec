"""Does a generator cover the variety of every group equally?

Question
    A generator may show a group often enough and yet only a part of it: are more of one group's real rows left without
    a generated row near them than of another's?
Roles
    needs   group, arm, vector
    The `arm` that `real` names holds the real rows; every other arm is a generator, and told by itself. `vector` is the
    embedding, one column of lists or several of numbers on one scale.
Formula
    Coverage of a group: the share of its real rows that have a generated row of the group no further away than their
    5th real neighbour within the group (Naeem et al. 2020). Its shortfall is what as many fresh real rows would cover,
    1 - Π_{i=1..k} (N - i)/(M + N - i), less that. The gap is the shortfall of the group less that of the in-group, at
    most .10. More generated rows cover more of anything, so all samples are of one size, that of the smallest and at
    most 2,000: the rest is drawn away at random. A shortfall's interval is Wilson's, on the variance over subsamples of
    a quarter, since neighbours share their neighbours; a gap's is MOVER of two. Told, not judged: each
    shortfall, what a group lacks against a generator as good as fresh real rows.
Assumptions
    Rows are independent, and both groups are embedded alike well. No generated row was made from one of these real
    rows: hold out the real rows from training, and from what is edited, sharpened or reconstructed.
When not to use
    To ask how often a group is shown: a group of which nothing is generated is not assessed, see
    reporting.generator_frequency. With fewer than 50 real or generated rows of a group no verdict is given. To see that
    a mode is thinned, not lost: with a tenth of it left it is still half covered. Where that mode is half of a group
    the gap is .19, and it takes more than 1,000 rows of each sample to be sure that this is over .10.
References
    Naeem, Oh, Uh, Choi & Yoo, ICML (2020) 7176; Kynkäänniemi et al., NeurIPS (2019); Politis & Romano, Annals of
    Statistics 22 (1994) 2031; Wu, Annals of Statistics 18 (1990) 1438; Zou & Donner, Statistics in Medicine 27 (2008)
    1693.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import InputError
from auditkit.core.evidence import Evidence, Ints, Rows
from auditkit.core.finding import Cap, Count, Finding, Key, Margin, NotAssessed
from auditkit.stats.neighbours import Coverage, coverage, shortfall_difference
from auditkit.stats.simulated_modes import left_of_modes, points_about_modes, true_shortfall

GAP, SHORTFALL, FRESH = "coverage gap", "coverage shortfall", "fresh real rows"
LEAST, MOST, LOST = 50, 2_000, 0.9
FEW = "{} real or generated rows on the smallest side, and 50 are the least that say how a group is covered"
NONE_MADE = (
    "{} has generated nothing of {}: how often a group is shown is the question of reporting.generator_frequency"
)
NONE_REAL = "there is no real row of {}, so there is nothing to cover"


class _Sample(NamedTuple):
    """What was compared of a group: how many `rows` each of real and generated, of at most `out_of`."""

    rows: int
    out_of: int
    found: Coverage


@dataclass(frozen=True)
class Modes(Detector):
    """Compare how much of each group a generator covers; the module's docstring is the manual.

    >>> import numpy as np
    >>> detector = Modes.specimen()
    >>> gap, *_ = detector.examine(detector.plant(1.0, 800, np.random.default_rng(1)).evidence)
    >>> gap.estimand, gap.interval(0.95).low > 0.1
    ('coverage gap', True)
    """

    ingroup: str | None = None
    real: str = "real"
    neighbours: int = 5

    needs: ClassVar[tuple[str, ...]] = ("group", "arm", "vector")
    numbers: ClassVar[tuple[str, ...] | None] = ("vector",)
    subjects: ClassVar[tuple[str, ...]] = (
        *("unconditional", "text_to_image", "image_to_image", "super_resolution", "reconstruction"),
    )
    default_margin: ClassVar[Margin] = Margin.at_most(0.10)
    nuisances: ClassVar[tuple[str, ...]] = (
        "groups of unequal size",
        "a less frequent group among the generated",
        "an equally poor generator",
    )
    n_min: ClassVar[int] = 800
    costly: ClassVar[bool] = True
    conservative: ClassVar[Mapping[str, str]] = {
        GAP: "Wilson's limits reach far below a share near 1, and a gap adds those of two",
        SHORTFALL: "coverage is not linear in the rows, so that a subsample varies by a little more than its share",
    }
    plug_in: ClassVar[bool] = False

    def examine(self, evidence: Evidence) -> Told:
        """Tell, for every generator, the gap of each out-group, then what is short of each group."""
        assert isinstance(evidence, Rows)
        self.refuse(evidence, weights=True, units=True)
        if self.neighbours < 1:
            raise InputError(f"A radius reaches to a neighbour; neighbours is {self.neighbours}. Give 1 or more.")
        rows = evidence.complete(*self.needs)
        ours = self.level_of(rows, "group", self.ingroup, "ingroup")
        real = self.level_of(rows, "arm", self.real, "real")
        lost = len(evidence) - len(rows)
        notes = (f"{lost:,} rows lack a group, an arm or a vector, and take no part.",) if lost else ()
        made = [arm for arm in rows.levels_of("arm") if arm != real]
        more = {"attribute": rows.name_of("group"), "notes": notes}
        strata = {arm: {**more, "stratum": arm if len(made) > 1 else ""} for arm in made}
        return tuple(item for arm, shared in strata.items() for item in self._arm(rows, arm, ours, shared))

    def _arm(self, rows: Rows, arm: str, ours: str, more: Mapping[str, Any]) -> Iterator[Finding | NotAssessed]:
        """One generator: the gaps, what is short of each group, and what there is nothing of."""
        places = {level: self._places(rows, arm, level) for level in rows.levels_of("group")}
        samples = self._samples(rows, {level: both for level, both in places.items() if all(map(len, both))})
        pairs = [(level, ours) for level in samples if level != ours and ours in samples]
        yield from (self._gap(pair, samples, more) for pair in pairs)
        yield from (self._shortfall(level, sample, more) for level, sample in samples.items())
        for level, (true, _) in places.items():
            if level not in samples:
                why = NONE_MADE.format(arm, level) if len(true) else NONE_REAL.format(level)
                yield self.not_assessed(why, more["attribute"], GAP)

    def _places(self, rows: Rows, arm: str, level: str) -> tuple[Ints, Ints]:
        """The real and the generated rows of a group, in an order drawn by the hash of the rows."""
        order = rows.generator("rows to compare").permutation(len(rows))
        mine, arms = (rows.column("group") == level)[order], rows.column("arm")[order]
        return order[mine & (arms == self.real)], order[mine & (arms == arm)]

    def _samples(self, rows: Rows, places: Mapping[str, tuple[Ints, Ints]]) -> dict[str, _Sample]:
        """As many rows of every sample; a group that is too small for a verdict does not make the others smaller."""
        x = rows.numbers["vector"]
        own = {level: min(map(len, both)) for level, both in places.items()}
        most = min([MOST, *(size for size in own.values() if size >= LEAST)])
        out = {}
        for level, both in places.items():
            size = min(own[level], most)
            true, made = (x[place[:size]] for place in both)
            out[level] = _Sample(size, max(map(len, both)), coverage(true, made, self.neighbours))
        return out

    def _gap(self, pair: tuple[str, str], samples: Mapping[str, _Sample], more: Mapping[str, Any]) -> Finding:
        outer, inner = (samples[level] for level in pair)
        estimate = shortfall_difference(outer.found, inner.found)
        return Finding(
            self.code,
            GAP,
            *pair,
            f"Left uncovered of {pair[0]} beyond what is of {pair[1]}{_by(more)}: {said(estimate, 'difference')}.",
            estimate,
            margin=self.default_margin,
            counts=(_missed(pair[0], outer), _missed(pair[1], inner)),
            caps=_caps(min(outer.rows, inner.rows)),
            **_with(more, _drawn(outer, inner)),
        )

    def _shortfall(self, level: str, sample: _Sample, more: Mapping[str, Any]) -> Finding:
        found = sample.found
        what = f"Of {level}, what as many {FRESH} would cover less what is covered{_by(more)}"
        chance = "" if found.p is None else f"As good as {FRESH}: p = {found.p:.3f}, of 999 relabellings."
        return Finding(
            self.code,
            SHORTFALL,
            *(level, FRESH),
            f"{what}: {said(found.shortfall, 'difference')}.",
            found.shortfall,
            counts=(_missed(level, sample),),
            **_with(more, chance, _drawn(sample)),
        )

    @classmethod
    def specimen(cls) -> Self:
        """The planted world's own in-group."""
        return cls(ingroup="in")

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Five modes a group; of three of the out-group's .9 dose is lost, one mode after the other.

        "groups of unequal size": the out-group has a quarter of the in-group's rows in both arms; "a less frequent
        group among the generated": a third of its generated rows, and as many real ones; "an equally poor generator":
        both groups lose .9 of their three modes.
        """
        unequal, seldom, poor = (nuisance == name for name in self.nuisances)
        lost = {"in": LOST * poor, "out": LOST * (poor if nuisance else dose)}
        share = {"real": 0.2 if unequal else 0.5, "made": 0.2 if unequal else 0.25 if seldom else 0.5}
        cells = [
            (group, arm, round(n / 2 * (part if group == "out" else 1 - part)), lost[group] if arm == "made" else 0.0)
            for arm, part in share.items()
            for group in lost
        ]
        points = [points_about_modes(size, left_of_modes(gone), rng) for _, _, size, gone in cells]
        columns = {
            "group": [group for group, _, size, _ in cells for _ in range(size)],
            "arm": [arm for _, arm, size, _ in cells for _ in range(size)],
        }
        short = {group: true_shortfall(share, self.neighbours) for group, share in lost.items()}
        gap = Key(self.code, GAP, "out", "in", "group")
        truth = {gap: short["out"] - short["in"]}
        for group, value in short.items():
            truth[gap._replace(estimand=SHORTFALL, level=group, versus=FRESH)] = value
        return Planted(Rows.of(columns, {"vector": np.concatenate(points)}), truth)


def _by(more: Mapping[str, Any]) -> str:
    return f" by {more['stratum']}" if more["stratum"] else ""


def _with(more: Mapping[str, Any], *notes: str) -> dict[str, Any]:
    return {**more, "notes": (*more["notes"], *filter(None, notes))}


def _drawn(*samples: _Sample) -> str:
    if all(s.out_of == s.rows for s in samples):
        return ""
    sizes = " and ".join(f"{rows:,}" for rows in sorted({s.rows for s in samples}))
    return f"Drawn at random: {sizes} real and as many generated rows of a group."


def _caps(rows: int) -> tuple[Cap, ...]:
    return tuple(Cap(side, FEW.format(rows)) for side in ("PASS", "FAIL")) if rows < LEAST else ()


def _missed(level: str, sample: _Sample) -> Count:
    """The real rows that have no generated row near them."""
    share = sample.found.share.value
    left = None if share is None else 1 - share
    return Count(level, round((left or 0.0) * sample.rows), sample.rows, left)
