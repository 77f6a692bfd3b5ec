"""What was raised and acknowledged, sealed beside the state: an entry of the manifest each, not one a look."""

from __future__ import annotations

import json
from pathlib import Path

from auditkit.core.errors import InputError
from auditkit.core.step import FILE, Step, Thing
from auditkit.lifecycle.monitoring.state import State
from auditkit.lifecycle.recording import done, given, record, recorded
from auditkit.sealing import raw_bytes, standing

ALARMS = "alarms.json"


def sealed(path: Path, state: State, source: str) -> None:
    """Write `alarms.json` and `step.json` beside a state and seal them, where they do not say this already.

    The state itself changes with every event and is in no seal: it holds the digest of everything that was read. So the
    manifest grows by an entry when a watch begins, when an alarm is raised and when one is acknowledged, and never
    because somebody looked. A process that was killed before it sealed is made up for by the next.

    Raises `InputError` where the folder holds another step.
    """
    out, name = path.parent, path.name
    text = _told(state)
    if (out / FILE).exists():
        standing(out)
        was = recorded(out)
        if was.phase != "monitor" or was.settings.get("state") != name:
            what = was.phase if was.phase != "monitor" else f"monitor with {was.settings.get('state')}"
            raise InputError(
                f"{out} holds another step: {what}. Give every watch a folder of its own: --state DIR/state.json."
            )
        if _stands(out / ALARMS, text) and done(out, was) is not None:
            return
        source = source or next((one.name for one in was.took if one.kind == "data"), "")
    watch = Thing("policy", "watch", state.watch.hash(), "what is watched for")
    data = Thing("data", source or state.source, state.position["chain"], f"the first {state.n:,} events")
    settings = {"state": name, "watch": state.watch.model_dump(mode="json")}
    step = Step("monitor", (watch, data), settings=settings, done=_done(state))
    record(out, given(out, step, {ALARMS: "state"}, {ALARMS: text}), {ALARMS: text})


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
