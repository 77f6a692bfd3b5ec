"""What can be set: the fields of a detector, probe, target or annotator, and the lines that a plan has of it."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_type_hints

from auditkit import catalog
from auditkit.lab.models import WEIGHTS
from auditkit.lab.stories import STORIES
from auditkit.rules.policy import KINDS, Policy


def settings(code: str) -> str:
    """A detector's fields with their types and defaults, and how a plan writes it.

    >>> print(settings("selection.refusal").splitlines()[1].strip())
    answered: str | None = None
    """
    kind = catalog.find(code)
    made = catalog.configuration(kind.specimen())
    return _told(kind, "[[detectors]]", [f"{key} = {_toml(value)}" for key, value in made.items()])


def manual_of(name: str) -> str:
    """The fields of a probe, a target or an annotator with their types and defaults, and how a plan names it.

    >>> print(manual_of("unconditional").splitlines()[1].strip())
    repeats: int = 1000
    """
    sections = {"[probe]": catalog.probes(), "[target]": catalog.targets(), "[[annotators]]": catalog.annotators()}
    section, kind = next((where, kinds[name]) for where, kinds in sections.items() if name in kinds)
    if not is_dataclass(kind):
        return "It is made of a Python object, which no plan can hold.\n"
    return _told(kind, section, [f'name = "{name}"'])


POLICY = """
In pyproject.toml it stands under [tool.auditkit.gate], in a plan under [policy], in a file of its own at the top:
    inconclusive = "warn"    # lets a pipeline go on where the data cannot decide; else "fail"
    multiplicity = "holm"    # allows for all comparisons together; or "none"

    [[rules]]
    rule = "within"
    margin = 0.05
    code = "disparity.*"     # which detectors' findings, by default all
    estimand = "*"           # which of their estimands
"""


def policy_manual() -> str:
    """What a policy is, its rules with their fields, and how a file writes it.

    >>> "ratio(at_least, code, estimand)" in policy_manual()
    True
    """
    rules = [f"    {kind.name}({', '.join(f.name for f in fields(kind))}): {_first(kind)}" for kind in KINDS]
    return "\n".join(["policy", "", inspect.getdoc(Policy) or "", "", "Rules", *rules, POLICY])


def story(name: str) -> str:
    """A world of the lab: the example retold, what is planted, its true effects, and what it promises.

    >>> print(story("two_names").splitlines()[0].split()[0])
    two_names
    """
    told = next(one for one in STORIES if one.name == name)
    roles = {role: [column] if isinstance(column, str) else list(column) for role, column in told.roles.items()}
    return "\n".join(
        [
            f"{told.name}  {told.title}",
            *("", told.tale, "", f"Planted: {told.planted}", "", "Roles"),
            *(f"    {role}: {', '.join(columns)}" for role, columns in roles.items()),
            *("", "Detectors", *(f"    {one['code']}" for one in told.plan)),
            *("", "Promises", *(f"    dose {dose}: {outcome}" for dose, outcome in told.promises.items())),
            *("", "True effects at full dose", *(f"    {what}: {_rounded(x)}" for what, x in told.truth(1.0).items())),
            "",
        ]
    )


def _rounded(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else "not defined"


def miniatures() -> tuple[str, ...]:
    """The names of the bundled miniatures."""
    return tuple(sorted(folder.name for folder in WEIGHTS.iterdir() if (folder / "README.md").is_file()))


def miniature(name: str) -> str:
    """The card of a bundled miniature: what it learned, how it was trained, and its measured truth."""
    return (WEIGHTS / name / "README.md").read_text(encoding="utf-8").split("\n---\n", 1)[-1].lstrip()


def _first(kind: type) -> str:
    """The first sentence of a docstring, which may run over several lines."""
    return (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")


def _told(kind: Any, section: str, example: list[str]) -> str:
    hints = get_type_hints(kind)
    own = [field for field in fields(kind) if field.name != "_"]  # which only parts what is keyword only
    lines = [f"{field.name}: {_typed(hints[field.name])}{_default(field)}" for field in own]
    told = ["Fields", *(f"    {line}" for line in lines or ["none"]), "", "In a plan", f"    {section}"]
    return "\n".join([*told, *(f"    {line}" for line in example)]) + "\n"


def _typed(hint: Any) -> str:
    text = inspect.formatannotation(hint)
    return text.replace("collections.abc.", "").replace("typing.", "").replace("auditkit.core.finding.", "")


def _default(field: Any) -> str:
    if field.default_factory is not MISSING:
        return " = ..."
    return "" if field.default is MISSING else f" = {field.default!r}"


def _toml_key(key: str) -> str:
    plain = key.replace("_", "").replace("-", "")
    return key if plain.isascii() and plain.isalnum() else json.dumps(key)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml_key(key)} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)
