"""What recording costs: elicit() against a bare loop over the same pipeline with the same batch size, paired.

Rounds alternate in one process; printed are the ratio of each round and their median. Run: make bench.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from auditkit.eliciting import elicit
from auditkit.lab.portraits import diffusion
from auditkit.lab.worlds.figures.people import CALLINGS
from auditkit.probes import Occupations

ROUNDS, BATCH = 7, 32
PROBE = Occupations(tuple(CALLINGS), templates=8, repeats=2)


def bare(target) -> float:
    """Ask every prompt, keep nothing."""
    prompts = [prompt for _ in range(PROBE.repeats) for prompt in PROBE]
    started = time.perf_counter()
    for k in range(0, len(prompts), BATCH):
        target.sample(prompts[k : k + BATCH], list(range(k, min(k + BATCH, len(prompts)))))
    return time.perf_counter() - started


def recorded(target) -> float:
    """The same through elicit, into a folder."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        elicit(PROBE, target, into=Path(folder) / "run", batch=BATCH)
        return time.perf_counter() - started


def main() -> int:
    target = diffusion(0.0)
    bare(target), recorded(target)
    ratios = []
    for k in range(ROUNDS):
        pair = (bare(target), recorded(target)) if k % 2 else (recorded(target), bare(target))[::-1]
        ratios.append(pair[1] / pair[0])
        print(f"bare {pair[0]:.2f} s, recorded {pair[1]:.2f} s, ratio {ratios[-1]:.3f}")
    print(
        f"median ratio {statistics.median(ratios):.3f} over {ROUNDS} paired rounds of {len(list(PROBE)) * 2} pictures"
    )
    return int(statistics.median(ratios) > 1.05)


if __name__ == "__main__":
    sys.exit(main())
