"""A lineage: things by their content, and the deeds that made one of another: a graph that hashes hold together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, NamedTuple, get_args

from auditkit.core.errors import InputError, nearest, only
from auditkit.core.wire import loaded

SCHEMA = 1
FILE = "lineage.json"
Flawed = Literal["changed", "twofold", "damaged", "lost", "unread"]
BROKEN: frozenset[Flawed] = frozenset({"changed", "twofold", "damaged"})
"""What contradicts the chain; the others are where it cannot be followed."""
FEWEST = 6
"""Digits of a hash that may stand for it, where they stand for one alone."""


@dataclass(frozen=True, slots=True)
class Known:
    """A thing with the paths, from the folder that was traced, at which it lies as its hash says; of a judgement with
    its outcome."""

    kind: str
    name: str
    hash: str
    about: str = ""
    lies: tuple[str, ...] = ()
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """What made things of others, both by hash: the step that lies `at` a path, or what a run or a judgement says of
    itself."""

    phase: str
    at: str
    took: tuple[str, ...] = ()
    gave: tuple[str, ...] = ()
    settings: Mapping[str, Any] | None = None
    done: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flaw:
    """Where the chain is broken, or cannot be followed, in a sentence."""

    kind: Flawed
    where: str
    sentence: str


class Kin(NamedTuple):
    """A thing, all that it was made of, and all that was made of it; the nearest first."""

    thing: Known
    ancestors: tuple[Known, ...]
    descendants: tuple[Known, ...]


@dataclass(frozen=True)
class Lineage:
    """Every thing that was found, every deed, and what is amiss.

    >>> data, model = Known("data", "pairs.csv", "d" * 64), Known("model", "tuned", "e" * 64)
    >>> lineage = Lineage((data, model), (Deed("tune", "step.json", (data.hash,), (model.hash,)),))
    >>> [known.name for known in lineage.of("eeeeee").ancestors], Lineage.from_json(lineage.to_json()) == lineage
    (['pairs.csv'], True)
    """

    things: tuple[Known, ...] = ()
    deeds: tuple[Deed, ...] = ()
    flaws: tuple[Flaw, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 where the chain holds, 1 where it is broken, 3 where it cannot be followed."""
        if any(flaw.kind in BROKEN for flaw in self.flaws):
            return 1
        return 3 if self.flaws or not self.things else 0

    def of(self, hash: str) -> Kin:
        """A thing by its hash, or by the first digits of it that no other has, with its kin.

        Raises `InputError` for a hash that nothing here has, or that more than one thing begins with.
        """
        found = [one for one in self.things if one.hash == hash]
        if not found and len(hash) >= FEWEST:
            found = [one for one in self.things if one.hash.startswith(hash)]
        if len(found) != 1:
            told = "Nothing here has" if not found else f"{len(found):,} things begin with"
            more = f" Give at least {FEWEST} of its digits." if len(hash) < FEWEST else ""
            raise InputError(f"{told} the hash {hash:.64}.{more or nearest(hash, (one.hash for one in self.things))}")
        before = {given: deed.took for deed in self.deeds for given in deed.gave}
        for deed in self.deeds:  # a thing may have been given twice, by other deeds
            for given in deed.gave:
                before[given] = (*before[given], *deed.took)
        after: dict[str, tuple[str, ...]] = {}
        for deed in self.deeds:
            for taken in deed.took:
                after[taken] = (*after.get(taken, ()), *deed.gave)
        start = found[0].hash
        return Kin(found[0], self._known(_reached(start, before)), self._known(_reached(start, after)))

    def _known(self, hashes: Iterable[str]) -> tuple[Known, ...]:
        by = {one.hash: one for one in self.things}
        return tuple(by[hash] for hash in hashes if hash in by)

    def to_json(self) -> str:
        """The wire format of `lineage.json`, the same for the same folder wherever it lies."""
        told: dict[str, Any] = {"schema": SCHEMA}
        for name in ("things", "deeds", "flaws"):
            told[name] = [asdict(one) for one in getattr(self, name)]
        text = json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
        return text.encode("utf-8", "replace").decode("utf-8")

    @classmethod
    def from_json(cls, text: str) -> Lineage:
        """Read the wire format; raises `InputError` for anything else, and for a newer schema."""
        try:
            data = loaded(text)
            if data["schema"] != SCHEMA:
                raise InputError(f"This lineage has schema {data['schema']!r:.40}; this auditkit reads {SCHEMA}.")
            only(data, ("schema", "things", "deeds", "flaws"))
            things = tuple(_read(Known, one) for one in data["things"])
            deeds = tuple(_read(Deed, one) for one in data["deeds"])
            flaws = tuple(_read(Flaw, one) for one in data["flaws"])
            if any(flaw.kind not in get_args(Flawed) for flaw in flaws):
                raise ValueError(f"a flaw is one of {', '.join(get_args(Flawed))}")
            return cls(things, deeds, flaws)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(f"This is not a lineage: {type(error).__name__}: {error!s:.200}.") from error


def _reached(start: str, along: Mapping[str, Iterable[str]]) -> list[str]:
    """Everything that can be reached, the nearest first, whatever circles there are."""
    seen, waiting = {start: None}, [start]
    for here in waiting:
        for there in along.get(here, ()):
            if there not in seen:
                seen[there] = None
                waiting.append(there)
    return waiting[1:]


def _read(kind: Any, told: Mapping[str, Any]) -> Any:
    """A part of the wire format: texts, and lists of texts; settings are a table or nothing."""
    only(told, [field.name for field in fields(kind)])
    parts: dict[str, Any] = {}
    for name, value in told.items():
        if name == "settings":
            if value is not None and not isinstance(value, dict):
                raise TypeError("settings are a table")
            parts[name] = value
        elif isinstance(value, list):
            if not all(isinstance(one, str) for one in value) or name not in ("lies", "took", "gave", "done"):
                raise TypeError(f"{name} is a list of texts")
            parts[name] = tuple(value)
        elif isinstance(value, str) and name not in ("lies", "took", "gave", "done"):
            parts[name] = value
        else:
            raise TypeError(f"{name} is {value!r:.40}")
    return kind(**parts)
