"""The translators side by side: one sentence in three ways, and how choosing its words makes much of a little."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from auditkit.core.attention import read_attention, sound
from auditkit.core.errors import InputError
from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.core.target import Attention
from auditkit.gating import gate
from auditkit.lab.galleries.language.translated import AMPLIFIED, TRANSLATED
from auditkit.lab.language import STRONG, TRANSLATORS
from auditkit.lab.models import WEIGHTS
from auditkit.lab.translated import AFTER, BEFORE, OCCUPATION, WORDS, Translated
from auditkit.lab.worlds.translations.language import PRONOUNS
from auditkit.lab.worlds.translations.world import World
from auditkit.opening import read_report
from auditkit.rendering import Learned, Row, Translator, Way, figures, translators_page
from auditkit.runs import Run

TITLE = "The translators side by side"
INTRO = (
    "Three translators learned the same sentences of a language whose one pronoun is neither she nor he: once from a "
    "world where half of the translations have he, once from one where six in ten have. What is said of the six in ten "
    "depends on how words are chosen: by the dice, or always the likeliest."
)
HE = PRONOUNS[1]
WAYS: Mapping[str, str] = {"sampled": "ancestral", "greedy": "greedy", "beam": "beam"}
"""The ways of decoding, and the names of their arms."""
SAID: Mapping[str, str] = {OCCUPATION: "occupation", BEFORE: "pronoun, first", AFTER: "pronoun, later"}
"""How the English words are called beside a picture of attention: first is before the occupation."""


def translators(out: Path) -> str:
    """The page of the translators whose runs and reports are in the folder of a demo."""
    said = {name: _said(out / "runs" / f"{AMPLIFIED[name].name}-greedy") for name in TRANSLATORS}
    shared = set.intersection(*(set(sentences) for sentences in said.values()))
    asked = max(shared, key=lambda text: (len(text.split()), text), default="")
    told = [_translator(name, out, asked, *said[name].get(asked, ("", ""))) for name in TRANSLATORS]
    return translators_page(told, TITLE, INTRO)


def _translator(name: str, out: Path, asked: str, answered: str, looked: str) -> Translator:
    truth, gallery = Translated.of(name, STRONG), TRANSLATED[name]
    parameters, size = _weights(WEIGHTS / name)
    return Translator(
        name=TRANSLATORS[name].capitalize(),
        title=gallery.title,
        how=gallery.tale,
        learned=tuple(_learned(name, dose, out) for dose in sorted(gallery.doses)),
        parameters=parameters,
        size=size,
        per_second=_pace(out / "runs" / gallery.name),
        asked=asked,
        answered=answered,
        attention=read_attention(Path(looked)) if looked else None,
        looks=_looks(truth),
        settled=truth.settled,
        lowest=truth.lowest,
    )


def _learned(name: str, dose: float, out: Path) -> Learned:
    """What a translator at a dose says in each way, by its truth and by the reports of it that there are."""
    truth, rows = Translated.of(name, dose), dict(_rows(name, dose, out))
    ways = tuple(
        Way(name=arm, truth=truth.he(way), right=truth.right[way], **rows.get(arm, {})) for way, arm in WAYS.items()
    )
    shares = World(dose).share("")
    return Learned(dose, shares, ways)


def _rows(name: str, dose: float, out: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of the audits, by the arm that they tell of: the dice against half, the others against the dice."""
    drawn, decoded = TRANSLATED[name], AMPLIFIED[name]
    files = drawn.name if dose else f"{drawn.name}-dose0"
    report, judgement = _judged(out, files)
    for row in _every(report, judgement):
        if row.key.estimand == "directed amplification":
            yield WAYS["sampled"], {"row": row, "origin": 0.5, "than": "half", "href": f"{files}.html"}
    if dose not in decoded.doses:
        return
    report, judgement = _judged(out, decoded.name)
    told = {finding.key: finding for finding in report.findings}
    for row in _every(report, judgement):
        level = row.key.stratum.rsplit("|", 1)[-1]
        if row.key.estimand == "share difference" and level in PRONOUNS:
            rate = told[row.key].counts[1].rate or 0.0
            origin = rate if level == HE else 1 - rate
            here = {"row": row, "origin": origin, "than": row.key.versus, "turned": level != HE}
            yield row.key.level, here | {"href": f"{decoded.name}.html"}


def _judged(out: Path, files: str) -> tuple[Report, Judgement]:
    report = read_report(out / f"{files}.json")
    return report, gate(report)


def _every(report: Report, judgement: Judgement) -> Iterator[Row]:
    for figure in figures(report, judgement):
        yield from figure.rows


def _said(folder: Path) -> dict[str, tuple[str, str]]:
    """Each sentence of a run, its translation, and the file that says where it looked: "" where there is none."""
    table = Run(folder).to_frame().dropna(subset=["answer"])
    paths = table["attention"].fillna("") if "attention" in table else [""] * len(table)
    return dict(zip(table["text"], zip(table["answer"], paths, strict=True), strict=True))


def _looks(truth: Translated) -> Attention | None:
    """What English words look at, over all sentences; `None` of a model that has no attention."""
    if not truth.looks:
        return None
    rows = [what for what in SAID if what in truth.looks]
    weights = [[truth.looks[what][kind] for kind in WORDS] for what in rows]
    of = "mean over all sentences"
    return sound({"rows": [SAID[what] for what in rows], "columns": WORDS, "weights": weights, "of": of})


def _pace(folder: Path) -> float | None:
    """Sentences a second, as long as the answers of a run took."""
    run = Run(folder)
    seconds = run.store.seconds()
    return len(run) / seconds if seconds > 0 else None


def _weights(folder: Path) -> tuple[int, int]:
    """How many numbers the weights at dose 0 are, by the head of their file, and its bytes."""
    file = next((file for file in sorted(folder.glob("*.safetensors")) if ".dose" not in file.name), None)
    if file is None:
        raise InputError(f"{folder} holds no weights at dose 0.")
    with file.open("rb") as held:
        head = json.loads(held.read(int.from_bytes(held.read(8), "little")))
    parts = (part["shape"] for name, part in head.items() if name != "__metadata__")
    return sum(math.prod(shape) for shape in parts), file.stat().st_size
