"""Fairlearn's three ways to a fairer predictor, and what the predictor before and after decides of each person."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.core.evidence import Ints
from auditkit.lifecycle.mitigating.aims import METHODS, Aim
from auditkit.lifecycle.mitigating.people import People

GRID = 20
"""Lagrange multipliers that a grid search tries, for each group beyond the first and each rate."""


@dataclass(frozen=True)
class Decided:
    """What two predictors decide of n people: `before` and `after` (n,) of 0 and 1.

    `score` (n,) is what the first says of each; `chance` (n,) that of a 1 under the second: between 0 and 1 it tosses,
    by `seed`.
    """

    before: Ints
    after: Ints
    score: Floats
    chance: Floats
    seed: int = 0


def plain(estimator: Any, learned: People) -> Any:
    """A fresh copy of the estimator, fitted; raises `InputError` for what is no classifier or cannot be fitted."""
    from sklearn.base import clone

    if not (hasattr(estimator, "fit") and hasattr(estimator, "predict")):
        raise InputError(f"The estimator needs the methods fit and predict, and this is {type(estimator).__name__}.")
    try:
        return clone(estimator).fit(learned.X, learned.y)
    except (ValueError, TypeError) as error:
        raise InputError(f"{type(estimator).__name__} cannot be fitted to these rows: {_first(error)}.") from error


def mitigated(by: str, constraint: str, wanted: Aim, before: Any, estimator: Any, learned: People) -> Any:
    """A fairlearn predictor, fitted to these rows; a threshold optimiser stands on the predictor before, and the rows
    are others than that one was fitted on."""
    from sklearn.base import clone

    try:
        with _quiet():
            if by == METHODS[0]:
                from fairlearn.postprocessing import ThresholdOptimizer

                made = ThresholdOptimizer(estimator=before, constraints=constraint, prefit=True, predict_method="auto")
            else:
                made = _reduction(by, wanted, clone(estimator), len(learned.groups))
            return made.fit(learned.X, learned.y, sensitive_features=learned.group.astype(str))
    except (ValueError, TypeError) as error:
        raise InputError(f"fairlearn's {by} cannot be fitted to these rows: {_first(error)}.") from error


def decided(before: Any, after: Any, kept: People, seed: int) -> Decided:
    """What both decide of the held-out people, every toss of the second from one seed.

    Raises `InputError` for people of whom they cannot decide, for example with a missing feature.
    """
    group = _told(after, kept)
    tossed = {"random_state": seed} if hasattr(after, "_pmf_predict") else {}
    try:
        with _quiet():
            is_now = np.asarray(after.predict(kept.X, **group, **tossed)).astype(int)
        was = np.asarray(before.predict(kept.X)).astype(int)
    except (ValueError, TypeError) as error:
        raise InputError(f"What was fitted cannot decide of the held-out rows: {_first(error)}.") from error
    return Decided(was, is_now, score(before, kept), chances(after, kept), seed)


def chances(model: Any, kept: People) -> Floats:
    """The chance of a 1 for each person, exactly 0 or 1 where no toss decides."""
    with _quiet():
        if not hasattr(model, "_pmf_predict"):
            return np.asarray(model.predict(kept.X), float)
        told = np.asarray(model._pmf_predict(kept.X, **_told(model, kept)))[:, 1]
    near: Floats = np.where(np.abs(told - np.round(told)) < 1e-9, np.round(told), told)
    return near


def needs_group(model: Any) -> bool:
    """Whether the predictor must know each person's group."""
    return type(model).__name__ == "ThresholdOptimizer"


def _told(model: Any, kept: People) -> dict[str, Any]:
    return {"sensitive_features": kept.group.astype(str)} if needs_group(model) else {}


def score(model: Any, kept: People) -> Floats:
    """What a threshold optimiser reads of the predictor before: chances, else a decision function, else decisions."""
    for verb in ("predict_proba", "decision_function", "predict"):
        if hasattr(model, verb):
            told: Floats = np.asarray(getattr(model, verb)(kept.X), float)
            return told[:, 1] if told.ndim > 1 else told
    raise InputError(f"{type(model).__name__} has no method predict.")


def _reduction(by: str, wanted: Aim, estimator: Any, groups: int) -> Any:
    from fairlearn import reductions
    from sklearn.pipeline import Pipeline

    step = f"{estimator.steps[-1][0]}__" if isinstance(estimator, Pipeline) else ""
    moment = getattr(reductions, wanted.moment or "")()
    weighed = {"sample_weight_name": f"{step}sample_weight"}
    if by == METHODS[1]:
        return reductions.ExponentiatedGradient(estimator, moment, **weighed)
    size = GRID * (groups - 1) * len(wanted.rates)
    return reductions.GridSearch(estimator, moment, grid_size=size, **weighed)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what fairlearn's own use of pandas is warned for: nothing that a user could change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        yield


def _first(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[0].rstrip(".:")[:200]
