"""calibrate(): how often a detector errs, measured on worlds whose bias is known.

Every replication has its own seed, spawned from the detector's code, the world's name and the replication's number, so
neither workers nor order nor what was measured before can change a figure.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from auditkit import catalog
from auditkit.certifying import REPLICATIONS, bounds, in_doubt
from auditkit.core.card import Card, Kind, Reading, World
from auditkit.core.detector import Detector
from auditkit.core.errors import CannotDecide
from auditkit.core.finding import Finding, Key, Margin
from auditkit.core.judgement import Outcome
from auditkit.gating import alone

DOSES = (0.0, 0.25, 0.5, 0.75, 1.0)
EXTENSION = 5  # a cell outside its bound, but not surely so, is measured once more on so many times the seeds
CHUNK = 50
FIRST = 20
EDGE = 1e-9

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Planting:
    """A world to be drawn: its name seeds it. An `edge` world is about one comparison alone."""

    name: str
    kind: Kind
    dose: float = 0.0
    nuisance: str | None = None
    edge: Key | None = None


class Told(NamedTuple):
    """What one replication says of one comparison."""

    outcome: str
    false_pass: bool
    false_fail: bool
    covered: bool | None
    width: float | None


Chunk = dict[Key, list[Told]]


def calibrate(
    detector: Detector,
    replications: int | None = None,
    *,
    workers: int = 1,
    partial: Path | None = None,
    progress: Progress | None = None,
    worlds: Sequence[Planting] | None = None,
) -> Card:
    """Measure a detector's error rates at its `n_min` and hold them against what it promises.

    `replications` are 2,000, or 500 for a costly detector, unless given; then nothing is extended. `partial` is a file
    that keeps what was measured, so that a run which was stopped goes on; whoever keeps the card may remove it.
    `worlds` are `plantings(detector)` unless given.
    """
    planted = tuple(plantings(detector) if worlds is None else worlds)
    usual = replications or REPLICATIONS[detector.costly]
    with _memory(detector, partial) as memory, _pool(workers) as run:
        measured = _measure(detector, planted, range(usual), run, memory, progress)
        if replications is None:
            doubtful = [planting for planting in planted if in_doubt(detector, measured[planting.name])]
            more = range(usual * EXTENSION)
            measured |= _measure(detector, doubtful, more, run, memory, progress)
    found = tuple(measured[planting.name] for planting in planted)
    card = Card(
        detector.code,
        version("rai-auditkit"),
        np.__version__,
        catalog.configuration(detector),
        detector.n_min,
        detector.costly,
        dict(detector.conservative),
        _headline(detector),
        found,
        (),
    )
    return replace(card, bounds=bounds(card))


def plantings(detector: Detector) -> Iterator[Planting]:
    """Doses from none to full, every comparison on the edge of its margin, and the nuisances."""
    for dose in DOSES:
        yield Planting(f"dose {dose:g}", "dose", dose)
    for key, edge, dose in _edges(detector):
        yield Planting(f"{key.estimand} of {key.level} at {edge:.4g}", "edge", dose, edge=key)
    for nuisance in detector.nuisances:
        yield Planting(nuisance, "nuisance", nuisance=nuisance)


def _headline(detector: Detector) -> tuple[str, str]:
    first = next(iter(detector.plant(1.0, detector.n_min, np.random.default_rng(0)).truth))
    return first.estimand, first.level


def _edges(detector: Detector) -> Iterator[tuple[Key, float, float]]:
    """Each planted comparison with each end of its margin, and the dose that sits on it."""
    sample = detector.plant(1.0, detector.n_min, np.random.default_rng(0))
    margins = {f.key: f.margin for f in detector.examine(sample.evidence) if isinstance(f, Finding)}
    for key in sample.truth:
        for edge in margins.get(key) or ():
            dose = None if edge is None else detector.dose_at(edge, key)
            if edge is not None and dose:
                yield key, edge, dose


def _measure(
    detector: Detector,
    planted: Sequence[Planting],
    replications: range,
    run: Callable[..., Iterable[Chunk]],
    memory: Memory,
    progress: Progress | None,
) -> dict[str, World]:
    """Run what is not yet known, in chunks, and sum up every world."""
    starts = range(0, len(replications), CHUNK)
    wanted = [(p, start, min(CHUNK, len(replications) - start)) for p in planted for start in starts]
    missing = [job for job in wanted if _name(job) not in memory.chunks]
    jobs = [(detector, *job) for job in missing]
    for done, (job, chunk) in enumerate(zip(missing, run(examine_worlds, jobs), strict=True), start=1):
        memory.keep(_name(job), chunk)
        if progress is not None:
            progress(detector.code, done, len(missing))
    chunks: dict[str, list[Chunk]] = {}
    for job in wanted:
        chunks.setdefault(job[0].name, []).append(memory.chunks[_name(job)])
    return {planting.name: _summed(detector, planting, chunks[planting.name]) for planting in planted}


def _name(job: tuple[Planting, int, int]) -> str:
    planting, start, size = job
    return f"{planting.name}|{start}|{size}"


def examine_worlds(job: tuple[Detector, Planting, int, int]) -> Chunk:
    """Draw a chunk of one world's replications, and examine and judge each."""
    detector, planting, start, size = job
    chunk: Chunk = {}
    for replication in range(start, start + size):
        rng = np.random.default_rng(_seed(detector.code, planting.name, replication))
        drawn = detector.plant(planting.dose, detector.n_min, rng, planting.nuisance)
        try:
            told = detector.examine(drawn.evidence)
        except CannotDecide:
            told = ()
        findings = {f.key: f for f in told if isinstance(f, Finding)}
        for key, theta in drawn.truth.items():
            if planting.edge in (None, key) and math.isfinite(theta):
                chunk.setdefault(key, []).append(_told(findings.get(key), theta))
    return chunk


def _seed(code: str, world: str, replication: int) -> np.random.SeedSequence:
    entropy = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big") for text in (code, world)]
    return np.random.SeedSequence(entropy, spawn_key=(replication,))


def _told(finding: Finding | None, theta: float) -> Told:
    if finding is None:
        return Told("N", False, False, None, None)
    outcome, low, high = alone(finding), *finding.interval(0.95)[:2]
    inside, beyond = _where(theta, finding.margin)
    exists = low is not None or high is not None
    held = (low is None or low <= theta + EDGE) and (high is None or high >= theta - EDGE)
    return Told(
        "-" if outcome is None else outcome.value[0],
        outcome is Outcome.PASS and not inside,
        outcome is Outcome.FAIL and not beyond,
        bool(held) if exists else None,
        high - low if low is not None and high is not None else None,
    )


def _where(theta: float, margin: Margin | None) -> tuple[bool, bool]:
    """Whether the truth lies clearly inside the margin, and clearly beyond it; on its edge neither."""
    low, high = margin or (None, None)
    inside = (low is None or theta > low + EDGE) and (high is None or theta < high - EDGE)
    beyond = (low is not None and theta < low - EDGE) or (high is not None and theta > high + EDGE)
    return inside, beyond


def _summed(detector: Detector, planting: Planting, chunks: Sequence[Chunk]) -> World:
    told: Chunk = {}
    for chunk in chunks:
        for key, items in chunk.items():
            told.setdefault(key, []).extend(items)
    truth = detector.plant(planting.dose, detector.n_min, np.random.default_rng(0), planting.nuisance).truth
    readings = tuple(_reading(key, truth[key], told[key]) for key in truth if key in told)
    return World(planting.name, planting.kind, planting.dose, readings, planting.nuisance or "")


def _reading(key: Key, theta: float, told: Sequence[Told]) -> Reading:
    spelled = "".join(item.outcome for item in told)
    widths = [item.width for item in told if item.width is not None]
    misses = "".join("x" if item.covered is False else "." for item in told[:FIRST])
    return Reading(
        key.estimand,
        key.level,
        key.versus,
        key.stratum,
        theta,
        len(told),
        len(spelled) - spelled.count("-"),
        spelled.count("P"),
        spelled.count("F"),
        spelled.count("I") + spelled.count("N"),
        sum(item.false_pass for item in told),
        sum(item.false_fail for item in told),
        sum(item.covered is not None for item in told),
        sum(item.covered is True for item in told),
        math.fsum(widths) / len(widths) if widths else None,
        spelled[:FIRST] + misses,
    )


@contextmanager
def _pool(workers: int) -> Iterator[Callable[..., Iterable[Chunk]]]:
    """Something that maps jobs in order, here or in worker processes."""
    if workers <= 1:
        yield map
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as executor:
        yield executor.map


@dataclass
class Memory:
    """The chunks that are measured, and the file that keeps them line by line, so that a stopped run goes on."""

    chunks: dict[str, Chunk]
    file: Path | None

    def keep(self, name: str, chunk: Chunk) -> None:
        """Remember a chunk, at once and on disk."""
        self.chunks[name] = chunk
        if self.file is not None:
            line = json.dumps([name, [[list(key), told] for key, told in chunk.items()]])
            with self.file.open("a", encoding="utf-8") as out:
                out.write(line + "\n")


@contextmanager
def _memory(detector: Detector, file: Path | None) -> Iterator[Memory]:
    """What an interrupted run has measured with this very code."""
    if file is None:
        yield Memory({}, None)
        return
    stamp = json.dumps(_stamp(detector))
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    chunks = dict(map(_recalled, lines[1:])) if lines[:1] == [stamp] else {}
    if not chunks:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(stamp + "\n", encoding="utf-8")
    yield Memory(chunks, file)


def _recalled(line: str) -> tuple[str, Chunk]:
    name, chunk = json.loads(line)
    return name, {Key(*key): [Told(*item) for item in told] for key, told in chunk}


def _stamp(detector: Detector) -> str:
    """A fingerprint of the detector as configured and of all the code it may rest on."""
    import inspect

    files = [*sorted(Path(__file__).parent.rglob("*.py")), Path(inspect.getfile(type(detector)))]
    digest = hashlib.sha256(f"{detector!r}{detector.n_min}{np.__version__}".encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
