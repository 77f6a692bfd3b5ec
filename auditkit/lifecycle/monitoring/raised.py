"""What was raised and acknowledged, sealed beside the state: an entry of the manifest each, not one a look."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.manifest import MANIFEST
from auditkit.core.step import FILE, Step, Thing
from auditkit.core.wire import loaded
from auditkit.lifecycle.monitoring.state import State
from auditkit.lifecycle.recording import done, given, record, recorded
from auditkit.sealing import ours, raw_bytes, standing

ALARMS = "alarms.json"


def sealed(path: Path, state: State, source: str) -> None:
    """Write `alarms.json` and `step.json` beside a state and seal them, where they do not say this already.

    The state itself changes with every event and is in no seal: it holds the digest of everything that was read. So the
    manifest grows by an entry when a watch begins, when an alarm is raised and when one is acknowledged, and never
    because somebody looked. A process that was killed before it sealed is made up for by the next.

    Raises `InputError` where the folder holds another step, and where `unbroken` does.
    """
    out, name = path.parent, path.name
    text = _told(state)
    was = unbroken(path, state)
    if was is not None:
        if _stands(out / ALARMS, text) and done(out, was) is not None:
            return
        source = source or next((one.name for one in was.took if one.kind == "data"), "")
    watch = Thing("policy", "watch", state.watch.hash(), "what is watched for")
    data = Thing("data", source or state.source, state.position["chain"], f"the first {state.n:,} events")
    settings = {"state": name, "watch": state.watch.model_dump(mode="json")}
    step = Step("monitor", (watch, data), settings=settings, done=_done(state))
    record(out, given(out, step, {ALARMS: "state"}, {ALARMS: text}), {ALARMS: text})


def unbroken(path: Path, state: State | None) -> Step | None:
    """The step beside a state; an alarm leaves that folder by an acknowledgement alone.

    Raises `InputError` where the folder holds another step, where the state is gone and where an alarm or an
    acknowledgement that was written is no longer in it.
    """
    out, was = path.parent, None
    if (out / FILE).exists():
        standing(out)
        was = recorded(out)
        if was.phase != "monitor" or was.settings.get("state") != path.name:
            what = was.phase if was.phase != "monitor" else f"monitor with {was.settings.get('state')}"
            raise InputError(
                f"{out} holds another step: {what}. Give every watch a folder of its own: --state DIR/state.json."
            )
        if state is None:
            raise InputError(f"{path} is gone, and {out / FILE} says that a watch is on. {RESTORE}")
    lost = _lost(out / ALARMS, state)
    if lost:
        raise InputError(f"{lost}. An alarm goes away by --acknowledge alone. {RESTORE}")
    return was


RESTORE = "Restore it, or begin another watch with another --state, of a new folder."


def _lost(path: Path, state: State | None) -> str:
    """What was raised or acknowledged in a file and is not in the state; nothing where nothing is lost."""
    seal = ours(path)
    try:
        raw = raw_bytes(path)
        told = loaded(raw.decode("utf-8"))
        raised, said = list(told["alarms"]), list(told["acknowledged"])
    except FileNotFoundError:
        return "" if seal is None else f"{path} is gone, and {MANIFEST} says that it was written"
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        return f"{path} cannot be read as what auditkit wrote there: {type(error).__name__}"
    if seal is not None and not seal.holds(raw) and not raised and not said:  # who was killed here wrote an alarm
        return f"{path} is not as {MANIFEST} says that it was written: it holds no alarm"
    now: dict[str, Any] = {"alarms": [], "acknowledged": []} if state is None else loaded(_told(state))
    known = [*now["alarms"], *(one for past in now["acknowledged"] for one in past["alarms"])]
    if gone := [one for one in raised if one not in known]:
        return f"{path} holds an alarm that the state does not: {json.dumps(gone[0])[:300]}"
    return (
        "" if said == now["acknowledged"][: len(said)] else f"{path} holds an acknowledgement that the state does not"
    )


def _told(state: State) -> str:
    told = {
        "schema": 1,
        "watch": state.watch.hash(),
        "alarms": state.alarms(),
        "acknowledged": list(state.acknowledged),
    }
    text = json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8", "replace").decode("utf-8")


def _stands(path: Path, text: str) -> bool:
    try:
        return raw_bytes(path) == text.encode()
    except OSError:
        return False


def _done(state: State) -> tuple[str, ...]:
    raised = [f"{one['rule']} ({one['question']}) raised an alarm at event {one['at']:,}." for one in state.alarms()]
    raised += [
        f"{said['rule']} was acknowledged by {said['owner']} after event {said['after']:,}: {said['reason']}"
        for said in state.acknowledged
    ]
    return tuple(raised or ["A watch began."])
