"""What GitHub's runner does with a composite action, as far as shell steps go: expressions, environment, files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
INSTALL, BASE = "Install auditkit", "Fetch the revision that judges"
HERE = Path(sys.executable).parent


@dataclass(frozen=True)
class Ran:
    """A finished run: its exit code, the outputs of the action and of its steps, the summary, what stood in the log."""

    code: int
    outputs: Mapping[str, str]
    steps: Mapping[str, Mapping[str, str]]
    summary: str
    log: str


def filled(text: str, inputs: Mapping[str, str], told: Mapping[str, Mapping[str, str]]) -> str:
    """The values of expressions: inputs, the outputs of steps, and `a || b`."""

    def value(name: str) -> str:
        kind, *rest = name.strip().split(".")
        return inputs[rest[0]] if kind == "inputs" else told.get(rest[0], {}).get(rest[2], "")

    def filling(found: re.Match[str]) -> str:
        return next(filter(None, map(value, found[1].split("||"))), "")

    return re.sub(r"\$\{\{(.*?)\}\}", filling, text)


def act(
    given: Mapping[str, str],
    folder: Path,
    scratch: Path,
    bin: Path = HERE,
    action: Path = ROOT,
    only: str = "",
    **env: str,
) -> Ran:
    """Run the shell steps of action.yml in `folder`, or one; `action` is installed only into a `bin` of its own."""
    inputs = {name: str(one.get("default", "")) for name, one in ACTION["inputs"].items()}
    assert given.keys() <= inputs.keys()
    inputs |= given
    summary, told, log, code = scratch / "summary", {}, "", 0
    summary.write_text("")
    for step in STEPS:
        if "run" not in step or (step["name"] == INSTALL and bin == HERE and only != INSTALL):
            continue
        if only not in ("", step["name"]):
            continue
        assert "if" not in step, "every shell step runs"
        output = scratch / f"output-{step.get('id', 'none')}"
        output.write_text("")
        mine = {name: filled(text, inputs, told) for name, text in step.get("env", {}).items()}
        files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_ACTION_PATH": str(action)}
        whole = {**bare(bin), **files, **env, **mine}
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        ran = subprocess.run(
            command, cwd=folder, env=whole, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        log += ran.stdout
        told[step.get("id", "none")] = dict(line.split("=", 1) for line in output.read_text().splitlines())
        if code := ran.returncode:
            break
    outputs = {name: filled(one["value"], inputs, told) for name, one in ACTION["outputs"].items()}
    return Ran(code, outputs, told, summary.read_text(), log)


def bare(bin: Path) -> dict[str, str]:
    """An environment without anything of the build that this test may itself run in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    return kept | {"PATH": f"{bin}{os.pathsep}{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}


def table(path: Path, women: float, men: float, n: int) -> None:
    """Applicants with exactly these shares invited."""
    rows = [
        (sex, "yes" if i < round(share * n) else "no") for sex, share in (("w", women), ("m", men)) for i in range(n)
    ]
    pd.DataFrame(rows, columns=["sex", "invited"]).to_csv(path, index=False)


PLAN = """
[data]
path = "applicants.csv"

[roles]
group = ["sex"]
outcome = "invited"

[[detectors]]
code = "disparity.selection_rate"
favourable = "yes"

[policy]
inconclusive = "{inconclusive}"
rules = [{{ rule = "within", margin = 0.05 }}]
"""
WORLDS = {"PASS": (0.30, 0.30, 4_000), "FAIL": (0.30, 0.60, 1_000), "INCONCLUSIVE": (0.30, 0.33, 200)}


def project(folder: Path, world: str, inconclusive: str = "fail") -> Path:
    """A folder with a plan and a table in which this verdict is to be had."""
    folder.mkdir(parents=True, exist_ok=True)
    table(folder / "applicants.csv", *WORLDS[world])
    (folder / "plan.toml").write_text(PLAN.format(inconclusive=inconclusive), encoding="utf-8")
    return folder


def git(folder: Path, *words: str) -> str:
    settings = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    ran = subprocess.run(["git", *settings, *words], cwd=folder, check=True, capture_output=True, text=True)
    return ran.stdout.strip()
