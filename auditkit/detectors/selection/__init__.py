"""Selection bias: who is covered, who responds, who is sampled."""

from collections.abc import Mapping

from auditkit.detectors.selection.bounds import Bounds
from auditkit.detectors.selection.composition import Composition
from auditkit.detectors.selection.decoder import Decoder
from auditkit.detectors.selection.duplicates import Duplicates
from auditkit.detectors.selection.frame import Frame
from auditkit.detectors.selection.missingness import Missingness
from auditkit.detectors.selection.modes import Modes
from auditkit.detectors.selection.order import Order
from auditkit.detectors.selection.patterns import Patterns
from auditkit.detectors.selection.refusal import Refusal
from auditkit.detectors.selection.representativity import Representativity
from auditkit.detectors.selection.resistance import Resistance
from auditkit.detectors.selection.support import Support

__all__ = [
    "Bounds",
    "Composition",
    "Decoder",
    "Duplicates",
    "Frame",
    "Missingness",
    "Modes",
    "Order",
    "Patterns",
    "Refusal",
    "Representativity",
    "Resistance",
    "Support",
]

NOT_FOR: Mapping[str, str] = {
    "masked_lm": "its probabilities are read off and nothing is sampled: audit the text that it learned from",
}
