"""Which policies and baselines lie in the folder? Files that were written for a gate; none is opened twice."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from auditkit import AuditkitError, Policy
from auditkit.baselining import FILE, Baseline, read_baseline
from auditkit.opening import LONGEST as HEAVIEST
from dashboards.parts.opened import Opened
from dashboards.parts.shelf import DEEPEST, MOST

JUDGED, DEFAULT, NONE = "judged", "default", "none"
"""What no file is called: the policy of the judgement beside the report, the default one, and no baseline."""
LONGEST, DEEP = 1 << 16, 1_000
"""Bytes of a policy, and dots in a line of it: reading takes time as the square of either; a larger file is none."""
SIGNS = re.compile(
    r"^\s*(\[\[?\s*(policy|roles|rules|policy\.rules|tool\.auditkit\.gate(\.rules)?)\s*\]|(rules|multiplicity|inconclusive)\s*=)",
    re.MULTILINE,
)
"""By what a policy is known without being read."""
GONE = "It has gone since this page was loaded. Load the page again."
LINK = "It is a link or larger than is opened here, and is not followed."


@dataclass(frozen=True, slots=True)
class Kept:
    """A file for a gate: `id` is its path in the folder, which a link names."""

    id: str
    path: Path


def policies(folder: Path) -> list[Kept]:
    """The files that hold a policy or are meant to: also a broken one, so that it can be said what is wrong."""
    return [kept for kept in _files(folder) if kept.path.suffix == ".toml" and is_policy(kept.path)]


def baselines(folder: Path) -> list[Kept]:
    """The files called `auditkit.baseline.json`."""
    return [kept for kept in _files(folder) if kept.path.name == FILE]


def read_policy(kept: Kept) -> Policy:
    """The policy in a file; raises `AuditkitError` for one that cannot be read."""
    try:
        text = _text(kept.path)
    except UnicodeDecodeError as error:
        raise AuditkitError(f"It is not text: {error}.") from error
    if any(line.count(".") > DEEP for line in text.splitlines()):
        raise AuditkitError(f"A line of it has more than {DEEP:,} dots. Write one rule a line.")
    return Policy.parse(text, kept.path.name)


def read_kept(kept: Kept) -> Baseline:
    """The baseline in a file; raises `AuditkitError` for one that cannot be read."""
    if not kept.path.is_file():
        raise AuditkitError(GONE)
    if kept.path.is_symlink() or kept.path.stat().st_size > HEAVIEST:
        raise AuditkitError(LINK)
    seen = kept.path.stat()
    return _baseline(kept.path, seen.st_mtime_ns, seen.st_size)


def judged_by(found: Opened) -> Policy | None:
    """The policy of the judgement beside the report; nothing where there is none, or where it cannot be read."""
    if not found.judgement.policy:
        return None
    try:
        return Policy.from_dict(found.judgement.policy)
    except AuditkitError:
        return None


def is_policy(path: Path) -> bool:
    """Whether a TOML file holds a policy or is meant to, by how its lines begin: what is wrong with it is said when it
    is chosen, and only that one is read."""
    try:
        if path.stat().st_size > LONGEST:
            return False
        found = SIGNS.findall(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return False
    return any("tool" in told[0] for told in found) if path.name == "pyproject.toml" else bool(found)


@lru_cache(8)
def _baseline(path: Path, changed: int, size: int) -> Baseline:
    return read_baseline(path)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(LONGEST).decode("utf-8")


def _files(folder: Path) -> Iterator[Kept]:
    """Files of the folder and below it; links are not followed, so nothing outside it is shown."""
    seen = 0
    for root, folders, files in os.walk(folder, followlinks=False):
        deep = len(Path(root).relative_to(folder).parts) >= DEEPEST
        folders[:] = [] if deep else sorted(name for name in folders if not name.startswith((".", "objects")))
        for name in sorted(files):
            seen += 1
            path = Path(root, name)
            if seen <= MOST and name.endswith((".toml", FILE)) and path.is_file() and not path.is_symlink():
                yield Kept(path.relative_to(folder).as_posix().encode("utf-8", "backslashreplace").decode(), path)
