"""What a test requires of a report: the outcome of `auditkit gate`, as a test that passes or fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from auditkit.pytest_plugin.baselines import BaselineFile
from auditkit.pytest_plugin.ledger import OPEN, Ledger

if TYPE_CHECKING:
    from auditkit.accumulating import State
    from auditkit.core.baseline import Baseline
    from auditkit.core.errors import AuditkitError
    from auditkit.core.judgement import Judgement
    from auditkit.core.report import Report
    from auditkit.rules import Policy

IMPACT = "disparity.selection_rate"


def assert_within(
    data: Any = None,
    /,
    margin: float | None = None,
    code: str = "*",
    estimand: str = "*",
    *,
    inconclusive: str = "fail",
    **roles: Any,
) -> Judgement:
    """Fail the test unless a bias larger than `margin` is ruled out, at 95 %, for every difference chosen.

    `data` is a report; or a table, or nothing, and the roles are columns or arrays as in `auditkit.audit`. Without a
    `margin` each finding is held to the one its detector suggests. What the data cannot decide fails too, unless
    `inconclusive="warn"`.

    >>> hired, sex = [1, 0] * 4_000, ["f"] * 4_000 + ["m"] * 4_000
    >>> assert_within(outcome=hired, group=sex, margin=.05).passed
    True
    """
    __tracebackhide__ = True
    audit = Audit(OPEN.get())
    report = audit(data, **roles) if roles else data
    rule = {"rule": "within", "margin": margin, "code": code, "estimand": estimand}
    return audit.require(report, {"rules": [rule], "inconclusive": inconclusive})


def assert_impact_ratio(
    data: Any = None,
    /,
    at_least: float = 0.8,
    code: str = IMPACT,
    estimand: str = "*",
    *,
    favourable: str | None = None,
    inconclusive: str = "fail",
    **roles: Any,
) -> Judgement:
    """Fail the test unless every ratio of selection rates lies, at 95 %, above `at_least` and below its inverse.

    .8 is the four-fifths rule (29 CFR 1607.4 D), here with an interval. The arguments are those of `assert_within`;
    `favourable` is the value that is good to get, where it is not 1 or "yes".

    >>> hired, sex = [1, 0] * 4_000, ["f"] * 4_000 + ["m"] * 4_000
    >>> assert_impact_ratio(y_pred=hired, group=sex, at_least=.8).passed
    True
    """
    __tracebackhide__ = True
    from auditkit.catalog import build

    audit, asked = Audit(OPEN.get()), {} if favourable is None else {"favourable": favourable}
    report = audit(data, build(IMPACT, asked), **roles) if roles or asked else data
    rule = {"rule": "ratio", "at_least": at_least, "code": code, "estimand": estimand}
    return audit.require(report, {"rules": [rule], "inconclusive": inconclusive})


@dataclass(frozen=True)
class Audit:
    """Audit as `auditkit.audit` does, and require what a policy requires.

    In a test: `report = audit(table, group="sex", outcome="hired")`, then `audit.require(report, "pyproject.toml")`.
    """

    ledger: Ledger | None = field(default=None, repr=False)

    def __call__(self, data: Any = None, detectors: Any = None, /, **roles: Any) -> Report:
        """The report; the arguments are those of `auditkit.audit`."""
        __tracebackhide__ = True
        from auditkit.auditing import audit
        from auditkit.core.errors import AuditkitError

        try:
            return audit(data, detectors, **roles)
        except AuditkitError as error:
            refusal = error
        _refuse(refusal)

    def require(
        self,
        report: Report | str | Path,
        *policy: Any,
        baseline: BaselineFile | Baseline | Report | str | Path | None = None,
        state: State | str | Path | None = None,
    ) -> Judgement:
        """Fail the test unless `auditkit gate` would exit 0; the failure lists every verdict that is no pass.

        `policy` is a file, a table, a Policy, one rule or several, or nothing: then it is the file that the ini key
        `auditkit_policy` names, else the default. `baseline` is `audit_baseline`, a baseline, a report, or the path of
        one; `state` the path of a state, which is read before and written after as the command does.
        """
        __tracebackhide__ = True
        from auditkit.core.errors import AuditkitError

        try:
            told = self._judge(report, self._policy(policy), baseline, state)
        except AuditkitError as error:
            refusal = error
        else:
            return _held(*told)
        _refuse(refusal)

    assert_within = staticmethod(assert_within)
    assert_impact_ratio = staticmethod(assert_impact_ratio)

    def _judge(self, report: Any, policy: Policy, baseline: Any, state: Any) -> tuple[Report, Judgement]:
        from auditkit.accumulating import State, alone
        from auditkit.gating import gate, opened

        report = opened(report)
        old = self._baseline(baseline, report, policy)
        if isinstance(state, (str, Path)):
            with alone(Path(state)):
                before = State.read(state)
                judgement = gate(report, policy, baseline=old, state=before)
                before.after(report, judgement, policy, old).save(state)
        else:
            judgement = gate(report, policy, baseline=old, state=state)
        if self.ledger is not None:
            self.ledger.record(report, judgement)
        return report, judgement

    def _policy(self, given: tuple[Any, ...]) -> Policy:
        from auditkit.core.errors import PolicyError
        from auditkit.rules import Policy, Rule

        source = given[0] if len(given) == 1 else list(given) or None
        if source is None and self.ledger is not None:
            source = self.ledger.policy
        if not isinstance(source, (list, tuple)):
            return Policy.read(source)
        for rule in source:
            if not isinstance(rule, Rule):
                raise PolicyError(f"Of several arguments each is a rule, as Within(0.05) is, and {rule!r} is none.")
        return Policy(tuple(source))

    def _baseline(self, given: Any, report: Report, policy: Policy) -> Baseline | None:
        from auditkit.baselining import read_baseline
        from auditkit.core.baseline import Baseline
        from auditkit.core.report import Report

        if isinstance(given, BaselineFile):
            if self.ledger is None or not self.ledger.updating:
                return given.read()
            fresh, changes = given.renewed(report, policy)
            self.ledger.claim(given, fresh, changes)
            return fresh
        if isinstance(given, Report):
            return Baseline(given)
        return read_baseline(Path(given)) if isinstance(given, (str, Path)) else given


def _held(report: Report, judgement: Judgement) -> Judgement:
    __tracebackhide__ = True
    if not judgement.passed:
        from auditkit.pytest_plugin.telling import failure

        pytest.fail(failure(report, judgement), pytrace=False)
    return judgement


def _refuse(error: AuditkitError) -> NoReturn:
    """Raise it again as one quiet sentence: names in it may come from the data, and a log is no place for them raw."""
    __tracebackhide__ = True
    from auditkit.formats.words import quiet

    raise type(error)(quiet(error)) from None
