"""Disparity: the gaps in treatment and error that the biases leave behind."""

from auditkit.detectors.disparity.error_rates import ErrorRates
from auditkit.detectors.disparity.selection_rate import SelectionRate

__all__ = ["ErrorRates", "SelectionRate"]
