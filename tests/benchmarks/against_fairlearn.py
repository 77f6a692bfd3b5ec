"""Paired timings: auditkit's audit against fairlearn's point estimates and a vectorised row bootstrap.

1,000,000 rows, 60 intersectional groups, five metrics. Every round times each of them once, in one process, in turn;
the table prints the median ratio of the rounds and how many there were. Run it with `make bench`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
from rich.console import Console
from rich.table import Table
from sklearn.metrics import accuracy_score, precision_score

import auditkit
from auditkit.detectors import disparity
from auditkit.stats.resampling import cell_bootstrap

ROWS, ROUNDS, REPLICATES = 1_000_000, 5, 1_000
RATES = ("true_positive_rate", "false_positive_rate", "precision", "accuracy")
DETECTORS = (disparity.SelectionRate(), disparity.ErrorRates(metrics=RATES))
GROUPS = ["sex", "race", "age"]


def applicants(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(2024)
    frame = pd.DataFrame(
        {
            "sex": rng.choice(["female", "male"], rows).astype(object),
            "race": rng.choice(
                ["asian", "black", "hispanic", "other", "white"], rows, p=[0.1, 0.2, 0.2, 0.1, 0.4]
            ).astype(object),
            "age": rng.choice(["18-24", "25-34", "35-44", "45-54", "55-64", "65+"], rows).astype(object),
            "y_true": rng.integers(0, 2, rows).astype(np.int8),
        }
    )
    frame["y_pred"] = np.where(rng.random(rows) < 0.75, frame.y_true, 1 - frame.y_true).astype(np.int8)
    return frame


def ours(data: object) -> object:
    return auditkit.audit(data, DETECTORS, group=GROUPS, outcome="y_true", prediction="y_pred", crossed=True)


def ours_with_replicates(data: object) -> object:
    """The audit, and 1,000 multinomial replicates of its cells for all five metrics by group."""
    report = ours(data)
    tally = report.cells.crossed([f"group:{name}" for name in GROUPS], "group")  # type: ignore[attr-defined]
    cube = tally.cube("group", "outcome", "prediction", of="n")

    def metrics(cells: np.ndarray) -> np.ndarray:
        (tn, fp), (fn, tp) = np.moveaxis(cells.reshape(-1, len(cube), 2, 2), (2, 3), (0, 1))
        n = tn + fp + fn + tp
        return np.concatenate([(tp + fp) / n, tp / (tp + fn), fp / (fp + tn), tp / (tp + fp), (tp + tn) / n], axis=1)

    return cell_bootstrap(cube.ravel(), metrics, REPLICATES, np.random.default_rng(1))


def theirs(frame: pd.DataFrame) -> object:
    metrics = {
        "selection_rate": selection_rate,
        "tpr": true_positive_rate,
        "fpr": false_positive_rate,
        "precision": precision_score,
        "accuracy": accuracy_score,
    }
    return MetricFrame(
        metrics=metrics, y_true=frame.y_true, y_pred=frame.y_pred, sensitive_features=frame[GROUPS]
    ).by_group


def row_bootstrap(codes: np.ndarray, cells: int, replicates: int) -> np.ndarray:
    """Resample rows and count cells, with the codes given free: a bound in the peer's favour."""
    rng = np.random.default_rng(1)
    return np.stack(
        [np.bincount(codes[rng.integers(0, len(codes), len(codes))], minlength=cells) for _ in range(replicates)]
    )


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> int:
    warnings.simplefilter("ignore")
    frame = applicants(ROWS)
    columns = [frame[c].astype("category").cat.codes.to_numpy(np.int64) for c in frame.columns]
    codes = np.ravel_multi_index(columns, [c.max() + 1 for c in columns])
    few = 20
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "applicants.parquet"
        frame.to_parquet(path)
        for warm in (lambda: ours(path), lambda: ours(frame), lambda: ours_with_replicates(path)):
            warm()
        rounds = [
            {
                "file": timed(lambda: ours(path)),
                "file and 1,000 replicates": timed(lambda: ours_with_replicates(path)),
                "pandas object frame": timed(lambda: ours(frame)),
                "fairlearn": timed(lambda: theirs(frame)),
                "row bootstrap": timed(lambda: row_bootstrap(codes, codes.max() + 1, few)) * REPLICATES / few,
            }
            for _ in range(ROUNDS)
        ]
    table = Table(title=f"{ROWS:,} rows, 60 groups, five metrics: median of {ROUNDS} alternating rounds")
    for column in ("auditkit from", "ms", "against", "s", "ratio", "goal"):
        table.add_column(column, justify="right")
    goals = [
        ("file", "fairlearn", 300),
        ("file and 1,000 replicates", "fairlearn", 150),
        ("pandas object frame", "fairlearn", 100),
        ("file and 1,000 replicates", "row bootstrap", 60),
    ]
    met = True
    for mine, peer, goal in goals:
        ratio = statistics.median(r[peer] / r[mine] for r in rounds)
        met &= ratio >= goal
        took, peers = (statistics.median(r[name] for r in rounds) for name in (mine, peer))
        table.add_row(mine, f"{1000 * took:.0f}", peer, f"{peers:.1f}", f"{ratio:.0f}", f"{goal}")
    Console().print(table)
    print(f"The row bootstrap is timed on {few} replicates and scaled to {REPLICATES:,}.")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
