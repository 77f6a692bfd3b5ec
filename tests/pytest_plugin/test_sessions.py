"""What a session of tests tells and keeps: the summary, JUnit's properties, folders, the marker; what loading costs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit import gate
from auditkit.baselining import read_baseline
from auditkit.cli import main
from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.pytest_plugin.ledger import folder_name

Tests = Callable[..., pytest.RunResult]
MANY = """
import pytest

@pytest.fixture(scope="session")
def report(audit):
    return audit("hiring.csv", group="sex", outcome="hired")

def test_wide(audit, report):
    audit.assert_within(report, .9)

class TestGate:
    @pytest.mark.parametrize("name", ["a/../../b", "::error::x", "con", "\\x1b[31m"])
    def test_strict(self, audit, report, name):
        audit.assert_within(report, .05)

def test_plain():
    from auditkit.pytest_plugin import assert_impact_ratio
    assert_impact_ratio(outcome=[1, 0] * 4_000, group=["f"] * 4_000 + ["m"] * 4_000)
"""
STRICT = "[pytest]\naddopts = --strict-markers --strict-config\nfilterwarnings = error\nauditkit_seed = 5\n"


def test_a_session_tells_and_keeps_what_it_judged(
    pytester: pytest.Pytester, table: Callable[..., None], alone: tuple[str, ...]
) -> None:
    table(30)
    pytester.makepyfile(MANY)
    result = pytester.runpytest_inprocess(*alone, "--junitxml=out.xml", "-q")
    result.assert_outcomes(passed=2, failed=4)
    result.stdout.fnmatch_lines(
        [
            "*= auditkit =*",
            "PASS hiring.csv: 1 pass, policy * (test_a_session*.py::test_wide)",
            "FAIL selection rate difference by sex, m against f; hiring.csv: 1 fail, policy * (*::TestGate::*)",
            "PASS arrays: 1 pass, policy * (*::test_plain)",
        ]
    )
    section = result.stdout.str().split("= auditkit =")[1].split("= short test summary")[0]
    assert section.count("hiring.csv") == 5
    assert "\x1b" not in section
    assert not any(line.strip().startswith("::") for line in section.splitlines())
    cases = ElementTree.parse(pytester.path / "out.xml").iter("testcase")
    told = {case.get("name"): [(p.get("name"), p.get("value")) for p in case.iter("property")] for case in cases}
    assert [value for name, value in told["test_wide"] if name == "auditkit_outcome"] == ["PASS"]
    hashes = [value for name, value in told["test_wide"] if name == "auditkit_policy"]
    assert re.fullmatch("[0-9a-f]{64}", hashes[0] or "")
    assert all(len(properties) == 3 for properties in told.values())


def test_every_judged_report_is_kept_in_a_folder_of_its_test(
    pytester: pytest.Pytester, table: Callable[..., None], alone: tuple[str, ...]
) -> None:
    table(30)
    pytester.makepyfile(MANY + "\n\ndef test_twice(audit, report):\n" + "    audit.assert_within(report, .9)\n" * 2)
    pytester.runpytest_inprocess(*alone, "--auditkit-report", "kept/here").assert_outcomes(passed=3, failed=4)
    folders = sorted((pytester.path / "kept/here").iterdir())
    assert len(folders) == 8
    assert {path.name for path in (pytester.path / "kept").iterdir()} == {"here"}
    for folder in folders:
        assert {path.name for path in folder.iterdir()} >= {"report.json", "judgement.json", "report.html"}
        report = Report.from_json((folder / "report.json").read_text())
        judgement = Judgement.from_json((folder / "judgement.json").read_text())
        assert gate(report, judgement.policy) == judgement
        assert main(["verify", str(folder / "report.json")]) == 0
    assert [folder.name for folder in folders if "twice" in folder.name][1].endswith("-2")


@given(st.text(max_size=200), st.integers(1, 3))
def test_a_folder_is_named_safely_whatever_the_test_is_called(test: str, nth: int) -> None:
    name = folder_name(test, nth)
    assert re.fullmatch("[a-z0-9][a-z0-9_-]{0,63}", name)
    assert name != folder_name(test + "x", nth)
    assert name.split("-")[0] not in {"con", "nul", "aux", "prn"} or "-" in name


def test_what_was_accepted_or_only_warned_of_is_told(tests: Tests) -> None:
    body = """
    from dataclasses import replace
    from datetime import date
    from auditkit import gate
    from auditkit.core.baseline import Baseline
    from auditkit.core.judgement import Acceptance
    failing = [v for v in gate(report).verdicts if v.outcome == "FAIL"]
    taken = [Acceptance(v.rule, v.key, "a quota", "Ada\\x1b", date(2999, 1, 31), v.outcome) for v in failing]
    from auditkit.rules import Policy
    audit.require(report, baseline=Baseline(report, Policy().to_dict(), tuple(taken)))
    """
    few = "audit.require(audit(outcome=[1, 0] * 40, group=['f'] * 40 + ['m'] * 40), {'inconclusive': 'warn'})"
    result = tests(body.strip(), few)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "PASS hiring.csv: 2 fail, policy *",
            "  accepted: Selection rate*Accepted by Ada until 2999-01-31: a quota",
            "INCONCLUSIVE selection rate ratio by group, m against f and 1 more; arrays: 2 inconclusive, policy *",
            "  only warned of: Selection rate*more rows settle it*",
        ]
    )
    assert "\x1b" not in result.stdout.str()


def test_strict_users_and_every_way_to_run(
    pytester: pytest.Pytester, table: Callable[..., None], alone: tuple[str, ...]
) -> None:
    table(30)
    pytester.makeini(STRICT)
    pytester.makepyfile(
        MANY + "\n\ndef test_seed(audit_seed):\n    assert audit_seed == 5\n\n\ndef test_other():\n    pass\n"
    )
    run = pytester.runpytest_inprocess
    run(*alone, "-k", "wide or seed or plain or other").assert_outcomes(passed=4)
    run(*alone, "-m", "auditkit", "-k", "not TestGate").assert_outcomes(passed=2)
    run(*alone, "-k", "seed", "--auditkit-seed", "7").assert_outcomes(failed=1)
    collected = run(*alone, "--collect-only")
    assert collected.ret == 0
    assert "= auditkit =" not in collected.stdout.str()
    marked = run(*alone, "--markers")
    marked.stdout.fnmatch_lines(["@pytest.mark.auditkit: bias as a test*"])
    pytester.makeini("[pytest]\naddopts = --strict-markers\n")
    run("-p", "no:auditkit", "-p", "no:cacheprovider", "-k", "plain or other").assert_outcomes(passed=2)


BASELINES = """
import pytest
from auditkit.rules import Within

@pytest.mark.parametrize("i", range(6))
def test_baselines(audit, audit_baseline, report, i):
    audit.require(report, Within(.9), baseline=audit_baseline(f"b{i}") if i < 4 else audit_baseline)
"""


def test_under_xdist_everything_is_told_once_and_the_controller_writes(
    pytester: pytest.Pytester, table: Callable[..., None], alone: tuple[str, ...]
) -> None:
    table(30)
    pytester.makeini(STRICT)
    pytester.makepyfile(MANY + BASELINES)
    wanted = ("--auditkit-report", "kept", "--junitxml=out.xml", "--auditkit-update-baseline")
    result = pytester.runpytest_subprocess(*alone, "-n", "2", *wanted)
    result.assert_outcomes(passed=8, failed=4)
    section = result.stdout.str().split("= auditkit =")[1].split("= short test summary")[0]
    assert section.count("PASS ") == 8
    assert section.count("FAIL ") == 4
    assert section.count("Commit it.") == 5
    assert len(list((pytester.path / "kept").iterdir())) == 12
    assert (pytester.path / "out.xml").read_text().count("auditkit_outcome") == 12
    files = list(pytester.path.glob("auditkit.baseline*.json"))
    assert len(files) == 5
    assert all(read_baseline(path).policy for path in files)


def test_the_plug_in_loads_nothing_heavy() -> None:
    script = "import sys, pytest; old = set(sys.modules); import auditkit.pytest_plugin; print(*set(sys.modules) - old)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    light = {"contextvars", "_contextvars"}
    assert all(name in light or name.startswith("auditkit") for name in done.stdout.split())
    assert "auditkit.core.judgement" not in done.stdout.split()


def test_the_plug_in_costs_every_run_a_tenth_of_a_second_at_most(tmp_path: Path) -> None:
    def seconds(*args: str) -> float:
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "pytest", "--version", *args], cwd=tmp_path, check=True, capture_output=True
        )
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    pairs = [
        (seconds("-p", "no:auditkit", "-p", "auditkit.pytest_plugin"), seconds("-p", "no:auditkit")) for _ in range(3)
    ]
    with_it, without = (min(times) for times in zip(*pairs, strict=True))
    assert with_it - without <= 0.1
