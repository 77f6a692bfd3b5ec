"""Implicit bias: one's own model of the world, taken for everybody's."""

from collections.abc import Mapping

from auditkit.detectors.implicit.association import Association
from auditkit.detectors.implicit.counterfactual import Counterfactual
from auditkit.detectors.implicit.human_iat import HumanIat
from auditkit.detectors.implicit.image_association import ImageAssociation
from auditkit.detectors.implicit.label_semantics import LabelSemantics
from auditkit.detectors.implicit.llm_iat import LlmIat
from auditkit.detectors.implicit.minimal_pair import MinimalPair
from auditkit.detectors.implicit.proxy import Proxy

__all__ = [
    "Association",
    "Counterfactual",
    "HumanIat",
    "ImageAssociation",
    "LabelSemantics",
    "LlmIat",
    "MinimalPair",
    "Proxy",
]

NOT_FOR: Mapping[str, str] = {
    "unconditional": "nothing is asked of it, so there is no cue to change and no neutral prompt",
}
