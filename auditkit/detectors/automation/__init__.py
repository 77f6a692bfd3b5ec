"""Automation bias: preferring a machine whatever its error rates."""

from collections.abc import Mapping

from auditkit.detectors.automation.deployment import Deployment
from auditkit.detectors.automation.discernment import Discernment
from auditkit.detectors.automation.reliance import Reliance
from auditkit.detectors.automation.self_preference import SelfPreference
from auditkit.detectors.automation.source_swap import SourceSwap
from auditkit.detectors.automation.vigilance import Vigilance

__all__ = ["Deployment", "Discernment", "Reliance", "SelfPreference", "SourceSwap", "Vigilance"]

_NOBODY = "nobody chooses here between a machine and a person: give decisions or logs"
_DRAWN = "what it makes prefers no machine to a person; how people take its pictures or captions stands in logs"

NOT_FOR: Mapping[str, str] = {
    **dict.fromkeys(("table", "text", "captions"), _NOBODY),
    **dict.fromkeys(
        ("captioner", "text_to_image", "unconditional", "super_resolution", "image_to_image", "reconstruction"), _DRAWN
    ),
}
