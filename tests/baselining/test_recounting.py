"""An interval that its own counts do not make is never judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from auditkit import audit
from auditkit.core.estimate import LEVELS, Wager
from auditkit.core.finding import Count
from auditkit.core.judgement import Outcome, Verdict
from auditkit.core.report import Report
from auditkit.gating import gate
from auditkit.recounting import contradicting
from auditkit.rules.assessed import EVERYTHING


def told(n: int, seed: int, **roles: object) -> Report:
    draw = np.random.default_rng(seed)
    group, outcome = draw.choice(list("abc"), n), draw.choice(["no", "yes"], n, p=[0.6, 0.4])
    return audit(group=group, outcome=outcome == "yes", prediction=draw.choice([False, True], n), **roles)


@pytest.mark.parametrize("n", [12, 200, 20_000])
def test_no_honest_finding_contradicts_itself(n: int) -> None:
    for seed in range(10):
        made = told(n, seed)
        assert any(finding.recount for finding in made.findings)
        assert not contradicting(Report.from_json(made.to_json()).findings)


@pytest.mark.parametrize("which", range(len(LEVELS)))
@pytest.mark.parametrize("side", ["lower", "upper"])
def test_every_bound_is_looked_at(side: str, which: int) -> None:
    made = told(200, 1).findings
    bounds = [list(getattr(f.estimate, side)) for f in made]
    for f, b in zip(made, bounds, strict=True):
        b[which] = None if b[which] is None else b[which] + 1e-4
        edited = replace(f, estimate=replace(f.estimate, **{side: tuple(b)}))
        assert contradicting([edited]) == ({f.key} if f.recount and b[which] is not None else frozenset())


def test_edited_counts_and_values_are_seen_too() -> None:
    one = next(f for f in told(200, 1).findings if f.recount)
    a, b = one.counts
    assert contradicting([replace(one, counts=(Count(a.label, a.hits + 1, a.n, a.rate), b))]) == {one.key}
    assert contradicting([replace(one, estimate=replace(one.estimate, value=0.0))]) == {one.key}
    bet = replace(one.estimate, wagers=(Wager(-0.05, 0.05, 1e9, 0.0),))
    assert contradicting([replace(one, estimate=bet)]) == {one.key}


def test_it_is_not_assessed_and_all_else_is_judged() -> None:
    made = told(2_000, 2)
    one = next(f for f in made.findings if f.recount and f.margin)
    narrow = replace(one.estimate, lower=(one.null,) * 9, upper=(one.null,) * 9, value=one.null)
    judged = gate(replace(made, findings=tuple(replace(f, estimate=narrow) if f is one else f for f in made.findings)))
    (verdict,) = judged.of(one.key)
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "was edited" in verdict.sentence
    assert [v for v in gate(made).verdicts if v.key is None] == [Verdict("assessed", Outcome.PASS, EVERYTHING)]
    assert all(v.key is not None for v in judged.verdicts)  # not everything was assessed, and nothing says so
    assert len(judged.verdicts) == len(gate(made).verdicts) - 1
