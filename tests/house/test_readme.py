"""No example may rot: what the README shows is run."""

from __future__ import annotations

import re
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import auditkit
from auditkit.cli import main

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which somebody has done what the README says first."""
    monkeypatch.chdir(tmp_path)
    assert main(told("lab data")) == 0
    return tmp_path


def told(command: str) -> list[str]:
    """The words of the first line of the README that is this command."""
    line = next(line for line in README.splitlines() if line.startswith(f"auditkit {command}"))
    return line.split("#")[0].split()[1:]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_nothing_is_used_before_it_is_there(folder: Path) -> None:
    """The table is made before the first command reads it, and a policy is shown before a test asks for it."""
    assert main(told("audit")) == 1
    made, read = README.index("auditkit lab data applicants"), README.index("auditkit audit applicants.csv")
    assert made < read < README.index("# pyproject.toml\n") < README.index("def test_hiring")
    assert {path.name for path in folder.iterdir()} == {"applicants.csv", "applicants.md", "plan.toml"}
    assert (folder / "applicants.md").read_text().startswith("# Applicants")


def test_the_python_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each block of what it imports itself, but for the second, which goes on from the first with a model of yours."""
    first, second, _, bundled, own, families, advice, speaking, third = blocks("python")
    with pytest.raises(SystemExit) as end:
        exec(first, {})
    assert end.value.code == 1
    assert "selection rate" in capsys.readouterr().out.casefold()
    X = pd.DataFrame({"sex": [0, 1] * 50, "z": range(100)})
    y = pd.Series([0, 1, 1, 0] * 25)
    exec(second, {"auditkit": auditkit, "model": LogisticRegression().fit(X, y), "X": X, "y": y})
    exec(bundled, {})
    assert "beyond the margin" in capsys.readouterr().out
    exec(own, {})
    exec(families, {})
    assert "beyond the margin" in capsys.readouterr().out
    exec(advice, {})
    assert "FAIL" in capsys.readouterr().out
    exec(speaking, {})
    rng = np.random.default_rng(4)
    log = {name: rng.choice(["yes", "no"], 900) for name in ("before", "machine", "after", "truth")}
    log |= {"user": rng.integers(0, 20, 900), "arm": rng.choice(["aided", "control"], 900)}
    pd.DataFrame(log).to_csv(folder / "decisions.csv", index=False)
    (folder / "reviews").mkdir()
    (folder / "reviews" / "one.txt").write_text("She loved it.")
    said: dict[str, Any] = {}
    exec(third, said)
    assert said["logs"].findings
    assert said["texts"]["author"].tolist() == ["woman"]
    assert len(said["weights"]) == 4_000
    assert all(finding.exemplars for finding in said["seen"].findings)


@pytest.mark.usefixtures("loaded")
def test_the_tests_run(folder: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "pyproject.toml").write_text(blocks("toml")[1])
    (folder / "test_it.py").write_text(blocks("python")[2])
    plugin = ("-p", "no:auditkit", "-p", "auditkit.pytest_plugin", "-p", "no:cacheprovider")
    result = pytester.runpytest_inprocess(*plugin, "--strict-markers", "-m", "auditkit", folder)
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(
        [
            "FAIL: selection rate difference by gender, male against female and 1 more; applicants.csv, exit code 1,*",
            "*beyond the margin of 0.05.*",
        ]
    )
    result = pytester.runpytest_inprocess(*plugin, "-m", "not auditkit", folder)
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["PASS arrays: 1 pass, policy *"])


def test_the_plan_and_the_commands_run(folder: Path) -> None:
    plan, policy = blocks("toml")
    assert tomllib.loads((folder / "plan.toml").read_text()) == tomllib.loads(plan)
    (folder / "plan.toml").write_text(plan)
    (folder / "pyproject.toml").write_text(policy)
    assert main(["run", "plan.toml", "--out", "hiring"]) == 1
    written = {"report.json", "judgement.json", "report.html", "step.json", "auditkit.manifest.json"}
    assert {p.name for p in (folder / "hiring").iterdir()} == written
    assert main(["gate", "hiring/report.json", "--policy", "pyproject.toml"]) == 1


def test_the_published_error_rates_are_those_of_the_cards() -> None:
    spec = spec_from_file_location("calibration_table", Path(__file__).with_name("calibration_table.py"))
    assert spec is not None
    assert spec.loader is not None
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.told(README) == README, "make calibrate, or python tests/house/calibration_table.py"
