"""What of a lineage lies in a folder: names and first bytes only, links not followed, and never without an end."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from auditkit.core.manifest import JUDGEMENT, MANIFEST
from auditkit.core.step import FILE
from auditkit.core.wire import LONGEST
from auditkit.store import DATABASE, OBJECTS

DEEPEST, MOST = 8, 20_000
"""How many folders deep, and at how many files at most, is looked."""
HEAD, LARGEST = 400, LONGEST
"""Bytes at the start by which a report is known, and the most bytes that are read as JSON."""
STATE = re.compile(rb'\{"schema":\d+,"hash":"[0-9a-f]{64}","watch":\{')
"""How the state of a monitor begins: it changes with every event, so it is no thing of a lineage; its alarms are."""
COPIES = frozenset({"mlruns", "mlartifacts"})
"""Where MLflow keeps its copies of what it was told, unless it was told otherwise."""


@dataclass
class Walked:
    """Where steps, runs, reports, judgements and manifests lie, and every file by its name; `cut` says that there was
    more than is looked at."""

    steps: list[Path] = field(default_factory=list)
    runs: list[Path] = field(default_factory=list)
    reports: list[Path] = field(default_factory=list)
    judgements: list[Path] = field(default_factory=list)
    manifests: list[Path] = field(default_factory=list)
    named: dict[str, list[Path]] = field(default_factory=dict)
    cut: bool = False


def walk(folder: Path) -> Walked:
    """Look through a folder, in the order of its names; what MLflow keeps of it are copies, and are passed over."""
    found = Walked()
    places = {FILE: found.steps, JUDGEMENT: found.judgements, MANIFEST: found.manifests}
    for seen, path in enumerate(_files(folder)):
        if seen >= MOST:
            found.cut = True
            break
        if not _regular(path):
            continue
        found.named.setdefault(path.name, []).append(path)
        if path.name == DATABASE:
            found.runs.append(path.parent)
        elif path.name in places:
            places[path.name].append(path)
        elif path.suffix == ".json" and _is_report(path):
            found.reports.append(path)
    return found


def stamp(folder: Path) -> str:
    """What changes whenever a file of a folder does: a digest of names, sizes and times, without opening any."""
    told = hashlib.sha256()
    for path in islice(_files(folder), MOST):
        with suppress(OSError):
            seen = path.lstat()
            told.update(os.fsencode(path) + f" {seen.st_size} {seen.st_mtime_ns}\n".encode())
    return told.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder, followlinks=False):
        deep = len(Path(root).relative_to(folder).parts) >= DEEPEST
        folders[:] = [] if deep else sorted(name for name in folders if _entered(Path(root, name)))
        yield from (Path(root, name) for name in sorted(files))


def _entered(folder: Path) -> bool:
    """Whether a folder is looked into: not where objects of a run lie, nothing hidden, no store of MLflow."""
    if folder.name == OBJECTS or folder.name in COPIES or folder.name.startswith("."):
        return False
    meta = folder / "meta.yaml"
    return not (_regular(meta) and all(word in _head(meta, 4096) for word in (b"artifact_", b"lifecycle_stage:")))


def _regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _is_report(path: Path) -> bool:
    head = _head(path, HEAD)
    if path.name == "report.json":
        return not STATE.match(head)
    return b'"schema"' in head and b'"levels"' in head and not STATE.match(head)


def _head(path: Path, most: int) -> bytes:
    """The first bytes of a file; none where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError:
        return b""
