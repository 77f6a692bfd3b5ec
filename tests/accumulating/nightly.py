"""Nights of a model: reports of two groups, with cells, and with the runs that they are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from auditkit.accumulating import State
from auditkit.catalog import configuration
from auditkit.core.baseline import Baseline
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding
from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Recipe, Report
from auditkit.detectors.disparity import SelectionRate
from auditkit.gating import gate
from auditkit.rules import Policy, Within

POLICY = Policy((Within(0.05),))
RUN = ("f1", "p1", "7")


def night(x: int, y: int, n: int = 200, name: str = "hiring", run: Sequence[str] = (), **roles: Any) -> Report:
    """x of n selected in group a, y of n in group b; `run` is fingerprint, prompts and seed."""
    detector = SelectionRate(favourable="1")
    cells = Tally.of_cells(("group", "outcome"), {("a", "1"): x, ("a", "0"): n - x, ("b", "1"): y, ("b", "0"): n - y})
    findings = tuple(f for f in detector.examine(cells) if isinstance(f, Finding))
    kept = cells.rename({"group": "group:group"})
    sources = ({"title": "t", "fingerprint": run[0], "prompts": run[1], "seed": run[2]},) if run else ()
    played = {"group": ("group",), "outcome": ("outcome",), **roles}
    return Report(findings, (), Recipe(name, 2 * n, played, (configuration(detector),), {}, {}, sources=sources), kept)


def drawn(seed: int, gap: float = 0.0, n: int = 200, **more: Any) -> Report:
    """A night of a model whose group b is selected so much more often."""
    rng = np.random.default_rng([seed, n])
    return night(int(rng.binomial(n, 0.4)), int(rng.binomial(n, 0.4 + gap)), n, **more)


def judged(
    state: State, report: Report, policy: Policy = POLICY, baseline: Baseline | None = None
) -> tuple[State, Judgement]:
    """One gate, as the command does it."""
    judgement = gate(report, policy, baseline=baseline, state=state)
    return state.after(report, judgement, policy, baseline), judgement


def run_of(reports: Sequence[Report], policy: Policy = POLICY, state: State | None = None) -> tuple[State, Judgement]:
    """Night after night; the last judgement."""
    state = State() if state is None else state
    for report in reports:
        state, judgement = judged(state, report, policy)
    return state, judgement


def within(judgement: Judgement) -> Outcome:
    """What is said of the difference."""
    (verdict,) = (v for v in judgement.verdicts if v.rule == "within")
    return verdict.outcome


def said(judgement: Judgement) -> str:
    """What is said of the state."""
    return " ".join(notice.sentence for notice in judgement.notices if notice.about == "state")


def renamed(report: Report, column: str) -> Report:
    """The same numbers under another attribute."""
    return replace(report, findings=tuple(replace(f, attribute=column) for f in report.findings))
