"""The rates of a confusion table: each on its own condition, from counts and in closed form."""

from __future__ import annotations

from auditkit.core.evidence import Tally
from auditkit.core.roles import MISSING
from auditkit.stats.clusters import Sample, sample

METRICS: dict[str, tuple[str, bool, str, bool]] = {
    "true_positive_rate": ("outcome", True, "prediction", True),
    "false_positive_rate": ("outcome", False, "prediction", True),
    "false_negative_rate": ("outcome", True, "prediction", False),
    "true_negative_rate": ("outcome", False, "prediction", False),
    "precision": ("prediction", True, "outcome", True),
    "negative_predictive_value": ("prediction", False, "outcome", False),
    "false_discovery_rate": ("prediction", True, "outcome", False),
    "false_omission_rate": ("prediction", False, "outcome", True),
    "accuracy": ("", True, "answer", True),
}
"""Each rate's condition (axis, positive?) and event (axis, positive?)."""


def conditioned(evidence: Tally, metric: str, positive: str) -> Sample:
    """The rows on which a metric is defined, and its event among them; a group without such rows is kept."""
    groups = [level for level in evidence.levels_of("group") if level != MISSING]
    condition, given, event, wanted = METRICS[metric]
    if not condition:
        known = evidence.without("outcome", MISSING).without("prediction", MISSING)
        answers = known.crossed(["outcome", "prediction"], "answer")
        return sample(
            answers, "group", "answer", [f"{level} × {level}" for level in known.levels_of("outcome")], groups
        )
    known = evidence.without(condition, MISSING)
    rows = known.where(condition, positive) if given else known.without(condition, positive)
    levels = [level for level in evidence.levels_of(event) if (level == positive) is wanted]
    return sample(rows, "group", event, levels, groups)


def one_spelling(evidence: Tally) -> Tally:
    """True and 1, False and 0 are one answer where outcome and prediction spell it differently."""
    spelled = {axis: set(evidence.levels_of(axis)) - {MISSING} for axis in ("outcome", "prediction")}
    for axis, other in (("outcome", "prediction"), ("prediction", "outcome")):
        if spelled[axis] <= {"True", "False"} and spelled[other] <= {"0", "1"}:
            evidence = evidence.relabel(axis, {"True": "1", "False": "0"})
    return evidence


def true_rate(metric: str, base: float, fpr: float, tpr: float) -> float:
    """A rate in a world of this base rate, false and true positive rate.

    >>> round(true_rate("precision", 0.5, 0.2, 0.8), 3)
    0.8
    """
    tp, fp, fn, tn = base * tpr, (1 - base) * fpr, base * (1 - tpr), (1 - base) * (1 - fpr)
    return {
        "true_positive_rate": tpr,
        "false_positive_rate": fpr,
        "false_negative_rate": 1 - tpr,
        "true_negative_rate": 1 - fpr,
        "precision": tp / (tp + fp),
        "negative_predictive_value": tn / (tn + fn),
        "false_discovery_rate": fp / (tp + fp),
        "false_omission_rate": fn / (tn + fn),
        "accuracy": tp + tn,
    }[metric]
