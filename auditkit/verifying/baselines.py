"""Where is the baseline that a judgement was made with? It is known by its hash, whatever its file is called."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile
from pathlib import Path

from auditkit.core.baseline import Baseline
from auditkit.core.errors import InputError
from auditkit.core.manifest import Manifest
from auditkit.core.wire import LONGEST
from auditkit.sealing import raw_bytes

NAMED = "*baseline*.json"
"""What the file of a baseline is called where none is named; others would be somebody's data, read in vain."""
MOST = 20
"""How many files of that name are read in a folder."""


def baseline_of(report: Path, wanted: str, given: Path | None) -> Baseline | None:
    """The baseline of this hash in the file that is given, else beside the report or one folder up; `None` elsewhere.

    Raises `InputError` where the file that is given cannot be read, or holds none.
    """
    if given is not None:
        found = _in(given)
        return found if found.hash == wanted else None
    for place in _near(report.resolve()):
        try:
            found = _in(place)
        except InputError:
            continue
        if found.hash == wanted:
            return found
    return None


def days_of(chain: Manifest, name: str) -> tuple[date, ...]:
    """The day on which a file was first sealed as it is, by UTC, and those that it can have been where it was judged.

    What somebody accepted holds until a day, so that a judgement has to be had again as of its own; none where the
    manifest tells no time.
    """
    own = chain.entries[-1].artefacts.get(name)
    alike = takewhile(lambda entry: entry.artefacts.get(name) == own, reversed(chain.entries))
    try:
        sealed = datetime.strptime(list(alike)[-1].time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).date()
    except ValueError:
        return ()
    return sealed, sealed - timedelta(days=1), sealed + timedelta(days=1)


def _near(report: Path) -> Iterator[Path]:
    for folder in (report.parent, report.parent.parent):
        yield from islice(sorted(folder.glob(NAMED)), MOST)


def _in(path: Path) -> Baseline:
    try:
        return Baseline.from_json(raw_bytes(path, LONGEST).decode("utf-8", "replace"))
    except OSError as error:
        raise InputError(
            f"The baseline {path} cannot be read: {error.strerror or error}. Give the file that the gate was given."
        ) from error
    except InputError as error:
        raise InputError(f"{path}: ", *error.parts) from error
