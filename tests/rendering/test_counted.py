"""The rates behind a finding: Wilson's interval of each group, and nothing where counts alone do not tell."""

from __future__ import annotations

from dataclasses import replace

import canned
import pytest
from statsmodels.stats.proportion import proportion_confint

from auditkit.core.finding import Count
from auditkit.core.report import suppressed
from auditkit.rendering import counted, counted_rows, vega_lite


def finding(*counts: Count):
    return replace(canned.all_pass()[0].findings[0], counts=counts, level=counts[0].label, versus=counts[-1].label)


def test_every_group_has_wilsons_interval() -> None:
    for one in canned.compas()[0].findings:
        figure, rows = counted(one), counted_rows(one)
        if not one.counts:
            assert (figure, rows) == (None, [])
            continue
        assert figure is not None
        for count, row, told in zip(one.counts, figure.rows, rows, strict=True):
            for level, ends in ((0.05, (row.low, row.high)), (0.10, (row.low90, row.high90))):
                assert ends == pytest.approx(proportion_confint(count.hits, count.n, level, "wilson"))
            assert row.value == told["rate"] == pytest.approx(count.rate)
            assert (told["low (95 %)"], told["high (95 %)"]) == (row.low, row.high)
            assert row.null == pytest.approx(next(c.rate for c in one.counts if c.label == one.versus))
        assert 0 <= figure.domain[0] < figure.domain[1] <= 1
        assert len(vega_lite(figure)["datasets"]["every"]) == len(one.counts)


def test_the_line_is_the_rate_of_all_where_nobody_is_compared_with() -> None:
    one = replace(finding(Count("a", 1, 10, 0.1), Count("b", 5, 10, 0.5)), versus="")
    figure = counted(one)
    assert figure is not None
    assert [row.null for row in figure.rows] == [0.3, 0.3]


def test_a_rate_of_weighted_rows_has_no_interval() -> None:
    one = finding(Count("a", 1, 10, 0.2), Count("b", 5, 10, 0.5))
    assert counted(one) is None
    assert counted_rows(one)[0] == {
        "group": "a",
        "hits": 1,
        "rows": 10,
        "rate": 0.2,
        "low (95 %)": None,
        "high (95 %)": None,
    }


def test_a_group_that_was_withheld_shows_nothing() -> None:
    report, _ = canned.compas()
    shared = next(one for one in suppressed(report, 10).findings if one.level == "Native American")
    figure = counted(shared)
    assert figure is not None
    assert figure.rows[0].value is None
    assert figure.rows[0].reason == "no rows shown"
    assert counted_rows(shared)[0] | {"group": ""} == {
        "group": "", "hits": None, "rows": 0, "rate": None, "low (95 %)": None, "high (95 %)": None
    }  # fmt: skip


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (10, 10), (0, 1)])
def test_none_and_all_are_drawn(hits: int, n: int) -> None:
    figure = counted(finding(Count("a", hits, n, hits / n), Count("b", hits, n, hits / n)))
    assert figure is not None
    assert all(figure.domain[0] <= row.value <= figure.domain[1] for row in figure.rows)
