"""Reports with the runs that they answer, runs that attack, runs that are broken; and what a page shows of them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import canned
import numpy as np
import pandas as pd

from auditkit import audit
from auditkit.annotators import Choice
from auditkit.core.generation import Generation
from auditkit.core.target import Attention, Refusal, Said
from auditkit.detectors.disparity import SelectionRate
from auditkit.detectors.reporting import GeneratorFrequency
from auditkit.eliciting import elicit
from auditkit.lab.portraits import Exact, Painter, World
from auditkit.pictures import png_bytes
from auditkit.probes import Continuations, Occupations
from auditkit.store import DATABASE, Store
from auditkit.targets import Function

HOSTILE = [text.encode("utf-8", "replace").decode() for text in canned.HOSTILE]


def says(prompts: Any, seeds: Any) -> list[Any]:
    """Some answers that looked at what they were asked, some refusals."""
    told: list[Any] = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        looked = Attention(("he",), ("a", "letter"), [[0.25, 0.75]], "decoder on source")
        told.append(Refusal("policy") if rng.random() < 0.2 else Said(("she sings", "he hums")[seed % 2], {}, looked))
    return told


def fill_evidence(folder: Path) -> Path:
    """A folder of reports with the runs that they answer: pictures, texts, a table."""
    drawn = elicit(Occupations(("doctor", "nurse"), templates=3, repeats=10), Painter(World(), side=32),
                   Exact(("skin",)), into=folder / "drawn" / "run")  # fmt: skip
    asked = GeneratorFrequency(parity=("darker", "lighter"))
    audit(drawn, asked, group="skin", context="occupation", image="picture", exemplars=3).save(
        folder / "drawn/report.json"
    )
    said = elicit(Continuations(["a letter", "a song"], templates=3, repeats=20), Function(says, verb="generate"),
                  Choice(["she", "he"], "who"), into=folder / "said" / "run")  # fmt: skip
    audit(said, SelectionRate(favourable="she"), group="subject", outcome="who", exemplars=2).save(
        folder / "said/report.json"
    )
    table = pd.DataFrame({"sex": ["f", "m", "m"] * 40, "hired": ["y", "n", "y", "n"] * 30, "team": ["a", "b"] * 60})
    report = audit(table, SelectionRate(favourable="y"), group=["sex", "team"], outcome="hired", exemplars=2)
    report.save(folder / "table" / "report.json")
    return folder


def words_of(at: Any) -> str:
    """Everything that a page says in HTML of its own, as one text."""
    return "\n".join(element.proto.body for element in at.get("html"))


def tables(at: Any) -> list[list[dict[str, Any]]]:
    return [one.value.replace({np.nan: None}).to_dict("records") for one in at.dataframe]


def choose(at: Any, name: str, place: int) -> Any:
    return next(one for one in at.selectbox if one.label == name).set_value(place).run()


def charts(at: Any) -> list[dict[str, Any]]:
    return [json.loads(one.proto.spec) for one in at.get("vega_lite_chart")]


def hostile_run(folder: Path) -> Path:
    """A run with an attack in every field of its answers: refused, failed, read, talked with."""
    store = Store(folder, write=True)
    title = {"title": HOSTILE[0], "fingerprint": "f", "settings": {HOSTILE[1]: HOSTILE[2]}}
    store.begin({"probe": {"name": HOSTILE[7]}, "target": title, "seed": 0})
    made = []
    for k, text in enumerate([*HOSTILE, *HOSTILE]):
        said = ({"output": text}, {"refused": text}, {"failed": text}, {"output": text, "turns": ((text, text),)})[
            k % 4
        ]
        factors = {HOSTILE[0]: text, HOSTILE[6]: HOSTILE[k % 3], "a\"b'$.x[0]": "refused"}
        made.append(Generation(f"{k:064x}", "p", text, factors, text, "f", {text: text}, 1, k, 0, kind="text",
                               told={text: text}, **said))  # fmt: skip
    store.add(0, made, 0.1)
    readers = [
        {"name": "r", "fingerprint": "r", "basis": HOSTILE[6], "attributes": [HOSTILE[5], HOSTILE[8]], "misread": []}
    ]
    store.note("r", {text: {HOSTILE[5]: text, HOSTILE[8]: "all"} for text in HOSTILE})
    store.set("readers", readers)
    store.close()
    return folder


def broken(folder: Path, kind: str) -> Path:
    """A run that something is wrong with."""
    run = folder / "run"
    if kind == "no database":
        run.mkdir(parents=True)
        (run / DATABASE).write_text("hello", encoding="utf-8")
        return folder
    store = Store(run, write=True)
    store.begin({"probe": {"name": "p"}, "target": {"title": "m", "fingerprint": "f", "settings": {}}})
    shown = png_bytes(np.zeros((4_100, 4_000, 3), np.uint8)) if kind == "huge picture" else b"x"
    address = store.put(shown, ".png")
    if kind != "empty":
        store.add(0, [Generation("0" * 64, "p", "say", {"a": "b"}, "m", "f", {}, 1, 1, 0, address)], 0.1)
    if kind == "missing file":
        store.path(address).unlink()
    if kind == "newer":
        store.set("schema", 99)
    store.close()
    if kind == "damaged":
        db = sqlite3.connect(run / DATABASE)
        db.executescript("UPDATE generations SET record = '['")
        db.close()
    return folder
