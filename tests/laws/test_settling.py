"""What is said to settle a verdict settles it: the rows named, at the same rates and mix, decide."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit import gate
from auditkit.core.estimate import QUANTILES, Estimate, Wager, estimates
from auditkit.core.finding import Count, Finding, Margin, Scale
from auditkit.core.judgement import Outcome, Verdict
from auditkit.core.report import Recipe, Report
from auditkit.rules import Policy, Question, Ratio, Shortfall, Within
from auditkit.settling import needed
from auditkit.stats.contrasts import mover_ratio, newcombe
from auditkit.stats.proportions import guarded, rates

SHORT = (Shortfall("20 effective rows on the smaller side, and 30 are the least", 1.5),)


def judged(
    shares: tuple[float, float], sizes: tuple[float, float], margin: float, scale: Scale = "difference"
) -> Verdict:
    """The verdict on the difference or ratio of two rates that are exactly these, at any number of rows."""
    x, y = (guarded(rates(np.array([p * n]), np.array([n]))) for p, n in zip(shares, sizes, strict=True))
    rows = round(sum(sizes))
    made = mover_ratio(x, y) if scale == "ratio" else newcombe(x, y)
    (estimate,) = estimates(*made, n=rows, n_eff=min(sizes), method="example")
    counts = tuple(Count(g, round(p * n), round(n), p) for g, p, n in zip("ab", shares, sizes, strict=True))
    told = Finding("c.d", "gap", "a", "b", "said", estimate, scale=scale, null=float(scale == "ratio"), counts=counts)
    report = Report((told,), (), Recipe("drawn", rows, {}, (), {}, {}))
    return next(
        v
        for v in gate(
            report, Policy((Within(margin, "c.d") if scale == "difference" else Ratio(margin, "c.d"),))
        ).verdicts
        if v.key == told.key
    )


@settings(max_examples=200, deadline=None)
@given(
    st.integers(2, 60),
    st.integers(30, 5_000),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from([(0.02, "difference"), (0.05, "difference"), (0.2, "difference"), (0.8, "ratio"), (0.9, "ratio")]),
)
def test_the_rows_that_are_named_settle_it(
    small: int, big: int, p: float, q: float, margin: tuple[float, Scale]
) -> None:
    share = round(p * small) / small, round(q * big) / big
    now = judged(share, (small, big), *margin)
    if now.outcome is not Outcome.INCONCLUSIVE or now.needed is None:
        return
    times = now.needed / (small + big) * (1 + 1e-9)  # a floor of 30 rows is not missed by a rounding
    then = judged(share, (small * times, big * times), *margin)
    assert then.outcome in (Outcome.PASS, Outcome.FAIL), (now.sentence, then.sentence)
    assert "settle" in now.sentence


@pytest.mark.parametrize("margin", [0.05, 0.0500001])
def test_where_no_number_settles_it_the_floor_is_not_told_as_one(margin: float) -> None:
    """Twenty rows on or near the margin: thirty would be enough to judge, and would not settle it."""
    now = judged((0.55, 0.5), (20, 4_000), margin)
    assert now.needed is None
    assert now.sentence.endswith("and 30 are the least. No realistic number of rows settles it.")
    then = judged((0.55, 0.5), (30, 6_000), margin)
    assert (then.outcome, then.needed) == (Outcome.INCONCLUSIVE, None)


def test_the_floor_is_told_where_it_is_all_that_is_wanting() -> None:
    now = judged((0.9, 0.1), (20, 4_000), 0.05)
    assert (now.outcome, now.needed) == (Outcome.INCONCLUSIVE, 6_030)
    assert judged((0.9, 0.1), (30, 6_000), 0.05).outcome is Outcome.FAIL


@pytest.mark.parametrize(("e_pass", "e_fail", "told"), [(1.0, 12.0, None), (1.0, 20.0, 750), (20.0, 1.0, 750)])
def test_bets_are_settled_by_the_floor_only_where_their_stake_is_there(
    e_pass: float, e_fail: float, told: int | None
) -> None:
    value = 0.3 if e_fail > e_pass else 0.0
    lower, upper = (tuple(value + side * 0.01 * z for z in QUANTILES) for side in (-1, 1))
    e = Estimate(value, lower, upper, 500, 20.0, "example", wagers=(Wager(-0.05, 0.05, e_pass, e_fail),))
    q = Question("within", Finding("c.d", "gap", "a", "b", "s", e), e, Margin.within(0.05))
    assert needed(q, SHORT, 0.95) == told
    assert needed(q._replace(reports=lambda stake, beyond: 3), SHORT, 0.95) == told
