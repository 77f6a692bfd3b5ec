"""The workflow that the README shows is at most ten lines, and they are run."""

from __future__ import annotations

import re
import subprocess
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from acting import HERE, ROOT, Ran, act, bare, git, project

SECTION = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## In CI\n")[1].split("\n## ")[0]
BLOCK = re.findall(r"```yaml\n(.*?)```", SECTION, re.S)[0]
OURS = "OWNER/auditkit@main"


def test_it_is_a_workflow_of_at_most_ten_lines() -> None:
    assert len(BLOCK.splitlines()) <= 10
    workflow = yaml.safe_load(BLOCK)
    assert workflow.keys() == {True, "jobs"}, 'YAML 1.1 reads "on" as true'
    assert workflow[True] == "pull_request"
    (job,) = workflow["jobs"].values()
    assert job.keys() == {"runs-on", "steps"}
    assert [step.get("uses") for step in job["steps"]].count(OURS) == 1


def carried_out(step: dict[str, Any], folder: Path, scratch: Path) -> Ran | None:
    """One step of the workflow: our action from this checkout, a script by bash; the checkout is there already."""
    if step.get("uses") == OURS:
        return act({name: str(value) for name, value in step["with"].items()}, folder, scratch, GITHUB_BASE_REF="main")
    if "run" in step:
        subprocess.run(["bash", "-e", "-c", step["run"]], cwd=folder, env=bare(HERE), check=True)
        return None
    assert re.fullmatch(r"actions/checkout@v\d+", step["uses"]), f"nobody knows how to run {step}"
    return None


@pytest.mark.parametrize(("world", "code"), [("FAIL", 1), pytest.param("PASS", 0, marks=pytest.mark.slow)])
def test_its_lines_run(world: str, code: int, tmp_path: Path) -> None:
    origin = project(tmp_path / "origin", world)
    for words in (["init"], ["add", "."], ["commit", "-m", "all"], ["checkout", "-b", "change"]):
        git(origin, *words)
    git(tmp_path, "clone", "--depth=1", origin.as_uri(), "checkout")
    (job,) = yaml.safe_load(BLOCK)["jobs"].values()
    ran = [told for step in job["steps"] if (told := carried_out(step, tmp_path / "checkout", tmp_path))]
    assert [(one.code, one.outputs["verdict"]) for one in ran] == [(code, world)], ran[0].log
    assert git(origin, "rev-parse", "main") in ran[0].summary, "the policy of the base branch judged"


def test_the_line_for_other_build_servers_leaves_its_file_when_the_build_is_red(tmp_path: Path) -> None:
    folder = project(tmp_path, "FAIL")
    (folder / "pyproject.toml").write_text("[tool.auditkit.gate]\nrules = [{rule = 'within', margin = 0.05}]\n")
    line = re.findall(r"```sh\n(.*?)```", SECTION, re.S)[0]
    ran = subprocess.run(["bash", "-e", "-c", line], cwd=folder, env=bare(HERE), capture_output=True, text=True)
    assert ran.returncode == 1
    assert ElementTree.parse(folder / "junit.xml").getroot().get("failures") != "0"


def test_the_other_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from auditkit.cli import main

    monkeypatch.chdir(project(tmp_path, "FAIL"))
    assert main(["run", "plan.toml", "--out", "out"]) == 1
    later = (date.today() + timedelta(days=30)).isoformat()
    ended = {}
    for line in re.findall(r"`auditkit ([^`]+)`", SECTION.split("| To |")[1]):
        words = line.replace("2027-06-30", later).replace("--aa 500", "--aa 80").replace("...", "said").split()
        ended[words[0]] = main(words)
    assert ended == {"power": 0, "gate": 0, "baseline": 0, "verify": 0, "show": 0, "explain": 0}
    for name in re.findall(r"`([a-z_0-9]+)`", SECTION.split("--as ll144`")[1].split(":")[0]):
        assert main(["show", "out/report.json", "--as", name]) == 0
    assert main(["explain", "plan"]) == 0
    assert main(["gate", "out/report.json", "--policy", "plan.toml", "--baseline", "auditkit.baseline.json"]) == 0
