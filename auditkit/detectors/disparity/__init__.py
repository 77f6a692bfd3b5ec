"""Disparity: the gaps in treatment and error that the biases leave behind."""

from collections.abc import Mapping

from auditkit.detectors.disparity.calibration import Calibration
from auditkit.detectors.disparity.error_rates import ErrorRates
from auditkit.detectors.disparity.regression import Regression
from auditkit.detectors.disparity.selection_rate import SelectionRate
from auditkit.detectors.disparity.subgroups import Subgroups

__all__ = ["Calibration", "ErrorRates", "Regression", "SelectionRate", "Subgroups"]

_WRITTEN = "what it says has no outcome until it is checked: give it as predictions, with the gold answer as outcome"
_DRAWN = "a picture is no decision on anybody that could be right or wrong: see reporting and selection"
_REDRAWN = "give what is read from its output as predictions, and what is read from the original as outcome"

NOT_FOR: Mapping[str, str] = {
    "text": "a text has no outcome until it is read: give its reading as the outcome of a table",
    "captions": "a caption has no outcome until it is read: give its reading as the outcome of a table",
    "logs": "give the final decisions as decisions, with the truth as outcome",
    **dict.fromkeys(("masked_lm", "causal_lm", "seq2seq", "captioner"), _WRITTEN),
    **dict.fromkeys(("text_to_image", "unconditional"), _DRAWN),
    **dict.fromkeys(("super_resolution", "image_to_image", "reconstruction"), _REDRAWN),
}
