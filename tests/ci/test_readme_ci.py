"""The workflow that the README shows is at most ten lines, and they are run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

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


def test_the_commands_for_other_build_servers_run(tmp_path: Path) -> None:
    from auditkit.cli import main

    folder = project(tmp_path, "FAIL")
    first, second = re.findall(r"`(auditkit (?:run|gate) [^`]+)`", SECTION.split("```")[2].replace("\n", " "))
    assert second.endswith(" > junit.xml")
    with pytest.MonkeyPatch.context() as there:
        there.chdir(folder)
        assert main(first.split()[1:]) == 1
        assert main(second.removesuffix(" > junit.xml").split()[1:]) == 1
