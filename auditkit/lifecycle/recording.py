"""What a phase writes: its files, the step that made them, and a seal over both; and whether it was done already."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from auditkit.core.errors import InputError
from auditkit.core.manifest import digest
from auditkit.core.step import FILE, Kind, Step, Thing
from auditkit.running import write
from auditkit.sealing import raw_bytes, seal, standing, told
from auditkit.verifying.things import called, summed


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

    Raises `InputError` where the folder holds other work, or another step's files.
    """
    if not (out / FILE).exists():
        return None
    standing(out)
    was = recorded(out)
    if not was.repeats(step):
        raise InputError(
            f"{out} holds another step: {was.phase} with {_said(was)}. Give --out another folder, or remove this one."
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
) -> Step:
    """Write texts into a folder with the step that made them, and seal them, with `files` that are there already.

    The step is told to have given what it says, and nothing is added to it. `pages` show the judgement beside them.
    """
    written = {**(texts or {}), FILE: step.to_json()}
    seal(out, [*written, *files], pages=pages, first=lambda: write(out, written))
    return step


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
