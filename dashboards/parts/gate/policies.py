"""Which policies and baselines lie in the folder? Files that were written for a gate; none is opened twice."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from auditkit import AuditkitError, Policy
from auditkit.baselining import FILE, Baseline, read_baseline
from dashboards.parts.opened import LARGEST, Opened
from dashboards.parts.shelf import DEEPEST, MOST

JUDGED, DEFAULT, NONE = "judged", "default", "none"
"""What no file is called: the policy of the judgement beside the report, the default one, and no baseline."""
KEYS = {"rules", "multiplicity", "inconclusive"}
LONGEST = 1 << 20
"""Bytes of a policy; a larger file is none."""
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
    return Policy.parse(text, kept.path.name)


def read_kept(kept: Kept) -> Baseline:
    """The baseline in a file; raises `AuditkitError` for one that cannot be read."""
    if not kept.path.is_file():
        raise AuditkitError(GONE)
    if kept.path.is_symlink() or kept.path.stat().st_size > LARGEST:
        raise AuditkitError(LINK)
    seen = kept.path.stat()
    return _baseline(kept.path, seen.st_mtime_ns, seen.st_size)


def judged_by(found: Opened) -> Policy | None:
    """The policy of the judgement beside the report; nothing where there is none, or where it cannot be read."""
    if not found.judgement.policy:
        return None
    try:
        return Policy.read(found.judgement.policy)
    except AuditkitError:
        return None


def is_policy(path: Path) -> bool:
    """Whether a TOML file holds a policy or is meant to."""
    try:
        table = tomllib.loads(_text(path))
    except OSError:
        return False
    except (ValueError, RecursionError):
        return True  # what is wrong with it is said when it is chosen
    if path.name == "pyproject.toml":
        return isinstance(_at(table, "tool", "auditkit", "gate"), dict)
    return bool(KEYS & set(table)) or any(isinstance(table.get(name), dict) for name in ("policy", "roles"))


@lru_cache(8)
def _baseline(path: Path, changed: int, size: int) -> Baseline:
    return read_baseline(path)


def _at(table: Any, *names: str) -> Any:
    for name in names:
        table = table.get(name) if isinstance(table, dict) else None
    return table


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
