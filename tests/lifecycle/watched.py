"""Streams of decisions for the tests of monitor, the watch that most of them use, and two ways to follow it."""

import json
import sqlite3

import numpy as np

from auditkit.lifecycle.monitoring import monitor, read_watch
from auditkit.lifecycle.monitoring.events import Events
from auditkit.lifecycle.monitoring.state import State

GAP = {
    "name": "gap",
    "kind": "gap",
    "group": "gender",
    "levels": ["woman", "man"],
    "outcome": "decision",
    "favourable": "yes",
    "margin": 0.05,
}
RATE = {"name": "yes", "kind": "rate", "outcome": "decision", "favourable": "yes", "reference": 0.3, "margin": 0.1}
WHO = {"name": "who", "kind": "composition", "group": "gender", "reference": {"woman": 0.5}, "margin": 0.1}
READER = {
    "name": "reader",
    "kind": "agreement",
    "reading": "gender",
    "checked": "human",
    "reference": 0.9,
    "margin": 0.08,
    "group": "human",
    "levels": ["woman", "man"],
}
SCORE = {"name": "score", "kind": "mean", "score": "score", "reference": 0.5, "margin": 0.1}
SILENT = {"name": "silent", "kind": "missing", "column": "gender", "reference": 0.02, "margin": 0.03, "side": "above"}
ALL = [GAP, RATE, WHO, READER, SCORE, SILENT]


def watch(*rules, **fields):
    return {"horizon": 8000, "block": 500, "rules": list(rules or [GAP]), **fields}


def decisions(n, p=0.3, q=0.3, seed=0, changed=None):
    """Events: two genders, a decision with such rates, a human who looks at every tenth, a score, a user."""
    rng = np.random.default_rng(seed)
    gender = np.where(rng.random(n) < 0.5, "woman", "man")
    rates = np.where(gender == "woman", p, q) + (0 if changed is None else (np.arange(n) >= changed) * 0.4)
    yes, looked, right = rng.random(n) < rates, rng.random(n) < 0.1, rng.random(n) < 0.92
    events = []
    for i in range(n):
        other = "man" if gender[i] == "woman" else "woman"
        event = {"gender": str(gender[i]), "decision": "yes" if yes[i] else "no", "score": round(rng.random(), 3)}
        event["human"] = None if not looked[i] else (event["gender"] if right[i] else other)
        events.append(event | {"user": f"u{i // 3}"})
    return events


def as_lines(events):
    return "".join(json.dumps(event) + "\n" for event in events)


def into_table(path, events):
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE IF NOT EXISTS decisions (gender, decision, score, human, user)")
        db.executemany("INSERT INTO decisions VALUES (:gender, :decision, :score, :human, :user)", events)
    db.close()


def into_folder(folder, events, size):
    import pyarrow as pa
    from pyarrow import parquet

    folder.mkdir(exist_ok=True)
    begun = len(list(folder.glob("*.parquet")))
    for k in range(0, len(events), size):
        parquet.write_table(pa.Table.from_pylist(events[k : k + size]), folder / f"{begun + k // size:04}.parquet")


def columns(events, first=1):
    names = ("gender", "decision", "score", "human", "user")
    return Events({name: [event.get(name) for event in events] for name in names}, len(events), first)


def followed(rules, events, cuts=(), **fields):
    state = State.begun(read_watch(watch(*rules, **fields)), "lines")
    for part in np.split(np.arange(len(events)), sorted(min(cut, len(events)) for cut in cuts)):
        if len(part):
            own = columns([events[i] for i in part], state.n + 1)
            state = state.follow(own, {"events": state.n + len(part), "chain": "0" * 64})
    return state


def look(tmp_path, events, rules, name="a", **fields):
    (tmp_path / f"{name}.jsonl").write_text(as_lines(events))
    return monitor(str(tmp_path / f"{name}.jsonl"), watch(*rules, **fields), tmp_path / name / "state.json")
