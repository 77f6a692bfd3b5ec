"""Outputs to prompts whose dispersion is known, read in four ways: what a detector of dispersion is measured on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auditkit.core.estimate import Floats
from auditkit.core.evidence import Rows

SPREAD, ANGLES = 0.6, 3
KINDS = np.array([0.4, 0.25, 0.15, 0.1, 0.06, 0.04])


class OutGroup(NamedTuple):
    """One row in `every` is of the out-group; its angles and scores are times `scale` and moved by `shift`.

    Its vectors are times `length`, and a share `usual` of its completions is the most frequent one whatever the rest.
    """

    scale: float = 1.0
    usual: float = 0.0
    shift: float = 0.0
    length: float = 1.0
    every: int = 3


def simulated_outputs(n: int, prompts: int, group: OutGroup, rng: np.random.Generator) -> Rows:
    """Draw n outputs to prompts in turn: three latent angles N(0, .6²), a score N(0, 1), one of six completions.

    Two encoders see the cosines and sines of the angles, "wide", and of half of them, "narrow".
    """
    place = np.arange(n)
    prompt, out = place % prompts, place // prompts % group.every == 0
    scale, shift = np.where(out, group.scale, 1.0), np.where(out, group.shift, 0.0)
    angle = (prompt + shift)[:, None] + SPREAD * scale[:, None] * rng.standard_normal((n, ANGLES))
    length = np.where(out, group.length, 1.0)[:, None]
    seen = [length * np.hstack([np.cos(angle / by), np.sin(angle / by)]) for by in (1, 2)]
    free = (rng.choice(len(KINDS), n, p=KINDS) + np.round(shift)) % len(KINDS)
    kind = np.where(out & (rng.random(n) < group.usual), 0, free).astype(int)
    columns = {"group": np.where(out, "out", "in"), "context": prompt.astype(str), "prediction": kind.astype(str)}
    numbers = {"vector": np.hstack(seen), "score": prompt + shift + scale * rng.standard_normal(n)}
    called = {"vector": [f"{name}.{i}" for name in ("wide", "narrow") for i in range(2 * ANGLES)]}
    return Rows.of({role: levels.tolist() for role, levels in columns.items()}, numbers, measured=called)


def ratios(group: OutGroup) -> dict[str, float]:
    """Q of the out-group over Q of the in-group in each reading, in closed form.

    Two angles differ by N(0, 2σ²), and E cos of that is exp(-σ²): Q = 1 - exp(-σ²).

    >>> {name: round(ratio, 3) for name, ratio in ratios(OutGroup(scale=.5, usual=.5)).items()}
    {'wide': 0.285, 'narrow': 0.258, 'score': 0.5, 'prediction': 0.656}
    """
    narrow = group.usual * np.eye(len(KINDS))[0] + (1 - group.usual) * KINDS
    found = {name: _q(group.scale * sd) / _q(sd) for name, sd in (("wide", SPREAD), ("narrow", SPREAD / 2))}
    return {**found, "score": group.scale, "prediction": _differ(narrow) / _differ(KINDS)}


def _q(sd: float) -> float:
    return float(-np.expm1(-(sd**2)))


def _differ(p: Floats) -> float:
    return float(1 - p @ p)
