"""Selection bias: who is covered, who responds, who is sampled."""

from auditkit.detectors.selection.composition import Composition
from auditkit.detectors.selection.frame import Frame
from auditkit.detectors.selection.refusal import Refusal

__all__ = ["Composition", "Frame", "Refusal"]
