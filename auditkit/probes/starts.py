"""Pictures of one's own to start from: a folder of them, and a table that says what each shows."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError, nearest
from auditkit.core.probe import Picture
from auditkit.pictures import open_picture
from auditkit.probes.edits import Start

BEFORE = " before"
"""How a design names what a picture shows before it is changed."""
WHERE = ("folder", "table", "image", "before", "columns")
"""The keys by which a plan says where pictures to start from lie."""


def starts(
    folder: str | os.PathLike[str],
    table: str | os.PathLike[str],
    *,
    image: str = "picture",
    before: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> list[Start]:
    """The pictures of a folder that a CSV lists, in its order, with what it says of them.

    The column `image` holds the names of the files, within the folder. What a picture shows stands in the columns
    `before`: "skin" becomes the factor "skin before". `columns` (an item, a person) become factors of the same name.
    An empty cell is no factor: it counts as missing. The table is looked for as it is named, then in the folder.

    Raises `InputError` for a folder, table, column or picture that is not there, and for a picture listed twice with
    the same factors.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError(f"There is no folder {folder}. Give the folder that holds the pictures.")
    file = Path(table) if Path(table).is_file() else root / table
    rows = _rows(file, [image, *_listed(before, "before"), *_listed(columns, "columns")])
    named = {column: f"{column}{BEFORE}" for column in before} | {column: column for column in columns}
    found, seen = [], set()
    for line, row in enumerate(rows, 2):
        factors = {name: row[column] for column, name in named.items() if row[column]}
        if (row[image], *factors.items()) in seen:
            raise InputError(f"{file}, line {line}: {row[image]} is listed twice with the same factors. Leave one out.")
        seen.add((row[image], *factors.items()))
        found.append(Start(_picture(root, row[image], f"{file}, line {line}"), factors))
    if not found:
        raise InputError(f"{file} lists no pictures. Give a row for each.")
    return found


def starts_of(name: str, configuration: Mapping[str, Any]) -> list[Start]:
    """The pictures to start from that a design in a plan names; raises `InputError` where it names none."""
    if lacking := [key for key in WHERE[:2] if not isinstance(configuration.get(key), str)]:
        raise InputError(f"{name} needs a {lacking[0]}: folder holds the pictures, table is the CSV that lists them.")
    return starts(**{key: configuration[key] for key in WHERE if key in configuration})


def _rows(file: Path, wanted: Sequence[str]) -> list[Mapping[str, str]]:
    """The lines of the table, their cells stripped."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            lines = csv.DictReader(opened)
            there = list(lines.fieldnames or ())
            for name in wanted:
                if name not in there:
                    known = ", ".join(there) or "none"
                    raise InputError(f'{file} has no column "{name}".{nearest(str(name), there)} It has: {known}.')
            return [{name: (row[name] or "").strip() for name in wanted} for row in lines]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"The table {file} cannot be read: {getattr(error, 'strerror', None) or error}.") from None


def _listed(names: Sequence[str], what: str) -> Sequence[str]:
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise InputError(f"{what} is a list of columns; this is {names!r}.")
    return names


def _picture(root: Path, name: str, where: str) -> Picture:
    """The picture of this name, which must lie in the folder."""
    path = (root / name).resolve()
    if not name or not path.is_relative_to(root.resolve()) or not path.is_file():
        raise InputError(f'{where}: {root} has no picture "{name}". The files must lie in that folder.')
    return open_picture(path)
