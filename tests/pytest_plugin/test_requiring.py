"""The fixture `audit`: bias as a test, with the same outcome as the command."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from auditkit import audit
from auditkit.cli import main

Tests = Callable[..., pytest.RunResult]


def test_what_is_no_pass_fails_and_says_why(tests: Tests) -> None:
    result = tests("audit.require(report)")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "FAIL: selection rate difference by sex, m against f and 1 more; hiring.csv, exit code 1, policy *",
            "*[[]FAIL] Selection rate*m against*f*Interval [[]+0.*, +0.*] at *%, margin ±0.05.*What would change it:*",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    assert "requiring.py" not in result.stdout.str()


@pytest.mark.parametrize(
    ("policy", "outcomes"),
    [
        ("", {"passed": 0, "failed": 1}),
        ("Within(margin=.9)", {"passed": 1}),
        ("Within(margin=.9), Ratio(at_least=.01)", {"passed": 1}),
        ("[Within(margin=.9)]", {"passed": 1}),
        ("[]", {"failed": 1}),
        ("Policy((Within(margin=.9),))", {"passed": 1}),
        ("{'rules': [{'rule': 'within', 'margin': .9}]}", {"passed": 1}),
        ("Within(margin=.1)", {"failed": 1}),
    ],
)
def test_a_policy_in_all_its_forms(tests: Tests, policy: str, outcomes: dict[str, int]) -> None:
    head = "from auditkit.rules import Policy, Ratio, Within"
    tests(f"audit.require(report, *({policy + ',' if policy else ''}))", head=head).assert_outcomes(**outcomes)


@pytest.mark.parametrize("n", [100, 4_000])
@pytest.mark.parametrize("inconclusive", ["fail", "warn"])
def test_the_fixture_and_the_command_agree(pytester: pytest.Pytester, tests: Tests, n: int, inconclusive: str) -> None:
    policy = pytester.path / "policy.toml"
    policy.write_text(f'inconclusive = "{inconclusive}"\n')
    result = tests("audit.require(report, 'policy.toml')", gap=0, n=n)
    report = audit(pytester.path / "hiring.csv", group="sex", outcome="hired").save(pytester.path / "report.json")
    assert (result.ret == 0) == (main(["gate", str(report), "--policy", str(policy)]) == 0)
    assert (result.ret == 0) == (n == 4_000 or inconclusive == "warn")


def test_a_report_in_a_file_and_a_state_are_taken_as_the_command_takes_them(tests: Tests) -> None:
    body = "report.save('r.json'); assert audit.require('r.json', baseline='r.json', state='state.json').passed"
    tests(body, gap=0, n=4_000).assert_outcomes(passed=1)


def test_what_cannot_be_read_is_one_quiet_sentence(tests: Tests) -> None:
    result = tests(
        "audit.require(report, 'nowhere.toml')",
        "audit.require(report, {'\\x1b[31m\\n::error::x': 1})",
        "audit.require(report, 'pyproject.toml', 'policy.toml')",
        "audit('hiring.csv', group='sxe', outcome='hired')",
        "audit.assert_within(None)",
    )
    result.assert_outcomes(failed=5)
    told = [line for line in result.outlines if line.startswith("E  ")]
    assert len(told) == 5
    for line, word in zip(
        told, ("nowhere.toml", "A policy has no key", "each is a rule", '"sex"', "needs"), strict=True
    ):
        assert word in line
    assert "\x1b[31m" not in result.stdout.str()
    assert not any(line.lstrip("E ").startswith("::") for line in result.outlines)
    assert "requiring.py" not in result.stdout.str()
    assert "gating.py" not in result.stdout.str()


def test_hostile_names_do_nothing_in_a_failure(pytester: pytest.Pytester, tests: Tests, alone: tuple[str, ...]) -> None:
    lines = [f'"{name}",{i % 2 if name == "a" else 1}' for name in ("a", "\x1b[31mred\n::error::x") for i in range(400)]
    tests("audit.require(report)")
    (pytester.path / "hiring.csv").write_text("\n".join(["sex,hired", *lines]) + "\n")
    result = pytester.runpytest_inprocess(*alone)
    result.assert_outcomes(failed=1)
    assert "red : :error: :x" in result.stdout.str()
    assert "\x1b[31mred" not in result.stdout.str()
    assert not any(line.lstrip("E ").startswith("::") for line in result.outlines)


def test_the_assertions_take_reports_tables_and_arrays(tests: Tests) -> None:
    head = """
import pandas as pd
from auditkit.pytest_plugin import assert_impact_ratio, assert_within
hired, truth, sex = [1, 0] * 4_000, [1] * 8_000, ["f"] * 4_000 + ["m"] * 4_000
worse = [1, 0, 0, 0] * 1_000 + [1, 0] * 2_000
table = pd.DataFrame({"hired": worse, "sex": sex})
"""
    passing = (
        "assert_impact_ratio(outcome=hired, group=sex, at_least=.8)",
        "assert_impact_ratio(y_true=truth, y_pred=hired, sensitive_features=sex)",
        "assert_within(outcome=hired, group=sex, margin=.05)",
        "audit.assert_within(report, .9); audit.assert_impact_ratio(report, .01)",
        "audit.assert_within(audit(table, group='sex', outcome='hired'), .3, estimand='*difference')",
        "audit.assert_impact_ratio(outcome=hired[::41], group=sex[::41], inconclusive='warn')",
    )
    failing = (
        "assert_impact_ratio(outcome=worse, group=sex, at_least=.8)",
        "assert_impact_ratio(table, .8, group='sex', outcome='hired')",
        "assert_within(outcome=worse, group=sex, margin=.05)",
        "audit.assert_within(report, .05)",
        "audit.assert_impact_ratio(report)",
        "assert_within(report, .9, estimand='no such thing')",
        "audit.assert_impact_ratio(outcome=hired[::41], group=sex[::41])",
        "audit.assert_impact_ratio(report, .01, inconclusive='wran')",
    )
    tests(*passing, *failing, head=head).assert_outcomes(passed=len(passing), failed=len(failing))


def test_an_assertion_says_the_same_of_arrays_as_the_gate_of_their_report(tests: Tests) -> None:
    head = "import auditkit\nfrom auditkit.pytest_plugin import assert_impact_ratio"
    body = (
        "sex, hired = ['f'] * 4000 + ['m'] * 4000, [1, 0] * 4000; "
        "told = assert_impact_ratio(outcome=hired, group=sex); "
        "rules = {'rules': [{'rule': 'ratio', 'at_least': .8, 'code': 'disparity.selection_rate'}]}; "
        "assert told == auditkit.gate(auditkit.audit(outcome=hired, group=sex), rules)"
    )
    tests(body, head=head).assert_outcomes(passed=1)


def test_comparisons_are_told_in_words(tests: Tests) -> None:
    head = "import auditkit\nfrom auditkit.core.judgement import Outcome"
    result = tests(
        "assert auditkit.gate(report).outcome == Outcome.PASS",
        "assert auditkit.gate(report) == auditkit.gate(report, {'rules': [{'rule': 'within', 'margin': .9}]})",
        "assert auditkit.gate(report) == 1",
        head=head,
    )
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "*assert FAIL == PASS",
            "*FAIL: something lies surely beyond its margin",
            "*assert a judgement of FAIL == a judgement of PASS",
            "*- [[]FAIL] selection rate difference by sex, m against f: It is at least*",
            "*+ [[]PASS] selection rate difference by sex, m against f: Bias larger than 0.9*",
            "*The policy hash differs.",
        ]
    )


def test_data_that_are_not_there_are_skipped_with_a_sentence(pytester: pytest.Pytester) -> None:
    from pathlib import Path

    pytester.makeconftest((Path(__file__).parents[1] / "conftest.py").read_text())
    pytester.makepyfile("def test_it(external):\n    external('no_such_data')\n")
    result = pytester.runpytest_inprocess("-rs", "-p", "no:cacheprovider")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*AUDITKIT_EXTERNAL_DATA*"])
