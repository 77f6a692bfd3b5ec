"""The truth of a miniature: a large pool of its own answers, read exactly and counted."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from auditkit.core.roles import MISSING
from auditkit.eliciting import Pace, elicit
from auditkit.lab.galleries import GALLERIES
from auditkit.lab.miniature import Edited, Truth
from auditkit.lab.portraits import diffusion
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS
from auditkit.lab.worlds.figures.reader import Exact
from auditkit.probes import Occupations
from auditkit.runs import Run

POOL, SEED = 20_000, 2_026
"""Answers of a pool, and its seed, which no audit uses by itself."""


def measure(
    name: str,
    dose: float,
    n: int = POOL,
    workers: int = 1,
    into: Path | None = None,
    progress: Callable[[Pace], None] | None = None,
) -> Truth:
    """Ask a bundled miniature for people of every occupation, at least n in all, and count what the exact reader reads.

    `into` keeps the pool, and goes on with one that is there.
    """
    target = diffusion(dose)
    per_prompt = -(-n // (10 * len(CALLINGS)))
    probe = Occupations(tuple(CALLINGS), templates=10, repeats=per_prompt)
    with tempfile.TemporaryDirectory() as scratch:
        folder = into or Path(scratch) / "pool"
        run = elicit(probe, target, Exact(), into=folder, seed=SEED, workers=workers, progress=progress)
        return Truth(name, dose, probe.asks, target.fingerprint, dict(target.settings), len(run), counted(run))


def measure_edits(dose: float, pairs: int = 1_000) -> Edited:
    """Let a bundled miniature change as many people as that, in each gallery of edits, and count what it keeps."""
    kept: dict[str, dict[str, tuple[int, int]]] = {}
    for gallery in (gallery for gallery in GALLERIES if gallery.probe().asks == "edit"):
        with tempfile.TemporaryDirectory() as scratch:
            run = elicit(gallery.probe(pairs), gallery.target(dose), gallery.readers(), into=scratch, seed=SEED)
            table = run.to_frame()
        before, after = gallery.roles["group"], gallery.roles["outcome"]
        kept[gallery.name] = {
            str(level): (int((part[after] == "yes").sum()), len(part)) for level, part in table.groupby(before)
        }
    return Edited(dose, kept)


def counted(run: Run) -> Mapping[str, Mapping[str, Mapping[str, int]]]:
    """How many answers show each level of each attribute, by the occupation that was asked for."""
    table = run.to_frame()
    return {
        str(job): {
            attribute: dict(Counter(part[attribute].fillna(MISSING).astype(str).tolist())) for attribute in LEVELS
        }
        for job, part in table.groupby("occupation")
    }
