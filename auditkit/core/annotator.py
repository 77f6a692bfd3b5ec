"""The contract: an annotator turns an output into named attributes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, NamedTuple

PERCEIVED = "auditkit.perceived"
"""Where a table keeps, by column, who perceived what stands there."""


class Misreading(NamedTuple):
    """How often an annotator is known to be wrong: of `n` checked outputs that truly show `level`, the share `rate`
    was read as something else."""

    attribute: str
    level: str
    rate: float
    n: int


class Annotator(ABC):
    """A reader of texts or of pictures. Subclasses are frozen dataclasses whose fields are configuration.

    The naming law: `annotators/words.py` holds `Words`, name `words`, derived from where it stands. What it reads is
    perceived by it, never what is: findings on annotated columns say so, and its errors are corrected from a sample
    that people have checked (role `checked`).

    basis
        how a finding says where the attribute comes from: "perceived by a word list".
    reads
        what it is shown: texts, or pictures (height, width, 3), RGB, 0 to 255.
    """

    name: ClassVar[str]
    basis: ClassVar[str]
    reads: ClassVar[Literal["text", "image"]] = "text"

    def __init_subclass__(cls) -> None:
        cls.name = cls.__module__.rsplit(".", 1)[-1]

    @abstractmethod
    def read(self, outputs: Sequence[Any], /) -> Mapping[str, Sequence[Any]]:
        """The attributes of each output, by column name: levels, numbers or lists of numbers; `None` is not readable.

        An output that is `None` (a refusal) is not readable.
        """

    @property
    def fingerprint(self) -> str:
        """What decides its readings, so that a run reads nothing twice; by default its configuration."""
        return repr(self)

    def misreadings(self) -> tuple[Misreading, ...]:
        """How often it is wrong, by level, where that is known; nothing where it was never measured."""
        return ()
