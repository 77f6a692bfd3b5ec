"""A small lifecycle in a folder, as its phases leave it: curated data, and a model tuned on them, each with a turn."""

from __future__ import annotations

import csv
import random
from pathlib import Path

from auditkit.core.estimate import QUANTILES, Estimate
from auditkit.core.step import Step, Thing
from auditkit.lifecycle import recording, turning
from auditkit.lifecycle.turning import Cost, Turn
from auditkit.planning import Plan, plan_of
from auditkit.running import run
from auditkit.weights import fingerprint

POLICY = {"rules": [{"rule": "within", "margin": 0.15}]}


def estimate(value: float, error: float, n: int = 1000) -> Estimate:
    """A normal estimate with this standard error."""
    lower, upper = (tuple(value + sign * z * error for z in QUANTILES) for sign in (-1, 1))
    return Estimate(value, lower, upper, n, float(n), "normal")


def table(path: Path, gap: float, seed: int, n: int = 600) -> Path:
    """So many people, of whom the men are hired more often by a gap."""
    rng = random.Random(seed)
    people = [("m" if rng.random() < 0.5 else "f") for _ in range(n)]
    rows = [(sex, int(rng.random() < 0.4 + gap * (sex == "m"))) for sex in people]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("sex", "hired"), *rows])
    return path


def plan(data: Path) -> Plan:
    roles = {"group": ["sex"], "outcome": "hired"}
    detectors = [{"code": "disparity.selection_rate", "favourable": "1"}]
    return plan_of({"data": {"path": str(data)}, "roles": roles, "detectors": detectors, "policy": POLICY})


def weights(folder: Path) -> Path:
    """A folder of weights, as small as they come."""
    import numpy as np
    from safetensors.numpy import save_file

    folder.mkdir(parents=True)
    save_file({"w": np.arange(6, dtype=np.float32)}, folder / "model.safetensors")
    (folder / "config.json").write_text('{"model_type": "tiny"}', encoding="utf-8")
    return folder


def turned(out: Path, what: str, before: Path, after: Path, *costs: Cost) -> dict[str, str]:
    """The audits before and after, written where they belong; the texts of the turn."""
    was, judged = run(plan(before), out / "before")
    now, again = run(plan(after), out / "after")
    return turning.texts(Turn(what, was, now, judged, again, costs))


def curated(root: Path) -> Path:
    out = root / "curated"
    out.mkdir(parents=True)
    source, rows = table(root / "applicants.csv", 0.35, 0), table(out / "rows.csv", 0.3, 1)
    step = Step("curate", (recording.thing("data", source, out),), settings={"seed": 7})
    texts = turned(out, "applicants, raked", source, rows, Cost("rows", *[estimate(0.1, 0.01)] * 3, 0.2))
    kinds = {"rows.csv": "data", "before/report.json": "report", "after/report.json": "report", "turn.html": "page"}
    recording.record(out, recording.given(out, step, kinds, texts), texts, files=["rows.csv"])  # type: ignore[arg-type]
    return out


def tuned(root: Path) -> Path:
    out, data = root / "tuned", root / "curated" / "rows.csv"
    model = weights(out / "model")
    answers = table(out / "answers.csv", 0.0, 2)
    step = Step(
        "tune", (recording.thing("data", data, out), Thing("model", "hub/tiny", "b" * 64)), settings={"rank": 4}
    )
    lost = Cost("perplexity", estimate(2.31, 0.01), estimate(2.32, 0.01), estimate(0.01, 0.004), 0.03, True)
    texts = turned(out, "tiny, tuned", data, answers, lost)
    kinds = {"answers.csv": "data", "before/report.json": "report", "after/report.json": "report"}
    step = recording.given(out, step, kinds, texts)  # type: ignore[arg-type]
    step = step.giving(Thing("model", "model", fingerprint(model)), done=("Tuned on 600 rows.",))
    recording.record(out, step, texts, files=["answers.csv"])
    return out


def story(root: Path) -> Path:
    """Curated, then tuned."""
    curated(root)
    tuned(root)
    return root
