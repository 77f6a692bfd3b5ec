"""People of two groups who ask for a place, a mitigation of their table, and what is read back of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from auditkit.lifecycle.mitigating import mitigate_table

FEATURES = ("age", "skill", "town")


def world(n: int = 1200, seed: int = 3) -> pd.DataFrame:
    """Two groups of which one has less of what the outcome is read from; numbers with holes, and levels."""
    rng = np.random.default_rng(seed)
    group = rng.choice(["blue", "red"], n, p=[0.4, 0.6])
    skill = rng.normal(size=n) + 0.9 * (group == "red")
    out = pd.DataFrame({"team": group, "age": rng.integers(18, 70, n), "skill": skill})
    out["town"] = rng.choice(["Aix", "Bonn", "Cork"], n)
    out["hired"] = np.where(rng.random(n) < 1 / (1 + np.exp(0.4 - 1.3 * skill)), "yes", "no")
    out.loc[rng.random(n) < 0.05, "skill"] = np.nan
    out["person"] = [f"p{i // 2}" for i in range(n)]
    return out


def arrays(n: int = 400) -> tuple[Any, Any, Any]:
    rows = world(n)
    return rows[["age"]], rows.hired, rows.team


def made(table: Path, out: Path, **how: Any) -> Any:
    asked = {"group": "team", "outcome": "hired", "features": FEATURES, "out": out} | how
    return mitigate_table(table, **asked)


def decisions(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "predictions.csv")


def value(report: Any, estimand: str) -> float:
    return next(f.estimate.value for f in report.findings if f.estimand == estimand)
