"""Files of published sets: tables and lines of JSON, read whole, with one sentence where they cannot be."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError, nearest


def rows_of(file: Path, needed: Sequence[str], delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of a table with a header, their cells stripped; raises `InputError` where a column is not there."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            tabbed = delimiter == "\t"  # there a quotation mark is nothing but one
            lines = csv.DictReader(opened, delimiter=delimiter, quoting=csv.QUOTE_NONE if tabbed else csv.QUOTE_MINIMAL)
            there = list(lines.fieldnames or ())
            if absent := [name for name in needed if name not in there]:
                has = ", ".join(filter(None, there)) or "none"
                raise InputError(f'{file} has no column "{absent[0]}".{nearest(absent[0], there)} It has: {has}.')
            return [{name: (cell or "").strip() for name, cell in row.items() if isinstance(name, str)
                     and not isinstance(cell, list)} for row in lines]  # fmt: skip
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(file, error) from None


def lines_of(file: Path) -> list[str]:
    """The lines of a text that are not blank, stripped."""
    try:
        with file.open(encoding="utf-8-sig") as opened:  # its lines end with \n alone; splitlines would break texts up
            return [line.strip() for line in opened if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(file, error) from None


def records_of(file: Path, needed: Sequence[str]) -> list[Mapping[str, Any]]:
    """One record a line of JSON; raises `InputError` where one lacks a key."""
    records: list[Mapping[str, Any]] = []
    for number, line in enumerate(lines_of(file), 1):
        record = parsed(line, f"{file}, line {number}")
        if not isinstance(record, dict) or (absent := [key for key in needed if key not in record]):
            lacks = absent[0] if isinstance(record, dict) else "keys"
            raise InputError(f'{file}, line {number} has no "{lacks}". It takes: {", ".join(needed)}.')
        records.append(record)
    return records


def parsed(text: str, where: str) -> Any:
    """JSON, or one sentence."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where} is not JSON: {error}.") from None


def found(place: Path, *names: str) -> Path:
    """The first of these files that is in a folder, or the file itself where no folder was named."""
    if not place.is_dir():
        return place
    for name in names:
        if (place / name).is_file():
            return place / name
    raise InputError(f"{place} holds no {' or '.join(names)}. Name the folder or the file as published.")


def _unreadable(file: Path, error: Exception) -> InputError:
    return InputError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.")
