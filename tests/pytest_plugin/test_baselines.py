"""The fixture `audit_baseline`: the committed baseline of a test, and the option that writes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from auditkit import audit, gate
from auditkit.baselining import create, read_baseline
from auditkit.cli import main
from auditkit.pytest_plugin.baselines import BaselineFile
from auditkit.rules import NoWorse, Policy

Tests = Callable[..., pytest.RunResult]
FILE = "auditkit.baseline.json"
HEAD = "from auditkit.rules import NoWorse, Within"
REQUIRE = "audit.require(report, NoWorse(.05), baseline=audit_baseline)"
UPDATE = "--auditkit-update-baseline"
BOTH = {"head": HEAD, "fixtures": "audit, audit_baseline"}


def test_a_baseline_that_is_not_there_says_how_to_make_it(tests: Tests, pytester: pytest.Pytester) -> None:
    result = tests(REQUIRE, **BOTH)
    result.assert_outcomes(failed=1)
    made = f"E *There is no baseline *{FILE}. Make it with pytest --auditkit-update-baseline*"
    result.stdout.fnmatch_lines([f'{made}name them apart: audit_baseline("another").'])
    assert not (pytester.path / FILE).exists()


def test_it_is_written_on_request_and_then_held_to(tests: Tests, pytester: pytest.Pytester) -> None:
    result = tests(REQUIRE, gap=2, n=20_000, args=(UPDATE,), **BOTH)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"*{FILE} holds what *.py::test_0 judged. Commit it."])
    report = audit(pytester.path / "hiring.csv", group="sex", outcome="hired")
    written = (pytester.path / FILE).read_text()
    assert written == create(report, Policy((NoWorse(0.05),))).to_json()
    tests(REQUIRE, gap=2, n=20_000, **BOTH).assert_outcomes(passed=1)
    tests(REQUIRE, gap=30, n=20_000, **BOTH).assert_outcomes(failed=1)
    assert (pytester.path / FILE).read_text() == written
    result = tests(REQUIRE, gap=30, n=20_000, args=(UPDATE, "-q"), **BOTH)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["  worse: selection rate difference, m against f, was +0.020 and is +0.300, beyond*"])
    assert (pytester.path / FILE).read_text() != written


def test_an_update_hides_no_fail(tests: Tests, pytester: pytest.Pytester) -> None:
    body = "audit.require(report, Within(.05, estimand='*difference'), baseline=audit_baseline)"
    result = tests(body, args=(UPDATE,), **BOTH)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "  1 of its verdicts is no pass, and writing it accepts nothing, so a test that requires it still fails. "
            f"To accept, *: auditkit baseline update REPORT --baseline *{FILE} --accept WHAT --reason TEXT --owner *"
        ]
    )
    baseline = read_baseline(pytester.path / FILE)
    assert not baseline.accepted
    assert gate(baseline.report, baseline.policy).exit_code == 1


def test_what_the_end_of_a_session_says_to_do_accepts(tests: Tests, pytester: pytest.Pytester) -> None:
    """And once that is done, nothing is said of it any more."""
    body = "audit.require(report, Within(.05), baseline=audit_baseline)"
    told = tests(body, args=(UPDATE, "--auditkit-report", "kept"), **BOTH).stdout.str()
    (line,) = (line for line in told.splitlines() if "To accept" in line)
    (report,) = (pytester.path / "kept").glob("*/report.json")
    words = line.split(": auditkit ")[1].split()
    given = {"REPORT": str(report), "WHAT": "failing", "TEXT": "a quota", "NAME": "Ada"}
    given["YYYY-MM-DD"] = str(date.today() + timedelta(days=30))
    assert main([given.get(word, word) for word in words]) == 0
    tests(body, **BOTH).assert_outcomes(passed=1)
    again = tests(body, args=(UPDATE,), **BOTH)
    again.assert_outcomes(passed=1)
    assert "To accept" not in again.stdout.str()
    assert read_baseline(pytester.path / FILE).accepted


def test_each_name_is_a_file_and_one_file_holds_one_report(tests: Tests, pytester: pytest.Pytester) -> None:
    named = [f"audit.require(report, Within(.{i}), baseline=audit_baseline('b{i % 8}'))" for i in (7, 8, 9)]
    named += named[:1]
    result = tests(*named, args=(UPDATE,), **BOTH)
    result.assert_outcomes(passed=4)
    assert {path.name for path in pytester.path.glob("*.json")} == {f"auditkit.baseline.b{i}.json" for i in (7, 0, 1)}
    clash = "audit.require(report, Within(.{}), baseline=audit_baseline)"
    result = tests(clash.format(8), clash.format(9), args=(UPDATE,), **BOTH)
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([f"*{FILE} was not written: *.py::test_0 and *.py::test_1 put different reports*"])
    assert not (pytester.path / FILE).exists()


def test_where_the_file_is(tests: Tests, pytester: pytest.Pytester) -> None:
    body = "audit.require(report, Within(.9), baseline=audit_baseline)"
    (pytester.path / "kept").mkdir()
    pytester.makeini("[pytest]\nauditkit_baseline = kept/b.json\nauditkit_policy = policy.toml\n")
    tests(body, args=(UPDATE,), **BOTH).assert_outcomes(passed=1)
    assert (pytester.path / "kept" / "b.json").is_file()
    tests(body, args=(UPDATE, "--auditkit-baseline", "other.json"), **BOTH).assert_outcomes(passed=1)
    assert (pytester.path / "other.json").is_file()
    tests(body, args=("--auditkit-baseline", "none.json"), **BOTH).assert_outcomes(failed=1)
    (pytester.path / "kept" / "b.json").write_text("{}")
    tests(body, **BOTH).stdout.fnmatch_lines(["E *b.json: This is not a report*"])
    (pytester.path / "policy.toml").write_text('rules = [{rule = "within", margin = 0.9}]')
    tests("audit.require(report)", "audit.require(report, {})", **BOTH).assert_outcomes(passed=1, failed=1)
    unused = tests("assert report", args=(UPDATE,), **BOTH)
    unused.stdout.fnmatch_lines(["No baseline was written: no test judged a report with baseline=audit_baseline."])
    assert unused.ret == 0


@pytest.mark.parametrize("name", ["", "A", "../x", "a/b", "a.b", "a" * 65, "-a", "a\n", "\x1b[31m"])
def test_a_name_leads_nowhere_else(name: str) -> None:
    with pytest.raises(Exception, match="A baseline is named in small letters"):
        BaselineFile(Path(FILE))(name)
