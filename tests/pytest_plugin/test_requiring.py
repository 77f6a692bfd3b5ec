"""The fixture `audit`: bias as a test, with the same outcome as the command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from auditkit import audit
from auditkit.cli import main

ALONE = ("-p", "no:auditkit", "-p", "auditkit.pytest_plugin", "-p", "no:cacheprovider")

TEST = """
def test_hiring(audit):
    report = audit("hiring.csv", group="sex", outcome="hired")
    audit.require(report{policy})
"""


def rows(gap: int, n: int = 400) -> str:
    lines = [f"{sex},{int(i % 100 < 50 + gap * (sex == 'm'))}" for sex in "fm" for i in range(n)]
    return "\n".join(["sex,hired", *lines]) + "\n"


def inner(pytester: pytest.Pytester, table: str, policy: str = "") -> pytest.RunResult:
    (pytester.path / "hiring.csv").write_text(table)
    pytester.makepyfile(TEST.format(policy=policy))
    return pytester.runpytest_inprocess(*ALONE)


def test_what_is_no_pass_fails_and_says_why(pytester: pytest.Pytester) -> None:
    result = inner(pytester, rows(30))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["FAIL: hiring.csv, exit code 1", "*[[]FAIL] Selection rate*m against*f*"])
    assert "Traceback" not in result.stdout.str()


def test_what_passes_passes(pytester: pytest.Pytester) -> None:
    inner(pytester, rows(0, 4_000)).assert_outcomes(passed=1)


def test_what_cannot_be_decided_fails_unless_the_policy_only_warns(pytester: pytest.Pytester) -> None:
    inner(pytester, rows(0, 100)).assert_outcomes(failed=1)
    inner(pytester, rows(0, 100), ', {"inconclusive": "warn"}').assert_outcomes(passed=1)


@pytest.mark.parametrize(("gap", "n"), [(30, 400), (0, 4_000), (0, 100), (6, 400)])
@pytest.mark.parametrize("inconclusive", ["fail", "warn"])
def test_the_fixture_and_the_command_agree(pytester: pytest.Pytester, gap: int, n: int, inconclusive: str) -> None:
    policy = pytester.path / "policy.toml"
    policy.write_text(f'inconclusive = "{inconclusive}"\n')
    result = inner(pytester, rows(gap, n), ', "policy.toml"')
    report = audit(pytester.path / "hiring.csv", group="sex", outcome="hired").save(pytester.path / "report.json")
    assert (result.ret == 0) == (main(["gate", str(report), "--policy", str(policy)]) == 0)


def test_rules_in_a_list(pytester: pytest.Pytester) -> None:
    (pytester.path / "hiring.csv").write_text(rows(30))
    pytester.makepyfile(
        """
        from auditkit.rules import Within

        def test_wide(audit):
            report = audit("hiring.csv", group="sex", outcome="hired")
            assert audit.require(report, [Within(margin=.9)]).passed
        """
    )
    pytester.runpytest_inprocess(*ALONE).assert_outcomes(passed=1)


def test_hostile_names_do_nothing_in_a_failure(pytester: pytest.Pytester) -> None:
    lines = [f'"{name}",{i % 2 if name == "a" else 1}' for name in ("a", "\x1b[31mred\n::error::x") for i in range(400)]
    result = inner(pytester, "\n".join(["sex,hired", *lines]) + "\n")
    result.assert_outcomes(failed=1)
    assert "\x1b[31mred" not in result.stdout.str()
    assert not any(line.lstrip("E ").startswith("::") for line in result.outlines)


def test_the_plug_in_loads_nothing_heavy_and_marks_nothing() -> None:
    script = "import sys, pytest; old = set(sys.modules); import auditkit.pytest_plugin; print(*set(sys.modules) - old)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert all(name.startswith("auditkit") for name in done.stdout.split())


def test_data_that_are_not_there_are_skipped_with_a_sentence(pytester: pytest.Pytester) -> None:
    pytester.makeconftest((Path(__file__).parents[1] / "conftest.py").read_text())
    pytester.makepyfile("def test_it(external):\n    external('no_such_data')\n")
    result = pytester.runpytest_inprocess("-rs", "-p", "no:cacheprovider")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*AUDITKIT_EXTERNAL_DATA*"])
