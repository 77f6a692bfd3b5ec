"""What of a policy can be set: the numbers that are offered are those that its rules take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit import Policy, Report, audit, gate
from auditkit.adjusting import adjusted, settings
from auditkit.rules import Enough, NoWorse, Ratio, Within


@pytest.fixture(scope="module")
def report() -> Report:
    return audit(group=["a"] * 500 + ["b"] * 500, outcome=[1, 0] * 250 + [1, 1, 1, 0] * 125)


def test_every_number_of_the_default_can_be_set(report: Report) -> None:
    told = [(one.rule, one.field, one.value, one.suggested) for one in settings(Policy(), report)]
    assert told == [
        ("within", "margin", None, (0.05,)),
        ("ratio", "at_least", None, (0.8,)),
        ("enough", "n_eff", 30.0, (30,)),
        ("enough", "clusters", 4, (4,)),
    ]


POLICY = Policy((Within(0.037), NoWorse(0.3, "x.*"), Ratio(0.83), Within(2.5, "attribution.slope"), Enough(37, 3)))


def test_every_stop_is_one_that_the_rule_takes(report: Report) -> None:
    for policy in (Policy(), POLICY):
        for setting in settings(policy, report):
            assert setting.value is None or setting.value in setting.stops
            assert list(setting.stops) == sorted(set(setting.stops))
            assert 5 <= len(setting.stops) <= 60
            for stop in setting.stops:
                moved = adjusted(policy, {(setting.place, setting.field): stop})
                assert getattr(moved.rules[setting.place], setting.field) == stop
                assert moved.rules[: setting.place] == policy.rules[: setting.place]


def test_nothing_moved_is_the_same_policy(report: Report) -> None:
    for policy in (Policy(), POLICY):
        values = {(one.place, one.field): one.value for one in settings(policy, report)}
        assert adjusted(policy, values).hash == policy.hash == adjusted(policy, {}).hash
        assert adjusted(policy, {}, "none", "warn").hash != policy.hash


@given(st.floats(0.001, 0.999))
def test_looser_is_a_wider_margin_a_lower_ratio_and_less_evidence(report: Report, value: float) -> None:
    margin, ratio, rows, units = settings(Policy(), report)
    assert bool(margin.exceeded(value)) == (value > 0.05)
    assert bool(ratio.exceeded(value)) == (value < 0.8)
    assert (rows.exceeded(29.0), rows.exceeded(30.0), units.exceeded(3)) == ((30,), (), (4,))
    assert margin.exceeded(None) == ()


def test_a_rule_that_names_nothing_here_has_no_suggestion(report: Report) -> None:
    [named, *_] = settings(Policy((Within(0.1, "implicit.*"),)), report)
    assert named.suggested == ()
    assert named.exceeded(0.5) == ()


def test_a_suggestion_chosen_as_the_margin_of_all_changes_no_verdict(report: Report) -> None:
    margin, *_ = settings(Policy(), report)
    [size] = margin.suggested
    was, now = gate(report), gate(report, adjusted(Policy(), {(margin.place, "margin"): size}))
    assert [v.outcome for v in was.verdicts] == [v.outcome for v in now.verdicts]
