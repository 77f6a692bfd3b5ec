"""The contract: an annotator turns an output into named attributes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

PERCEIVED = "auditkit.perceived"
"""Where a table keeps, by column, who perceived what stands there."""


class Annotator(ABC):
    """A reader of texts. Subclasses are frozen dataclasses whose fields are configuration.

    The naming law: `annotators/words.py` holds `Words`, name `words`, derived from where it stands. What it reads is
    perceived by it, never what is: findings on annotated columns say so, and its errors are corrected from a sample
    that people have checked (role `checked`).

    basis
        how a finding says where the attribute comes from: "perceived by a word list".
    """

    name: ClassVar[str]
    basis: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.name = cls.__module__.rsplit(".", 1)[-1]

    @abstractmethod
    def read(self, texts: Sequence[str | None]) -> Mapping[str, Sequence[Any]]:
        """The attributes of each text, by column name: levels, numbers or lists of numbers; `None` is not readable."""
