"""What texts say of the world against what the world is like: published counts, published distances."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding, Reference
from auditkit.detectors.reporting import Frequency, Typicality

COLOURS = ("black", "blue", "brown", "gray", "green", "orange", "pink", "purple", "red", "white", "yellow")
MANY = 1_000_000
"""Rows that stand for shares published without counts."""


def told(findings: object, estimand: str, level: str) -> Finding:
    (found,) = [f for f in findings if isinstance(f, Finding) and (f.estimand, f.level) == (estimand, level)]
    return found


@pytest.mark.external
@pytest.mark.parametrize(
    ("corpus", "distance"), [("gngrams", 0.733), ("bert", 0.881), ("roberta", 0.866), ("gpt2", 0.829)]
)
def test_what_people_do_is_not_what_is_written_about(
    external: Callable[[str], Path], corpus: str, distance: float
) -> None:
    """Shwartz & Choi (2020): 21 actions by how much time they take, and by how often texts and models mention them."""
    actions = json.loads((external("reporting_actions") / "actions.jsonl").read_text().splitlines()[0])
    assert len(actions) == 21
    total = sum(shares["true"] for shares in actions.values())
    truth = {action: shares["true"] / total for action, shares in actions.items()}
    counts = {(action,): round(MANY * shares[corpus]) for action, shares in actions.items()}
    evidence = Tally.of_cells(("outcome",), {cell: n for cell, n in counts.items() if n})
    findings = Frequency(Reference(truth, why="time use", source="Shwartz & Choi 2020")).examine(evidence)
    tv = told(findings, "total variation", "all classes")
    assert tv.estimate.value == pytest.approx(distance, abs=5e-4)
    assert tv.null_expectation < 0.001
    thinking = told(findings, "reporting ratio", "thinking")
    assert thinking.interval(0.95).high < 1 / 3


@pytest.mark.external
@pytest.mark.parametrize(
    ("corpus", "objects", "spearman", "top", "distance"),
    [("gbc", 477, 0.442, 0.375, 0.508), ("wiki", 462, 0.286, 0.223, 0.623)],
)
def test_colours_in_text_are_not_the_colours_of_things(
    external: Callable[[str], Path], corpus: str, objects: int, spearman: float, top: float, distance: float
) -> None:
    """Paik et al. (2021): 521 objects' colours as people see them, and as books and Wikipedia mention them."""
    folder = external("coda")
    perceived = seen(folder / "annotations.jsonl")
    with (folder / f"ngram-counts-{corpus}.csv").open() as file:
        written = {row["class_id"]: [int(row[colour]) for colour in COLOURS] for row in csv.DictReader(file)}
    both = [o for o in written if o in perceived and sum(written[o])]
    assert len(both) == objects
    p, q = np.array([written[o] for o in both], float), np.array([list(perceived[o].values()) for o in both])
    assert np.mean([stats.spearmanr(*pair).statistic for pair in zip(q, p, strict=True)]) == pytest.approx(
        spearman, abs=5e-4
    )
    assert np.mean(p.argmax(axis=1) == q.argmax(axis=1)) == pytest.approx(top, abs=5e-4)
    cells = {(o, colour): n for o in both for colour, n in zip(COLOURS, written[o], strict=True) if n}
    detector = Typicality({o: perceived[o] for o in both}, why="colours as people see them", source="CoDa 2021")
    findings = detector.examine(Tally.of_cells(("context", "outcome"), cells))
    first = told(findings, "mean total variation", "all objects")
    assert first.estimate.value == pytest.approx(distance, abs=5e-4)
    assert first.estimate.clusters == objects
    low, high, _ = first.interval(0.95)
    assert 0.10 < low < distance < high
    inverted = sum(x.max() > x[row == row.max()].max() for x, row in zip(p, q, strict=True))
    assert f"not a typical one in {inverted} of {objects} objects" in first.notes[1]


def seen(file: Path) -> dict[str, dict[str, float]]:
    """The mean over annotators of the colours each gave an object, each annotator's summing to 1."""
    given: dict[str, list[np.ndarray]] = {}
    for line in file.read_text().splitlines():
        row = json.loads(line)
        if row["included"]:
            colours = np.array([row[colour] for colour in COLOURS], float)
            given.setdefault(row["class_id"], []).append(colours / colours.sum())
    return {o: dict(zip(COLOURS, np.mean(rows, axis=0).tolist(), strict=True)) for o, rows in given.items()}


@pytest.mark.external
def test_texts_have_half_as_many_women_in_occupations_as_there_are(external: Callable[[str], Path]) -> None:
    """Rudinger et al. (2018): text (Bergsma & Lin 2006) against the Bureau of Labor Statistics, r = .672."""
    table = pd.read_csv(external("winogender") / "occupations-stats.tsv", sep="\t")
    assert len(table) == 60
    women = {"text": table["bergsma_pct_female"] / 100, "bls": table["bls_pct_female"] / 100}
    assert round(stats.pearsonr(women["text"], women["bls"]).statistic, 3) == 0.672
    references = {
        o: {"female": w, "male": 1 - w} for o, w in zip(table["occupation"], women["bls"].tolist(), strict=True)
    }
    cells = {}
    for occupation, share in zip(table["occupation"], women["text"], strict=True):
        of = round(10_000 * share)
        cells |= {(occupation, "female"): of, (occupation, "male"): 10_000 - of}
    detector = Typicality(references, why="the labour force", source="BLS 2015")
    findings = detector.examine(Tally.of_cells(("context", "outcome"), {cell: n for cell, n in cells.items() if n}))
    gap = told(findings, "mean share difference", "female")
    assert [round(100 * share.mean(), 1) for share in women.values()] == [24.9, 50.4]
    assert round(100 * gap.estimate.value, 1) == -25.5
    assert gap.estimate.clusters == 60
    assert gap.interval(0.95).high < -0.15
    assert gap.reference.shares()["female"] == pytest.approx(women["bls"].mean())
