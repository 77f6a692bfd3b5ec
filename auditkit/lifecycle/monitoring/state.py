"""All that a watch remembers, in one small file: it is on disk as it was before a stretch of events, or after it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError, nearest, only
from auditkit.core.wire import loaded
from auditkit.lifecycle.monitoring.events import Events
from auditkit.lifecycle.monitoring.seen import Seen, read_seen, see
from auditkit.lifecycle.monitoring.sources.source import START, Position
from auditkit.lifecycle.monitoring.strands import Strand
from auditkit.lifecycle.monitoring.units import Units
from auditkit.lifecycle.monitoring.watch import Watch
from auditkit.lifecycle.refusing import absent, removed

SCHEMA = 1
LARGEST = 1 << 24


@dataclass(frozen=True)
class State:
    """What a watch has come to: the strands of every rule, how far the source was read, and what was acknowledged.

    It depends on the events alone, in their order: not on how often it was stopped, nor on how many came at a time.
    """

    watch: Watch
    source: str
    position: Position
    strands: Mapping[str, tuple[Strand, ...]]
    units: Units | None = None
    acknowledged: tuple[Mapping[str, Any], ...] = ()
    seen: Seen = field(default_factory=dict)

    @classmethod
    def begun(cls, watch: Watch, source: str) -> State:
        """Nothing seen yet."""
        units = None if watch.unit is None else Units.of(watch.horizon)
        strands = {rule.name: _begun(watch, rule.name, 0) for rule in watch.rules}
        return cls(watch, source, dict(START), strands, units, seen=read_seen({}, watch, strands))

    @property
    def n(self) -> int:
        """Events read."""
        return int(self.position["events"])

    def follow(self, events: Events, position: Position) -> State:
        """The state after further events."""
        units, runs = self.units, None
        if units is not None and self.watch.unit is not None:
            units, runs = units.follow(events, self.watch.unit)
        moved = {}
        for rule in self.watch.rules:
            asked = zip(self.watch.questions(rule), self.strands[rule.name], strict=True)
            moved[rule.name] = tuple(strand.follow(question, events, runs) for question, strand in asked)
        seen = see(self.seen, self.watch, events)
        return replace(self, position=position, strands=moved, units=units, seen=seen)

    def alarms(self) -> list[dict[str, Any]]:
        """What raised an alarm and was not acknowledged, in order of the events."""
        told = []
        for rule in self.watch.rules:
            for question, strand in zip(self.watch.questions(rule), self.strands[rule.name], strict=True):
                if strand.monitor.alarm_at is not None:
                    at, side = strand.since + strand.monitor.alarm_at, strand.monitor.alarm_side
                    told.append({"rule": rule.name, "question": question.name, "at": at, "side": side})
        return sorted(told, key=lambda one: (one["at"], one["rule"], one["question"]))

    def acknowledge(self, name: str, reason: str, owner: str) -> State:
        """The state with a new watch of a rule, begun now; what was raised, why it was dismissed and by whom stay.

        Raises `InputError` for a rule that is not there, or has raised no alarm, and where nobody answers for it.
        """
        if name not in self.strands:
            raise InputError(
                f'There is no rule "{name}".{nearest(name, self.strands)} Rules: {", ".join(self.strands)}.'
            )
        raised = [one for one in self.alarms() if one["rule"] == name]
        if not raised:
            raise InputError(f'The rule "{name}" has raised no alarm, so there is nothing to acknowledge.')
        if not reason.strip() or not owner.strip():
            raise InputError("Whoever acknowledges an alarm says why and who they are: --reason TEXT --owner NAME.")
        said = {"rule": name, "reason": reason, "owner": owner, "after": self.n, "alarms": raised}
        said["began"] = self._began(name)
        strands = {**self.strands, name: _begun(self.watch, name, self.n)}
        return replace(self, strands=strands, acknowledged=(*self.acknowledged, said))

    def _began(self, name: str) -> list[dict[str, Any]]:
        """When what a rule's alarms are about began: no new watch can tell that."""
        rule = next(one for one in self.watch.rules if one.name == name)
        both = zip(self.watch.questions(rule), self.strands[name], strict=True)
        found = [(question.name, strand.began()) for question, strand in both]
        return [{"question": question, **change._asdict()} for question, change in found if change is not None]

    def to_json(self) -> str:
        """The wire format: the same state is the same bytes. `sum` is the SHA-256 of all that stands before it."""
        told: dict[str, Any] = {
            "schema": SCHEMA,
            "hash": self.watch.hash(),
            "watch": self.watch.model_dump(mode="json"),
        }
        told |= {"source": self.source, "position": self.position}
        told["units"] = None if self.units is None else self.units.to_dict()
        told["rules"] = {name: [one.to_dict() for one in strands] for name, strands in self.strands.items()}
        told["acknowledged"] = list(self.acknowledged)
        told["seen"] = {column: list(levels) for column, levels in self.seen.items()}
        text = json.dumps(told, separators=(",", ":"), allow_nan=False)[:-1]
        return f"{text}{_sum(text)}"

    @classmethod
    def from_json(cls, text: str, watch: Watch) -> State:
        """Read the wire format; raises `InputError` for anything else, and for the state of another watch."""
        try:
            whole, data = text, loaded(text)
            if data["schema"] != SCHEMA:
                raise InputError(f"This state has schema {data['schema']!r:.40}; this auditkit reads schema {SCHEMA}.")
            text, cut, _ = text.rpartition(',"sum":')
            if not cut or f"{text}{_sum(text)}" != whole:
                raise InputError(SPOILT)
            del data["sum"]
            only(data, ("schema", "hash", "watch", "source", "position", "units", "rules", "acknowledged", "seen"))
            if data["hash"] != watch.hash():
                raise InputError(_other(watch, data["watch"]))
            only(data["rules"], [rule.name for rule in watch.rules])
            strands = {rule.name: _read(data["rules"][rule.name], _begun(watch, rule.name, 0)) for rule in watch.rules}
            units = None if data["units"] is None else Units.from_dict(data["units"])
            if (units is None) != (watch.unit is None):
                raise ValueError("the memory of units is not there, or is there without a unit")
            position = {**data["position"], "events": int(data["position"]["events"])}
            said, seen = tuple(map(_answered, data["acknowledged"])), read_seen(data.get("seen"), watch, strands)
            return cls(watch, data["source"], position, strands, units, said, seen)
        except InputError:
            raise
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
            raise InputError(f"This is not the state of a watch: {type(error).__name__}: {error!s:.200}.") from error


def read_state(path: Path, watch: Watch) -> State | None:
    """The state in a file, `None` where there is none; raises `InputError` for what is not the state of this watch."""
    from auditkit.sealing import raw_bytes

    try:
        return State.from_json(raw_bytes(path, LARGEST).decode("utf-8"), watch)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def keep(path: Path, state: State) -> None:
    """Put a state where a reader, or a machine that stops at any moment, finds either this or the one before."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(state.to_json().encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        with suppress(PermissionError):  # Windows opens no folders
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        raise InputError(f"Cannot write {path}: {error.strerror or error}.") from error


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep a second monitor off a state; raises `InputError` where one is at work. A lock dies with its process.

    A look that is refused before it has kept anything leaves neither lock nor folder.
    """
    lock = path.with_name(f".{path.name}.lock")
    made, there, above = not lock.exists(), path.exists(), absent(path.parent)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    except FileExistsError as error:
        raise InputError(f"{path.parent} is a file, and a state lies in a folder: --state DIR/state.json.") from error
    except OSError as error:
        raise InputError(f"Cannot write beside {path}: {error.strerror or error}.") from error
    busy = InputError(f"Another monitor is at work on {path}. Wait for it, or give --state another file.")
    try:
        with suppress(ImportError):
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise busy from None
            except OSError:
                pass  # some network file systems have no locks: there one at a time is all
            if not _lies(file, lock):
                raise busy  # one that was refused has just taken it away
        yield
    except InputError as error:
        if error is not busy and made and path.exists() == there:  # the lock of another is not one's own
            with suppress(OSError):  # Windows removes no open files
                lock.unlink()
            removed(above)
        raise
    finally:
        os.close(file)


def _lies(file: int, place: Path) -> bool:
    """Whether an open file is the one that lies in a place."""
    try:
        return os.path.samestat(os.fstat(file), place.stat())
    except FileNotFoundError:
        return False


def _begun(watch: Watch, name: str, since: int) -> tuple[Strand, ...]:
    asked = {rule.name: watch.questions(rule) for rule in watch.rules}
    of = sum(map(len, asked.values()))
    return tuple(Strand.begun(question, watch.horizon, watch.block, since, of) for question in asked[name])


def _read(told: Any, fresh: tuple[Strand, ...]) -> tuple[Strand, ...]:
    strands = tuple(map(Strand.from_dict, told))
    if len(strands) != len(fresh):
        raise ValueError(f"{len(strands)} questions are kept of {len(fresh)}")
    for strand, begun in zip(strands, fresh, strict=True):
        if said := strand.unlike(begun):
            raise InputError(f"Its {said} is not what the watch says. {SPOILT}")
    return strands


def _answered(said: Any) -> dict[str, Any]:
    """An acknowledgement, if it is one; raises `ValueError` where it is none, or `TypeError` or `LookupError`."""
    texts = [said["rule"], said["reason"], said["owner"], *(one["question"] for one in said.get("began", ()))]
    texts += [one[name] for one in said["alarms"] for name in ("rule", "question")]
    numbers = [said["after"], *(one["at"] for one in said["alarms"])]
    numbers += [one[name] for one in said.get("began", ()) for name in ("after", "until", "likely")]
    levels = [one["level"] for one in said.get("began", ())]
    if not all(type(text) is str for text in texts) or not all(type(number) is int for number in numbers):
        raise ValueError("an acknowledgement holds what is none")
    if not all(type(level) is float and 0 < level < 1 for level in levels):
        raise ValueError("an acknowledgement holds a level that is none")
    return dict(said)


SPOILT = "This is not a state as auditkit wrote it. Restore it, or begin another watch with another --state."


def _sum(text: str) -> str:
    return f',"sum":"{hashlib.sha256(text.encode()).hexdigest()}"}}\n'


def _other(watch: Watch, was: Mapping[str, Any]) -> str:
    told = "; ".join(watch.differences(was)) or "what it says"
    return (
        f"It is the state of another watch: {told}. A rule that is changed while it is watched has no error control. "
        "Give the old watch, or begin a new one with another --state."
    )
