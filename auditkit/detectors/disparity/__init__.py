"""Disparity: the gaps in treatment and error that the biases leave behind."""

from collections.abc import Mapping

from auditkit.detectors.disparity.calibration import Calibration
from auditkit.detectors.disparity.error_rates import ErrorRates
from auditkit.detectors.disparity.regression import Regression
from auditkit.detectors.disparity.selection_rate import SelectionRate
from auditkit.detectors.disparity.subgroups import Subgroups

__all__ = ["Calibration", "ErrorRates", "Regression", "SelectionRate", "Subgroups"]

NOT_FOR: Mapping[str, str] = {
    "text": "a text has no outcome until it is read: give its reading as the outcome of a table",
    "captions": "a caption has no outcome until it is read: give its reading as the outcome of a table",
    "logs": "give the final decisions as decisions, with the truth as outcome",
}
