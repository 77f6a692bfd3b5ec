"""What a phase writes: its files, the step that made them, and a seal over both; and whether it was done already."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.judgement import Judgement
from auditkit.core.manifest import digest
from auditkit.core.report import Report
from auditkit.core.step import FILE, Kind, Step, Thing
from auditkit.formats.words import short
from auditkit.rendering import render
from auditkit.running import PAGE, write
from auditkit.sealing import raw_bytes, seal, standing, told
from auditkit.verifying.things import called, summed

MOST_TOLD = 6
WRITING = ".step.json.writing"
"""Lies in a folder while a step is written there, and after a kill until the step is written again."""


def thing(kind: Kind, path: Path, out: Path, about: str = "") -> Thing:
    """A file as a thing: its path from the folder `out` of the step, and the SHA-256 of its bytes, however large.

    Raises `InputError` for a file that cannot be read.
    """
    try:
        return Thing(kind, called(path, out), summed(path), about)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error


def done(out: Path, step: Step) -> Step | None:
    """The step that did this very work in this folder, whose files all are as they were sealed; else `None`.

    Raises `InputError` where the folder holds other work, and says what differs.
    """
    if not (out / FILE).exists():
        return None
    standing(out)
    was = recorded(out)
    if not was.repeats(step):
        raise InputError(
            f"{out} holds another step: {was.phase} with {_said(was)}. Give --out another folder, or remove this one. "
            f"What differs: {_apart(was, step)}."
        )
    return was if _whole(out) else None


def recorded(out: Path) -> Step:
    """The step that a folder holds; raises `InputError` where it holds none that can be read."""
    try:
        return Step.from_json(raw_bytes(out / FILE).decode("utf-8", "replace"))
    except OSError as error:
        raise InputError(f"{out / FILE} cannot be read: {error.strerror or error}.") from error


def record(
    out: Path,
    step: Step,
    texts: Mapping[str, str] | None = None,
    files: Collection[str] = (),
    pages: Collection[str] = (),
    personal: Collection[str] = (),
) -> Step:
    """Write texts into a folder with the step that made them, and seal them, with `files` that are there already.

    The step is told to have given what it says, and nothing is added to it. `pages` show the judgement beside them,
    `personal` hold rows or people.
    Raises `InputError` where a file of that name, which no manifest knows, says something else: it is somebody's.
    """
    written = {**(texts or {}), FILE: step.to_json()}
    _nobodys(out, written)
    seal(out, [*written, *files], pages=pages, first=lambda: _written(out, written, personal))
    (out / WRITING).unlink(missing_ok=True)
    return step


def audited(folder: Path, report: Report, judgement: Judgement) -> None:
    """Write of an audit what `run` writes, unless just this lies there."""
    texts = {"report.json": report.to_json(), "judgement.json": judgement.to_json()}
    texts |= {PAGE: render(report, judgement, "page")}
    own = texts if report.personal else ()
    seal(folder, texts, pages=[PAGE], first=lambda: write(folder, texts, own), unless=texts)


def _written(out: Path, written: Mapping[str, str], personal: Collection[str]) -> None:
    """Write, under a mark that says whose the files are until they are sealed."""
    (out / WRITING).touch()
    write(out, written, personal)


def _nobodys(out: Path, written: Mapping[str, str]) -> None:
    """Refuse to write over what auditkit has not written; what a phase left that was killed meanwhile is marked."""
    if told(out) is not None or (out / WRITING).exists():
        return
    for name, text in written.items():
        place = out / name
        if place.is_symlink() or (place.exists() and (not place.is_file() or place.read_bytes() != text.encode())):
            raise InputError(
                f"{place} is there already, and no step of auditkit wrote it. Move it, or give --out another folder."
            )


def given(out: Path, step: Step, kinds: Mapping[str, Kind], texts: Mapping[str, str] | None = None) -> Step:
    """The step with these files of `out` among what it gave; `texts` are those that are not written yet."""
    told = []
    for name, kind in kinds.items():
        raw = (texts or {}).get(name)
        told.append(Thing(kind, name, digest(raw.encode())) if raw is not None else thing(kind, out / name, out))
    return replace(step, gave=(*step.gave, *told))


def _whole(out: Path) -> bool:
    """Whether everything that the folder's manifest names is there, byte for byte."""
    found = told(out)
    if found is None or found[1]:
        return False
    try:
        return all(one.holds(raw_bytes(out / name)) for name, one in found[0].entries[-1].artefacts.items())
    except OSError:
        return False


def _said(step: Step) -> str:
    return ", ".join(one.name for one in step.took) or "nothing taken"


def _apart(was: Step, now: Step) -> str:
    """In what two steps are other work: the phase, the kinds of things of which others were taken, the settings."""
    told = [] if was.phase == now.phase else [f"the phase ({was.phase} there, {now.phase} now)"]
    before, after = (Counter((one.kind, one.hash) for one in step.took) for step in (was, now))
    others = [one for one in now.took if (one.kind, one.hash) in after - before]
    told += [f"the {one.kind} {short(one.name)}" for one in others]
    kinds = {one.kind for one in others}
    gone = [one for one in was.took if (one.kind, one.hash) in before - after and one.kind not in kinds]
    told += [f"the {one.kind} {short(one.name)}, not taken now" for one in gone]
    there, here = (dict(_settings(step.settings)) for step in (was, now))
    for name in dict.fromkeys([*there, *here]):
        if there.get(name, "none") != here.get(name, "none"):
            told.append(f"{name} ({there.get(name, 'none')} there, {here.get(name, 'none')} now)")
    more = [] if len(told) <= MOST_TOLD else [f"{len(told) - MOST_TOLD} more"]
    return ", ".join([*told[:MOST_TOLD], *more]) or "the order of what was taken"


def _settings(table: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, str]]:
    """Every setting by its name, one of a table within as table.name, and its value in words."""
    for name, value in table.items():
        called = f"{within}{short(name, 40)}"
        if isinstance(value, Mapping):
            yield from _settings(value, f"{called}.")
        else:
            yield called, "none" if value is None else short(json.dumps(value, ensure_ascii=False, sort_keys=True))
