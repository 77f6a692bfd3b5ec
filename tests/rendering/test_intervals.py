from __future__ import annotations

import math
from dataclasses import replace

import canned
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.estimate import Estimate
from auditkit.core.finding import Finding, Margin
from auditkit.core.report import Report
from auditkit.rendering import figures


def one(*estimates: Estimate, scale: str = "difference", margin: Margin | None = None, null: float = 0.0):
    found = tuple(
        Finding("x.y", "rate", str(i), "rest", "s", e, scale, null, margin=margin)  # type: ignore[arg-type]
        for i, e in enumerate(estimates)
    )
    report = Report(found, (), canned.recipe("s", 1, ("g",)))
    (figure,) = figures(report, canned.judgement([]))
    return figure


def flat(value: float, low: float | None, high: float | None) -> Estimate:
    return Estimate(value, (low,) * 9, (high,) * 9, 10, 10.0, "m")


@pytest.mark.parametrize("make", canned.EVERY.values(), ids=canned.EVERY)
def test_every_finding_has_one_row_with_its_own_numbers(make) -> None:
    report, judgement = make()
    rows = [row for figure in figures(report, judgement) for row in figure.rows]
    assert sorted(row.place for row in rows) == list(range(len(report.findings)))
    by_key = {finding.key: finding for finding in report.findings}
    for row in rows:
        finding = by_key[row.key]
        assert (row.low, row.high) == finding.interval(0.95)[:2]
        assert (row.low90, row.high90) == finding.interval(0.90)[:2]
        assert (row.value, row.null, row.n) == (finding.estimate.value, finding.null, finding.estimate.n)


def test_findings_of_one_kind_share_a_figure_gravest_first() -> None:
    painted = figures(*canned.compas())
    assert [(f.title, f.attribute, len(f.rows)) for f in painted] == [
        ("false positive rate", "race", 5),
        ("false negative rate", "race", 5),
        ("false negative rate", "sex", 1),
        ("false positive rate", "sex", 1),
        ("impact ratio of high scores", "race", 2),
    ]
    assert painted[0].rows[0].label == "African-American vs Caucasian"
    assert [figure.judged for figure in painted] == [True, True, True, True, False]
    assert painted[4].leaves(painted[4].rows[1])[0], "an end that cannot be bounded leaves the axis"


numbers = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=6))
def test_the_axis_shows_every_value_and_margin(triples) -> None:
    estimates = [flat(sorted(t)[1], sorted(t)[0], sorted(t)[2]) for t in triples]
    figure = one(*estimates, margin=Margin.within(0.05))
    low, high = figure.domain
    assert all(low < row.value < high for row in figure.rows)
    assert low < -0.05
    assert high > 0.05
    assert 2 <= len(figure.ticks) <= 9
    assert all(low <= tick <= high for tick in figure.ticks)
    for row in figure.rows:
        assert figure.at(row.low) <= figure.at(row.value) <= figure.at(row.high)
        assert figure.leaves(row) == (row.low < low, row.high > high)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=6), st.floats(1.01, 1e4))
def test_a_ratio_and_its_inverse_stand_mirrored(values: list[float], factor: float) -> None:
    there = one(*(flat(v, v / factor, v * factor) for v in values), scale="ratio", margin=Margin.ratio(0.8), null=1.0)
    back = one(
        *(flat(1 / v, 1 / v / factor, factor / v) for v in values), scale="ratio", margin=Margin.ratio(0.8), null=1.0
    )
    assert there.ticks
    assert all(there.domain[0] <= tick <= there.domain[1] for tick in there.ticks)
    for a, b in zip(there.rows, back.rows, strict=True):
        assert there.at(a.value) == pytest.approx(1 - back.at(b.value), abs=1e-9)


def test_a_long_interval_does_not_flatten_the_others() -> None:
    figure = one(flat(0.02, 0.01, 0.03), flat(0.0, -900.0, 900.0), margin=Margin.within(0.05))
    assert figure.domain[1] - figure.domain[0] <= 5 * 0.1 * 1.13
    assert figure.leaves(figure.rows[1]) == (True, True)
    assert figure.leaves(figure.rows[0]) == (False, False)


def test_zero_ratios_and_undefined_values_are_placed_without_error() -> None:
    zero = flat(0.0, 0.0, 0.4)
    figure = one(zero, Estimate.undefined("no rows"), scale="ratio", margin=Margin.ratio(0.8), null=1.0)
    assert figure.at(0.0) == 0.0
    assert math.isfinite(figure.domain[0])
    assert figure.domain[0] > 0
    assert figure.leaves(figure.rows[0])[0]
    assert figure.leaves(figure.rows[1]) == (False, False)
    assert figure.rows[1].reason == "no rows"


def test_even_ticks_are_round_and_contain_zero() -> None:
    figure = one(flat(0.214, 0.183, 0.244), margin=Margin.within(0.05))
    assert figure.ticks == (0.0, 0.1, 0.2)


def test_the_order_of_findings_in_the_report_does_not_matter_for_judged_ones() -> None:
    report, judgement = canned.compas()
    judged = replace(report, findings=report.findings[:12])
    turned = replace(judged, findings=judged.findings[::-1])
    assert figures(judged, judgement) == figures(turned, judgement)
