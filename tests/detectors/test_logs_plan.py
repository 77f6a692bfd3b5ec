"""A plan audits a whole log of human-AI decisions, and takes no time."""

from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd
import pytest

from auditkit import gate
from auditkit.core.judgement import Outcome
from auditkit.planning import read_plan
from auditkit.rules import Policy, Within
from auditkit.running import run

PLAN = """
[data]
path = "log.csv"

[roles]
unit = "reader"
initial = "first look"
advice = "advice"
final = "decision"
truth = "biopsy"
arm = "arm"
catch = "seeded"
position = "nth"

[[detectors]]
code = "automation.reliance"

[[detectors]]
code = "automation.discernment"

[[detectors]]
code = "automation.vigilance"
catch = "seeded"
"""


def log(rng: np.random.Generator) -> pd.DataFrame:
    """1,500 decisions by 60 readers, who follow whatever they are told in nine cases of ten."""
    reader = np.repeat(np.arange(60), 25)
    arm = np.array(["aided", "control", "unaided"])[np.digitize(reader, (40, 52))]
    truth, seeded = rng.integers(0, 2, 1_500), rng.random(1_500) < 0.2
    advice = np.where(seeded | (rng.random(1_500) < 0.2), 1 - truth, truth)
    first = np.where(rng.random(1_500) < 0.75, truth, 1 - truth)
    own = np.where(rng.random(1_500) < 0.1, 1 - first, first)
    final = np.where((arm == "aided") & (rng.random(1_500) < 0.9), advice, own)
    said = {"first look": first, "advice": advice, "decision": final, "biopsy": truth}
    words = {name: np.where(value, "benign", "malignant") for name, value in said.items()}
    nth = np.tile(np.arange(1, 26), 60)
    columns = {"reader": reader, "nth": nth, "arm": arm, "seeded": np.where(seeded, "seeded", "as is"), **words}
    table = pd.DataFrame(columns)
    table.loc[arm == "unaided", "first look"] = None
    return table


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    log(np.random.default_rng(60)).to_csv(tmp_path / "log.csv", index=False)
    (tmp_path / "plan.toml").write_text(PLAN)
    return tmp_path / "plan.toml"


def test_one_plan_audits_a_log_by_users(plan: Path) -> None:
    report, _ = run(read_plan(plan))
    assert not report.not_assessed
    assert report.recipe.rows == 1_500
    found = {f.estimand: f for f in report.findings}
    judged = ("over-reliance difference", "discernment beyond the least", "detection beyond the least")
    for estimand in judged:
        assert found[estimand].estimate.clusters in range(12, 61)
        assert "clusters" in found[estimand].estimate.method
        assert found[estimand].excess() > 0, estimand
    assert found["RSR"].estimate.value == pytest.approx(0.1, abs=0.1)
    assert found["over-reliance difference"].interval().low > 0.5


def test_it_takes_less_than_two_seconds(plan: Path) -> None:
    run(read_plan(plan))  # imports are paid once
    taken = []
    for _ in range(3):
        start = process_time()
        run(read_plan(plan))
        taken.append(process_time() - start)
    assert min(taken) < 2.0


def test_a_policy_fails_such_readers(plan: Path) -> None:
    report, _ = run(read_plan(plan))
    rules = tuple(Within(0.1, code=f"automation.{name}") for name in ("reliance", "discernment", "vigilance"))
    judgement = gate(report, Policy(rules))
    assert judgement.outcome is Outcome.FAIL
