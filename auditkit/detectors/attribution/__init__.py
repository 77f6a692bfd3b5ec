"""Group attribution: what is true of one is taken to be true of all."""

from collections.abc import Mapping

from auditkit.detectors.attribution.correspondence import Correspondence
from auditkit.detectors.attribution.dispersion import Dispersion
from auditkit.detectors.attribution.identity_confusion import IdentityConfusion
from auditkit.detectors.attribution.individual_signal import IndividualSignal
from auditkit.detectors.attribution.ingroup import Ingroup

__all__ = ["Correspondence", "Dispersion", "IdentityConfusion", "IndividualSignal", "Ingroup"]

NOT_FOR: Mapping[str, str] = {
    "table": "a record attributes nothing to a group until somebody judges it: give those as decisions",
    "masked_lm": "a filled blank describes nobody: give whole descriptions, by group, as text",
}
