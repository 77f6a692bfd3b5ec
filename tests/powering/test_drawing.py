"""A plan that is still to draw: its repeats, its cost, and a run that stops by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from auditkit.core.errors import InputError
from auditkit.core.power import Power
from auditkit.planning import plan_of
from auditkit.powering import power

JOBS = {"nurse": 0.87, "carpenter": 0.03, "judge": 0.40}


def _plan(*jobs: str, templates: int = 5, repeats: int = 4, **more: Any) -> dict[str, Any]:
    known = jobs or tuple(JOBS)
    told = {"why": "a count", "source": "a test"}
    references = {job: {"value": {"woman": JOBS[job], "man": 1 - JOBS[job]}, **told} for job in known}
    probe = {"name": "occupations", "occupations": list(JOBS), "templates": templates, "repeats": repeats}
    return {
        "probe": probe,
        "target": {"name": "diffusion", "model": "nobody/nothing"},
        "roles": {"group": "gender", "context": "occupation", "unit": "prompt"},
        "detectors": [{"code": "reporting.generator_frequency", "reference": references}],
    } | more


def _power(table: dict[str, Any], **options: Any) -> Power:
    return power(plan_of(table), **{"replications": 40} | options)


@pytest.fixture(scope="module")
def told() -> Power:
    return _power(_plan(), seconds=2.0, price=0.01)


def test_repeats_are_what_the_answers_take_of_the_plans_prompts(told: Power) -> None:
    assert told.drawn == (15, 4)
    for need in told.needs:
        assert need.rows is not None
        assert need.repeats == -(-need.rows // 15)


def test_the_plan_is_held_against_what_it_draws(told: Power) -> None:
    assert told.plan.startswith("The plan draws 15 prompts × 4 repeats = 60 answers (2 min, price 0.60), enough for 0")
    assert told.plan in str(told)
    plenty = replace(told, drawn=(15, 400), seconds=None, price=None)
    assert plenty.plan == "The plan draws 15 prompts × 400 repeats = 6,000 answers, enough for 2 of 2 verdicts."


def test_answers_on_what_has_no_reference_are_drawn_too(told: Power) -> None:
    one = _power(_plan("nurse"), replications=20)
    first = one.needs[0]
    assert first.rows is not None
    assert first.rows % 3 == 0  # two of three answers play no part
    assert first.repeats == first.rows // 3 // 5 + (first.rows // 3 % 5 > 0)
    assert "of the 2 without a reference play no part" in str(one)


def test_a_run_that_stops_by_itself_takes_about_as_long_and_sometimes_far_less(told: Power) -> None:
    """statistics.md, table A: the median run is 6 to 38 % shorter where bets are untuned, and up to half where they are
    tuned; the slowest tenth takes 1.2 to 1.5 times as long."""
    for need in told.needs:
        assert need.stopped is not None
        assert need.stopped.median is not None
        assert 0.5 * need.rows < need.stopped.median < 1.3 * need.rows  # type: ignore[operator]  # rows are known
        assert need.stopped.ninetieth is None or need.stopped.ninetieth > need.stopped.median
    severe = _power(_plan(), effect=8.0, replications=20)
    failed = next(need for need in severe.needs if need.verdict == "FAIL")
    assert failed.stopped is not None
    assert (failed.stopped.median or 0) < 100


def test_the_cost_is_told_of_every_number(told: Power) -> None:
    need = told.needs[0]
    assert need.rows is not None
    assert f"price {0.01 * need.rows:,.2f}" in str(told)


def test_units_that_the_design_does_not_have_are_no_matter_of_repeats() -> None:
    """Captions are clustered by picture, and a plan that draws has prompts: a repeat is no new prompt."""
    roles = {"unit": "prompt", "truth": "occupation", "outcome": "answer"}
    told = _power(_plan(roles=roles, detectors=[{"code": "reporting.mention", "usual": "yellow"}]))
    need = next(need for need in told.needs if need.rows is not None)
    assert need.units["unit"] > 15
    assert need.repeats is None
    assert need.why == "15 units of the plan are too few, and repeats add none."
    assert "enough for 0 of 2 verdicts." in told.plan


def test_what_is_judged_and_not_planted_is_named() -> None:
    rule = {"rule": "within", "margin": 0.2, "code": "reporting.generator_frequency"}
    told = _power(_plan(policy={"rules": [rule]}), replications=20)
    said = told.worlds["reporting.generator_frequency"][-1]
    beside = "mean total variation, slope of log odds and share minus reference"
    assert said == f"Judged too, of which this world says nothing: {beside}."
    assert told.comparisons == 6  # the headline, the distance, the slope, and the share of each of three concepts


def test_a_policy_that_judges_no_difference_leaves_no_bets() -> None:
    rule = {"rule": "no_worse", "margin": 0.2, "code": "reporting.generator_frequency"}
    told = _power(_plan(policy={"rules": [rule]}), replications=20)
    assert told.needs
    assert all(need.stopped is None for need in told.needs)


def test_a_probe_that_asks_nothing_is_refused() -> None:
    table = _plan()
    table["probe"] = table["probe"] | {"occupations": []}
    with pytest.raises(InputError, match="occupations asks nothing"):
        _power(table)


def test_units_that_the_plan_does_not_name_are_not_counted() -> None:
    roles = {"truth": "occupation", "outcome": "answer"}
    told = _power(_plan(roles=roles, detectors=[{"code": "reporting.mention", "usual": "yellow"}]))
    assert told.needs
    assert all("unit" not in need.units for need in told.needs)
    assert any(
        "Shown without what the plan has no column for: unit." in said for said in told.worlds["reporting.mention"]
    )
