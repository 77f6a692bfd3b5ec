"""Is a model in use that is worse than the people it replaced?

Question
    Was the automated system preferred whatever its error rates?
Roles
    needs   outcome, model, human
    uses    deployed, unit
    The outcome is the gold answer, independent of both; both decided on the same items. `deployed` says in every row
    which of them is in use: model, human or hybrid.
Formula
    Δrecall = P(m=1|y=1) - P(h=1|y=1), paired (Newcombe 1998b, method 10); Δprecision = P(y=1|m=1) - P(y=1|h=1) by the
    influence function of both precisions (Leisenring, Alonzo & Pepe 2000). Margin: at most .05 absolute below. A
    FAIL needs the model in use: where people are, an inferior model was rightly withheld, and the finding is
    descriptive; where nobody says which is in use, FAIL is withheld.
Assumptions
    Every item was adjudicated; gold is not the work of the same inspectors. Items of one batch are a `unit`.
When not to use
    Where only flagged items were adjudicated: recall is then not identified.
References
    Newcombe, Statistics in Medicine 17 (1998) 2635; Leisenring, Alonzo & Pepe, Biometrics 56 (2000) 345; Kosinski,
    Statistics in Medicine 32 (2013) 964; Parasuraman & Manzey, Human Factors 52 (2010) 381.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told, labels
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.estimate import Estimate, Floats
from auditkit.core.evidence import UNIT, Evidence, Tally
from auditkit.core.finding import Cap, Count, Finding, Key, Margin
from auditkit.core.roles import MISSING
from auditkit.stats.pairs import precision_difference, recall_difference

PREVALENCE, RATE, LOSS = 0.2, 0.90, 0.15
SYSTEMS = ("model", "human", "hybrid")
UNADJUDICATED = "some items have no gold answer: if only flagged ones were adjudicated, recall is not identified"
UNSAID = "nobody says which of the two is in use: fill the role deployed"


@dataclass(frozen=True)
class Deployment(Detector):
    """Compare a model with the people it replaces; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Deployment().plant(1.0, 4000, np.random.default_rng(1))
    >>> [finding.estimand for finding in Deployment().examine(world.evidence)]
    ['precision difference', 'recall difference']
    """

    positive: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("outcome", "model", "human")
    uses: ClassVar[tuple[str, ...]] = ("deployed",)
    subjects: ClassVar[tuple[str, ...]] = ("predictions", "decisions")
    default_margin: ClassVar[Margin] = Margin.at_least(-0.05)
    nuisances: ClassVar[tuple[str, ...]] = ("correlated errors", "another operating point")
    n_min: ClassVar[int] = 2_000

    def examine(self, evidence: Evidence) -> Told:
        """Tell how far the model's precision and recall are from the people's."""
        assert isinstance(evidence, Tally)
        self.refuse(evidence, weights=True)
        positive = self.level_of(evidence, "outcome", self.positive, "positive")
        unadjudicated = MISSING in evidence.levels_of("outcome")
        known = evidence
        for axis in ("outcome", "model", "human"):
            self._spelled(evidence, axis, positive)
            known = known.without(axis, MISSING)
            named = {level: "1" if level == positive else "0" for level in known.levels_of(axis)}
            known = known.relabel(axis, named)
        if not known.total:
            raise CannotDecide("no item has an outcome, a model's and a human's decision")
        told = {
            "precision": precision_difference(_table(known), _clusters(known)),
            "recall": recall_difference(_table(known), _clusters(known)),
        }
        used = self._used(evidence)
        findings = [self._finding(name, estimate, _table(known), used) for name, estimate in told.items()]
        if unadjudicated:
            held = tuple(Cap(verdict, UNADJUDICATED) for verdict in ("PASS", "FAIL"))
            findings[1] = replace(findings[1], caps=(*findings[1].caps, *held))
        return tuple(findings)

    def _spelled(self, evidence: Tally, axis: str, positive: str) -> None:
        """Refuse a decision that is never spelled like the positive outcome."""
        levels = [level for level in evidence.levels_of(axis) if level != MISSING]
        if levels and positive not in levels and not set(levels) <= set(evidence.levels_of("outcome")):
            raise InputError(
                f'{axis} never says "{positive}", the positive outcome. It says: {labels(levels)}. Spell both alike.'
            )

    def _used(self, evidence: Tally) -> str | None:
        """Which system is in use, `None` where nobody says."""
        if "deployed" not in evidence:
            return None
        said_so = [level for level in evidence.levels_of("deployed") if level != MISSING]
        if len(said_so) > 1 or not set(said_so) <= set(SYSTEMS):
            raise InputError(f"deployed is model, human or hybrid in all rows; the table says: {', '.join(said_so)}.")
        return said_so[0] if said_so else None

    def _finding(self, name: str, estimate: Estimate, table: Floats, used: str | None) -> Finding:
        counts = tuple(_rate(name, table, who) for who in ("model", "human"))
        sentence = (
            f"{name.capitalize()} of the model against the people it is to replace: {said(estimate, 'difference')}"
        )
        margin: Margin | None = self.default_margin
        caps: tuple[Cap, ...] = ()
        if used is None:
            caps = (Cap("FAIL", UNSAID),)
        elif used == "human":
            margin, sentence = None, f"{sentence}; the people are in use, so no automation is preferred"
        else:
            sentence = f"{sentence}; in use: {used}"
        return Finding(
            self.code,
            f"{name} difference",
            "model",
            "human",
            f"{sentence}.",
            estimate,
            margin=margin,
            counts=counts,
            caps=caps,
            attribute="model",
            notes=("Paired: both decided on the same items.",),
        )

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """People at .90 precision and recall; the model's both are .15 dose lower, with errors that go together.

        The nuisance "another operating point" gives a model of recall .93 and precision .87, within the margin.
        """
        loss = 0.0 if nuisance else LOSS * dose
        other = nuisance == self.nuisances[1]
        recall, precision = (RATE + 0.03, RATE - 0.03) if other else (RATE - loss, RATE - loss)
        shares: dict[tuple[str, ...], float] = {}
        for y, share in (("1", PREVALENCE), ("0", 1 - PREVALENCE)):
            m, h = (_flagged(y, r, p) for r, p in ((recall, precision), (RATE, RATE)))
            both = m * h + 0.4 * (min(m, h) - m * h)
            parts = {("1", "1"): both, ("1", "0"): m - both, ("0", "1"): h - both, ("0", "0"): 1 - m - h + both}
            shares |= {(y, *cell, "model"): share * part for cell, part in parts.items()}
        drawn = rng.multinomial(n, np.array(list(shares.values())) / sum(shares.values())).tolist()
        key = Key(self.code, "precision difference", "model", "human", "model")
        truth = {key: precision - RATE, key._replace(estimand="recall difference"): recall - RATE}
        axes = ("outcome", "model", "human", "deployed")
        return Planted(Tally.of_cells(axes, dict(zip(shares, drawn, strict=True))), truth)


def _flagged(y: str, recall: float, precision: float) -> float:
    """P(flagged | y) at a recall and a precision: false alarms are recall · prevalence (1/precision - 1)."""
    return recall if y == "1" else recall * PREVALENCE * (1 / precision - 1) / (1 - PREVALENCE)


def _table(known: Tally) -> Floats:
    """Items by [outcome, model, human], each 0 or 1."""
    out = np.zeros((2, 2, 2))
    at = np.ix_(*([int(level) for level in known.levels_of(axis)] for axis in ("outcome", "model", "human")))
    out[at] = known.cube("outcome", "model", "human", of="n")
    return out


def _clusters(known: Tally) -> Floats | None:
    """The same table for each unit, where units share items."""
    if UNIT not in known:
        return None
    out = np.zeros((len(known.levels_of(UNIT)), 2, 2, 2))
    axes = ("outcome", "model", "human")
    at = [np.array([int(level) for level in known.levels_of(axis)])[known.codes[:, known.index(axis)]] for axis in axes]
    np.add.at(out, (known.codes[:, known.index(UNIT)], *at), known.n)
    return out


def _rate(name: str, table: Floats, who: str) -> Count:
    flagged = table.sum(axis=2 if who == "model" else 1)
    hits, n = flagged[1, 1], flagged[:, 1].sum() if name == "precision" else flagged[1].sum()
    return Count(f"{name} of the {who}", int(hits), int(n), float(hits / n) if n else None)
