"""What stands of an audit's files in their folder's manifest: written there, and held against them when they are read.

The bytes are those on disk, so a changed space is a change. What a manifest cannot tell is that somebody wrote a new
one, or cut entries off its end and computed the head again. Keep the head elsewhere (`gate` and `verify` say it, so a
pipeline's log holds it), or sign it.
"""

from __future__ import annotations

import errno
import os
import platform
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from auditkit.core.errors import InputError, nearest, why
from auditkit.core.judgement import Judgement
from auditkit.core.manifest import JUDGEMENT, MANIFEST, Artefact, Entry, Manifest, is_plain
from auditkit.core.wire import LONGEST

COMMIT, LARGEST = "GITHUB_SHA", 1 << 30
"""The variable that names a commit, and the most bytes of a file that are hashed."""
CHANGED = (
    "Restore it, or audit again. To judge it as it is now, copy it into a folder of its own, where nothing says that "
    "auditkit wrote it."
)


def seal(
    folder: Path,
    written: Collection[str],
    *,
    given: Collection[str] = (),
    pages: Collection[str] = (),
    first: Callable[[], None] | None = None,
    unless: Mapping[str, str] | None = None,
) -> str:
    """Append to the folder's manifest what was just written there; the head of the chain.

    What else the last entry holds stays as it was sealed, for whoever changed it since did so without auditkit.
    `given` are files that were read and not written: they are sealed as they are, unless auditkit has written them.
    `pages` are those of the written that show the judgement beside them. `first` does the writing, once no other
    process seals or writes there. `unless` these texts are on disk already and nothing new would be
    sealed: then nothing is written or sealed. All or nothing. Raises `InputError` for a manifest that is not as it was
    written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder) as place:
            chain = standing(folder) or Manifest()
            made = partial(_entry, folder, chain, written, given, pages)
            if unless is not None and _stands(folder, chain, unless, made):
                return chain.head
            if first is not None:
                first()
            chain = chain.appended(made())
            _keep(folder / MANIFEST, chain.to_json().encode(), place)
    except OSError as error:
        raise InputError(
            f"Cannot write to {error.filename or folder} and seal it: {error.strerror or error}."
        ) from error
    return chain.head


def standing(folder: Path) -> Manifest | None:
    """The folder's manifest, if there is one; raises `InputError` where it is not as it was written."""
    found = told(folder)
    if found is not None and found[1]:
        raise InputError(
            f"{folder / MANIFEST} is not as it was written: {found[1]}. Restore it. auditkit trusts nothing it says, "
            "and adds nothing to it."
        )
    return None if found is None else found[0]


def told(folder: Path) -> tuple[Manifest, str] | None:
    """The folder's manifest and what shows that it is not as it was written; raises `InputError` for what is none."""
    place = folder / MANIFEST
    try:
        raw = raw_bytes(place, LONGEST)
    except FileNotFoundError:
        return None
    except NotADirectoryError as error:
        raise InputError(f"{folder} is a file, and a folder is needed there. Name another.") from error
    except OSError as error:
        raise InputError(f"{place} cannot be read: {error.strerror or error}.") from error
    chain = Manifest.from_json(raw)
    return chain, chain.fault(raw)


def ours(path: Path) -> Artefact | None:
    """What the manifest beside a file says of it, where it says that auditkit wrote it."""
    chain = standing(path.parent)
    sealed = None if chain is None else chain.entries[-1].artefacts.get(path.name)
    return None if sealed is None or sealed.given else sealed


def untouched(path: Path) -> None:
    """Raise `InputError` where auditkit wrote a file and it is no longer what was written."""
    sealed = ours(path)
    if sealed is not None and not (path.is_file() and _holds(path, sealed)):
        raise InputError(f"{path} is not as {MANIFEST} says it was written. {CHANGED}")


def raw_bytes(path: Path, most: int = LARGEST) -> bytes:
    """The bytes of a regular file; raises `OSError` for anything else, a symbolic link and a larger file too."""
    if path.is_symlink():
        raise OSError(errno.ELOOP, "it is a symbolic link")
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file")
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NOFOLLOW", 0))) as file:
        if os.fstat(file.fileno()).st_size > most:
            raise OSError(errno.EFBIG, f"it has more than {most:,} bytes")
        return file.read()


def text_of(path: Path, called: str = "", kind: type[InputError] = InputError) -> str:
    """The text of a file that somebody else may have written: a regular one of at most 64 MB, measured first.

    Raises an error of this `kind` for anything else, and for a file that is empty; `called` is what its sentence calls
    the file, by default its path.
    """
    name = called or str(path)
    try:
        text = raw_bytes(path.resolve(), LONGEST).decode("utf-8")
    except (OSError, RuntimeError, UnicodeDecodeError) as error:
        raise kind(f"{name} cannot be read: {why(error)}.{astray(path, error)}") from error
    if not text.strip():
        raise kind(f"{name} cannot be read: it is empty ({len(text):,} characters).")
    return text


def astray(path: Path, error: Exception) -> str:
    """What to do about a file that is not there: the one beside it that was meant, else to look at the path."""
    if not isinstance(error, FileNotFoundError):
        return ""
    if not path.parent.is_dir():
        return f" Nor is there a folder {path.parent}. Check the path."
    try:
        beside = sorted(file.name for file in path.parent.iterdir() if file.name != path.name)  # a link to nowhere
    except OSError:  # a folder that may not be looked into shows none
        beside = []
    return nearest(path.name, beside) or " Check the path."


def _holds(path: Path, sealed: Artefact) -> bool:
    """Whether a file is as it was sealed; one of another size is not read."""
    return path.stat().st_size == sealed.size and sealed.holds(path.read_bytes())


def _entry(
    folder: Path, chain: Manifest, written: Collection[str], given: Collection[str], pages: Collection[str]
) -> Entry:
    last = chain.entries[-1] if chain.entries else Entry({})
    artefacts = dict(last.artefacts)
    for name in given:
        if is_plain(name) and artefacts.get(name, Artefact(0, "", given=True)).given:
            with suppress(OSError):  # a link, say: it is not sealed, and verify says so
                artefacts[name] = Artefact.of(raw_bytes(folder / name), given=True)
    raw = {name: raw_bytes(folder / name) for name in written}
    artefacts |= {name: Artefact.of(content) for name, content in raw.items()}
    if JUDGEMENT in artefacts:
        shown = artefacts[JUDGEMENT].sha256
        artefacts |= {name: replace(artefacts[name], judgement=shown) for name in pages}
    if JUDGEMENT in raw:
        told = Judgement.from_json(raw[JUDGEMENT].decode("utf-8", "replace"))
        last = Entry({}, told.report_hash, told.policy_hash, told.baseline_hash)
    commit = os.environ.get(COMMIT, "")
    return replace(
        last,
        artefacts=artefacts,
        auditkit=version("rai-auditkit"),
        time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        host=platform.node(),
        commit=commit if re.fullmatch(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", commit) else "",
    )


def _stands(folder: Path, chain: Manifest, texts: Mapping[str, str], made: Callable[[], Entry]) -> bool:
    """Whether these texts are on disk, and one more entry would say what the last says but for when and where."""
    if not chain.entries:
        return False
    last = chain.entries[-1]
    try:
        if any(raw_bytes(folder / name) != text.encode() for name, text in texts.items()):
            return False
        fresh = made()
    except OSError:
        return False
    return replace(fresh, time=last.time, host=last.host, previous=last.previous) == last


@contextmanager
def _alone(folder: Path) -> Iterator[int | None]:
    """Keep other writers out of a folder; without locks (some network file systems, Windows) one at a time is all."""
    try:
        place = os.open(folder, os.O_RDONLY)
    except PermissionError:  # Windows opens no folders
        yield None
        return
    try:
        with suppress(ImportError, OSError):
            import fcntl

            fcntl.flock(place, fcntl.LOCK_EX)
        yield place
    finally:
        os.close(place)


def _keep(target: Path, raw: bytes, place: int | None) -> None:
    """Put bytes where a reader, or a machine that stops, finds either these or those before."""
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    partial.unlink(missing_ok=True)
    if place is not None:
        _sweep(target)
    try:
        with partial.open("xb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, target)
        if place is not None:
            os.fsync(place)
    finally:
        partial.unlink(missing_ok=True)


def _sweep(target: Path) -> None:
    """Take away what processes that were killed have left half written; one that lives may be at it without a lock."""
    for left in target.parent.glob(f".{target.name}.*.partial"):
        pid = left.name.split(".")[-2]
        if re.fullmatch(r"[0-9]{1,9}", pid) and not _lives(int(pid)):
            with suppress(OSError):
                left.unlink()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True
