"""What will never be answered is said before anything is drawn."""

from __future__ import annotations

from typing import Any

import pytest

from auditkit import catalog
from auditkit.core.roles import Roles
from auditkit.planning import plan_of
from auditkit.powering import power
from auditkit.powering.silence import silences
from auditkit.powering.studies import Study
from auditkit.powering.worlds import suppose
from auditkit.rules import Policy


def _silent(rules: list[dict[str, Any]], *codes: str, **roles: str) -> list[str]:
    played = Roles.of(**(roles or {"group": "sex", "outcome": "hired"}))
    policy = Policy.read({"rules": rules} if rules else None)
    detectors = [catalog.build(code, {}) for code in codes or ("disparity.selection_rate",)]
    return list(silences({each.code: Study(suppose(each, played), policy) for each in detectors}, policy, played))


def test_a_silence_is_part_of_what_is_printed() -> None:
    rule = {"rule": "within", "margin": 0.05, "code": "automation.*"}
    roles = {"group": "sex", "outcome": "hired"}
    told = power(plan_of({"data": {"path": "nowhere.csv"}, "roles": roles, "policy": {"rules": [rule]}}))
    assert told.needs == ()
    assert told.headline == "No verdict that this plan asks for can be planned."
    assert "Never answered, whatever the data:" in str(told)
    assert all(sentence in str(told) for sentence in told.silent)


def test_a_plan_that_is_answered_has_no_silence() -> None:
    assert _silent([]) == []


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (
            {"rule": "within", "margin": 0.05, "code": "disparity.selection_rat"},
            'within (code "disparity.selection_rat"): nothing in this plan matches: NOT_ASSESSED. Did you mean '
            '"disparity.selection_rate"?',
        ),
        (
            {"rule": "within", "margin": 0.05, "estimand": "selection rate diference"},
            'within (estimand "selection rate diference"): nothing in this plan matches: NOT_ASSESSED. Did you mean '
            '"selection rate difference"?',
        ),
        (
            {"rule": "ratio", "code": "selection.*"},
            'ratio (code "selection.*"): nothing in this plan matches: it judges nothing.',
        ),
        ({"rule": "assessed", "codes": ["automation.*"]}, 'no detector of this plan matches "automation.*"'),
        ({"rule": "no_worse", "code": "implicit.*"}, 'no_worse (code "implicit.*"): nothing in this plan matches'),
    ],
)
def test_a_rule_that_matches_nothing_is_named(rule: dict[str, Any], says: str) -> None:
    assert any(says in sentence for sentence in _silent([{"rule": "within"}, rule]))


def test_a_plan_that_judges_nothing_says_so() -> None:
    told = _silent([{"rule": "within", "margin": 0.05, "code": "automation.*"}])
    assert told[-1].startswith("Nothing of this plan is judged: NOT_ASSESSED.")


def test_what_is_descriptive_until_a_policy_sets_a_margin_says_so() -> None:
    roles = {"unit": "person", "latency": "ms", "arm": "block", "context": "part"}
    descriptive = _silent([{"rule": "within"}], "implicit.human_iat", **roles)
    assert any("what it tells is descriptive" in sentence for sentence in descriptive)
    judged = _silent([{"rule": "within", "margin": 0.2, "code": "implicit.human_iat"}], "implicit.human_iat", **roles)
    assert not any("descriptive" in sentence for sentence in judged)


def test_a_role_that_the_plan_lacks_is_named_before_the_run_refuses_it() -> None:
    assert _silent([], "disparity.error_rates", group="sex", outcome="hired") == [
        "disparity.error_rates needs a column for prediction, which [roles] lacks: auditkit run refuses this plan."
    ]


def test_what_is_not_assessed_for_want_of_a_role_is_named() -> None:
    told = _silent([], "automation.reliance", unit="user", advice="a", final="f", truth="t", arm="arm")
    assert told == [
        "automation.reliance, over-reliance: not assessed: no decision before the advice was recorded: fill the role "
        "initial."
    ]


def test_bounds_give_no_verdict() -> None:
    told = _silent([], "selection.bounds", "disparity.selection_rate")
    assert any("selection.bounds: it gives no verdict of its own" in sentence for sentence in told)


def test_an_experimental_detector_is_heard_only_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditkit.catalog.experimental", lambda code: code == "disparity.selection_rate")
    assert any("it is experimental" in sentence for sentence in _silent([{"rule": "within"}]))
    assert _silent([{"rule": "within", "code": "disparity.selection_rate"}]) == []


def test_nothing_in_a_pattern_reaches_a_terminal() -> None:
    hostile = "x\x1b]0;owned\x07\n::error::y"
    told = " ".join(
        _silent([{"rule": "within", "margin": 0.05, "code": hostile}, {"rule": "assessed", "codes": [hostile]}])
    )
    assert not {"\x1b", "\x07", "\n"} & set(told)
    assert "::" not in told
