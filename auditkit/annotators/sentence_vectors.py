"""Where does a text stand among the others, to a model of sentences?

The vector of each text, as a target that embeds tells it: a sentence encoder, a language model, word vectors. An
encoder may itself draw texts of one group nearer together (Lee & Lai 2024): what rests on one alone decides nothing,
read `Tfidf` or what is chosen beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from auditkit.core.annotator import Annotator
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Said, Target


@dataclass(frozen=True)
class SentenceVectors(Annotator):
    """Read the vector that `target` has for each text, in the column `attribute`; a text it refuses is not readable.

    Raises `InputError` for a target that cannot embed.

    >>> from auditkit.targets import Embedder
    >>> SentenceVectors(Embedder({"rose": [1.0, 0.0], "thorn": [0.0, 1.0]})).read(["rose", "a tulip", None])
    {'vector': [[1.0, 0.0], None, None]}
    """

    target: Any
    attribute: str = "vector"

    basis: ClassVar[str] = "perceived by a sentence encoder"

    def __post_init__(self) -> None:
        if not isinstance(self.target, Target) or "embed" not in self.target.verbs:
            raise InputError(
                f"{self.target!r} cannot embed. Give a target that can, for example targets.Embedder(...)."
            )
        object.__setattr__(self, "basis", f"perceived by a sentence encoder ({self.target.title})")

    @property
    def fingerprint(self) -> str:
        """Which encoder it is, to the bit."""
        return f"{self.name} {self.attribute} {self.target.fingerprint} {dict(self.target.settings)}"

    def read(self, texts: Sequence[str | None]) -> Mapping[str, Sequence[Any]]:
        """The vector of each text."""
        known = [k for k, text in enumerate(texts) if text is not None and text.strip()]
        found: list[Any] = [None] * len(texts)
        for at in range(0, len(known), self.target.batch):
            some = known[at : at + self.target.batch]
            answers = self.target.embed([Prompt(str(texts[k])) for k in some], [0] * len(some))
            for k, answer in zip(some, answers, strict=True):
                vector: Any = answer.told["vector"] if isinstance(answer, Said) else None
                found[k] = None if vector is None else list(vector)
        return {self.attribute: found}
