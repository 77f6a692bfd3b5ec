"""A step of a lifecycle: what a phase took, what it gave and what it did, a chain that can be followed by hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, get_args

from auditkit.core.errors import InputError, only
from auditkit.core.wire import loaded

SCHEMA = 1
FILE = "step.json"
Kind = Literal["data", "plan", "policy", "model", "run", "report", "judgement", "card", "state", "page"]
Phase = Literal["discover", "curate", "tune", "mitigate", "prompt", "monitor", "audit", "gate"]


@dataclass(frozen=True, slots=True)
class Thing:
    """What a phase took or gave: a file, a folder or a model, by its content.

    `name` is its path from the folder of the step, or what it is called where it has none; `hash` the SHA-256 of a
    file's bytes, or the fingerprint of a model or a run: the same hash is the same thing, wherever it lies.
    """

    kind: Kind
    name: str
    hash: str
    about: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind) or not self.name or not self.hash:
            raise InputError(f"A thing has a kind ({', '.join(get_args(Kind))}), a name and a hash; this is {self!r}.")


@dataclass(frozen=True, slots=True)
class Step:
    """What one phase did: things taken, things given, its settings, and what was done, a sentence each.

    Two steps that took the same things with the same settings are the same work: nothing is done twice.

    >>> step = Step("curate", (Thing("data", "pairs.csv", "0" * 64),), settings={"seed": 7})
    >>> Step.from_json(step.to_json()) == step, step.repeats(step.giving(Thing("data", "new.csv", "1" * 64)))
    (True, True)
    """

    phase: Phase
    took: tuple[Thing, ...]
    gave: tuple[Thing, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    done: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.phase not in get_args(Phase):
            raise InputError(f"A phase is one of {', '.join(get_args(Phase))}; this is {self.phase!r}.")

    def giving(self, *gave: Thing, done: tuple[str, ...] = ()) -> Step:
        """The step with what it has given and done."""
        return replace(self, gave=(*self.gave, *gave), done=(*self.done, *done))

    def repeats(self, other: Step) -> bool:
        """Whether both are the same work: the same phase of the same things with the same settings."""
        ours, theirs = ((s.phase, [(t.kind, t.hash) for t in s.took], _plain(s.settings)) for s in (self, other))
        return ours == theirs

    def to_json(self) -> str:
        """The wire format of `step.json`."""
        told = {"schema": SCHEMA, **{field.name: getattr(self, field.name) for field in fields(self)}}
        told |= {"took": [asdict(thing) for thing in self.took], "gave": [asdict(thing) for thing in self.gave]}
        text = json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        return text.encode("utf-8", "replace").decode("utf-8")

    @classmethod
    def from_json(cls, text: str) -> Step:
        """Read the wire format; raises `InputError` for anything else, and for a newer schema."""
        try:
            data = loaded(text)
            if data["schema"] != SCHEMA:
                raise InputError(f"This step has schema {data['schema']!r:.40}; this auditkit reads schema {SCHEMA}.")
            only(data, ["schema", *(field.name for field in fields(cls))])
            took, gave = (tuple(Thing(**thing) for thing in data[part]) for part in ("took", "gave"))
            if not isinstance(data["settings"], dict) or not all(isinstance(said, str) for said in data["done"]):
                raise TypeError("settings are a table, and what was done is said in sentences")
            for thing in (*took, *gave):
                if not all(isinstance(value, str) for value in asdict(thing).values()):
                    raise TypeError("a thing is made of texts")
            return cls(data["phase"], took, gave, data["settings"], tuple(data["done"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(f"This is not a step of a lifecycle: {type(error).__name__}: {error!s:.200}.") from error


def _plain(settings: Mapping[str, Any]) -> Any:
    return json.loads(json.dumps(dict(settings), sort_keys=True))
