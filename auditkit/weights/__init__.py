"""The only door to model weights: safetensors alone, no remote code, and one sentence where something is missing."""

from auditkit.weights.guarding import guarded
from auditkit.weights.hashing import fingerprint
from auditkit.weights.opening import card, memory, model_class, pipeline, processor, transformers_model
from auditkit.weights.placing import place, quiet

__all__ = [
    "card",
    "fingerprint",
    "guarded",
    "memory",
    "model_class",
    "pipeline",
    "place",
    "processor",
    "quiet",
    "transformers_model",
]
