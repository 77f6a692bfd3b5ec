"""Where the things of a step lie, and what they are now: a step is read, and its names are not trusted."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path, PurePosixPath

from auditkit.core.errors import InputError
from auditkit.core.step import Step, Thing
from auditkit.runs import Run

LONGEST = 1_000
STREAM = "a stream, not kept by design"
"""What is said of the data of a monitor: it grows, and is known by the digest of what was read of it."""
AMISS = (InputError, OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError)
"""What a damaged model, or a name that no system has, can raise."""


def lies(folder: Path, name: str) -> Path | None:
    """The file or folder that a step names, within its folder or beside it; `None` where none lies there.

    A name that leads elsewhere, or through a symbolic link, is nobody's: no step can make a reader open it.
    """
    parts = PurePosixPath(name).parts
    if not _plain(name) or ".." in parts[1:] or parts == ("..",):
        return None
    path = folder
    for part in parts:
        path = path.parent if part == ".." and path.name else path / part
        if part != ".." and path.is_symlink():
            return None
    return path if path.exists() else None


def within(name: str) -> bool:
    """Whether a name is that of something in the folder of a step, and does not lead out of it."""
    return _plain(name) and ".." not in PurePosixPath(name).parts


def _plain(name: str) -> bool:
    """Whether a name could be one of a file or a folder on every system, from another folder."""
    odd = set(name) & set("\\:") or name.startswith("/") or len(name) > LONGEST or not name.isprintable()
    return bool(PurePosixPath(name).parts) and not odd


def streams(step: Step, thing: Thing) -> bool:
    """Whether a thing that a step took is a stream, of which no file is expected to stay as it was."""
    return step.phase == "monitor" and thing.kind == "data"


def called(path: Path, folder: Path) -> str:
    """A path from the folder of a step where it lies within or beside it, else its own name: no machine's folders."""
    whole = path.resolve()
    for base, before in ((folder.resolve(), ""), (folder.resolve().parent, "../")):
        if whole.is_relative_to(base) and whole != base:
            return before + whole.relative_to(base).as_posix()
    return whole.name or path.name


def summed(path: Path) -> str:
    """The SHA-256 of a file's bytes, read piece by piece; raises `OSError` for what is no regular file."""
    if not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file" if path.exists() else "it is not there")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def now(thing: Thing, path: Path) -> str:
    """The hash of a thing as it lies there now: of a file its bytes', of a model the fingerprint, of a run the digest.

    Raises one of `AMISS` for what cannot be read.
    """
    if path.is_dir() and thing.kind == "run":
        return Run(path).digest
    if path.is_dir():
        return _model(path, thing.hash)
    return summed(path)


def _model(path: Path, was: str) -> str:
    """The fingerprint of a model; of the lab's own classes that which a target tells, unless it was the plain one."""
    from auditkit.lab import recognising
    from auditkit.weights import fingerprint

    plain = fingerprint(path)
    try:
        module = None if plain == was else recognising.recognised(path)
    except InputError:  # no longer a configuration of that class: it was changed, and is no damage to the step
        return plain
    return plain if module is None else recognising.fingerprint(path, module)


def can_be_held(thing: Thing, path: Path) -> bool:
    """Whether what lies there can be compared with the hash: any file, and the folder of a model or a run."""
    return path.is_file() or (path.is_dir() and thing.kind in ("model", "run"))


def uncounted(folder: Path) -> list[str]:
    """The files in a model's folder that its fingerprint does not cover: other formats, code, words, other folders'."""
    from auditkit.weights.guarding import INDEX, WEIGHTS
    from auditkit.weights.hashing import DECIDES, SHARD, WORDS

    piped, found = (folder / INDEX).is_file(), []
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if path.is_dir() and not path.is_symlink():
            continue
        place = len(name.parts) == 1 if not piped else len(name.parts) == 2 or name.as_posix() == INDEX
        variant = path.name.endswith(WEIGHTS) and "." in SHARD.sub("", path.name.removesuffix(WEIGHTS))
        if not place or variant or path.suffix not in DECIDES or path.name.startswith(WORDS):
            found.append(name.as_posix())
    return sorted(found)
