"""What a build server is told of a phase turns the pipeline just where its exit code does, and is harmless."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from auditkit.core.judgement import GRAVITY, Outcome
from auditkit.formats.github import github_cases
from auditkit.formats.junit import junit_cases
from auditkit.lifecycle.casing import comparison_cases, turn_cases
from auditkit.lifecycle.discovering import Comparison
from auditkit.lifecycle.turning import Cost
from tests.lifecycle.test_turning import COSTS, SOME, turn

HOSTILE = "::error::x\n##[add-mask]\x1b[31m</testcase>"


def bad(xml: str) -> int:
    root = Xml.fromstring(xml)
    return sum(int(root.get(kind, "")) for kind in ("failures", "errors"))


@pytest.mark.parametrize(("audit", "paid"), list(product(GRAVITY, (*COSTS, None))))
def test_a_turn_turns_the_pipeline_just_where_its_exit_code_does(audit: Outcome, paid: Outcome | None) -> None:
    told = turn(audit, *([] if paid is None else [COSTS[paid]]))
    cases = turn_cases(told)
    assert (cases.exit_code, cases.outcome) == (told.exit_code, told.outcome)
    assert (bad(junit_cases(cases)) > 0) == (told.exit_code != 0)
    assert ("::error " in github_cases(cases, "the table\n")) == (told.exit_code != 0)


def test_a_cost_that_nobody_judges_is_an_error_and_never_green() -> None:
    told = turn(Outcome.PASS, Cost("accuracy", SOME, SOME, SOME))
    root = Xml.fromstring(junit_cases(turn_cases(told)))
    assert [one.get("type") for one in root.iter("error")] == ["NOT_ASSESSED"]
    (cost,) = [one for one in root.iter("testcase") if one.get("name") == "told: accuracy"]
    (skipped,) = cost.iter("skipped")
    assert str(skipped.get("message")).startswith("Not judged: ")
    assert (
        bad(junit_cases(turn_cases(turn(Outcome.PASS, Cost("accuracy", SOME, SOME, SOME), COSTS[Outcome.PASS])))) == 0
    )


def test_nothing_that_a_cost_is_called_is_obeyed() -> None:
    told = turn(Outcome.FAIL, Cost(HOSTILE, SOME, SOME, SOME, 0.1))
    for text in (junit_cases(turn_cases(told)), github_cases(turn_cases(told), "the table\n")):
        assert "\x1b" not in text
        assert "##[" not in text
        assert not [line for line in text.splitlines() if line.strip().startswith("::error::")]


def candidate(name: str, outcome: Outcome, warned: bool = False) -> Any:
    judged = SimpleNamespace(outcome=outcome, passed=warned or outcome is Outcome.PASS)
    told, p = SimpleNamespace(called=name), 0.001 if name == "sure" else 0.9
    return SimpleNamespace(candidate=told, outcome=outcome, judgement=judged, p_pass=p)


@pytest.mark.parametrize(
    ("some", "code", "errors"),
    [
        ([("sure", Outcome.PASS), ("b", Outcome.FAIL)], 0, 0),
        ([("a", Outcome.PASS), ("b", Outcome.FAIL)], 3, 2),
        ([("a", Outcome.FAIL), ("b", Outcome.FAIL)], 1, 2),
    ],
)
def test_candidates_turn_the_pipeline_where_none_is_to_be_chosen(
    some: list[tuple[str, Outcome]], code: int, errors: int
) -> None:
    """One that passes and stands is enough; one that passes by itself and does not stand is told as open."""
    cases = comparison_cases(Comparison("lab", tuple(candidate(*one) for one in some)))
    assert (cases.exit_code, bad(junit_cases(cases))) == (code, errors)
    types = [one.outcome for one in cases.cases]
    assert (Outcome.INCONCLUSIVE in types) == (code == 3)
