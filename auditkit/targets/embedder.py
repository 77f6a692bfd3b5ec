"""An encoder of texts: words in, one vector out.

Embeddings are where associations are measured without asking anything: how near "nurse" is to "she". Vectors of
sentences are the mean of the last layer's over the tokens, or as a folder of sentence-transformers says; vectors of
words are looked up.
References
    Mikolov et al., NeurIPS (2013) 3111; Pennington, Socher & Manning, EMNLP (2014) 1532; Reimers & Gurevych, EMNLP
    (2019) 3982; May et al., NAACL (2019) 622, the association test on sentences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields
from functools import cached_property
from typing import Any, Literal, get_args

from auditkit.core.errors import InputError, nearest
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Target
from auditkit.targets.encoding import Encoding, encoding_of
from auditkit.targets.holding import paired
from auditkit.targets.wording import blind

Pooling = Literal["mean", "first", "last"]


@dataclass(frozen=True)
class Embedder(Target):
    """An encoder of transformers or of sentence-transformers, or vectors of words.

    An encoder is a folder, a hub id, or live: `(model, tokenizer)`, or an object with `encode`, as of
    sentence-transformers. A folder that sentence-transformers saved is pooled and scaled as it says; for others
    `pooling` is the mean over the tokens, or the vector of the first or the last one. Vectors of words are a mapping,
    or a file as word2vec and GloVe write it (text, .bin, .safetensors); a text must be one of its words, as it stands
    or in small letters.

    Raises `InputError` for a prompt without words, with a picture, or too long. Words without a vector, or without a
    token, are refused.

    >>> from auditkit.core.probe import Prompt
    >>> Embedder({"rose": [1.0, 0.0]}).embed([Prompt("rose"), Prompt("ant")], [0, 0])[1]
    Refusal(because='it does not know: ant')
    """

    model: Any
    _: KW_ONLY
    pooling: Pooling | None = None
    revision: str | None = None
    batch: int = 64
    device: str = "cpu"
    dtype: str = "float32"
    title: str = ""

    def __post_init__(self) -> None:
        known = get_args(Pooling)
        if self.pooling is not None and self.pooling not in known:
            said = f'There is no pooling "{self.pooling}".{nearest(str(self.pooling), known)}'
            raise InputError(f"{said} Choose one of: {', '.join(known)}.")
        if self.batch < 1:
            raise InputError(f"batch is {self.batch}. Give at least 1.")
        if not self.title:
            object.__setattr__(self, "title", self._encoding.title)

    @property
    def portable(self) -> bool:  # type: ignore[override]  # the contract's attribute, read only
        """Whether it is made of a folder, a file or an id."""
        return self._encoding.portable

    @property
    def fingerprint(self) -> str:
        """The digest of the files of the model; of a live one, of its tensors and its tokenizer; of all the vectors."""
        return self._encoding.fingerprint

    @property
    def settings(self) -> Mapping[str, Any]:
        """How vectors of tokens become one."""
        return {"pooling": self.pooling, "dtype": self._encoding.arithmetic}

    def embed(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Tell the vector of each prompt's words."""
        paired(prompts, seeds)
        blind(prompts, self.title)
        if not all(prompt.text.strip() for prompt in prompts):
            raise InputError("This prompt has no words to embed. Give it a text.")
        if any(prompt.given or prompt.turns for prompt in prompts):
            raise InputError(f"{self.title} embeds a text by itself. Leave out what is given, and the turns.")
        return self._encoding.embedded(prompts) if prompts else []

    @cached_property
    def _encoding(self) -> Encoding:
        where = {"dtype": self.dtype, "device": self.device, "revision": self.revision}
        return encoding_of(self.model, self.pooling, **where)

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: the other process opens the weights itself."""
        if not self.portable:
            raise InputError(
                f"{self.title} cannot be sent to another process. Save it, and give the folder or the file."
            )
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
