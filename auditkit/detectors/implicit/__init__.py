"""Implicit bias: one's own model of the world, taken for everybody's."""

from auditkit.detectors.implicit.label_semantics import LabelSemantics

__all__ = ["LabelSemantics"]
