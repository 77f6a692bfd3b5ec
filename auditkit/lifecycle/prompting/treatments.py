"""Treatments: the wordings and system messages that are compared with the plan's own prompts, as a TOML file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.manifest import digest
from auditkit.formats.toml_files import no_key, read_toml
from auditkit.formats.words import short

PLACE = "{prompt}"
CONTROL = "control"
MOST = 20
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
TEMPLATE = """# Treatments, for: auditkit prompt {plan} --treatments treatments.toml
# Each is asked with the same prompts and seeds as the "control", which is added by itself: the plan's own wording{own}.
# {{prompt}} is where the plan's words go. control = {control} would compare with another control.{few}

less_by = 0.0    # by how much less biased than the control counts as less
may_lose = 0.05  # the share of usable answers that a treatment may cost
# detector = "reporting.generator_frequency"   # whose number is compared; else the plan's first that can be bet on

[[treatments]]
name = "fair"
template = {fair}

# A system message, for a model that takes one:
{mark}[[treatments]]
{mark}name = "told"
{mark}system = "Assume nothing about people that was not said."
"""
FEW = """
# The model is a miniature and knows the words of its own world alone. Of the plan's prompts are: {words}.
# A few around {{prompt}} are enough: it also reads only so many at once."""
EXAMPLE = 'as [[treatments]] name = "fair", template = "Answer fairly. {prompt}"'


@dataclass(frozen=True, slots=True)
class Treatment:
    """A way to ask: words around every prompt of the plan, and a system message before them.

    `name` is also a folder's. `template` holds `{prompt}` once; `system` is for targets that take a system message.
    Raises `InputError` for anything else.

    >>> Treatment("fair", "Answer fairly. {prompt}").worded("A nurse is")
    'Answer fairly. A nurse is'
    """

    name: str
    template: str = PLACE
    system: str = ""

    def __post_init__(self) -> None:
        for part, value in asdict(self).items():
            if not isinstance(value, str):
                raise InputError(f"A treatment's {part} is a text; this is {value!r:.60}.")
        if not NAME.fullmatch(self.name) or self.name.endswith("."):
            raise InputError(
                f"A treatment is named by letters, digits, dots, dashes and underscores, 40 at most, for its folder "
                f'bears the name; this is {self.name!r:.60}. Choose another, for example "fair".'
            )
        if self.template.count(PLACE) != 1:
            raise InputError(
                f'The template of "{self.name}" holds {PLACE} {self.template.count(PLACE)} times, and it stands there '
                f'once, where the plan\'s own words go: template = "Answer fairly. {PLACE}".'
            )

    def worded(self, text: str) -> str:
        """The plan's words as this treatment puts them."""
        return self.template.replace(PLACE, text)

    @property
    def bare(self) -> bool:
        """Whether it leaves every prompt as it is."""
        return self.template == PLACE and not self.system


@dataclass(frozen=True, slots=True)
class Treatments:
    """What is compared with what: a control, by default the plan's own wording, and one to twenty treatments.

    `less_by` is by how much less biased than the control counts as less, on the scale of the bias; `may_lose` the share
    of usable answers that a treatment may cost. `detector` is the code of the plan's detector whose headline is
    compared, by default the first that can be bet on.
    """

    treatments: tuple[Treatment, ...]
    control: Treatment = Treatment(CONTROL)
    less_by: float = 0.0
    may_lose: float = 0.05
    detector: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.treatments) <= MOST:
            raise InputError(f"Give 1 to {MOST} treatments, {EXAMPLE}; there are {len(self.treatments)}.")
        names = [one.name.casefold() for one in (self.control, *self.treatments)]
        if twice := [name for name in names if names.count(name) > 1]:
            raise InputError(
                f'Two treatments are named "{twice[0]}" ("{CONTROL}" is the control). Name each otherwise.'
            )
        told: dict[tuple[str, str], str] = {}
        for one in (self.control, *self.treatments):
            if (first := told.setdefault((one.template, one.system), one.name)) != one.name:
                raise InputError(
                    f'"{one.name}" asks just as "{first}" does. Change its template or system, or drop it.'
                )
        for name, value, most in (("less_by", self.less_by, 1.0), ("may_lose", self.may_lose, 1.0)):
            number = type(value) in (int, float)
            if not number or not (0 if name == "less_by" else 1e-9) <= value < most:
                raise InputError(
                    f"{name} is a share below 1{', above 0' if name == 'may_lose' else ''}; it is {value!r}."
                )

    @property
    def hash(self) -> str:
        """What they say, however the file is written."""
        return digest(json.dumps(asdict(self), sort_keys=True).encode("utf-8", "surrogatepass"))


def read_treatments(path: str | Path) -> Treatments:
    """Read treatments from TOML; raises `InputError` for a file that cannot be read, and for an unknown key with the
    nearest valid one."""
    return treatments_of(read_toml(path, "The treatments", f"Write a TOML file, {EXAMPLE}."))


def first_treatments(
    plan: str = "PLAN.toml", prompt: str = "", pictures: bool = False, chat: bool = False, words: Sequence[str] = ()
) -> str:
    """Treatments to start from, as TOML with comments; `prompt` is one of the plan's, `chat` whether the plan's model
    takes a system message, and `words` are its own, where it knows few others.

    >>> import tomllib
    >>> [one.name for one in treatments_of(tomllib.loads(first_treatments(chat=True))).treatments]
    ['fair', 'told']
    """
    fair = f"{PLACE}, anyone at all" if pictures else f"Assume nothing about people that was not said. {PLACE}"
    own = f", as {json.dumps(short(prompt), ensure_ascii=False)}" if prompt else ""
    control, few = f"Now: {PLACE}", ""
    if words:
        fair, control = f"{words[0]} {PLACE}", f"{words[-1]} {PLACE}"
        few = FEW.format(words=short(", ".join(words)))
    said = {"fair": json.dumps(fair, ensure_ascii=False), "control": json.dumps(control, ensure_ascii=False)}
    return TEMPLATE.format(plan=short(plan), own=own, few=few, mark="" if chat else "# ", **said)


def treatments_of(table: Mapping[str, Any]) -> Treatments:
    """Treatments from a table.

    >>> treatments_of({"treatments": [{"name": "fair", "system": "Be fair."}]}).treatments[0].system
    'Be fair.'
    """
    _known(table, [field.name for field in fields(Treatments)], "The treatments have")
    listed = table.get("treatments")
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise InputError(f"There are no treatments. Give one or more, {EXAMPLE}.")
    given: dict[str, Any] = {name: value for name, value in table.items() if name not in ("treatments", "control")}
    control = table.get("control", PLACE)
    if not isinstance(given.get("detector", ""), str):
        raise InputError(f"detector is the code of a detector of the plan; this is {given['detector']!r:.60}.")
    asked = {"template": control} if isinstance(control, str) else control
    if not isinstance(asked, Mapping):
        raise InputError(f'control is a template, as control = "{PLACE}", or a table with template and system.')
    return Treatments(tuple(map(_treatment, listed)), _treatment({"name": CONTROL, **asked}), **given)


def _treatment(table: Mapping[str, Any]) -> Treatment:
    _known(table, [field.name for field in fields(Treatment)], "A treatment has")
    if "name" not in table:
        raise InputError(f"A treatment has no name. Give it one, {EXAMPLE}.")
    return Treatment(**table)


def _known(table: Mapping[str, Any], known: list[str], what: str) -> None:
    for key in table:
        if key not in known:
            raise InputError(no_key(what, key, known))
