"""One pass for every question: all count-based detectors that one table can answer, at once and one by one.

1,000,000 rows. Every round times the audit by all of them and by each alone, in one process, in turn; the table
prints medians and the ratio of all together to the slowest alone. Run it with `make bench`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

import auditkit
from auditkit import Reference
from auditkit.core.detector import Detector
from auditkit.detectors import automation, disparity, implicit, reporting, selection

ROWS, ROUNDS, LIMIT = 1_000_000, 5, 2.0
FAIR = Reference({"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1}, why="drawn so", source="this benchmark")
CLASSES = Reference({"0": 0.5, "1": 0.5}, why="drawn so", source="this benchmark")
DETECTORS: dict[str, Detector] = {
    "disparity.selection_rate": disparity.SelectionRate(favourable="1", within=True),
    "disparity.error_rates": disparity.ErrorRates(positive="1"),
    "selection.composition": selection.Composition(FAIR),
    "selection.refusal": selection.Refusal(answered="1"),
    "selection.representativity": selection.Representativity(answered="1"),
    "selection.missingness": selection.Missingness(),
    "selection.bounds": selection.Bounds(favourable="1"),
    "reporting.frequency": reporting.Frequency(CLASSES),
    "reporting.stratum_error": reporting.StratumError(subtle="low", extreme="high"),
    "reporting.documentation_odds": reporting.DocumentationOdds(unusual="d", documented="1"),
    "automation.deployment": automation.Deployment(positive="1"),
    "implicit.label_semantics": implicit.LabelSemantics(sign="x", meaning="1"),
}
ROLES = {
    "group": "group",
    "outcome": "outcome",
    "prediction": "prediction",
    "context": "context",
    "responded": "responded",
    "selected": "selected",
    "intensity": "intensity",
    "feature": "feature",
    "human": "human",
    "model": "model",
}


def table(rows: int) -> pd.DataFrame:
    """Rows with every role that the detectors read, all independent."""
    rng = np.random.default_rng(1)
    frame = {
        "group": rng.choice(["a", "b", "c", "d"], rows, p=[0.4, 0.3, 0.2, 0.1]).astype(object),
        "context": rng.choice(["north", "south", "west"], rows).astype(object),
        "intensity": rng.choice(["low", "middle", "high"], rows).astype(object),
        "feature": rng.choice(["x", "y"], rows).astype(object),
    }
    binary = ("outcome", "prediction", "responded", "selected", "human", "model")
    return pd.DataFrame(frame | {name: rng.integers(0, 2, rows).astype(np.int8) for name in binary})


def seconds(path: Path, detectors: list[Detector]) -> float:
    start = time.perf_counter()
    auditkit.audit(path, detectors, **ROLES)
    return time.perf_counter() - start


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        table(ROWS).to_parquet(path, index=False)
        together: list[float] = []
        alone: dict[str, list[float]] = {code: [] for code in DETECTORS}
        seconds(path, list(DETECTORS.values()))
        for _ in range(ROUNDS):
            together.append(seconds(path, list(DETECTORS.values())))
            for code, detector in DETECTORS.items():
                alone[code].append(seconds(path, [detector]))
    medians = {code: statistics.median(times) for code, times in alone.items()}
    whole, slowest = statistics.median(together), max(medians.values())
    shown = Table(title=f"{ROWS:,} rows of Parquet, {ROUNDS} alternating rounds, medians")
    for column in ("detector", "seconds"):
        shown.add_column(column, justify="right" if column == "seconds" else "left")
    for code, median in sorted(medians.items(), key=lambda item: -item[1]):
        shown.add_row(code, f"{median:.3f}")
    shown.add_row(f"all {len(DETECTORS)} at once", f"{whole:.3f}")
    Console(width=100).print(shown)
    print(f"All at once take {whole / slowest:.2f} times the slowest alone; the limit is {LIMIT:g}.")
    return int(whole > LIMIT * slowest)


if __name__ == "__main__":
    sys.exit(main())
