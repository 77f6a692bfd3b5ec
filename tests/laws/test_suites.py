"""Many checks at once, and the same checks night after night: neither may cry wolf."""

from __future__ import annotations

import numpy as np
import pytest

from auditkit import gate
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding
from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Recipe, Report
from auditkit.detectors.disparity import SelectionRate
from auditkit.rules import Policy, Within
from auditkit.stats.exact import share_at_least, share_at_most

CHECKS = 50
SURELY = 1e-4


def suite(n: int, p: float, rng: np.random.Generator) -> Judgement:
    """Fifty two-group comparisons of a model that treats both alike, `n` rows a group, judged together."""
    told: list[Finding] = []
    for check, (x, y) in enumerate(rng.binomial(n, p, (CHECKS, 2)).tolist()):
        cells = {("a", "1"): x, ("a", "0"): n - x, ("b", "1"): y, ("b", "0"): n - y}
        tally = Tally.of_cells((f"check {check}", "outcome"), cells).rename({f"check {check}": "group"})
        told += [f for f in SelectionRate(favourable="1").examine(tally) if f.scale == "difference"]
    return gate(Report(tuple(told), (), Recipe("suite", 2 * n, {}, (), {}, {})), Policy((Within(0.05),)))


@pytest.mark.slow
def test_a_fair_model_passes_fifty_checks_whole() -> None:
    runs = 400
    rng = np.random.default_rng(50)
    passed = sum(suite(8_000, 0.3, rng).outcome is Outcome.PASS for _ in range(runs))
    assert share_at_most(passed, runs, 0.98) > SURELY, f"{passed} of {runs} suites pass whole"


def test_at_500_rows_a_fair_model_never_fails_fifty_checks_and_says_what_it_needs() -> None:
    runs = 40
    rng = np.random.default_rng(51)
    judged = [suite(500, 0.3, rng) for _ in range(runs)]
    failed = sum(judgement.outcome is Outcome.FAIL for judgement in judged)
    assert share_at_least(failed, runs, 0.003) > SURELY
    assert all(
        judgement.outcome is Outcome.INCONCLUSIVE for judgement in judged if judgement.outcome is not Outcome.FAIL
    )
    needed = [v.needed for judgement in judged for v in judgement.verdicts if v.outcome is Outcome.INCONCLUSIVE]
    assert sum(n is not None and n > 1_000 for n in needed) > 0.9 * len(needed)
