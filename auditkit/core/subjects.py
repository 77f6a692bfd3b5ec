"""What can be audited: a detector says for which of these its question makes sense."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "table": "records of people, things or events",
        "text": "a corpus of documents",
        "captions": "images with their captions",
        "predictions": "what a model said, beside what is true",
        "decisions": "what people decided",
        "logs": "people deciding with a machine's advice",
        "masked_lm": "a masked language model",
        "causal_lm": "a causal language model, or any endpoint that completes text",
        "seq2seq": "an encoder-decoder: translation, summary",
        "captioner": "a model that describes images",
        "text_to_image": "a model that draws what is said",
        "unconditional": "a model that draws by itself",
        "super_resolution": "a model that sharpens images",
        "image_to_image": "a model that edits images",
        "reconstruction": "an autoencoder",
    }
)
