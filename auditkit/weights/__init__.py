"""The only door to model weights: safetensors alone, no remote code, and one sentence where something is missing."""

from auditkit.weights.guarding import guarded
from auditkit.weights.hashing import fingerprint
from auditkit.weights.opening import (
    card,
    configuration,
    diffusers_model,
    memory,
    model_class,
    own_model,
    pipeline,
    processor,
    transformers_model,
)
from auditkit.weights.owning import Own
from auditkit.weights.placing import place, quiet

__all__ = [
    "Own",
    "card",
    "configuration",
    "diffusers_model",
    "fingerprint",
    "guarded",
    "memory",
    "model_class",
    "own_model",
    "pipeline",
    "place",
    "processor",
    "quiet",
    "transformers_model",
]
