"""A checkout whose honest gate is green on main, and red in the working tree; and what the gate says of it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from auditkit.baselining import create
from auditkit.cli import main
from auditkit.planning import read_plan
from auditkit.rules import Policy
from auditkit.running import run

POLICY = """inconclusive = "fail"
[[rules]]
rule = "within"
margin = 0.05
[[rules]]
rule = "ratio"
"""
PLAN = """[data]
path = "data.csv"
subject = "hiring"

[roles]
group = ["sex", "race"]
outcome = "hired"
prediction = "said"

[[detectors]]
code = "disparity.selection_rate"
favourable = "yes"

[[detectors]]
code = "disparity.error_rates"
positive = "yes"
metrics = ["accuracy"]
"""
COMPOSED = """[data]
path = "data.csv"

[roles]
group = "sex"

[[detectors]]
code = "selection.composition"
reference = { value = { f = 0.5, m = 0.5 }, why = "the town", source = "its census" }
"""
CROSSED = "crossed = true\n" + PLAN
PLANNED = PLAN + '\n[policy]\n[[policy.rules]]\nrule = "within"\nmargin = 0.05\n'
SHARED = PLAN.replace('prediction = "said"\n', 'prediction = "said"\nunit = "person"\nweight = "w"\n')


def people(bias: int, cell: int = 700) -> pd.DataFrame:
    """Six groups of sex and race; three in ten are hired, and of men `bias` in a hundred more. Men in m are said to be
    hired who are not."""
    rows = []
    for sex in "fm":
        for race in "xyz":
            hired = cell * (30 + bias * (sex == "m")) // 100
            wrong = cell * (10 + bias * (sex == "m")) // 100
            for i in range(cell):
                yes, errs = i < hired, (i * 7) % cell < wrong
                rows.append(
                    (
                        sex,
                        race,
                        "yes" if yes else "no",
                        "yes" if yes != errs else "no",
                        f"{sex}{race}{i % (cell // 2)}",
                        1 + i % 3,
                    )
                )
    return pd.DataFrame(rows, columns=["sex", "race", "hired", "said", "person", "w"])


@dataclass
class Desk:
    """A checkout: the plan, the data, the policy and the baseline, and what the gate says of them."""

    folder: Path
    policy: str = "policy.toml"
    revision: str | None = None

    def __getattr__(self, name: str) -> Path:
        files = {"data": "data.csv", "plan": "plan.toml", "rules": "policy.toml", "baseline": "auditkit.baseline.json"}
        return self.folder / files[name]

    @property
    def report(self) -> Path:
        return self.folder / "out" / "report.json"

    def rewrite(self, file: Path, old: str, new: str) -> None:
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    def table(self, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        change(pd.read_csv(self.data, dtype=str)).to_csv(self.data, index=False)

    def told(self, change: Callable[[dict[str, Any]], Any]) -> None:
        """Edit report.json by hand; it is not audited again."""
        self.audit()
        data = json.loads(self.report.read_text())
        change(data)
        self.report.write_text(json.dumps(data))

    def audit(self) -> None:
        if not self.report.exists():
            run(read_plan(self.plan))[0].save(self.report)

    def gate(self, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
        """The exit code, and the summary in Markdown as a reader sees it."""
        self.audit()
        capsys.readouterr()
        args = ["gate", str(self.report), "--policy", str(self.folder / self.policy), "--format", "md"]
        args += ["--baseline", str(self.baseline)] + ([] if self.revision is None else ["--policy-from", self.revision])
        code = main(args)
        out, err = capsys.readouterr()
        return code, (out + err).replace("\\", "").replace("&lt;", "<")


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def repository(folder: Path, plan: str, before: pd.DataFrame, after: pd.DataFrame, policy: str = POLICY) -> Path:
    """On main a world whose gate is green, with its baseline; in the working tree the one that is to be judged."""
    folder.mkdir()
    (folder / "policy.toml").write_text(policy)
    (folder / "plan.toml").write_text(plan)
    before.to_csv(folder / "data.csv", index=False)
    report, judgement = run(read_plan(folder / "plan.toml"))
    assert judgement.exit_code == 0
    (folder / "auditkit.baseline.json").write_text(create(report, Policy.read(folder / "policy.toml")).to_json())
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "a green gate")
    after.to_csv(folder / "data.csv", index=False)
    return folder
