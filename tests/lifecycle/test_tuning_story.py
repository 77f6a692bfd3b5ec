"""The story of tune: the strong-dose translator goes from FAIL to PASS, and kill -9 changes nothing."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auditkit import catalog
from auditkit.core.judgement import Outcome
from auditkit.core.probe import Prompt
from auditkit.lab.models import WEIGHTS
from auditkit.lab.translating import enumerated
from auditkit.lab.worlds.translations.language import ADJECTIVES, OCCUPATIONS, PRONOUNS, TEMPLATES, VERBS
from auditkit.lab.worlds.translations.world import by_source, pairs_of_all
from auditkit.lifecycle.tuning import tune
from auditkit.planning import Plan, plan_of
from auditkit.targets import Seq2Seq

pytest.importorskip("peft")
pytestmark = pytest.mark.slow

METHODS: dict[str, dict[str, Any]] = {
    "full": {"method": "full", "steps": 150},  # the adapter is in the story of the lifecycle's README
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every sentence with both translations: as balanced as can be."""
    file = tmp_path_factory.mktemp("curated") / "data.csv"
    with file.open("w", newline="", encoding="utf-8") as place:
        csv.writer(place).writerows([("source", "target"), *pairs_of_all()])
    return file


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Twelve occupations in twelve templates, sampled, against as many of either, margin .05."""
    probe = {
        "name": "translations",
        "occupations": dict(OCCUPATIONS),
        "templates": [re.sub(r"\{job\}", "{}", each.source) for each in TEMPLATES],
        "others": {"adjective": list(ADJECTIVES.values()), "verb": list(VERBS.values())},
        "variants": 4,
        "repeats": 3,
    }
    reader = {"name": "pronoun_gender", "attribute": "pronoun", "pronouns": {"she": ["she"], "he": ["he"]}}
    return plan_of(
        {
            "probe": probe,
            "target": {"name": "seq2seq", "model": str(WEIGHTS / "transformer"), "variant": "dose90"},
            "elicit": {"into": str(tmp_path_factory.mktemp("before") / "run")},
            "roles": {"group": "pronoun", "context": "occupation"},
            "annotators": [reader],
            "detectors": [{"code": "reporting.generator_frequency", "stereotype": "he", "parity": list(PRONOUNS)}],
        }
    )


def he(plan: Plan, target: Seq2Seq) -> float:
    """P(he) of a target on the plan's own prompts, the mean over occupations: what the audit estimates."""
    assert plan.probe is not None
    asked = catalog.probe("translations", {k: v for k, v in plan.probe.items() if k != "name"})
    every = list(asked)
    chances = []
    for pronoun in PRONOUNS:
        said: Any = target.score(
            [Prompt(by_source()[one.text].said(pronoun), given=one.text) for one in every], [0] * len(every)
        )
        chances.append(np.exp([answer.told["log_probability"] for answer in said]))
    share = chances[1] / (chances[0] + chances[1])
    jobs = np.array([one.factors["occupation"] for one in every])
    return float(np.mean([share[jobs == job].mean() for job in OCCUPATIONS]))


@pytest.mark.parametrize("name", METHODS)
def test_the_strong_dose_goes_from_fail_to_pass_within_its_guard_and_the_intervals_cover_the_new_truth(
    name: str, plan: Plan, data: Path, tmp_path: Path
) -> None:
    turn = tune(plan, data, tmp_path / "out", **METHODS[name])
    assert turn.judged_before.outcome is Outcome.FAIL
    assert turn.judged_after.outcome is Outcome.PASS
    assert [cost.outcome for cost in turn.costs] == [Outcome.PASS, Outcome.PASS]
    assert turn.exit_code == 0
    assert turn.costs[0].after.value is not None
    assert turn.costs[0].after.value > 0.99
    tuned = Seq2Seq(tmp_path / "out" / "model")
    truth = he(plan, tuned)
    assert abs(truth - 0.5) < 0.02
    (headline,) = [f for f in turn.after.findings if f.estimand == "directed amplification"]
    low, high, _ = headline.interval(0.95)
    assert low is not None
    assert high is not None
    assert low < truth - 0.5 < high
    if name == "full":
        whole = enumerated(tuned, ("sampled",))
        assert whole.he() == pytest.approx(truth, abs=0.005)
        assert whole.right["sampled"] > 0.99
        assert all(abs(whole.share(job) - 0.5) < 0.02 for job in OCCUPATIONS)


MOMENTS = ("before/run", "tuning/step-00000003", "tuning/step-00000008", "model")
KILLED = """
import os, signal, sys, time
from pathlib import Path

sys.path.insert(0, sys.argv[1])
import torch
torch.set_num_threads(1)
import small_tuning as small
from auditkit.lifecycle.tuning import tune

data, place = Path(sys.argv[2]), Path(sys.argv[3])

def child(out):
    pid = os.fork()
    if pid:
        return pid
    try:
        tune(small.plan(), data, out, **small.FEW)
    finally:
        os._exit(0)

os.waitpid(child(place / "whole"), 0)
for moment in sys.argv[4:]:
    pid = child(place / "killed")
    while not (place / "killed" / moment).exists() and os.waitpid(pid, os.WNOHANG) == (0, 0):
        time.sleep(0.001)
    print(moment, (place / "killed" / "step.json").exists())
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
os.waitpid(child(place / "killed"), 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_killed_at_any_moment_the_same_command_ends_with_the_same_bytes(data: Path, tmp_path: Path) -> None:
    some = tmp_path / "data.csv"
    header, *rows = data.read_text(encoding="utf-8").splitlines(keepends=True)
    some.write_text("".join([header, *rows[::6]]), encoding="utf-8")
    here = str(Path(__file__).parent)
    script = [sys.executable, "-c", KILLED, here, str(some), str(tmp_path), *MOMENTS]
    ran = subprocess.run(script, capture_output=True, text=True, timeout=240, check=True)
    assert ran.stdout.splitlines() == [f"{moment} False" for moment in MOMENTS]  # it was at work each time
    names = ("model/model.safetensors", "curve.json", "quality.json", "turn.json", "turn.html", "step.json")
    for name in (*names, "model/README.md", "after/report.json", "before/report.json"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
