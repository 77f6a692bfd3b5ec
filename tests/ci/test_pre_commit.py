"""The hook for pre-commit: its entry is run as pre-commit runs it, and it is light."""

from __future__ import annotations

import re
import resource
import subprocess
from pathlib import Path

import pytest
import yaml
from acting import HERE, ROOT, bare, git, project

(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
SECONDS = 3


def spent_by_children() -> float:
    """Seconds of a processor, which a busy machine does not stretch."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize(("world", "code"), [("PASS", 0), ("FAIL", 1)])
def test_the_hook_judges_and_touches_nothing_that_is_committed(world: str, code: int, tmp_path: Path) -> None:
    from auditkit.cli import main

    folder = project(tmp_path / "repo", world)
    assert main(["run", str(folder / "plan.toml"), "--out", str(folder / "saved")]) == code
    for words in (["init"], ["add", "."], ["commit", "-m", "all"]):
        git(folder, *words)
    command, spent = [*HOOK["entry"].split(), "saved/report.json", "--policy", "plan.toml"], []
    for _ in range(3):
        before = spent_by_children()
        ran = subprocess.run(command, cwd=folder, env=bare(HERE), capture_output=True, text=True)
        assert ran.returncode == code, ran.stderr
        spent.append(spent_by_children() - before)
    assert min(spent) < SECONDS, "a hook that takes longer is switched off"
    assert git(folder, "status", "--porcelain") == "?? .auditkit/", "pre-commit fails a hook that changes a file"


def test_the_hook_is_light() -> None:
    assert HOOK["language"] == "python"
    assert HOOK["pass_filenames"] is False
    assert all(re.search(HOOK["files"], name) for name in ("saved/report.json", "pyproject.toml"))
    assert not re.search(HOOK["files"], "model.py")
