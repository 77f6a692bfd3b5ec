"""What of a step goes into a run of MLflow, by names that it takes: settings, hashes, estimates, reports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from auditkit.core.errors import AuditkitError
from auditkit.core.lineage import Deed, Known
from auditkit.core.manifest import digest
from auditkit.core.report import Report
from auditkit.core.wire import loaded
from auditkit.formats.lineages import near
from auditkit.lifecycle.lineage.walking import LARGEST
from auditkit.sealing import raw_bytes
from auditkit.verifying.things import lies

LONGEST, VALUE, FINDINGS = 120, 500, 2_000
"""Letters of a name and of a value, and findings of a report, that are logged."""
PAGES = ("report.html", "turn.html", "turn.md", "turn.json")
"""What lies beside a report or a step and is logged with it."""
LEVEL = 0.95


def named(text: object) -> str:
    """A name that MLflow takes and keeps as a file: letters, digits, dots, dashes; another one for another text.

    >>> named("selection rate, m vs f"), named("rate: m"), named("../x")
    ('selection rate_ m vs f-b03ddb66', 'rate_ m-30c6693d', '_x-d6b96a97')
    """
    whole = str(text)
    plain = re.sub(r"[^A-Za-z0-9_.\- ]+", "_", whole).strip(" .") or "_"
    if plain == whole and len(plain) <= LONGEST:
        return plain
    return f"{plain[:LONGEST]}-{digest(whole.encode('utf-8', 'replace'))[:8]}"


def settled(deed: Deed) -> dict[str, str]:
    """The settings of a step as flat parameters."""
    return {named(name): value[:VALUE] for name, value in _flat(deed.settings or {})}


def _flat(settings: Any, before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in settings.items():
        key = f"{before}.{name}" if before else str(name)
        if isinstance(value, Mapping) and value:
            yield from _flat(value, key)
        else:
            yield key, value if isinstance(value, str) else str(value)


def tags(deed: Deed, took: Sequence[Known], gave: Sequence[Known]) -> dict[str, str]:
    """The hashes of what a step took and gave, and the verdict of a gate."""
    told = {"auditkit.phase": deed.phase[:VALUE], "auditkit.at": deed.at[:VALUE]}
    for what, some in (("took", took), ("gave", gave)):
        for one in some[:50]:
            told[f"{what}.{one.kind}.{named(near(one, deed.at))}"] = one.hash
            told |= {"outcome": one.outcome} if one.outcome and what == "gave" else {}
    return told


def measured(deed: Deed, gave: Sequence[Known], folder: Path) -> dict[str, float]:
    """Every estimate of the reports that a step gave with its 95 % bounds, and what a turn says that it cost."""
    told: dict[str, float] = {}
    reports = [one for one in gave if one.kind == "report"]
    for one in reports:
        where = near(one, deed.at)
        side = PurePosixPath(where).parent.name if len(reports) > 1 else ""
        told |= _estimates(lies(folder, where), f"{named(side)}." if side else "")
    return told | _costs(lies(folder, (PurePosixPath(deed.at).parent / "turn.json").as_posix()), deed.at)


def _estimates(path: Path | None, before: str) -> dict[str, float]:
    try:
        report = None if path is None else Report.from_json(raw_bytes(path, LARGEST).decode("utf-8", "replace"))
    except (AuditkitError, OSError):
        return {}
    told: dict[str, float] = {}
    for finding in () if report is None else report.findings[:FINDINGS]:
        key = finding.key
        parts = [key.code, key.estimand, key.level, f"vs {key.versus}" if key.versus else "", key.stratum]
        name = before + named(" ".join(filter(None, parts)))
        low, high, _ = finding.interval(LEVEL)
        told |= _bounded(name, finding.estimate.value, low, high)
    return told


def _costs(path: Path | None, at: str) -> dict[str, float]:
    """The losses of a turn, where the step itself has one."""
    if path is None or PurePosixPath(at).name != "step.json":
        return {}
    told: dict[str, float] = {}
    try:
        for cost in loaded(raw_bytes(path, LARGEST).decode("utf-8", "replace"))["costs"]:
            place = 2  # of .95 among the levels of an estimate
            lost = cost["lost"]
            told |= _bounded(f"cost.{named(cost['name'])}", lost["value"], lost["lower"][place], lost["upper"][place])
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        return told
    return told


def _bounded(name: str, value: Any, low: Any, high: Any) -> dict[str, float]:
    ends = {name: value, f"{name}.low": low, f"{name}.high": high}
    return {key: float(end) for key, end in ends.items() if isinstance(end, int | float)}


def artefacts(deed: Deed, gave: Sequence[Known], folder: Path) -> Iterator[tuple[Path, str]]:
    """The files that are logged, and the folder of the run that each goes into: reports, and the pages beside them."""
    found: dict[Path, str] = {}
    here = PurePosixPath(deed.at).parent
    for one in gave:
        where = PurePosixPath(near(one, deed.at))
        if one.lies and one.kind in ("report", "judgement", "card", "page"):
            place = where.parent.relative_to(here).as_posix() if where.is_relative_to(here) else ""
            for name in (where.name, *PAGES[: 1 if one.kind == "report" else 0]):
                found.setdefault(folder / where.parent / name, "" if place == "." else place)
    if PurePosixPath(deed.at).name == "step.json":
        found |= {folder / here / name: "" for name in ("step.json", *PAGES[1:])}
    for path, place in found.items():
        inside = lies(folder, path.relative_to(folder).as_posix())
        if inside is not None and inside.is_file() and inside.stat().st_size <= LARGEST:
            yield inside, "/".join(named(part) for part in place.split("/") if part)
