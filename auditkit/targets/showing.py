"""A captioner's model with what prepares its pictures and its words, opened once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.probe import Picture
from auditkit.targets.holding import Held
from auditkit.targets.wording import spoken

KINDS = {"vision-encoder-decoder": "VisionEncoderDecoderModel", "blip": "BlipForConditionalGeneration"}
"""The classes that are asked in a way of their own, by the type in a configuration."""
ANY = "AutoModelForImageTextToText"


class Shown(Held):
    """A folder, a hub id, or live: `(model, processor)` or `(model, image processor, tokenizer)`.

    Raises `InputError` for anything else.
    """

    def __init__(self, model: Any, **where: Any) -> None:
        live = tuple(model) if isinstance(model, tuple | list) else ()
        super().__init__(live[0] if live else model, self._saved, **where)
        self.live = live[1:]
        if isinstance(self.model, weights.Own) or not (self.portable or len(live) in (2, 3)):
            raise InputError(
                f"This is a {type(model).__name__}. Give a folder, a hub id, or a live model with what prepares its "
                "input: (model, processor), or (model, image processor, tokenizer)."
            )

    def _saved(self, model: Any, **where: Any) -> Any:
        kind = str(weights.configuration(self.folder).get("model_type", ""))
        return weights.transformers_model(KINDS.get(kind, ANY), model, **where)

    @cached_property
    def fingerprint(self) -> str:
        """The digest of the files; of a live one, of its tensors and of what prepares its input."""
        own = super().fingerprint
        if self.portable:
            return own
        eye = self.eye.to_json_string()
        return hashlib.sha256(f"{own} {spoken(self.tokenizer)} {eye}".encode()).hexdigest()

    @property
    def kind(self) -> str:
        """The type that the configuration names."""
        return str(self.opened.config.model_type)

    @cached_property
    def processor(self) -> Any:
        """What prepares pictures and words together."""
        return self.live[0] if self.live else self._opens("AutoProcessor")

    @cached_property
    def eye(self) -> Any:
        """What makes numbers of pictures."""
        if not self.live:
            return self._opens("AutoImageProcessor") if self.kind in KINDS else self.processor.image_processor
        return self.live[0] if len(self.live) == 2 else self.live[0].image_processor

    @cached_property
    def tokenizer(self) -> Any:
        """What makes tokens of words."""
        if not self.live:
            return self._opens("AutoTokenizer") if self.kind in KINDS else self.processor.tokenizer
        return self.live[1] if len(self.live) == 2 else self.live[0].tokenizer

    @property
    def _opens(self) -> Any:
        return partial(weights.processor, model=self.model, revision=self.where["revision"])

    @contextmanager
    def asked(self) -> Iterator[Any]:
        """The model as `Held.asked` gives it, the library silent."""
        with weights.quiet("transformers"), super().asked() as model:
            yield model

    def pixels(self, pictures: Sequence[Picture]) -> Any:
        """The numbers of pictures, where and as the model takes them."""
        from PIL import Image

        return self.shaped(self.eye([Image.fromarray(each) for each in pictures], return_tensors="pt")["pixel_values"])

    def ids(self, text: str) -> list[int]:
        """The tokens of words; raises `InputError` for words that have none."""
        found = list(self.tokenizer(text, add_special_tokens=False)["input_ids"]) if text else []
        if self.tokenizer.unk_token_id in found:
            raise InputError(f"{self.title} does not know all words of {text!r}. Give words that it knows.")
        return found

    def text(self, ids: Sequence[int]) -> str:
        """Words of tokens, without those that are no words."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))
