"""Any function that gives pictures: a model behind a service, another library, a baseline written by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt, Verb
from auditkit.core.target import Answer, Refusal, Target
from auditkit.targets.imaging import as_picture

SILENT = Refusal("the function gave nothing")


class Function(Target):
    """A function of prompts and seeds that gives a picture, a `Refusal` or `None` for each.

    With `plain=True` it is a function of texts alone, `["a doctor", ...] -> [picture, ...]`: it draws as it likes, and
    the run is not repeatable. Pictures are arrays (grey, RGB or RGBA; bytes, or fractions 0 to 1) or Pillow images;
    `None` is a refusal. `verb` is what it does, `sample` or `edit`.

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
        if verb not in ("sample", "edit"):
            raise InputError(f'There is no verb "{verb}". A function can sample or edit.')
        if plain and verb == "edit":
            raise InputError("A plain function sees texts alone, and cannot edit. Write one of prompts and seeds.")
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
        return self._asked("sample", prompts, seeds) if self.verb == "sample" else super().sample(prompts, seeds)

    def edit(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Each prompt's picture, changed."""
        return self._asked("edit", prompts, seeds) if self.verb == "edit" else super().edit(prompts, seeds)

    def _asked(self, verb: Verb, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        if len(prompts) != len(seeds):
            raise InputError(f"There are {len(prompts)} prompts and {len(seeds)} seeds. Give one seed for each prompt.")
        if not prompts:
            return []
        texts = [prompt.text for prompt in prompts]
        found = list(self.answer(texts) if self.plain else self.answer(list(prompts), list(seeds)))
        if len(found) != len(prompts):
            raise InputError(f"{self.title} gave {len(found)} answers to {len(prompts)} prompts. Give one for each.")
        return [_answer(each) for each in found]


def _answer(found: Any) -> Answer:
    if found is None:
        return SILENT
    return found if isinstance(found, Refusal) else as_picture(found)
