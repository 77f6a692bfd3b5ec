"""A TOML file that somebody has written: read, or refused with a sentence that says what to write instead."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit.core.errors import PolicyError, nearest
from auditkit.sealing import text_of

if TYPE_CHECKING:
    from pydantic import ValidationError


def read_toml(path: str | Path, what: str, hint: str = "") -> dict[str, Any]:
    """The table of a file; raises `PolicyError` for one that cannot be read or is not TOML.

    `what` is what the file is called in a sentence, for example "The plan"; `hint` what to do about it.

    >>> read_toml("nowhere.toml", "The watch", "Write one.")
    Traceback (most recent call last):
    auditkit.core.errors.PolicyError: The watch nowhere.toml cannot be read: No such file or directory. Check the \
path. Write one.
    """
    file, then = Path(path), f" {hint}" if hint else ""
    if file.is_dir():
        raise PolicyError(f"{what} {file} cannot be read: it is a folder, and a TOML file is needed. Name the file.")
    try:
        return tomllib.loads(text_of(file, f"{what} {file}", PolicyError))
    except PolicyError as error:
        raise PolicyError(*error.parts, then) from error
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"{what} {file} {'are' if what.endswith('s') else 'is'} not TOML: {error}.") from error


def no_key(what: str, key: object, known: Iterable[str]) -> str:
    """The sentence for a key that a table has not; `key` may be a path with dots, of which the last part is looked for.

    >>> no_key("A plan has", "data.pth", ["path", "subject"])
    'A plan has no key "data.pth". Did you mean "path"? Keys: path, subject.'
    """
    names = list(known)
    return f'{what} no key "{key}".{nearest(str(key).rsplit(".", 1)[-1], names)} Keys: {", ".join(names)}.'


def gravest(error: ValidationError) -> Any:
    """The complaint that is told of several: an unknown key first, for others may come of it."""
    return min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
