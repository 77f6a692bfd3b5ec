"""What is wanted of a candidate: a task, a licence, a size; what nobody says of a model never passes for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from auditkit.core.errors import InputError
from auditkit.lifecycle.discovering.candidate import Aside, Candidate

UNITS: Mapping[str, int] = {
    "": 1,
    "b": 1,
    **{f"{letter}b": 1000**k for k, letter in enumerate("kmgt", 1)},
    **{letter: 1000**k for k, letter in enumerate("kmgt", 1)},
    **{f"{letter}ib": 1024**k for k, letter in enumerate("kmgt", 1)},
}
SIZE = re.compile(r"\s*(\d+(?:[_,]\d{3})*(?:\.\d+)?)\s*([A-Za-z]*)\s*")


def bytes_of(text: str) -> int:
    """A size in bytes: decimal units (kB, MB, GB, TB) or binary ones (KiB, MiB, GiB, TiB); raises `InputError`.

    >>> bytes_of("500MB"), bytes_of("1.5 GiB"), bytes_of("123")
    (500000000, 1610612736, 123)
    """
    found = SIZE.fullmatch(text)
    unit = None if found is None else UNITS.get(found[2].casefold())
    if found is None or unit is None:
        raise InputError(f'A size is a number and a unit, and this is "{text}". Write, for example, 500MB or 2GiB.')
    return round(float(re.sub("[_,]", "", found[1])) * unit)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a candidate must be: of a task, under one of these licences, of at most so many bytes; `limit` is how many
    models are looked at."""

    task: str | None = None
    licences: tuple[str, ...] = ()
    at_most: int | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise InputError(f"The limit is {self.limit}. Look at one model at least.")

    def unknown(self, one: Candidate) -> str:
        """Why nobody can say whether a candidate is what is wanted; empty where somebody can."""
        if self.task is not None and one.task is None:
            return f"its card names no task, so whether it is for {self.task} is not known"
        if self.licences and one.licence is None:
            return f"its licence is unknown, and {' or '.join(self.licences)} is wanted: ask whoever made it"
        if self.at_most is not None and one.size is None:
            return "its size is unknown, so whether it is small enough is not known"
        return ""

    def unlike(self, one: Candidate | Aside) -> tuple[str, str] | None:
        """What a model is instead of what is wanted: of which filter, and what; `None` where it fits."""
        if self.task is not None and one.task is not None and one.task.casefold() != self.task.casefold():
            return "task", one.task
        if isinstance(one, Aside):
            return None
        if self.licences and one.licence is not None and not self._licensed(one.licence):
            return "licence", one.licence
        if self.at_most is not None and one.size is not None and one.size > self.at_most:
            return "size", "larger"
        return None

    def _licensed(self, licence: str) -> bool:
        """Whether each licence that a card names is among those wanted: of several all may have to be kept."""
        wanted = {one.casefold() for one in self.licences}
        return all(part.strip().casefold() in wanted for part in licence.split(","))

    def __str__(self) -> str:
        told = [] if self.task is None else [f"task {self.task}"]
        told += [f"licence {' or '.join(self.licences)}"] if self.licences else []
        told += [] if self.at_most is None else [f"at most {self.at_most:,} bytes"]
        return ", ".join(told)
