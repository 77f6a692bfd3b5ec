"""What a plan needs: against the published sample sizes, and as every option and every policy moves it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditkit.core.errors import InputError
from auditkit.core.need import Need
from auditkit.planning import Plan, plan_of
from auditkit.powering import Power, power

WITHIN = {"rule": "within", "margin": 0.05, "code": "disparity.selection_rate"}


def _plan(*rules: dict[str, Any], detectors: list[dict[str, Any]] | None = None, **settings: Any) -> Plan:
    roles = settings.pop("roles", {"group": "sex", "outcome": "hired"})
    policy = {"rules": list(rules), **settings} if rules else None
    told = detectors or [{"code": "disparity.selection_rate"}]
    return plan_of({"data": {"path": "nowhere.csv"}, "roles": roles, "detectors": told, "policy": policy})


def _need(told: Power, verdict: str, estimand: str = "selection rate difference") -> Need:
    [need] = [need for need in told.needs if need.verdict == verdict and need.estimand == estimand]
    return need


@pytest.mark.parametrize(("rate", "group"), [(None, 2_164), (0.1, 779)])
def test_two_equal_groups_take_what_is_published_for_two_one_sided_tests(rate: float | None, group: int) -> None:
    """Margin .05, 5 %, power .90: 2,164 a group at .5, 779 at .1; by Newcombe's interval 2,155 and 786 (simulated)."""
    need = _need(power(_plan(WITHIN), rate=rate, replications=300), "PASS")
    assert need.smaller == pytest.approx(group, rel=0.035)
    assert need.rows == pytest.approx(2 * group, rel=0.035)
    assert need.between is not None
    assert need.between[0] <= 0.9 <= need.between[1]


def test_the_same_plan_gives_the_same_numbers() -> None:
    first, second = (power(_plan(WITHIN), replications=50) for _ in range(2))
    assert first == second
    assert str(first) == str(second)
    assert json.loads(json.dumps(first.to_dict(), allow_nan=False)) == first.to_dict()


def test_holm_asks_more_of_a_fail_and_nothing_of_a_pass() -> None:
    one, ten = (power(_plan(WITHIN), comparisons=m, replications=100) for m in (1, 10))
    none = power(_plan(WITHIN, multiplicity="none"), comparisons=10, replications=100)
    assert _need(ten, "PASS").rows == _need(one, "PASS").rows
    expected = ((2.807 + 1.2816) / (1.96 + 1.2816)) ** 2
    assert _need(ten, "FAIL").rows / _need(one, "FAIL").rows == pytest.approx(expected, rel=0.15)
    assert _need(none, "FAIL").rows == _need(one, "FAIL").rows
    assert (one.level, ten.level, none.level) == (0.95, 0.995, 0.95)


def test_comparisons_are_those_of_two_groups_in_every_column() -> None:
    both = _plan(WITHIN, roles={"group": ["sex", "race"], "outcome": "hired"})
    crossed = both.model_copy(update={"crossed": True})
    assert power(both, replications=20).comparisons == 2
    assert power(crossed, replications=20).comparisons == 1
    two = [{"code": "disparity.selection_rate"}, {"code": "selection.refusal"}]
    assert power(_plan(detectors=two), replications=20).comparisons == 3


def test_a_smaller_group_and_a_larger_bias_move_the_numbers_as_they_should() -> None:
    even, few = (power(_plan(WITHIN), share=share, replications=100) for share in (0.5, 0.1))
    assert _need(few, "PASS").rows / _need(even, "PASS").rows == pytest.approx(0.25 / 0.09, rel=0.1)
    assert _need(few, "PASS").smaller == round(0.1 * (_need(few, "PASS").rows or 0))
    twice, thrice = (power(_plan(WITHIN), effect=effect, replications=100) for effect in (2.0, 3.0))
    assert _need(thrice, "FAIL").rows / _need(twice, "FAIL").rows == pytest.approx(0.25, rel=0.15)
    assert _need(thrice, "FAIL").effect == pytest.approx(-0.15)


def test_the_bias_of_a_ratio_is_the_margin_squared() -> None:
    rule = {"rule": "ratio", "at_least": 0.8, "code": "disparity.selection_rate"}
    need = _need(power(_plan(rule), replications=50), "FAIL", "selection rate ratio")
    assert need.effect == pytest.approx(0.64)
    assert need.limit == "ratio 0.8 to 1.25"


def test_the_least_that_a_policy_asks_for_is_part_of_it() -> None:
    rule = {"rule": "within", "margin": 0.3, "code": "disparity.selection_rate"}
    usual, more = _plan(rule), _plan(rule, {"rule": "enough", "n_eff": 900})
    assert (_need(power(usual, replications=50), "PASS").smaller or 0) < 200
    assert _need(power(more, replications=50), "PASS").smaller == pytest.approx(900, rel=0.05)


def test_what_the_worlds_full_dose_cannot_reach_is_said() -> None:
    plan = _plan(
        {"rule": "within", "margin": 0.05, "estimand": "accuracy difference"},
        {"rule": "within", "margin": 0.07, "estimand": "accuracy difference"},
        detectors=[{"code": "disparity.error_rates"}],
        roles={"group": "sex", "outcome": "hired", "prediction": "says"},
    )
    near, never = (need for need in power(plan, replications=20).needs if need.verdict == "FAIL")
    assert near.why == "−0.06179 is the full dose of its world, and not −0.1."
    assert near.rows is not None
    assert never.rows is None
    assert never.why == "the full dose of its world, −0.06179, is no more than is tolerated"


def test_what_no_number_of_rows_brings_says_why() -> None:
    plan = _plan(
        detectors=[{"code": "selection.missingness"}, {"code": "automation.deployment"}],
        roles={"group": "sex", "feature": "income", "outcome": "y", "model": "m", "human": "h"},
    )
    told = power(plan, replications=20)
    passed = next(need for need in told.needs if need.code == "selection.missingness" and need.verdict == "PASS")
    failed = [need for need in told.needs if need.code == "automation.deployment" and need.verdict == "FAIL"]
    assert passed.rows is None
    assert "cannot be told from the data" in passed.why
    assert all("fill the role deployed" in need.why and need.rows is None for need in failed)
    assert f"no number of rows: {passed.why}" in str(told)
    assert told.comparisons == 1  # a FAIL that is withheld is none of Holm's


def test_no_worse_needs_a_baseline_as_large_and_says_so() -> None:
    rule = {"rule": "no_worse", "margin": 0.05, "code": "disparity.selection_rate", "estimand": "*difference"}
    told = power(_plan(rule), replications=50)
    passed, failed = _need(told, "PASS"), _need(told, "FAIL")
    assert passed.limit == "no_worse by more than 0.05"
    assert failed.effect == pytest.approx(-0.1)
    fixed = power(_plan(WITHIN), replications=50)
    assert (failed.rows or 0) > 1.5 * (_need(fixed, "FAIL").rows or 0)  # both reports are uncertain
    assert any("as many rows as the report" in note for note in told.notes)


def test_a_plan_without_detectors_means_those_of_a_first_audit() -> None:
    plan = plan_of({"data": {"path": "a.csv"}, "roles": {"group": "sex", "outcome": "hired"}})
    assert {need.code for need in power(plan, replications=20).needs} == {"disparity.selection_rate"}
    with pytest.raises(InputError, match="names no detector, and none fits its roles: text"):
        power(plan_of({"data": {"path": "a.csv"}, "roles": {"text": "story"}}))


def test_two_detectors_of_one_code_are_told_apart() -> None:
    shares = {"value": {"a": 0.3, "b": 0.7}, "why": "a census", "source": "a test"}
    plan = _plan(detectors=[{"code": "selection.composition", "reference": shares}] * 2)
    assert list(power(plan, replications=20).worlds) == ["selection.composition", "selection.composition (2)"]


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ({"effect": 1.0}, "beyond the margin"),
        ({"effect": float("nan")}, "beyond the margin"),
        ({"comparisons": 0}, "Give at least 1"),
        ({"replications": 5}, "Give at least 20"),
        ({"seconds": -1.0}, "a number of at least 0"),
        ({"price": float("inf")}, "a number of at least 0"),
        ({"rate": 0.0}, "A rate lies between 0 and 1"),
        ({"share": 0.7}, "at most .5"),
    ],
)
def test_options_that_make_no_sense_are_refused(option: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        power(_plan(WITHIN), **option)


def test_options_that_play_no_part_are_said() -> None:
    told = power(_plan(detectors=[{"code": "selection.refusal"}]), rate=0.1, price=1.0, replications=20)
    assert any("this plan does not have" in note for note in told.notes)
    assert any("this plan draws none" in note for note in told.notes)
    assert told.cost(100) == ""


def test_another_policy_takes_the_place_of_the_plans() -> None:
    rule = {"rule": "within", "margin": 0.1, "code": "disparity.selection_rate"}
    told = power(_plan(WITHIN), policy={"rules": [rule]}, replications=20)
    assert {need.limit for need in told.needs} == {"within ±0.1"}


def test_every_goal_is_told_as_it_is_done() -> None:
    seen: list[tuple[str, int, int]] = []
    power(_plan(WITHIN), replications=20, progress=lambda *step: seen.append(step))
    assert seen == [("disparity.selection_rate", 1, 2), ("disparity.selection_rate", 2, 2)]
