"""mitigate(): a predictor is made fairer by fairlearn, audited before and after on people it never saw, and costed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from auditkit import catalog
from auditkit.auditing import audit
from auditkit.core.detector import Detector
from auditkit.core.report import Report
from auditkit.core.step import Step, Thing
from auditkit.gating import gate
from auditkit.lifecycle import recording
from auditkit.lifecycle.mitigating import fairness
from auditkit.lifecycle.mitigating.aims import METHODS, Aim, aim, detectors_of, policy_of
from auditkit.lifecycle.mitigating.costing import costs
from auditkit.lifecycle.mitigating.found import encoding, found, settings
from auditkit.lifecycle.mitigating.lacking import told_lacking
from auditkit.lifecycle.mitigating.people import People, apart, halves, people
from auditkit.lifecycle.mitigating.telling import sentences
from auditkit.lifecycle.mitigating.writing import written
from auditkit.lifecycle.turning import Turn, read_turn
from auditkit.rules import Policy, Rule

ROW = "row"
"""What a row is called where it is a unit of its own, as in predictions.csv."""


@dataclass(frozen=True)
class Wish:
    """What is asked for: method, constraint, the share held out, the guard on accuracy, who looks and who judges."""

    by: str
    constraint: str
    aim: Aim
    held_out: float
    margin: float
    seed: int
    detectors: tuple[Detector, ...]
    policy: Policy

    def settings(self, everyone: People, estimator: Any) -> dict[str, Any]:
        """Everything that decides what comes out, for the step."""
        told = {"by": self.by, "constraint": self.constraint, "held_out": self.held_out, "seed": self.seed}
        columns = {**everyone.named, "positive": everyone.outcomes[1], "features": list(everyone.X.columns)}
        looked = [catalog.configuration(detector) for detector in self.detectors]
        versions = {name: version(name) for name in ("fairlearn", "scikit-learn")}
        told |= {"margin": self.margin, **columns, "estimator": settings(estimator)}
        return {**told, "detectors": looked, "policy": self.policy.to_dict(), "versions": versions}


def mitigate(
    estimator: Any,
    X: Any,
    y: Any,
    group: Any,
    *,
    by: str = "threshold_optimizer",
    constraint: str = "demographic_parity",
    held_out: float = 0.5,
    unit: Any = None,
    positive: str | None = None,
    detectors: Detector | str | Sequence[Detector | str] | None = None,
    policy: Policy | Rule | Mapping[str, Any] | str | Path | None = None,
    margin: float = 0.02,
    out: str | Path | None = None,
    seed: int = 0,
) -> Turn:
    """Fit a classifier plainly and by fairlearn, and audit both on the same rows held out.

    `by` is threshold_optimizer, exponentiated_gradient or grid_search, `constraint` fairlearn's name of what is to be
    equal (Hardt, Price & Srebro 2016; Agarwal et al. 2018). `group` (n,) may but need not be a column of `X` too;
    `unit` (n,) says who shares rows: no unit is split, and intervals are by unit. `y` (n,) has two levels, of which
    `positive` is predicted ("1", "True" or "yes" unless given).

    A threshold optimiser stands on the very classifier that is audited before: that is fitted on one half of the rows
    to learn from, its thresholds on the other.

    Selection rates and error rates are told of both; judged is what the constraint wants equal, unless `detectors` or
    a `policy` say otherwise. The cost is the accuracy lost on the same people, PASS where at most `margin` at 95 %.
    With `out` everything is written there, sealed: the same work is not done twice, and other work is refused.

    Raises `InputError` for an unknown method or constraint, and for a group without both outcomes in each part.

    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(1)
    >>> X, group = rng.normal(size=(2000, 1)), np.repeat(["a", "b"], 1000)
    >>> X[1000:] -= 1
    >>> turn = mitigate(LogisticRegression(), X, rng.random(2000) < 1 / (1 + np.exp(-X[:, 0])), group)
    >>> turn.judged_before.outcome.value, turn.judged_after.outcome.value
    ('FAIL', 'INCONCLUSIVE')
    """
    everyone = people(X, y, group, unit, positive)
    wish = wished(everyone, by, constraint, held_out, margin, seed, detectors, policy)
    given = Thing("data", "arrays", _digest(everyone), f"{len(everyone):,} rows of {', '.join(everyone.X.columns)}")
    return carried_out(estimator, everyone, wish, (given,), None if out is None else Path(out))


def wished(
    everyone: People,
    by: str,
    constraint: str,
    held_out: float,
    margin: float,
    seed: int,
    detectors: Detector | str | Sequence[Detector | str] | None,
    policy: Policy | Rule | Mapping[str, Any] | str | Path | None,
) -> Wish:
    """What is asked for, with every name in it checked; raises `InputError` for one that there is not."""
    wanted = aim(by, constraint)
    given = detectors if isinstance(detectors, (list, tuple)) or detectors is None else (detectors,)
    chosen = detectors_of(wanted, everyone.outcomes[1])
    if given is not None:
        chosen = tuple(catalog.build(one, {}) if isinstance(one, str) else one for one in given)
    rules = policy_of(wanted) if policy is None and given is None else Policy.read(policy)
    return Wish(by, constraint, wanted, held_out, margin, seed, chosen, rules)


def carried_out(
    estimator: Any, everyone: People, wish: Wish, took: tuple[Thing, ...], out: Path | None, subject: str = "predictor"
) -> Turn:
    """Split, fit, decide, audit and cost; with `out` write it, unless it stands there already."""
    step = Step("mitigate", took, settings=wish.settings(everyone, estimator))
    if out is not None and recording.done(out, step) is not None:
        return read_turn(out)
    split, toss, again = np.random.SeedSequence(wish.seed).spawn(3)
    learned, kept = halves(everyone, wish.held_out, np.random.default_rng(split))
    fitted = apart(learned, np.random.default_rng(again)) if wish.by == METHODS[0] else (learned,)
    before = fairness.plain(estimator, fitted[0])
    after = fairness.mitigated(wish.by, wish.constraint, wish.aim, before, estimator, fitted[-1])
    said = fairness.decided(before, after, kept, int(toss.generate_state(1)[0]))
    both = [
        audited(kept, decisions, wish.detectors, f"{subject}, {when}")
        for when, decisions in (("before", said.before), ("after", said.after))
    ]
    what = f"{type(after).__name__} for {wish.constraint.replace('_', ' ')} by {kept.named['group']}"
    judged = [gate(report, wish.policy) for report in both]
    turn = Turn(what, both[0], both[1], judged[0], judged[1], tuple(costs(kept, said, wish.margin)))
    reading = encoding(before) or {}
    missing = told_lacking(everyone, reading.get("medians", {}), reading.get("levels", ()))
    turn = replace(turn, done=(*sentences(turn, wish.aim, after, fitted, kept, said), *missing))
    if out is not None:
        model = found(wish.by, wish.constraint, before, after, everyone, kept, said)
        written(out, step.giving(done=turn.done), turn, kept, said, model)
    return turn


def audited(kept: People, decisions: Any, detectors: Sequence[Detector], subject: str) -> Report:
    """The report on decisions about people, with levels as they were spelled.

    Where no one shares rows each row is a unit, and which cell it is in is kept: both audits are of the same people,
    and so is the change from one to the other.
    """
    import pandas as pd

    spelled = np.array(kept.outcomes, object)
    shared = np.array([f"{ROW} {k}" for k in kept.row], object) if kept.unit is None else kept.unit
    roles = {"group": kept.group, "outcome": spelled[kept.y], "unit": shared}
    columns: dict[str, Any] = {role: pd.Series(told, name=kept.named.get(role, ROW)) for role, told in roles.items()}
    columns["prediction"] = pd.Series(spelled[decisions], name="decision")
    return audit(None, list(detectors), subject=subject, keep_units=kept.unit is None, **columns)


def _digest(everyone: People) -> str:
    """The SHA-256 of the rows, column by column, and of what the columns are called."""
    import pandas as pd

    told = hashlib.sha256(repr((list(everyone.X.columns), everyone.outcomes, everyone.named)).encode())
    columns = [*(everyone.X.iloc[:, i] for i in range(everyone.X.shape[1])), pd.Series(everyone.group)]
    columns += [pd.Series(everyone.y), *([] if everyone.unit is None else [pd.Series(everyone.unit)])]
    for column in columns:
        told.update(pd.util.hash_pandas_object(column, index=False).to_numpy().tobytes())
    return told.hexdigest()
