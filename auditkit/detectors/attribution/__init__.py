"""Group attribution: what is true of one is taken to be true of all."""

from auditkit.detectors.attribution.individual_signal import IndividualSignal
from auditkit.detectors.attribution.ingroup import Ingroup

__all__ = ["IndividualSignal", "Ingroup"]
