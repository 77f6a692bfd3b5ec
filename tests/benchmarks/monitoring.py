"""monitor's promises, measured: false alarms of fair streams and at the edge, delays, the moment covered, speed.

Prints one line a figure. `python -m tests.benchmarks.monitoring 1000`, or fewer streams for a glance.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from auditkit.lifecycle.monitoring import monitor, read_watch
from auditkit.lifecycle.monitoring.events import Events
from auditkit.lifecycle.monitoring.state import State
from auditkit.stats.change_points import change
from auditkit.stats.histories import History
from auditkit.stats.monitoring import Monitor
from auditkit.stats.pairing import Pairing

N, CHANGED = 20_000, 10_000
MONITOR = Monitor.on(-0.05, 0.05, support=(-1, 1), horizon=N, block=1000, variance=0.5)
GAP = {"name": "gap", "kind": "gap", "group": "g", "levels": ["a", "b"], "outcome": "y", "favourable": "1"}
RULES = [
    GAP | {"margin": 0.05},
    {"name": "rate", "kind": "rate", "outcome": "y", "favourable": "1", "reference": 0.3, "margin": 0.025},
    {"name": "who", "kind": "composition", "group": "g", "reference": {"a": 0.5}, "margin": 0.02},
    {"name": "no group", "kind": "missing", "column": "g", "reference": 0.02, "margin": 0.01, "side": "above"},
]


def stream(rng, p, q, share=0.5):
    """X and its event numbers."""
    groups = (rng.random(N) >= share).astype(int)
    outcomes = (rng.random(N) < np.where(groups == 0, p, q)).astype(float)
    return Pairing(1000).update(outcomes, groups, np.arange(1, N + 1))[1]


def alarms(p, q, share, replications):
    rng = np.random.default_rng(1)
    return [MONITOR.update(*stream(rng, p, q, share)).alarm_at for _ in range(replications)]


def together(replications):
    """How many streams alarm at all, of four rules that are all at the edge of their margins."""
    rng, watch, raised = np.random.default_rng(2), read_watch({"horizon": N, "rules": RULES}), 0
    for _ in range(replications):
        first = rng.random(N) < 0.52
        missing = rng.random(N) < 0.03
        groups = np.where(missing, "", np.where(first, "a", "b")).tolist()
        outcomes = np.where(rng.random(N) < np.where(first, 0.349, 0.299), "1", "0").tolist()
        state = State.begun(watch, "lines").follow(Events({"g": groups, "y": outcomes}, N), {"events": N, "chain": ""})
        raised += bool(state.alarms())
    return raised


def covered(gap, more, replications):
    """Alarms after the change, sets that miss it, and the median width and distance of the best guess."""
    rng, widths, off, missed = np.random.default_rng(3), [], [], 0
    for _ in range(replications):
        x, at = stream(rng, np.where(np.arange(N) >= CHANGED, 0.3 + gap, 0.3), 0.3)
        alarm = MONITOR.update(x, at).alarm_at
        if alarm is None or alarm <= CHANGED:
            continue
        own = at <= alarm + more
        moved, path = MONITOR.follow(x[own], at[own])
        told = change(moved, History.over(N, (-1, 1), most=128).update(x[own], at[own], path.by_side))
        missed += told is None or not told.after <= CHANGED <= told.until
        if told is not None:
            widths.append(told.until - told.after)
            off.append(abs(told.likely - CHANGED))
    return (
        f"{missed} of {len(widths)} miss it, median width {np.median(widths):,.0f}, guess off by {np.median(off):,.0f}"
    )


def speed(n=200_000):
    """Events a second of processor time, from JSON lines and from Parquet, state on disk and all."""
    import pyarrow as pa
    from pyarrow import parquet

    rng = np.random.default_rng(4)
    table = {"g": np.where(rng.random(n) < 0.5, "a", "b"), "y": (rng.random(n) < 0.3).astype(int), "id": np.arange(n)}
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / "files").mkdir()
        parquet.write_table(pa.table(table), place / "files" / "0.parquet")
        rows = zip(*(column.tolist() for column in table.values()), strict=True)
        lines = "".join(json.dumps(dict(zip(table, row, strict=True))) + "\n" for row in rows)
        (place / "log.jsonl").write_text(lines)
        for source in ("log.jsonl", "files"):
            began = time.process_time()
            monitor(str(place / source), {"horizon": n, "rules": RULES[:1]}, place / f"{source}-out" / "state.json")
            yield source, n / (time.process_time() - began)


def main(replications=1000):
    for source, a_second in speed():
        print(f"speed, {source}: {a_second:,.0f} events a second of processor time", flush=True)
    few = max(replications // 5, 1)
    for gap in (0.2, 0.1):
        found = alarms(np.where(np.arange(N) >= CHANGED, 0.3 + gap, 0.3), 0.3, 0.5, few)
        late = [math.inf if at is None else at - CHANGED for at in found]
        middle, ninth = np.quantile(late, [0.5, 0.9], method="lower")
        print(f"a gap of 0 -> {gap}: median {middle:,.0f} events, 90 % within {ninth:,.0f}, of {few}", flush=True)
        for more in (0, 2000):
            print(f"  its moment, {more} events after the alarm: {covered(gap, more, few // 2)}", flush=True)
    print(f"four rules at their edges: {together(few)} of {few} alarm", flush=True)
    for p, q, share in ((0.3, 0.3, 0.5), (0.35, 0.3, 0.5), (0.3, 0.3, 0.9), (0.3, 0.35, 0.9)):
        raised = sum(at is not None for at in alarms(p, q, share, replications))
        print(f"rates {p} and {q}, {share:.0%} of the first: {raised} of {replications} alarm", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
