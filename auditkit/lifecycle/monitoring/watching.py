"""monitor(): read what is new, bet on it, and say how every rule stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError
from auditkit.lifecycle.monitoring.events import Events
from auditkit.lifecycle.monitoring.raised import sealed, unbroken
from auditkit.lifecycle.monitoring.sources import Given, Source, opened
from auditkit.lifecycle.monitoring.sources.source import Batch
from auditkit.lifecycle.monitoring.standing import Standing, standing
from auditkit.lifecycle.monitoring.state import State, alone, keep, read_state
from auditkit.lifecycle.monitoring.watch import Watch, read_watch

STRETCH = 1 << 14
"""Events that are read between two times that the state is written: all that is ever in memory, or done again."""


def monitor(
    source: Source | str,
    watch: Watch | Mapping[str, Any] | str | Path,
    state: str | Path,
    *,
    table: str | None = None,
    replay: bool = False,
    stretch: int = STRETCH,
    kept: Callable[[int], None] | None = None,
) -> Standing:
    """Read what a source has that is new since the state, update it, and say how every rule of the watch stands.

    `source` is a folder of Parquet files, a SQLite address or database (with `table`), a file of JSON lines, or "-" for
    standard input. With `replay` the source gives everything again: what was kept is held against its digest and
    skipped. `kept` is told how many events are on disk, each time that they are. Alarms are written into `alarms.json`
    beside the state with `step.json`, sealed, whenever there is another one. Raises `InputError` for a watch, a state
    or a source that cannot be read or is not the one before; what came before an event that cannot be read is kept.
    """
    wanted, path = read_watch(watch), Path(state)
    events = opened(source, table) if isinstance(source, str) else source
    with alone(path):
        stands = read_state(path, wanted)
        unbroken(path, stands)
        fresh = State.begun(wanted, events.kind) if stands is None else stands
        if fresh.source != events.kind:
            raise InputError(
                f"{path} is of a source of kind {fresh.source}, and this is a {events.kind}. Name the same."
            )
        if replay:
            _replayed(events, fresh, stretch)
        look = _Look(path, fresh, kept)
        fault = look.at(events, stretch)
        if stands is None and not look.state.n and fault is None:
            keep(path, fresh)  # of nothing, too, it is known what is watched
        if look.state.n or fault is None:
            sealed(path, look.state, events.name)
        if fault is not None:
            raise _refused(fault, look.state)
        return standing(look.state, events.name, look.state.n - fresh.n, look.seen, events.notes)


def acknowledge(
    watch: Watch | Mapping[str, Any] | str | Path, state: str | Path, name: str, reason: str, owner: str
) -> Standing:
    """Begin a new watch of a rule that raised an alarm, and record why and who answers for it.

    Raises `InputError` where there is no such rule, alarm or state.
    """
    wanted, path = read_watch(watch), Path(state)
    with alone(path):
        stands = read_state(path, wanted)
        if stands is None:
            raise InputError(f"There is no state {path}, so there is no alarm to acknowledge.")
        sealed(path, stands, "")
        fresh = stands.acknowledge(name, reason, owner)
        keep(path, fresh)
        sealed(path, fresh, "")
        return standing(fresh, "", 0, (), [])


@dataclass
class _Look:
    """A state as it moves on, on disk each time that it has."""

    path: Path
    state: State
    kept: Callable[[int], None] | None
    seen: tuple[str, ...] = ()

    def at(self, events: Source, stretch: int) -> InputError | None:
        """Follow a source to its end, or to the event that cannot be read, and then say why it cannot.

        A fault loses the stretch that it is in. So one event is tried, and then half of the stretch, a quarter, ...
        """
        fault = self._followed(events, stretch)
        if fault is None:
            return None
        before = self.state.n
        self._followed(events, 1, once=True)
        while self.state.n > before and (stretch := stretch // 2):
            self._followed(events, stretch)
        return fault

    def _followed(self, events: Source, stretch: int, *, once: bool = False) -> InputError | None:
        try:
            for batch in events.read(self.state.position, self.state.watch.columns(), stretch):
                moved = self.state.follow(Events(batch.columns, batch.n, self.state.n + 1), batch.position)
                keep(self.path, moved)
                self.state, self.seen = moved, self.seen or tuple(batch.seen)
                if self.kept is not None:
                    self.kept(moved.n)
                if once:
                    break
        except InputError as error:
            return error
        return None


def _refused(fault: InputError, state: State) -> InputError:
    """The fault, and the alarm that stands all the same."""
    alarms = state.alarms()
    if not alarms:
        return fault
    told = "; ".join(f"{one['rule']} ({one['question']}) at event {one['at']:,}" for one in alarms[:3])
    more = f" and {len(alarms) - 3} more" if len(alarms) > 3 else ""
    said = InputError(
        f"{fault} An alarm stands all the same: {told}{more}. What was read until event {state.n:,} is kept."
    )
    said.__cause__ = fault
    return said


def _replayed(events: Source, state: State, stretch: int) -> None:
    """Hold what was kept against what the source gives now."""
    if isinstance(events, Given):
        events.skip(state.position)
        return
    last = {"events": 0}
    for batch in _until(events, state, stretch):
        last = batch.position
    if any(last.get(part) != state.position.get(part) for part in ("events", "chain", "open") if state.n):
        raise InputError(
            f"--replay reads {events.name} again, and its first {state.n:,} events are not those that were read. "
            "Restore it, or begin another watch with another --state."
        )


def _until(events: Source, state: State, stretch: int) -> Iterator[Batch]:
    """The source from its beginning, in stretches that end where the state's events do."""
    position: dict[str, Any] = {}
    while (left := state.n - position.get("events", 0)) > 0:
        batch = next(iter(events.read(position, state.watch.columns(), min(left, stretch))), None)
        if batch is None:
            return
        position = batch.position
        yield batch
