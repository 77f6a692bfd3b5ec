"""A target answers: a name, a fingerprint, and the verbs it can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from auditkit.core.errors import InputError
from auditkit.core.probe import Picture, Prompt, Verb


class Refusal(NamedTuple):
    """An answer that was withheld, and why: a safety filter's blank picture, for example. Not an error, not a bias."""

    because: str


Answer = Picture | str | Refusal


class Target(ABC):
    """What is evaluated. Verbs, not types: a target has a method for everything it can do.

    Every verb takes prompts and one seed each and gives one answer each, in order; an item's answer depends on its own
    prompt and seed (and, in the last digits, on the size of the batch it is computed in), never on its neighbours.

    The naming law: `targets/diffusion.py` holds `Diffusion`, name `diffusion`, derived from where it stands.

    title
        what it is called in reports: a hub id, the name of a folder.
    fingerprint
        a digest of everything that decides the answers but prompts, seeds and settings: weights, revision, class.
    settings
        how it decodes: steps, guidance, strength. They are part of the key of every answer.
    batch
        how many prompts it likes to be asked at once.
    portable
        whether it can be sent to another process: made of a path, not of a live object.
    """

    name: ClassVar[str]
    title: str
    batch: int = 16
    portable: bool = False

    def __init_subclass__(cls) -> None:
        cls.name = cls.__module__.rsplit(".", 1)[-1]

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Which model this is, to the bit."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """How it decodes, as plain values."""
        return {}

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """What it can do."""
        return tuple(verb for verb in ("sample", "edit") if getattr(type(self), verb) is not getattr(Target, verb))

    def sample(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Draw a picture for each prompt."""
        raise InputError(f"{self.title} cannot sample. It can: {', '.join(self.verbs) or 'nothing'}.")

    def edit(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Change each prompt's picture as its words say, within its mask where it has one."""
        raise InputError(f"{self.title} cannot edit. It can: {', '.join(self.verbs) or 'nothing'}.")
