"""A target answers: a name, a fingerprint, and the verbs it can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, get_args

from auditkit.core.errors import InputError
from auditkit.core.probe import Picture, Prompt, Verb


class Refusal(NamedTuple):
    """An answer that was withheld, and why: a safety filter's blank picture, for example. Not an error, not a bias."""

    because: str


class Attention(NamedTuple):
    """Who looked at what: for every token in `rows`, weights that sum to one over the tokens in `columns`; `of` says
    whose they are: "decoder on source", "layer 1, head 2"."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    weights: Sequence[Sequence[float]]
    of: str = ""


class Said(NamedTuple):
    """An answer in words, what the model tells of it (a column each: log probability, number of tokens, a vector), and
    where it looked while it answered."""

    text: str
    told: Mapping[str, float | str | Sequence[float]] = {}
    attention: Attention | None = None


Answer = Picture | str | Said | Refusal


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
    concurrent
        how many prompts it may be asked at the same time, each by itself: more than one for what waits for a network.
    """

    name: ClassVar[str]
    title: str
    batch: int = 16
    portable: bool = False
    concurrent: int = 1

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
        return tuple(verb for verb in get_args(Verb) if getattr(type(self), verb) is not getattr(Target, verb))

    def sample(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Draw a picture for each prompt."""
        raise self._cannot("sample")

    def edit(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Change each prompt's picture as its words say, within its mask where it has one."""
        raise self._cannot("edit")

    def generate(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Go on with each prompt's words; the answer holds only what was added."""
        raise self._cannot("generate")

    def score(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Tell the natural logarithm of the probability of each prompt's words after what is given."""
        raise self._cannot("score")

    def fill_mask(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Draw the word of each prompt's slot, from its options and the rest of what the model knows."""
        raise self._cannot("fill_mask")

    def embed(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Tell the vector of each prompt's words."""
        raise self._cannot("embed")

    def caption(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Say what each prompt's picture shows."""
        raise self._cannot("caption")

    def decide(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Choose one of each prompt's options."""
        raise self._cannot("decide")

    def _cannot(self, verb: Verb) -> InputError:
        return InputError(f"{self.title} cannot {verb}. It can: {', '.join(self.verbs) or 'nothing'}.")
