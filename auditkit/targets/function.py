"""Any function that answers: a model behind a service, another library, a baseline written by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt, Verb
from auditkit.core.target import Answer, Refusal, Said, Target
from auditkit.targets.imaging import as_picture

SILENT = Refusal("the function gave nothing")
PICTURED = ("sample", "edit")
"""The verbs that are answered with pictures; the others are answered in words."""


class Function(Target):
    """A function of prompts and seeds that gives a picture or a text, a `Refusal` or `None` for each.

    With `plain=True` it is a function of texts alone, `["a doctor", ...] -> [answer, ...]`: it draws as it likes, and
    the run is not repeatable. Pictures are arrays (grey, RGB or RGBA; bytes, or fractions 0 to 1) or Pillow images;
    `None` is a refusal. `verb` is what it does: `sample` or `edit` give pictures, every other verb a text, or `Said`
    where there are numbers to tell.

    `fingerprint` says which model answers: change it whenever the model changes, for answers are kept under it. Left
    out it is made of the function's name and of its title, which cannot see such a change. `settings` are recorded.

    Raises `InputError` for anything but one picture or refusal a prompt.

    >>> import numpy as np
    >>> grey = Function(lambda texts: [np.full((2, 2), 0.5) for _ in texts], plain=True, title="grey")
    >>> grey.sample([Prompt("a cat")], [0])[0].shape
    (2, 2, 3)
    """

    def __init__(
        self,
        answer: Callable[..., Sequence[Any]],
        *,
        verb: Verb = "sample",
        plain: bool = False,
        title: str = "",
        fingerprint: str = "",
        batch: int = 16,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        if verb not in get_args(Verb):
            raise InputError(f'There is no verb "{verb}". A function can {", ".join(get_args(Verb))}.')
        if plain and verb in ("edit", "caption"):
            raise InputError(f"A plain function sees texts alone, and cannot {verb}. Write one of prompts and seeds.")
        self.answer, self.verb, self.plain, self.batch = answer, verb, plain, batch
        self.title = title or getattr(answer, "__qualname__", type(answer).__name__)
        self._fingerprint, self._settings = fingerprint, dict(settings or {})

    @property
    def fingerprint(self) -> str:
        """The digest of what was given, else of the function's name and title."""
        kind = type(self.answer)
        where = getattr(self.answer, "__module__", kind.__module__)
        name = getattr(self.answer, "__qualname__", kind.__qualname__)
        told = self._fingerprint or f"{where}.{name} {self.title}"
        return hashlib.sha256(told.encode()).hexdigest()

    @property
    def settings(self) -> Mapping[str, Any]:
        """What was given."""
        return self._settings

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """The one it was made for."""
        return (self.verb,)

    def sample(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """A picture for each prompt."""
        return self._asked("sample", prompts, seeds)

    def edit(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Each prompt's picture, changed."""
        return self._asked("edit", prompts, seeds)

    def generate(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """A text for each prompt."""
        return self._asked("generate", prompts, seeds)

    def score(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """What the function tells of each prompt's words."""
        return self._asked("score", prompts, seeds)

    def fill_mask(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """A word for each prompt's slot."""
        return self._asked("fill_mask", prompts, seeds)

    def embed(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """A vector for each prompt."""
        return self._asked("embed", prompts, seeds)

    def caption(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """What is said of each prompt's picture."""
        return self._asked("caption", prompts, seeds)

    def decide(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """One of each prompt's options."""
        return self._asked("decide", prompts, seeds)

    def _asked(self, verb: Verb, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        if verb != self.verb:
            raise self._cannot(verb)
        if len(prompts) != len(seeds):
            raise InputError(f"There are {len(prompts)} prompts and {len(seeds)} seeds. Give one seed for each prompt.")
        if not prompts:
            return []
        texts = [prompt.text for prompt in prompts]
        found = list(self.answer(texts) if self.plain else self.answer(list(prompts), list(seeds)))
        if len(found) != len(prompts):
            raise InputError(f"{self.title} gave {len(found)} answers to {len(prompts)} prompts. Give one for each.")
        return [_answer(each, verb in PICTURED) for each in found]


def _answer(found: Any, pictured: bool) -> Answer:
    if found is None:
        return SILENT
    if isinstance(found, Refusal):
        return found
    if not pictured and not isinstance(found, str | Said):
        raise InputError(f"A text was asked for, and the function gave a {type(found).__name__}. Give a text, or Said.")
    return as_picture(found) if pictured else found
