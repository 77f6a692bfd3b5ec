"""What is watched for, as a TOML file: the horizon, the error that all rules share, and the rules."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from auditkit.core.errors import InputError, PolicyError, nearest
from auditkit.core.kinds import should_be
from auditkit.formats.toml_files import gravest, no_key, read_toml
from auditkit.lifecycle.monitoring.rules import (
    KINDS,
    Agreement,
    Composition,
    Gap,
    Mean,
    Missing,
    Number,
    Question,
    Rate,
    Rule,
    Whole,
)
from auditkit.lifecycle.monitoring.units import CAPACITY

AnyRule = Annotated[Gap | Rate | Composition | Agreement | Mean | Missing, Field(discriminator="kind")]


class Watch(BaseModel):
    """What is watched for: while every rule holds, all of them together raise an alarm with probability at most alpha.

    `horizon` is how many events it is for, `block` how many pass between two starts of bettors (`stats.monitoring`).
    alpha is shared out over the rules by their `weight`, and within a rule evenly over the groups that it looks at.
    `unit` is a column that says which events belong together (`lifecycle.monitoring.units`); with it the horizon is at
    most 2,097,152 events.

    >>> rule = {"kind": "rate", "name": "no", "outcome": "hired", "favourable": "no", "reference": 0.1, "margin": 0.03}
    >>> Watch(horizon=100000, rules=[rule]).rules[0].columns()
    ('hired',)
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    horizon: Whole = Field(gt=0, le=10**12)
    block: Whole = Field(default=1000, gt=0)
    alpha: Number = Field(default=0.05, gt=1e-12, lt=1)
    unit: str | None = None
    rules: tuple[AnyRule, ...] = Field(min_length=1, max_length=50)

    @model_validator(mode="after")
    def _of_a_piece(self) -> Watch:
        names = [rule.name for rule in self.rules]
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two rules are called {doubled[0]!r}; an alarm is told by its rule's name")
        if self.block > self.horizon:
            raise ValueError(f"the horizon of {self.horizon:,} events is shorter than one block of {self.block:,}")
        if self.unit is not None and self.horizon > CAPACITY:
            raise ValueError(
                f'the horizon of {self.horizon:,} events is longer than a watch with a "unit" can be: it remembers '
                f"who has spoken, for up to {CAPACITY:,} events. Give a shorter horizon, and then begin another watch"
            )
        return self

    def columns(self) -> tuple[str, ...]:
        """Every column that is read, in order."""
        named = [column for rule in self.rules for column in rule.columns()]
        return tuple(dict.fromkeys([*named, *([] if self.unit is None else [self.unit])]))

    def questions(self, rule: Rule) -> tuple[Question, ...]:
        """The questions of one of its rules, with the parts of alpha that they have."""
        return rule.questions(self.alpha * rule.weight / sum(one.weight for one in self.rules))

    def hash(self) -> str:
        """SHA-256 of what is watched for: two files that say the same are the same watch."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()

    def differences(self, other: Mapping[str, Any]) -> list[str]:
        """What another watch, as plain tables, says otherwise."""
        mine = self.model_dump(mode="json")
        told = [f"{k} is {mine[k]!r}, was {other.get(k)!r}" for k in mine if k != "rules" and mine[k] != other.get(k)]
        was = {rule["name"]: rule for rule in other.get("rules", ())}
        for rule in mine["rules"]:
            before = was.pop(rule["name"], None)
            if before is None:
                told.append(f"rule {rule['name']!r} is new")
            elif before != rule:
                keys = [key for key in {**before, **rule} if before.get(key) != rule.get(key)]
                told.append(f"rule {rule['name']!r} has another {', '.join(keys)}")
        return told + [f"rule {name!r} is gone" for name in was]


def read_watch(source: Watch | Mapping[str, Any] | str | Path) -> Watch:
    """A watch from TOML, or from a table; raises `PolicyError` for what cannot be read, with the nearest valid name."""
    if isinstance(source, Watch):
        return source
    if isinstance(source, Mapping):
        return _checked(source, "The watch")
    return _checked(read_toml(source, "The watch", f"It is a TOML file. {EXAMPLE}"), f"The watch {source}")


def _checked(table: Mapping[str, Any], what: str) -> Watch:
    try:
        watch = Watch.model_validate(dict(table))
    except ValidationError as error:
        raise PolicyError(f"{what} cannot be read: {_complaint(gravest(error), table)}") from error
    for rule in watch.rules:
        try:
            watch.questions(rule)
        except InputError as error:
            raise PolicyError(f'{what} cannot be read: rule "{rule.name}": {error}') from error
    return watch


def _complaint(first: Any, table: Mapping[str, Any]) -> str:
    where = [part for part in first["loc"] if part not in KINDS or part == first["loc"][-1]]
    in_rule = len(where) > 1 and where[0] == "rules" and isinstance(where[1], int)
    kind = next((part for part in first["loc"] if part in KINDS), "")
    name = next((str(part) for part in reversed(where) if isinstance(part, str)), "")  # of one in a list the list's
    about = f"rule {where[1] + 1}: " if in_rule else ""
    if first["type"].startswith("union_tag"):
        said = table["rules"][where[1]]
        given = said.get("kind") if isinstance(said, Mapping) else None
        told = "none" if given is None else repr(given)
        return f"{about}a kind is one of {', '.join(KINDS)}; this is {told}.{nearest(str(given), KINDS)}"
    known = list(KINDS[kind].model_fields) if in_rule and kind else list(Watch.model_fields)
    if first["type"] == "extra_forbidden":
        return no_key(f"{about}there is", name, known)
    if first["type"] == "missing":
        return f'{about}"{name}" is needed and not there. Keys: {", ".join(known)}.' + (
            "" if in_rule else f" {EXAMPLE}"
        )
    if first["type"] == "value_error":
        return f"{about}{should_be(first)}."
    path = ".".join(part for part in (where[2:] if in_rule else where) if isinstance(part, str))
    item = f"item {where[-1] + 1} of " if isinstance(where[-1], int) else ""
    return f'{about}{item}"{path}" {should_be(first)}.' if path else f"{about}{should_be(first)}."


EXAMPLE = "auditkit monitor --example prints one to start from."
TEMPLATE = """\
horizon = 100000          # events that the watch is for: declared, for it costs a little power
block = 1000              # events between two new starts: about how late an alarm may be
alpha = 0.05              # the probability of any false alarm, of all rules together, over the horizon
# unit = "applicant"      # events of one unit count once: the mean of its first run (horizon: 2,097,152 at most)

[[rules]]                 # two groups' rates, among people who arrive at about the same time; of three levels or
                          # more each against the rest, whose mix must not depend on who arrives next
name = "selection gap"
kind = "gap"
group = "gender"
levels = ["woman", "man"]
outcome = "decision"
favourable = "invited"
margin = 0.05

[[rules]]                 # the share of an outcome
name = "refusals"
kind = "rate"
outcome = "decision"
favourable = "refused"
reference = 0.10
margin = 0.05
# values = ["invited", "refused"]   # for a value that is meant never to come: all that the column can have, and that
# may_never_come = true             # its share is 0 until it does; else a value that never came is not assessed

[[rules]]                 # drift of the groups' composition
name = "who applies"
kind = "composition"
group = "gender"
reference = { woman = 0.5 }
margin = 0.05

[[rules]]                 # drift of an annotator: how often a human who looks agrees
name = "gender reader"
kind = "agreement"
reading = "gender"
checked = "gender_human"
reference = 0.95
margin = 0.03

[[rules]]                 # events that do not say
name = "no gender"
kind = "missing"
column = "gender"
reference = 0.02
margin = 0.02
side = "above"
"""


def first_watch() -> str:
    """A watch to start from, as TOML with comments."""
    return TEMPLATE
