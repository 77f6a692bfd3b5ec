"""What the tests of tune share: a small tuning of the miniature translator, and rows of texts."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from auditkit.lab.models import WEIGHTS
from auditkit.lab.worlds.translations.world import pairs_of_all
from auditkit.lifecycle.tuning.dividing import families
from auditkit.lifecycle.tuning.pupil import Rows
from auditkit.planning import Plan, plan_of

OCCUPATIONS = {"doctor": "doktor", "nurse": "hesta", "engineer": "inzen"}
TARGET = {"name": "seq2seq", "model": str(WEIGHTS / "transformer"), "variant": "dose90", "title": "a translator"}
TABLE: Mapping[str, Any] = {
    "probe": {"name": "translations", "occupations": OCCUPATIONS, "templates": ["o un {} ."], "repeats": 4},
    "target": TARGET,
    "roles": {"group": "pronoun", "context": "occupation"},
    "annotators": [
        {"name": "pronoun_gender", "attribute": "pronoun", "pronouns": {"she": ["she"], "he": ["he"]}},
    ],
    "detectors": [{"code": "reporting.generator_frequency", "stereotype": "he", "parity": ["she", "he"]}],
}
FEW: Mapping[str, Any] = {"method": "full", "steps": 8, "batch": 16, "save_every": 3}


def plan(**target: Any) -> Plan:
    """The small plan, its target changed."""
    return plan_of({**TABLE, "target": {**TARGET, **target}})


def written(file: Path, header: list[str], rows: Any) -> Path:
    """A CSV file."""
    with file.open("w", newline="", encoding="utf-8") as place:
        csv.writer(place).writerows([header, *rows])
    return file


def sentences(folder: Path) -> Path:
    """Every sixth sentence with both translations, as `curate` writes it."""
    rows = [pair for k, pair in enumerate(pairs_of_all()) if k // 2 % 6 == 0]
    written(folder / "data.csv", ["source", "target"], rows)
    return folder


def rows_of(texts: Sequence[str], weights: Any = None) -> Rows:
    """Texts as rows."""
    return Rows(tuple(texts), families(texts), np.ones(len(texts)) if weights is None else np.asarray(weights, float))
