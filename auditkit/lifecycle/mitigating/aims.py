"""What a constraint wants equal: the detectors that look at it, and the policy that judges it and nothing else."""

from __future__ import annotations

from typing import NamedTuple

from auditkit.core.detector import Detector
from auditkit.core.errors import InputError, nearest
from auditkit.detectors.disparity import ErrorRates, SelectionRate
from auditkit.rules import Policy, Within

ODDS = "equalized odds gap (worst)"


class Aim(NamedTuple):
    """A rate that a constraint wants equal, as detectors name it, and fairlearn's class of it for the reductions."""

    rates: tuple[str, ...]
    estimand: str
    moment: str | None


AIMS = {
    "demographic_parity": Aim(("selection_rate",), "selection rate difference", "DemographicParity"),
    "selection_rate_parity": Aim(("selection_rate",), "selection rate difference", None),
    "equalized_odds": Aim(("true_positive_rate", "false_positive_rate"), ODDS, "EqualizedOdds"),
    "true_positive_rate_parity": Aim(
        ("true_positive_rate",), "true positive rate difference", "TruePositiveRateParity"
    ),
    "false_positive_rate_parity": Aim(
        ("false_positive_rate",), "false positive rate difference", "FalsePositiveRateParity"
    ),
    "true_negative_rate_parity": Aim(("true_negative_rate",), "true negative rate difference", None),
    "false_negative_rate_parity": Aim(("false_negative_rate",), "false negative rate difference", None),
    "error_rate_parity": Aim(("accuracy",), "accuracy difference", "ErrorRateParity"),
}
"""Fairlearn's constraints by fairlearn's names; a threshold optimiser takes all but the last."""

METHODS = ("threshold_optimizer", "exponentiated_gradient", "grid_search")


def aim(by: str, constraint: str) -> Aim:
    """What a constraint wants equal; raises `InputError` for a method or constraint that fairlearn has not."""
    if by not in METHODS:
        raise InputError(f'There is no mitigation by "{by}".{nearest(by, METHODS)} Methods: {", ".join(METHODS)}.')
    able = [name for name, one in AIMS.items() if (name != "error_rate_parity" if by == METHODS[0] else one.moment)]
    if constraint not in able:
        raise InputError(
            f'{by} has no constraint "{constraint}".{nearest(constraint, able)} It has: {", ".join(able)}.'
        )
    return AIMS[constraint]


def detectors_of(wanted: Aim, positive: str) -> tuple[Detector, ...]:
    """Selection rates and error rates, among them what is wanted equal and the worst gap of equalized odds."""
    extra = [rate for rate in wanted.rates if rate != "selection_rate"]
    usual = ["true_positive_rate", "false_positive_rate", "precision", "accuracy"]
    twins = {"false_negative_rate": "true_positive_rate", "true_negative_rate": "false_positive_rate"}
    told = [rate for rate in usual if rate not in [twins.get(one) for one in extra]]
    metrics = tuple(dict.fromkeys([*extra, *told]))
    return SelectionRate(favourable=positive), ErrorRates(positive=positive, metrics=metrics, equalized_odds="worst")


def policy_of(wanted: Aim) -> Policy:
    """Hold what is wanted equal to the margin that its detector suggests.

    No predictor that errs has every rate equal where base rates differ (Chouldechova 2017), so a policy that judged all
    of them could never pass: the others are told.
    """
    code = SelectionRate().code if wanted.rates == ("selection_rate",) else ErrorRates().code
    return Policy((Within(code=code, estimand=wanted.estimand),))
