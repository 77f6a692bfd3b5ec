"""A language model and its tokenizer: opened once, and what every target of words asks of the two."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Refusal
from auditkit.targets.holding import Held

NO_NUMBERS = Refusal("what the model gave were no numbers")
NOTHING = Refusal("nothing was said")


class Worded(Held):
    """A folder, a hub id, or live: `(model, tokenizer)`. `kind` is the class of transformers that opens it.

    With `eager` it is opened so that it tells where it looks. Raises `InputError` for anything else.
    """

    def __init__(self, model: Any, kind: str, *, eager: bool = False, **where: Any) -> None:
        pair = isinstance(model, tuple | list) and len(model) == 2
        more = {"attn_implementation": "eager"} if eager else {}
        opening = partial(weights.transformers_model, kind, **more)
        super().__init__(model[0] if pair else model, opening, **{"revision": None, **where})
        self.live, self.eager = model[1] if pair else None, eager
        if isinstance(self.model, weights.Own) or not (self.portable or pair):
            raise InputError(
                f"This is a {type(model).__name__}. Give a folder, a hub id, or a live model with its tokenizer: "
                "(model, tokenizer)."
            )

    @cached_property
    def fingerprint(self) -> str:
        """The digest of the files; of a live one, of its tensors and of its tokenizer."""
        own = super().fingerprint
        return own if self.live is None else hashlib.sha256(f"{own} {spoken(self.live)}".encode()).hexdigest()

    @cached_property
    def opened(self) -> Any:
        """The live model; raises `InputError` where it is to tell where it looks, and was not opened so."""
        model = super().opened
        if self.eager and getattr(model.config, "_attn_implementation", "eager") != "eager":
            raise InputError(
                f"{self.title} was opened with attention that is not kept. Open it with attn_implementation='eager', "
                "or give its folder."
            )
        return model

    @cached_property
    def tokenizer(self) -> Any:
        """What makes tokens of words."""
        if self.live is not None:
            return self.live
        return weights.processor("AutoTokenizer", self.model, revision=self.where["revision"])

    @contextmanager
    def asked(self) -> Iterator[Any]:
        """The model as `Held.asked` gives it, the library silent."""
        with weights.quiet("transformers"), super().asked() as model:
            yield model

    @property
    def device_of(self) -> Any:
        """Where its weights are."""
        return self.numbers.device

    @cached_property
    def longest(self) -> int:
        """How many tokens it reads at most: as many as it has places for, else as its tokenizer says."""
        config = self.opened.config
        config = config.get_text_config() if hasattr(config, "get_text_config") else config
        places = getattr(config, "max_position_embeddings", None) or self.tokenizer.model_max_length
        embeddings = getattr(getattr(self.opened, "base_model", None), "embeddings", None)
        first = getattr(embeddings, "padding_idx", None)  # the family of RoBERTa counts its places from there
        return int(places) - (0 if first is None else int(first) + 1)

    @cached_property
    def before(self) -> list[int]:
        """The tokens that the tokenizer puts before words of its own accord."""
        whole, bare = self.tokenizer("a")["input_ids"], self.tokenizer("a", add_special_tokens=False)["input_ids"]
        starts = [at for at in range(len(whole)) if bare and whole[at : at + len(bare)] == bare]
        return list(whole[: starts[0]]) if starts else []

    @cached_property
    def unread(self) -> int | None:
        """The token of what has none; `None` where there is no such token, or it stands for an end as well."""
        speaks = self.tokenizer
        ends = (speaks.bos_token_id, speaks.eos_token_id)
        return None if speaks.unk_token_id in ends else speaks.unk_token_id

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text, and no others."""
        return (
            [list(each) for each in self.tokenizer(list(texts), add_special_tokens=False)["input_ids"]] if texts else []
        )

    def tokens(self, ids: Sequence[int]) -> tuple[str, ...]:
        """What tokens look like by themselves."""
        return tuple(self.tokenizer.decode([each]).strip() or str(each) for each in ids)

    def text(self, ids: Sequence[int]) -> str:
        """Words of tokens, without those that are no words."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def unknown(self, texts: Sequence[str]) -> list[Refusal | None]:
        """A refusal for each text with words that have no token, which the model could not tell from one another."""
        return [
            self._unknown(text) if self.unread in ids else None
            for text, ids in zip(texts, self.ids(texts), strict=True)
        ]

    def _unknown(self, text: str) -> Refusal:
        if not getattr(self.tokenizer, "is_fast", False):
            return Refusal(f"it does not know a word of: {text}")
        read = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        spans = zip(read["input_ids"], read["offset_mapping"], strict=True)
        words = dict.fromkeys(text[a:b] for token, (a, b) in spans if token == self.unread)
        return Refusal(f"it does not know: {', '.join(words)}")

    def fits(self, ids: Sequence[int], text: str) -> None:
        """Raise `InputError` for more tokens than it reads."""
        if len(ids) > self.longest:
            raise InputError(
                f"{text!r} is {len(ids)} tokens, and {self.title} reads {self.longest}: the rest would be ignored. "
                "Shorten it."
            )


def spoken(tokenizer: Any) -> str:
    """The digest of a live tokenizer, wherever it was opened from."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return weights.fingerprint(tokenizer)
    told = {key: value for key, value in json.loads(backend.to_str()).items() if key not in ("truncation", "padding")}
    words = [told, tokenizer.special_tokens_map, getattr(tokenizer, "chat_template", None)]
    return hashlib.sha256(json.dumps(words, sort_keys=True, default=str).encode()).hexdigest()


def blind(prompts: Sequence[Prompt], title: str) -> None:
    """Raise `InputError` for a prompt with a picture, where there is none to take."""
    if any(prompt.image is not None or prompt.mask is not None for prompt in prompts):
        raise InputError(f"This prompt has a picture, and {title} reads words alone. Leave the picture out.")


def put_in(refusals: Sequence[Refusal | None], answers: Sequence[Answer]) -> list[Answer]:
    """The answers in the places where nothing was refused."""
    left = iter(answers)
    return [next(left) if refusal is None else refusal for refusal in refusals]
