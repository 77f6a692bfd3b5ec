"""A candidate: a model that could be taken, with what its files and its card say of it, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Where = Literal["folder", "hub"]
MOST = 80
"""Letters of the name of a candidate's folder; a longer name ends in a part of its hash."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One set of weights of a model: `None` is what nobody says.

    `place` is a folder, or an id on the hub at a `revision`; `variant` names the weights (`model.fp16.safetensors`).
    `size` counts the bytes of the safetensors, `parameters` the numbers in them. `uses` and `limits` are what the card
    says under such headings. `hash` is the fingerprint of the files that decide its answers; of a model on the hub, of
    the revision and of what the hub says of its weights; empty until it is taken. `notes` is what a reader must know,
    `named` what a plan calls it where that is not its place, `unplanned` why no plan can name it.
    """

    name: str
    kind: Where
    place: str
    hash: str = ""
    variant: str | None = None
    revision: str | None = None
    task: str | None = None
    licence: str | None = None
    library: str | None = None
    size: int | None = None
    parameters: int | None = None
    uses: str = ""
    limits: str = ""
    notes: tuple[str, ...] = ()
    named: str = ""
    unplanned: str = ""

    @property
    def called(self) -> str:
        """The model and its variant.

        >>> Candidate("transformer", "folder", "lab/transformer", "0" * 64, "dose90").called
        'transformer, dose90'
        """
        return self.name if self.variant is None else f"{self.name}, {self.variant}"

    @property
    def folder(self) -> str:
        """A name that any file system takes, for what is written of it.

        >>> Candidate("org/model", "hub", "org/model", "0" * 64, "fp16").folder
        'org--model.fp16'
        """
        whole = self.name if self.variant is None else f"{self.name}.{self.variant}"
        plain = re.sub(r"[^A-Za-z0-9._-]", "-", whole.replace("/", "--")).lstrip(".-") or "model"
        odd = plain != whole.replace("/", "--") or len(plain) > MOST
        return f"{plain[: MOST - 13]}-{self.hash[:12]}" if odd else plain

    def to_dict(self) -> dict[str, Any]:
        """What is told of it wherever it is read: no folder of this machine."""
        told: dict[str, Any] = {"name": self.name, "variant": self.variant, "called": self.called, "kind": self.kind}
        told |= {"place": self.place if self.kind == "hub" else Path(self.place).name, "revision": self.revision}
        told |= {"task": self.task, "licence": self.licence, "library": self.library, "size": self.size}
        told |= {"parameters": self.parameters, "hash": self.hash, "uses": self.uses, "limits": self.limits}
        return told | {"notes": list(self.notes), "unplanned": self.unplanned}


@dataclass(frozen=True, slots=True)
class Aside:
    """What is not a candidate, and why: it cannot be opened, or what was asked for cannot be known of it."""

    called: str
    because: str
    task: str | None = None

    def to_dict(self) -> dict[str, str | None]:
        """What is told of it."""
        return {"called": self.called, "because": self.because, "task": self.task}


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to: candidates, what was set aside, and how many others there were, by what they are not.

    `others` says of each filter what the others have there and how many they are: task -> {"fill-mask": 3}.
    `unseen` counts models that a limit kept from being looked at, `None` where nobody knows how many.
    """

    source: str
    wanted: str
    candidates: tuple[Candidate, ...]
    aside: tuple[Aside, ...] = ()
    others: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    unseen: int | None = 0

    def to_dict(self) -> dict[str, Any]:
        """The wire format of a list."""
        told: dict[str, Any] = {"schema": 1, "source": self.source, "wanted": self.wanted}
        told |= {name: [one.to_dict() for one in getattr(self, name)] for name in ("candidates", "aside")}
        return told | {"others": {name: dict(counts) for name, counts in self.others.items()}, "unseen": self.unseen}
