"""What a curated data set is, for whoever writes its card: whence it comes, what was done to it and what is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from auditkit.core.judgement import Judgement
from auditkit.core.report import Report

LEFT_OUT = "Not stated. The owner of the data is to fill it in."


class File(NamedTuple):
    """A file of the data set: its name, its kind, its size in bytes and its SHA-256."""

    name: str
    kind: str
    size: int
    sha256: str


class Column(NamedTuple):
    """A column: its name, its type (Text, Integer, Float, Boolean, Image), what it is, and its role in the audit."""

    name: str
    type: str
    about: str
    role: str = ""


@dataclass(frozen=True)
class Curated:
    """A data set as its card tells it; what only people know stands in `stated`, empty where nobody has said it.

    `taken` are the sources by name with their SHA-256, `counts` what became of the rows, `done` and `limits` sentences.
    """

    title: str
    stated: Mapping[str, str]
    sensitive: Sequence[str]
    rows: int
    source_rows: int
    worth: float
    counts: Mapping[str, int]
    taken: Sequence[tuple[str, str]]
    files: Sequence[File]
    columns: Sequence[Column]
    pictures: int
    done: Sequence[str]
    limits: Sequence[str]
    wanted: int
    before: tuple[Report, Judgement]
    after: tuple[Report, Judgement]

    def said(self, name: str) -> str:
        """What people state, or that nobody did."""
        return self.stated.get(name) or LEFT_OUT
