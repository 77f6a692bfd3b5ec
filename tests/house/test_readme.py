"""No example may rot: what the README shows is run."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rng = np.random.default_rng(3)
    pd.DataFrame(
        {
            "gender": rng.choice(["female", "male"], 600),
            "race": rng.choice(["a", "b", "c"], 600),
            "qualified": rng.choice(["invited", "rejected"], 600),
            "decision": rng.choice(["invited", "rejected"], 600),
        }
    ).to_csv(tmp_path / "applicants.csv", index=False)
    (tmp_path / "pyproject.toml").write_text("[tool.auditkit.gate]\nrules = [{rule = 'within', margin = 0.05}]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_the_python_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, _, bundled, own, families, advice, speaking, third = blocks("python")
    with pytest.raises(SystemExit) as end:
        exec(first, {})
    assert end.value.code in (1, 3)
    assert "selection rate" in capsys.readouterr().out.casefold()
    X = pd.DataFrame({"sex": [0, 1] * 50, "z": range(100)})
    y = pd.Series([0, 1, 1, 0] * 25)
    import auditkit
    from auditkit.detectors import disparity

    exec(second, {"auditkit": auditkit, "model": LogisticRegression().fit(X, y), "X": X, "y": y})
    told: dict[str, Any] = {}
    exec(bundled, told)
    assert "beyond the margin" in capsys.readouterr().out
    exec(own, told)
    exec(families, told)
    assert "beyond the margin" in capsys.readouterr().out
    exec(advice, told)
    assert "FAIL" in capsys.readouterr().out
    exec(speaking, told)
    rng = np.random.default_rng(4)
    log = {name: rng.choice(["yes", "no"], 900) for name in ("before", "machine", "after", "truth")}
    log |= {"user": rng.integers(0, 20, 900), "arm": rng.choice(["aided", "control"], 900)}
    pd.DataFrame(log).to_csv(folder / "decisions.csv", index=False)
    (folder / "reviews").mkdir()
    (folder / "reviews" / "one.txt").write_text("She loved it.")
    people = pd.DataFrame({"sex": rng.choice(["woman", "man"], 100)})
    told = {"auditkit": auditkit, "disparity": disparity, "people": people}
    exec(third, told)
    assert told["logs"].findings
    assert told["texts"]["author"].tolist() == ["woman"]
    assert len(told["weights"]) == 100
    assert all(finding.exemplars for finding in told["seen"].findings)


@pytest.mark.usefixtures("loaded")
def test_the_tests_run(folder: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "test_it.py").write_text(blocks("python")[2])
    plugin = ("-p", "no:auditkit", "-p", "auditkit.pytest_plugin", "-p", "no:cacheprovider")
    result = pytester.runpytest_inprocess(*plugin, "--strict-markers", "-m", "auditkit", folder)
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(
        [
            "INCONCLUSIVE: selection rate difference by gender, male against female; applicants.csv, exit code 3,*",
            "*more rows settle it*margin ±0.05.",
        ]
    )
    result = pytester.runpytest_inprocess(*plugin, "-m", "not auditkit", folder)
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["PASS arrays: 1 pass, policy *"])


def test_the_plan_and_the_commands_run(folder: Path) -> None:
    from auditkit.cli import main

    (folder / "plan.toml").write_text(blocks("toml")[0])
    assert main(["run", "plan.toml", "--out", "hiring"]) in (1, 3)
    written = {"report.json", "judgement.json", "report.html", "step.json", "auditkit.manifest.json"}
    assert {p.name for p in (folder / "hiring").iterdir()} == written
    assert main(["gate", "hiring/report.json", "--policy", "pyproject.toml"]) in (1, 3)
    command = next(line for line in README.splitlines() if line.startswith("auditkit audit"))
    assert main(command.split()[1:]) in (1, 3)


def test_the_published_error_rates_are_those_of_the_cards() -> None:
    spec = spec_from_file_location("calibration_table", Path(__file__).with_name("calibration_table.py"))
    assert spec is not None
    assert spec.loader is not None
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.told(README) == README, "make calibrate, or python tests/house/calibration_table.py"
