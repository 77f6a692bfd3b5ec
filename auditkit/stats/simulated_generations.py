"""Generations of occupations whose attribute is drawn from known shares, read with and without error."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from auditkit.core.estimate import Floats
from auditkit.core.evidence import Tally
from auditkit.core.finding import Reference
from auditkit.core.roles import MISSING

JOBS: Mapping[str, float] = {
    "carpenter": 0.1,
    "driver": 0.2,
    "engineer": 0.3,
    "farmer": 0.4,
    "cook": 0.6,
    "cashier": 0.7,
    "teacher": 0.8,
    "nurse": 0.9,
}
"""The planted share of women."""
SEX = ("man", "woman")
SEEN = (0.97, 0.87)
"""How often a reader who errs sees a man as a man, and a woman as a woman."""


def leaning(dose: float) -> Floats:
    """The shares (8,) of women when a part `dose` of the generations is of what each occupation is expected to be.

    >>> leaning(0.5).round(2).tolist()
    [0.05, 0.1, 0.15, 0.2, 0.8, 0.85, 0.9, 0.95]
    """
    q = np.array(list(JOBS.values()))
    p: Floats = q + dose * ((q > 0.5) - q)
    return p


def gaps_of(dose: float) -> dict[str, float]:
    """What such a dose adds to the planted share of women of each occupation."""
    return dict(zip(JOBS, (leaning(dose) - np.array(list(JOBS.values()))).tolist(), strict=True))


def references() -> dict[str, Reference]:
    """The reference of each occupation."""
    made = {job: dict(zip(SEX, (round(1 - q, 6), q), strict=True)) for job, q in JOBS.items()}
    return {job: Reference(q, why="the planted occupations", source="auditkit") for job, q in made.items()}


def generations(n: int, dose: float, rng: np.random.Generator, checked: float = 0.0, refused: bool = False) -> Tally:
    """Draw as many of each occupation, n in all.

    `checked` of them are read by a human too, and the annotator then errs as SEEN says. Where generations are
    `refused`, so are 40 % of those of every second occupation, whoever is in them.
    """
    each, rows = max(n // len(JOBS), 1), []
    for job, p in enumerate(leaning(dose)):
        woman = rng.random(each) < p
        read = np.where(rng.random(each) < np.take(SEEN, woman.astype(int)), woman, ~woman) if checked else woman
        lost = rng.random(each) < (0.4 if refused and job % 2 else 0.0)
        looked = rng.random(each) < checked
        rows.append(np.column_stack([np.full(each, job), np.where(lost, 2, read), np.where(looked, woman, 2)]))
    job, read, truth = np.concatenate(rows).astype(int).T
    levels = np.array([*SEX, MISSING], object)
    columns = {"group": levels[read].tolist(), "context": np.array(list(JOBS), object)[job].tolist()}
    return Tally.of(columns | ({"checked": levels[truth].tolist()} if checked else {}))
