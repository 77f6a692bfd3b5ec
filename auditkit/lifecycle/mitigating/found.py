"""What was found, as JSON and never as a pickle: thresholds and tosses of each group, or weights and coefficients."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from auditkit.core.errors import InputError
from auditkit.lifecycle.mitigating.fairness import Decided
from auditkit.lifecycle.mitigating.lacking import lacking
from auditkit.lifecycle.mitigating.loading import Mitigated
from auditkit.lifecycle.mitigating.people import People
from auditkit.lifecycle.mitigating.wire import written_of


def found(by: str, constraint: str, before: Any, after: Any, everyone: People, kept: People, said: Decided) -> str:
    """The predictor before and after in numbers from which its decisions can be computed again, where it is linear.

    A threshold optimiser decides 1 with the chance (1 - p_ignore) (p0 [score ∘ threshold0] + p1 [score ∘ threshold1])
    + p_ignore · constant, ∘ being > or <; exponentiated gradient with the weighted mean of its predictors' decisions,
    each 1 where intercept + Σ coefficient · feature > 0; a grid search by the one it chose. A number is scaled,
    (value or median - mean) / scale; a level is a feature of 0 or 1. `decides` is whether `load` decides of those held
    out just so.
    """
    told: dict[str, Any] = {"schema": 1, "by": by, "constraint": constraint, "group": kept.named["group"]}
    told |= {"outcomes": list(kept.outcomes), "random_state": said.seed, "decides": True}
    told |= {"score": "chance" if hasattr(before, "predict_proba") else "margin", "before": predictor(before)}
    if hasattr(after, "interpolated_thresholder_"):
        rules = after.interpolated_thresholder_.interpolation_dict
        told["groups"] = {str(group): _rule(rule) for group, rule in rules.items()}
    else:
        weights = getattr(after, "weights_", None)
        chosen = {after.best_idx_: 1.0} if weights is None else {i: w for i, w in weights.items() if w > 0}
        told["predictors"] = [{"weight": float(w), **predictor(after.predictors_[i])} for i, w in chosen.items()]
    if (reading := encoding(before)) is not None:
        told["encoding"] = reading
    if missing := lacking(everyone):
        told["missing"] = missing
    told["decides"] = _decides(_text(told), kept, said)
    return _text(told)


def _text(told: dict[str, Any]) -> str:
    return json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _decides(text: str, kept: People, said: Decided) -> bool:
    """Whether the numbers alone decide of the held-out people as the predictor did."""
    try:
        again = Mitigated(written_of(text)).predict(kept.X, kept.group, said.seed, unseen=True)
    except (ValueError, InputError):
        return False
    return bool((again == said.after).all())


def predictor(model: Any) -> dict[str, Any]:
    """A linear predictor by its coefficients, a constant by its answer, any other by its settings alone."""
    steps = model.steps if hasattr(model, "steps") else [("", model)]
    last = steps[-1][1]
    if type(last).__name__ == "DummyClassifier":
        return {"constant": int(last.constant)}
    if np.shape(getattr(last, "coef_", 0.0))[:1] != (1,):
        return {"kind": type(last).__name__, "settings": settings(model)}
    weights = last.coef_[0].tolist()
    names = _features(model, len(weights))
    coefficients = dict(zip(names, weights, strict=True))
    return {"kind": type(last).__name__, "intercept": float(last.intercept_[0]), "coefficients": coefficients}


def encoding(model: Any) -> dict[str, Any] | None:
    """How the default predictor reads its columns: median, mean and scale of the numbers, and the levels; nothing of a
    predictor that takes them as they are, and `None` of one that has steps of its own."""
    if not hasattr(model, "named_steps"):
        return {}
    if not hasattr(model.named_steps.get("columns"), "transformers_"):
        return None
    columns = model.named_steps["columns"]
    told: dict[str, Any] = {}
    for name, part, of in columns.transformers_:
        if name == "numbers":
            medians = dict(zip(map(str, of), part["imputer"].statistics_.tolist(), strict=True))
            spread = zip(part.get_feature_names_out(), part["scaler"].mean_, part["scaler"].scale_, strict=True)
            told["medians"] = medians
            told["scaling"] = {str(feature): [float(mean), float(scale)] for feature, mean, scale in spread}
        elif name == "levels":
            told["levels"] = {str(c): list(map(str, has)) for c, has in zip(of, part.categories_, strict=True)}
    return told


def settings(estimator: Any) -> str:
    """An estimator as it would be written, whole and on one line."""
    try:
        told = str(estimator.__repr__(N_CHAR_MAX=1_000_000))
    except TypeError:
        told = repr(estimator)
    return " ".join(told.split())


def _features(model: Any, n: int) -> list[str]:
    try:
        names = model[:-1].get_feature_names_out() if hasattr(model, "steps") else model.feature_names_in_
        return [str(name) for name in names]
    except (AttributeError, ValueError):
        return [f"x{i}" for i in range(n)]


def _rule(rule: Any) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for i in (0, 1):
        operation = rule[f"operation{i}"]
        told |= {f"p{i}": float(rule[f"p{i}"]), f"operator{i}": operation.operator}
        told[f"threshold{i}"] = _number(float(operation.threshold))
    return told | {"p_ignore": float(rule.get("p_ignore", 0)), "constant": float(rule.get("prediction_constant", 0))}


def _number(value: float) -> float | str:
    """JSON has no infinities: a threshold that nothing or everything exceeds is spelled."""
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")
