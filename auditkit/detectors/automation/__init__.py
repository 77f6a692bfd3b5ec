"""Automation bias: preferring a machine whatever its error rates."""

from auditkit.detectors.automation.deployment import Deployment

__all__ = ["Deployment"]
