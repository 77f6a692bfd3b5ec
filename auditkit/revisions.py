"""Files as they are in a git revision, whatever the working tree has."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from auditkit.core.errors import InputError, why

PATIENCE = 60
ENVIRONMENT = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1"}
"""Messages that can be read, no question on a terminal, no object that stands in for another."""
ELSEWHERE = ("DIR", "WORK_TREE", "INDEX_FILE", "COMMON_DIR", "OBJECT_DIRECTORY", "NAMESPACE", "GRAFT_FILE", "PREFIX")
"""What a hook sets of the repository that runs it: the file's own is meant."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of the repository in a folder."""

    root: Path
    commit: str
    ref: str

    @classmethod
    def of(cls, ref: str, near: Path) -> Revision:
        """The commit that a branch, tag or hash names in the repository that a file lies in: that of the working
        directory where the file's name leads into it, whatever links or repositories a working tree has put in there.

        Raises `InputError` where there is no git, no repository or no such revision, and where the name is ambiguous:
        a tag named main would otherwise stand in for the branch.
        """
        if not ref or ref.startswith("-") or not ref.isprintable():
            raise InputError(f"{ref!r} is no revision. Name a branch, a tag or a commit, for example main.")
        top = _top(near)
        if top.returncode:
            raise InputError(
                f"{near} lies in no git repository that can be read, so there is no revision {ref} of it: "
                f"{_said(top)}. Leave --policy-from out, or run inside the repository."
            )
        root = _path(top)
        found = _git(root, "rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}")
        if found.returncode:
            raise InputError(f"There is no revision {ref} in {root}.{_how(ref, root)}")
        if b"is ambiguous" in found.stderr:
            raise InputError(
                f"{ref} names more than one revision in {root}. Say which: refs/heads/{ref} is the branch, "
                f"refs/tags/{ref} the tag."
            )
        return cls(root, found.stdout.decode().strip(), ref)

    def text(self, path: Path, what: str) -> str | None:
        """The text of a file as it is in this commit; `None` where the commit does not have it.

        Raises `InputError` for a file outside the repository, and for one that is no text.
        """
        name = _name(path, self.root)
        if name is None:
            raise InputError(f"The {what} {path} lies outside the repository {self.root}, so no revision of it has it.")
        kind = _git(self.root, "cat-file", "-t", f"{self.commit}:{name}")
        if kind.returncode:
            return None
        blob = _git(self.root, "cat-file", "blob", f"{self.commit}:{name}")
        if blob.returncode:
            raise InputError(f"The {what} {name} of {self} cannot be read: {_said(blob)}.")
        try:
            return blob.stdout.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"The {what} {name} of {self} cannot be read: {why(error)}.") from error

    def __str__(self) -> str:
        return f"{self.ref} ({self.commit[:12]})"


def _top(near: Path) -> subprocess.CompletedProcess[bytes]:
    """Where the repository of a file starts."""
    here = _git(Path.cwd(), "rev-parse", "--show-toplevel")
    if not here.returncode and _name(near, _path(here)) is not None:
        return here
    folders = (parent for parent in near.absolute().parents if parent.is_dir() and not parent.is_symlink())
    return _git(next(folders, Path.cwd()), "rev-parse", "--show-toplevel")


def _path(ran: subprocess.CompletedProcess[bytes]) -> Path:
    return Path(os.fsdecode(ran.stdout).rstrip("\n"))


def _name(path: Path, root: Path) -> str | None:
    """What a file is called in a repository, as it is written: a link within it must not lead to another file."""
    whole, home = Path(os.path.normpath(path.absolute())), os.path.realpath(root)
    start = next((parent for parent in reversed(whole.parents) if os.path.realpath(parent) == home), None)
    return None if start is None else whole.relative_to(start).as_posix()


def _git(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run git; a list of words, never a shell."""
    command = ["git", "-C", str(folder), "-c", "core.warnAmbiguousRefs=true", *words]
    own = {name: value for name, value in os.environ.items() if name not in {f"GIT_{part}" for part in ELSEWHERE}}
    try:
        return subprocess.run(command, capture_output=True, timeout=PATIENCE, env=own | ENVIRONMENT)
    except FileNotFoundError as error:
        raise InputError("git is not installed, and --policy-from reads a git revision. Install git.") from error
    except subprocess.TimeoutExpired as error:
        raise InputError(f"git {words[0]} did not answer within {PATIENCE} seconds in {folder}.") from error


def _said(ran: subprocess.CompletedProcess[bytes]) -> str:
    return ran.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ").split("\n")[0] or "git says nothing"


def _how(ref: str, root: Path) -> str:
    """What may be meant, or how to get what a clone of one commit does not have."""
    if not _git(root, "rev-parse", "--verify", "--end-of-options", f"refs/remotes/origin/{ref}^{{commit}}").returncode:
        return f' Did you mean "origin/{ref}"?'
    branch = ref.removeprefix("refs/remotes/").removeprefix("origin/")
    if _git(root, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
        return (
            f" This clone is shallow. Run: git fetch --depth=1 origin {branch}, and pass --policy-from FETCH_HEAD; or "
            "let actions/checkout fetch all with fetch-depth: 0."
        )
    return f" Run: git fetch origin {branch}, or name a branch, a tag or a commit that is there."
