"""Where the truth is known it stands in the picture, on paper and on the screen; and a card's shares are its counts."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from scipy.stats import beta

from auditkit import catalog
from auditkit.core.finding import Key
from auditkit.core.judgement import Outcome
from auditkit.rendering import (
    Row,
    card_doses,
    card_sweeps,
    card_worlds,
    dosed,
    figure_of,
    holds,
    row_from_data,
    row_to_data,
    svg,
    vega_lite,
)

DOSES, TRUTHS = (0.0, 0.3, 0.9), (0.0, 0.12, 0.5)


def row(value: float | None, truth: float | None, outcome: Outcome | None = Outcome.FAIL) -> Row:
    key = Key("x.y", "gap", "b", "a", "")
    ends = (None,) * 4 if value is None else (value - 0.1, value + 0.1, value - 0.08, value + 0.08)
    return Row(0, key, "b against a", value, *ends, 0.0, -0.05, 0.05, outcome, 50, truth=truth)


ROWS = [row(truth + 0.01, truth) for truth in TRUTHS]


def test_the_chart_has_a_tick_at_every_truth_and_a_mark_at_the_chosen_dose() -> None:
    chart = vega_lite(dosed(ROWS, DOSES, "difference", chosen=0.3))
    [tick] = [layer for layer in chart["layer"] if layer["mark"]["type"] == "tick"]
    told = chart["datasets"][tick["data"]["name"]]
    assert [(one["dose"], one["true"]) for one in told] == list(zip(DOSES, TRUTHS, strict=True))
    assert (tick["encoding"]["y"]["field"], tick["encoding"]["x"]["field"]) == ("true", "dose")
    assert chart["datasets"]["chosen"] == [{"dose": 0.3}]
    assert "truth +0.120" in chart["description"]


def test_the_picture_has_the_same_ticks_in_their_places() -> None:
    drawn = dosed(ROWS, DOSES, "difference", chosen=0.9)
    root = ET.fromstring(svg(drawn))
    ticks = [
        one for one in root.iter() if one.get("class") == "edge" and len(one) and one[0].get("class") == "reference"
    ]
    assert len(ticks) == len(TRUTHS)
    for tick, truth, dose in zip(ticks, TRUTHS, DOSES, strict=True):
        assert float(tick.get("y")) == pytest.approx(10 + 180 * (1 - drawn.figure.at(truth)), abs=0.06)
        assert float(tick.get("x").rstrip("%")) == pytest.approx(4 + 92 * drawn.at(dose), abs=0.006)
    assert "truth" in "".join(text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text"))


def test_a_row_of_intervals_has_its_truth_too_and_the_axis_reaches_it() -> None:
    figure = figure_of(("x.y", "", "gap", "difference"), [row(0.1, 0.9)])
    assert figure.domain[1] > 0.9
    [told] = vega_lite(figure)["datasets"]["true"]
    assert told["true"] == 0.9
    ticks = [one for one in ET.fromstring(svg(figure)).iter() if one.get("class") == "reference" and one.get("x1")]
    [place] = [float(one.get("x1").rstrip("%")) for one in ticks if one.get("x1").endswith("%")]
    assert place == pytest.approx(100 * figure.at(0.9), abs=0.006)


def test_nothing_is_drawn_of_a_truth_that_nobody_knows() -> None:
    figure = figure_of(("x.y", "", "gap", "difference"), [row(0.1, None)])
    assert "reference" not in svg(figure).partition("</style>")[2]
    chart = json.dumps(vega_lite(figure))
    assert "true" not in json.loads(chart)["datasets"]
    assert "truth" not in chart


def test_a_dose_at_which_nothing_can_be_said_is_left_out_and_the_order_is_the_doses() -> None:
    drawn = dosed([row(0.5, 0.5), row(None, 0.2), row(0.0, 0.0)], (0.9, 0.3, 0.0), "difference", chosen=0.3)
    assert drawn.doses == (0.0, 0.9)
    assert [one.value for one in drawn.figure.rows] == [0.0, 0.5]
    assert drawn.chosen is None
    assert svg(drawn)


@pytest.mark.parametrize(
    ("one", "held"),
    [
        (row(0.1, 0.15), True),
        (row(0.1, 0.2), True),
        (row(0.1, 0.21), False),
        (row(0.1, -0.01), False),
        (replace(row(0.1, 9.0), high=None), True),
        (row(0.1, None), None),
        (row(None, 0.1), None),
    ],
)
def test_an_interval_holds_what_lies_in_it(one: Row, held: bool | None) -> None:
    assert holds(one) is held


@pytest.mark.parametrize("one", [row(0.1, 0.2), row(None, None, None), row(0.1, None, Outcome.NOT_ASSESSED)])
def test_a_row_comes_back_from_json(one: Row) -> None:
    assert row_from_data(json.loads(json.dumps(row_to_data(one)))) == one


def test_a_cards_shares_are_its_counts_with_exact_intervals() -> None:
    file = Path(__file__).parents[2] / "reports/published/calibration/reporting.mention.json"
    data = json.loads(file.read_text())
    card = catalog.card("reporting.mention")
    assert card is not None
    told = [
        next(r for r in world["readings"] if [r["estimand"], r["level"]] == data["headline"])
        for world in data["worlds"]
        if world["kind"] == "dose"
    ]
    fails, opens, passes = card_sweeps(card)
    for sweep, field in ((fails, "fails"), (opens, "open"), (passes, "passes")):
        assert [one.value for one in sweep.figure.rows] == [r[field] / r["judged"] for r in told]
        one, r = sweep.figure.rows[1], told[1]
        k, n = r[field], r["judged"]
        assert 0 < k < n
        exact = (beta.ppf(0.025, k, n - k + 1), beta.ppf(0.975, k + 1, n - k))
        assert (one.low, one.high) == pytest.approx(exact)
        assert one.low < one.low90 < one.value < one.high90 < one.high
    assert [line["Dose"] for line in card_doses(card)] == [0, 0.25, 0.5, 0.75, 1]
    worst = max(r["false_fails"] / r["judged"] for world in data["worlds"] for r in world["readings"] if r["judged"])
    said = max(float(line["Fails though nothing is beyond the margin"].split()[0]) for line in card_worlds(card))
    assert said == pytest.approx(100 * worst, abs=0.05)


def test_a_detector_that_judges_nothing_has_no_shares_of_verdicts() -> None:
    card = catalog.card("selection.bounds")
    assert card is not None
    assert card_sweeps(card) == ()
    assert {line["Fail"] for line in card_doses(card)} == {"–"}
