"""Do raters prefer their own?

Question
    Is a candidate judged better by raters of the candidate's own group?
Roles
    needs   rater, rater_group, candidate_group, outcome
    uses    item
    An `item` is a matched pair or a vignette that differs only in the candidate's group.
Formula
    θ = E(favourable | own group) - E(favourable | other group). `raters="fixed"` speaks of these raters only: for
    each rater the paired difference over items (Newcombe 1998b, method 10), and over all of them the mean with items
    as clusters. `raters="sampled"` speaks of the raters they stand for: with raters of both groups half the
    difference of rater-level contrasts, ½ {(μ_AA - μ_AB) + (μ_BB - μ_BA)} (exact permutation up to 12 raters, Welch's
    t beyond), which neither lenient raters nor better candidates can move (Price & Wolfers 2010). Margin .05.
Assumptions
    Without raters of both groups the items must be matched: then only the group differs between the two of a pair.
When not to use
    With raters of one group and no matched items: it is not identified. Rows are never taken for raters: where raters
    differ in slope that cries wolf in about a quarter of fair worlds.
References
    Price & Wolfers, Quarterly Journal of Economics 125 (2010) 1859; Bertrand & Mullainathan, American Economic Review
    94 (2004) 991; Newcombe, Statistics in Medicine 17 (1998) 2635; Cameron, Gelbach & Miller, Review of Economics and
    Statistics 90 (2008) 414.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Count, Finding, Key, Margin
from auditkit.core.roles import MISSING
from auditkit.stats.means import permutation_of_labels
from auditkit.stats.pairs import clustered_mean, paired_difference
from auditkit.stats.proportions import Curve

SHIFT = 1.5
ESTIMAND = "own minus other group"
THESE = "These raters only: nothing is said of others."


@dataclass(frozen=True)
class Ingroup(Detector):
    """Compare how raters judge their own group and others; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Ingroup().plant(1.0, 4000, np.random.default_rng(1))
    >>> [finding.level for finding in Ingroup().examine(world.evidence)]
    ['A', 'B', 'all raters']
    """

    favourable: str | None = None
    raters: Literal["fixed", "sampled"] = "fixed"

    needs: ClassVar[tuple[str, ...]] = ("rater", "rater_group", "candidate_group", "outcome")
    uses: ClassVar[tuple[str, ...]] = ("item",)
    subjects: ClassVar[tuple[str, ...]] = ("decisions", "logs")
    default_margin: ClassVar[Margin] = Margin.within(0.05)
    nuisances: ClassVar[tuple[str, ...]] = ("better candidates", "lenient raters")
    n_min: ClassVar[int] = 3_000
    plug_in: ClassVar[bool] = False

    def examine(self, evidence: Evidence) -> Told:
        """Tell the preference of each rater and of all, or of the raters they stand for."""
        assert isinstance(evidence, Tally)
        self.refuse(evidence, weights=True, units=True)
        favourable = self.level_of(evidence, "outcome", self.favourable, "favourable")
        known = evidence
        for axis in self.needs:
            known = known.without(axis, MISSING)
        known = known.relabel("outcome", {o: "1" if o == favourable else "0" for o in known.levels_of("outcome")})
        self._check(known)
        sided, groups = _sided(known)
        if self.raters == "sampled":
            return (self._sampled(sided, groups),)
        if "item" not in known:
            raise CannotDecide("fixed raters are judged on matched items: fill the role item, or say raters=sampled")
        return self._fixed(sided.without("item", MISSING))

    def _check(self, known: Tally) -> None:
        groups = set(known.levels_of("candidate_group"))
        if len(groups) < 2:
            raise CannotDecide("all candidates are of one group")
        if not set(known.levels_of("rater_group")) & groups:
            raise InputError("No rater's group is a candidates' group. Spell both alike.")
        if len(known.levels_of("rater_group")) < 2 and "item" not in known:
            raise CannotDecide("there are no out-group raters and no matched items, so a preference is not identified")

    def _fixed(self, known: Tally) -> Told:
        told: list[Finding] = []
        differences: dict[str, list[float]] = {}
        tables = np.zeros((2, 2))
        for rater in known.levels_of("rater"):
            rows = known.where("rater", rater)
            own, other, items = _pairs(rows)
            left = len(rows.levels_of("item")) - len(items)
            table = np.array([[np.sum((own == a) & (other == b)) for b in (1, 0)] for a in (1, 0)], float)
            tables += table
            told.append(self._told(rater, paired_difference(*table.ravel()), table, left))
            for item, d in zip(items, own - other, strict=True):
                differences.setdefault(item, []).append(float(d))
        if len(told) > 1:
            means = [sum(d) / len(d) for d in differences.values()]
            told.append(self._told("all raters", clustered_mean(means, [len(d) for d in differences.values()]), tables))
        return tuple(told)

    def _told(self, level: str, estimate: Estimate, table: Floats, left: int = 0) -> Finding:
        n = int(table.sum())
        rates = (table[0].sum() / n, table[:, 0].sum() / n) if n else (None, None)
        hits = (int(table[0].sum()), int(table[:, 0].sum()))
        counts = tuple(
            Count(f"{level}: {who}", k, n, r) for who, k, r in zip(("own", "other"), hits, rates, strict=True)
        )
        sentence = f"{level}: the own group against the other, matched in all else: {said(estimate, 'difference')}."
        return Finding(
            self.code,
            ESTIMAND,
            level,
            "the other group",
            sentence,
            estimate,
            margin=self.default_margin,
            attribute="rater",
            counts=counts,
            notes=(THESE, *([f"{left} items have not one judgement of each side, and take no part."] if left else [])),
        )

    def _sampled(self, sided: Tally, belongs: dict[str, str]) -> Finding:
        """Half the Welch difference of the raters' contrasts A - B between raters of A and of B."""
        told = {rater: _contrast(sided.where("rater", rater)) for rater in sided.levels_of("rater")}
        d = {rater: value for rater, value in told.items() if value is not None}
        groups = sorted({belongs[rater] for rater in d})
        if not d or len(groups) > 2:
            raise CannotDecide(f"{len(d)} raters of {len(groups)} groups judged candidates of both groups")
        if len(groups) == 1 and "item" not in sided:
            raise CannotDecide("only raters of one group judged both, and no items are matched: it is not identified")
        first = [belongs[rater] == groups[0] for rater in d]
        if len(groups) == 1:
            estimate = clustered_mean(list(d.values()), [1] * len(d))
        else:
            towards = [value if mine else -value for value, mine in zip(d.values(), first, strict=True)]
            estimate = _halved(permutation_of_labels(towards, first).estimate)
        n = len(d)
        estimate = replace(estimate, n=sided.total, n_eff=float(sided.total), clusters=n)
        sentence = f"Raters favour their own group: {said(estimate, 'difference')}, {n} raters."
        return Finding(
            self.code,
            ESTIMAND,
            "raters",
            "the other group",
            sentence,
            estimate,
            margin=self.default_margin,
            attribute="rater",
            notes=("Raters are the independent units.",),
        )

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Two raters of group x judge n/4 matched pairs of quality N(0, 1); logit shift 1.5 dose for their own.

        "lenient raters" makes one rater lenient; "better candidates" makes the pairs better, both members alike.
        """
        gamma = 0.0 if nuisance else SHIFT * dose
        lift = 1.0 if nuisance == self.nuisances[0] else 0.0
        pairs = max(n // 4, 1)
        quality = rng.standard_normal(pairs) + lift
        rows: dict[str, list[str]] = {axis: [] for axis in (*self.needs, "item")}
        for rater in ("A", "B"):
            leniency = 1.0 if nuisance == self.nuisances[1] and rater == "A" else 0.0
            for group, shift in (("x", gamma), ("y", 0.0)):
                p = 1 / (1 + np.exp(-(quality + leniency + shift)))
                rows["outcome"] += ["1" if hit else "0" for hit in rng.random(pairs) < p]
                rows["rater"] += [rater] * pairs
                rows["rater_group"] += ["x"] * pairs
                rows["candidate_group"] += [group] * pairs
                rows["item"] += [str(i) for i in range(pairs)]
        key = Key(self.code, ESTIMAND, "all raters", "the other group", "rater")
        return Planted(Tally.of(rows), {key: _mean_shift(gamma)})


def _sided(known: Tally) -> tuple[Tally, dict[str, str]]:
    """Whether each candidate was of the rater's own group, and the group of each rater."""
    belongs = known.marginal("rater", "rater_group")
    pairs = [(belongs.levels[0][r], belongs.levels[1][g]) for r, g in belongs.codes[:, :2].tolist()]
    if len(dict(pairs)) < len(set(pairs)):
        raise InputError("A rater has two groups. Give each rater one.")
    levels = {
        f"{mine} × {theirs}": "own" if mine == theirs else "other"
        for mine in known.levels_of("rater_group")
        for theirs in known.levels_of("candidate_group")
    }
    return known.crossed(["rater_group", "candidate_group"], "side").relabel("side", levels), dict(pairs)


def _pairs(rows: Tally) -> tuple[Floats, Floats, list[str]]:
    """The favourable outcomes (0 or 1) of own and other in each item that has one judgement of each."""
    empty: Floats = np.zeros(0)
    if len(rows.levels_of("side")) < 2:
        return empty, empty, []
    counts = rows.cube("item", "side", "outcome", of="n")
    full = (counts.sum(axis=2) == 1).all(axis=1)
    positive = rows.levels_of("outcome").index("1") if "1" in rows.levels_of("outcome") else None
    hits = counts[full, :, positive] if positive is not None else np.zeros((int(full.sum()), 2))
    own, other = (hits[:, rows.levels_of("side").index(side)] for side in ("own", "other"))
    return own, other, [item for item, kept in zip(rows.levels_of("item"), full, strict=True) if kept]


def _contrast(rows: Tally) -> float | None:
    """A rater's own-minus-other difference of favourable rates; `None` where one of them was not judged."""
    sides, outcomes = rows.levels_of("side"), rows.levels_of("outcome")
    if len(sides) < 2:
        return None
    counts = rows.cube("side", "outcome", of="n")
    hits = counts[:, outcomes.index("1")] if "1" in outcomes else np.zeros(2)
    rate = hits / counts.sum(axis=1)
    return float(rate[sides.index("own")] - rate[sides.index("other")])


def _halved(e: Estimate) -> Estimate:
    curve = (side / 2 for side in Curve.of([e]))
    return estimates(*curve, n=e.n, n_eff=e.n_eff, method=e.method, reasons=e.reason)[0]


def _mean_shift(gamma: float) -> float:
    """E over N(0, 1) quality of expit(q + γ) - expit(q), by Gauss-Hermite quadrature."""
    x, w = np.polynomial.hermite_e.hermegauss(61)
    return float(w @ (1 / (1 + np.exp(-(x + gamma))) - 1 / (1 + np.exp(-x))) / w.sum())
