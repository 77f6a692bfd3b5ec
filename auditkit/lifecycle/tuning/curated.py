"""The curated data: the table that `auditkit curate` wrote, read whole, with what each row weighs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from auditkit.core.errors import InputError, nearest
from auditkit.core.estimate import Floats
from auditkit.tables import opened

NAMES = ("data.parquet", "data.csv", "data.tsv")
"""What `curate` calls its table, in the order in which they are looked for."""
WEIGHT = "weight"


@dataclass(frozen=True)
class Curated:
    """A table of n rows: the file, and its columns by name, each value as it was read."""

    file: Path
    columns: Mapping[str, tuple[Any, ...]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def folder(self) -> Path:
        """Where the table lies: pictures are named from here."""
        return self.file.parent

    def texts(self, *names: str) -> list[list[str]]:
        """The words of these columns, a list each; raises `InputError` for a value that is missing or blank."""
        return [[self._words(name, k, value) for k, value in enumerate(self.columns[name])] for name in names]

    def weights(self) -> Floats:
        """The column `weight`, (n,), ones where there is none; raises `InputError` for what is no weight."""
        told = self.columns.get(WEIGHT)
        if told is None:
            return np.ones(len(self))
        for k, value in enumerate(told):
            if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
                raise InputError(
                    f"{self.file}: the weight of row {k + 1} is {value!r}. A weight is a number of at least 0."
                )
        found = np.array(told, float)
        if not found.any():
            raise InputError(f"{self.file}: every weight is 0, so there is nothing to learn from.")
        return found

    def choose(self, title: str, *sets: Sequence[str]) -> tuple[str, ...]:
        """The first of these sets of columns that the table has; raises `InputError` where it has none."""
        for names in sets:
            if all(name in self.columns for name in names):
                return tuple(names)
        wanted = ", or ".join(" and ".join(names) for names in sets)
        there = ", ".join(self.columns)
        near = "".join(nearest(name, self.columns) for name in sets[0][:1])
        raise InputError(f"{self.file} cannot teach {title}: it needs the columns {wanted}. It has: {there}.{near}")

    def _words(self, name: str, k: int, value: Any) -> str:
        if value is None or not str(value).strip():
            raise InputError(f"{self.file}: row {k + 1} has nothing in the column {name}. Fill it, or drop the row.")
        return str(value)


def read(data: Path) -> Curated:
    """The table in a file, or in the folder that `curate` wrote; raises `InputError` where there is none to read."""
    file = file_of(data)
    table = opened(file)
    names = [str(name) for name in table.columns]
    return Curated(file, dict(zip(names, zip(*table.fetchall(), strict=True), strict=True)))


def file_of(data: Path) -> Path:
    """The table's file; raises `InputError` for a folder without one."""
    file = next((data / name for name in NAMES if (data / name).is_file()), None) if data.is_dir() else data
    if file is None:
        there = ", ".join(sorted(path.name for path in data.iterdir())[:8]) or "nothing"
        raise InputError(
            f"{data} holds no {NAMES[0]}, {NAMES[1]} or {NAMES[2]}. It holds: {there}. Give the folder curate wrote."
        )
    return file
