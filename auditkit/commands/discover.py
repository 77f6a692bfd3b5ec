"""The command `discover`: list models, or audit them side by side."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditkit.commands.answer import Answer, note, paced
from auditkit.commands.printing import Format, Printable, Printed

if TYPE_CHECKING:
    from auditkit.eliciting import Pace
    from auditkit.lifecycle.discovering import Comparison, Found

SOURCE = 'A folder of models, "lab" (those that come with auditkit), or "hub" (the Hugging Face hub; asks the network).'
PLAN = "Audit each by this plan, in place of its own model; without it the candidates are listed."
LIMIT = "Look at no more models than that; of the hub the most downloaded, by default 20."


def discover(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help=SOURCE, show_default=False)],
    task: Annotated[str | None, typer.Option(metavar="TAG", help="For example translation, text-to-image.")] = None,
    license: Annotated[list[str] | None, typer.Option(metavar="L", help="For example mit; may be repeated.")] = None,
    at_most: Annotated[str | None, typer.Option(metavar="SIZE", help="Of the weights: 500MB, 2GiB.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help=LIMIT, show_default=False)] = None,
    plan: Annotated[Path | None, typer.Option(metavar="PLAN.toml", help=PLAN)] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Default: PLAN-discover, beside the plan.")] = None,
    format: Printed = "table",
) -> Answer:
    """Find models by task, licence and size, and audit them side by side.

    With --plan each is asked the same prompts from the same seeds.

    Exit codes: 0 a PASS stands when chosen among all (Holm over the candidates), 1 all FAIL, 2 no candidate, 3 else.
    """
    from auditkit.core.errors import InputError
    from auditkit.lifecycle.discovering import Wanted, bytes_of, compare, search
    from auditkit.lifecycle.discovering.discover import something

    if plan is None and out is not None:
        raise InputError("A list is printed, and --out is where audits are written. Give --plan PLAN.toml too.")
    if plan is None and format in ("github", "junit"):
        raise InputError(
            f"A list has no verdicts, and {format} tells of these alone. Give --plan PLAN.toml, or json, md."
        )
    size = None if at_most is None else bytes_of(at_most)
    found = something(search(source, Wanted(task, tuple(license or ()), size, limit)), task)
    if plan is None:
        return Answer(_listed(found, format))
    folder = out or plan.with_name(f"{plan.stem}-discover")
    comparison = compare(found, plan, folder, progress=_told())
    note(f"Written to {folder}: comparison.html, comparison.md, comparison.json, and a folder a candidate.")
    return Answer(_compared(comparison, format), comparison.exit_code)


def _listed(found: Found, format: str) -> str:
    from auditkit.formats import candidates
    from auditkit.formats.words import unobeyed
    from auditkit.lifecycle.discovering import telling

    if format == "json":
        return unobeyed(telling.json_of(found.to_dict()))
    return candidates.found_text(found.to_dict()) if format == "table" else telling.painted("found.md", found.to_dict())


def _compared(comparison: Comparison, format: Format) -> str:
    from auditkit.lifecycle.casing import comparison_cases
    from auditkit.lifecycle.discovering import telling

    def file(ending: str) -> str:
        return telling.written(comparison)[f"comparison.{ending}"]

    words = (lambda: telling.text(comparison)), (lambda: file("json")), (lambda: file("md"))
    return Printable(*words, lambda: comparison_cases(comparison)).printed(format)


def _told() -> Callable[[str, Pace], None] | None:
    """Say on a terminal which candidate is asked, and how far it is."""
    tells = paced()
    if tells is None:
        return None
    asked: list[str] = []

    def tell(name: str, pace: Pace) -> None:
        if name not in asked[-1:]:
            asked.append(name)
            note(f"Asking {name}.")
        tells(pace)
        sys.stderr.flush()

    return tell
