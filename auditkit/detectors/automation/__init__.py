"""Automation bias: preferring a machine whatever its error rates."""

from collections.abc import Mapping

from auditkit.detectors.automation.deployment import Deployment
from auditkit.detectors.automation.discernment import Discernment
from auditkit.detectors.automation.reliance import Reliance
from auditkit.detectors.automation.self_preference import SelfPreference
from auditkit.detectors.automation.source_swap import SourceSwap
from auditkit.detectors.automation.vigilance import Vigilance

__all__ = ["Deployment", "Discernment", "Reliance", "SelfPreference", "SourceSwap", "Vigilance"]

NOT_FOR: Mapping[str, str] = {
    "table": "nobody chooses here between a machine and a person: give decisions or logs",
    "text": "nobody chooses here between a machine and a person: give decisions or logs",
    "captions": "nobody chooses here between a machine and a person: give decisions or logs",
}
