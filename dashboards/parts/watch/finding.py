"""Which watches are in the folder? Their states are known by how they begin, or by the alarms beside them."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from auditkit import AuditkitError, Outcome
from auditkit.lifecycle.monitoring import Watched, read_watched
from dashboards.parts.shelf import HEAD, MOST, files, id_of

STATE, ALARMS = "state.json", "alarms.json"
BEGINS = re.compile(rb'\s*\{\s*"schema"\s*:\s*\d+,\s*"hash"\s*:\s*"[0-9a-f]{64}",\s*"watch"\s*:')
BESIDE = ("step.json", ALARMS, "auditkit.manifest.json")
GRADED = 40
"""Watches, the last written, that are opened to say which is the gravest; the others follow."""
GRAVITY = (Outcome.FAIL, None, Outcome.NOT_ASSESSED, Outcome.PASS)
"""The gravest first; `None` is what cannot be read, for an alarm may stand in it."""
LARGEST = 16 << 20
"""Bytes that are hashed of a file; of a larger one, when it was written: it is not opened."""
STRANGE = "{} is not as auditkit writes it ({}: {}). Restore it, or begin another watch."


@dataclass(frozen=True, slots=True)
class Entry:
    """A watch: `id` is the path of its state in the folder, which a link names; `changed` when it was last written."""

    id: str
    path: Path
    changed: float


def watches(folder: Path) -> list[Entry]:
    """The watches in a folder, the last written first; one whose state is gone or spoilt too, for its alarms stand."""
    found: dict[Path, float] = {}
    for seen, path in enumerate(files(folder)):
        if seen >= MOST:
            break
        place = path.with_name(STATE) if path.name == ALARMS else path
        try:
            if _is_watch(path) and (place not in found or path == place):
                found[place] = path.lstat().st_mtime
        except OSError:
            continue
    there = {path.parent for path in found if path.exists()}  # a state of any name stands for the alarms beside it
    kept = [path for path in found if path.exists() or path.parent not in there]
    told = [Entry(id_of(path, folder), path, found[path]) for path in kept]
    return sorted(told, key=lambda one: (-one.changed, one.id))


def gravest_first(lying: list[Entry]) -> list[Entry]:
    """The watches with an alarm, those that cannot be read, those that saw too little, the quiet; each by name."""
    graded = {entry: _grade(entry) for entry in lying[:GRADED]}
    return sorted(lying, key=lambda one: (graded.get(one, len(GRAVITY)), one.id))


def _grade(entry: Entry) -> int:
    return _grade_kept(_digest(entry.path), entry)


@st.cache_data(max_entries=1000, show_spinner=False)
def _grade_kept(digest: str, _entry: Entry) -> int:
    try:
        return GRAVITY.index(opened(_entry).standing.outcome)
    except AuditkitError:
        return GRAVITY.index(None)


def opened(entry: Entry) -> Watched:
    """A watch as it lies there; raises `AuditkitError` for what cannot be read."""
    try:
        return _kept(_digest(entry.path), entry)
    except MemoryError as error:
        raise AuditkitError(f"{entry.path.name} takes more memory than there is.") from error
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError) as error:
        raise AuditkitError(STRANGE.format(entry.path.name, type(error).__name__, error)) from error


def _is_watch(path: Path) -> bool:
    if not stat.S_ISREG(path.lstat().st_mode):
        return False
    head = _head(path)
    if path.name == ALARMS:
        return b'"alarms"' in head and b'"watch"' in head
    if BEGINS.match(head):
        return True
    return path.name == STATE and path.with_name(ALARMS).is_file() and _is_watch(path.with_name(ALARMS))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _digest(path: Path) -> str:
    """Of all that could change what is shown: the state, and what lies beside it."""
    told = hashlib.sha256(os.fsencode(path))
    for one in (path, *(path.with_name(name) for name in BESIDE)):
        told.update(one.name.encode() + _digest_of(one))
    return told.hexdigest()


def _digest_of(path: Path) -> bytes:
    try:
        seen = path.lstat()
        if not stat.S_ISREG(seen.st_mode) or seen.st_size > LARGEST:
            return f"{seen.st_mode} {seen.st_size} {seen.st_mtime_ns}".encode()
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError as error:
        return type(error).__name__.encode()


@st.cache_resource(max_entries=12, show_spinner="Opening the watch …")
def _kept(digest: str, _entry: Entry) -> Watched:
    return read_watched(_entry.path)
