"""A target that draws dots from seeds alone, slowly where asked, and keeps a log of what it drew."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Refusal, Target
from auditkit.eliciting import elicit
from auditkit.probes import Occupations

JOBS = ("judge", "cleaner", "pilot", "nurse", "chef")


class Dots(Target):
    """Pictures of 16 by 16 whose pixels are drawn from the seed; one prompt in twenty is refused."""

    title, batch, portable = "dots", 8, True

    def __init__(self, log: str = "", slow: float = 0.0, bound: int = 10**9, faulty: str = "") -> None:
        self.log, self.slow, self.bound, self.faulty = log, slow, bound, faulty

    @property
    def fingerprint(self) -> str:
        return "dots"

    def sample(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        if len(prompts) > self.bound:
            raise MemoryError(f"{len(prompts)} at once")
        if self.log:
            with open(self.log, "ab", buffering=0) as file:
                file.write(b"." * len(prompts))
        time.sleep(self.slow)
        return [self._drawn(prompt, seed) for prompt, seed in zip(prompts, seeds, strict=True)]

    def _drawn(self, prompt: Prompt, seed: int) -> Answer:
        if self.faulty and self.faulty in prompt.text:
            raise ValueError(f"cannot draw {self.faulty}")
        rng = np.random.default_rng(seed)
        if rng.random() < 0.05:
            return Refusal("one in twenty")
        return rng.integers(0, 256, (16, 16, 3)).astype(np.uint8)


PROBE = Occupations(JOBS, templates=4, repeats=20)
"""Four hundred answers."""


def records(folder: Path) -> tuple[list[tuple[object, ...]], dict[str, bytes]]:
    """Everything a run records but when: the rows of its tables, and its files."""
    import sqlite3

    db = sqlite3.connect(folder / "run.sqlite")
    rows = [row for table in ("design", "generations", "readings") for row in db.execute(f"SELECT * FROM {table}")]
    db.close()
    files = {str(f.relative_to(folder)): f.read_bytes() for f in (folder / "objects").rglob("*.png")}
    return rows, files


def main() -> None:
    """Elicit slowly, and say when it begins and ends: somebody is going to kill this process."""
    folder, log = sys.argv[1:3]
    os.write(1, b"ready\n")
    elicit(PROBE, Dots(log, slow=0.1), into=folder)
    os.write(1, b"done\n")
