"""The one painter: a template and what it shows become a text in which nothing from the data can do anything."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit.core.judgement import Outcome
from auditkit.formats import calibration, lineages, words
from auditkit.formats.intervals import CHANGE, held_to
from auditkit.resources import folder

if TYPE_CHECKING:
    from jinja2 import Environment

SUFFIX = ".jinja"
SPOKEN = ["number", "exact", "interval", "margin", "rate", "comparison", "percent", "short", "settled_by", "is_signed"]
SPOKEN += ["answered"]


def paint(template: Path, context: Mapping[str, Any]) -> str:
    """A template with what it shows, made harmless for what the file becomes, and a new line at its end."""
    return (
        _environment(template)
        .get_template(template.name)
        .render(**context, held_to=held_to, change=CHANGE, outcomes=Outcome)
        .strip()
        + "\n"
    )


@cache
def _environment(template: Path) -> Environment:
    """Where everything that is printed is made harmless: HTML is escaped, Markdown too, all else is plain text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    kind = template.name.removesuffix(SUFFIX).rsplit(".", 1)[-1]
    marked_up = kind in ("html", "svg", "xml")
    harmless = words.plain if marked_up else {"md": words.markdown}.get(kind, words.quiet)
    environment = Environment(
        loader=FileSystemLoader([template.parent, folder("reports")]),
        autoescape=marked_up,
        undefined=StrictUndefined,
        finalize=lambda value: harmless(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {name: getattr(words, name) for name in SPOKEN}
    environment.filters["near"] = lineages.near
    environment.filters |= {"rows": words.count, "word": words.outcome_word, "flat": _flat}
    environment.filters |= {
        "share": calibration.percent,
        "covers": calibration.covers,
        "drawn": calibration.replications,
        "compared": calibration.compared,
        "truth": calibration.truth,
    }
    return environment


def _flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """A nested configuration as dotted names and texts."""
    if isinstance(value, Mapping):
        return [pair for key, part in value.items() for pair in _flat(part, f"{name}.{key}" if name else str(key))]
    if isinstance(value, (list, tuple)) and not any(isinstance(part, (Mapping, list, tuple)) for part in value):
        return [(name, ", ".join(str(part) for part in value))]
    if isinstance(value, (list, tuple)):
        return [pair for i, part in enumerate(value) for pair in _flat(part, f"{name}.{i}" if name else str(i))]
    return [(name, str(value))]
