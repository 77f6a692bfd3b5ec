"""Reporting bias: what is written down is not what happens."""

from auditkit.detectors.reporting.extremity import Extremity

__all__ = ["Extremity"]
