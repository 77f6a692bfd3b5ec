"""The command `prompt`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditkit.commands.answer import Answer, note, paced
from auditkit.commands.judging import PolicyFile
from auditkit.commands.printing import Format, Printable, Printed

if TYPE_CHECKING:
    from auditkit.lifecycle.prompting import Compared

FILE = "TOML with an array of tables `treatments`: name, and template ('Answer fairly. {prompt}') or system, or both."
Planned = Annotated[
    Path | None, typer.Argument(metavar="PLAN.toml", help="A plan that names a probe and a target.", show_default=False)
]
Treated = Annotated[Path | None, typer.Option(metavar="FILE", help=FILE, show_default=False)]
OutFolder = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: PLAN-prompt, beside the plan.")]
MOST = "The most answers in all; a larger one goes on from those that are there. Default: every repeat."
Budget = Annotated[int | None, typer.Option(metavar="N", min=1, help=MOST)]
Seed = Annotated[int | None, typer.Option(metavar="S", help="In place of the plan's own seed.")]
SEEN = 1_000
"""Prompts of a plan whose words are looked at for an example."""
Example = Annotated[bool, typer.Option("--example", help="Print a FILE to start from; for PLAN.toml, where named.")]


def prompt(
    plan: Planned = None,
    treatments: Treated = None,
    out: OutFolder = None,
    budget: Budget = None,
    seed: Seed = None,
    policy: PolicyFile = None,
    format: Printed = "table",
    example: Example = False,
) -> Answer:
    """Compare prompt templates and system prompts as treatments of one model.

    They are compared with a "control", which is added by itself: the plan's own wording.

    Exit codes: 0 a treatment passes the plan's policy within what it may cost, 1 all FAIL, 2 unreadable input, 3 else.
    """
    from auditkit.core.errors import InputError
    from auditkit.lifecycle import prompting
    from auditkit.sealing import standing

    if example:
        return Answer(_example(plan))
    if plan is None or treatments is None:
        lacking = "PLAN.toml" if plan is None else "--treatments FILE"
        raise InputError(
            f"What is compared is missing: {lacking}. Start with: "
            f"auditkit prompt {plan or 'PLAN.toml'} --example > treatments.toml"
        )
    folder = out or plan.with_name(f"{plan.stem}-prompt")
    told = prompting.prompt(
        plan, treatments, folder, policy=policy, budget=budget, seed=seed, progress=note, pace=paced()
    )
    sealed = standing(folder)
    head = f" Sealed with head {sealed.head}." if sealed else ""
    note(f"Written to {folder}: comparison.json, .md and .html, and a report for every treatment.{head}")
    return Answer(_printed(told, format), told.exit_code)


def _printed(told: Compared, format: Format) -> str:
    from auditkit.lifecycle.casing import compared_cases
    from auditkit.lifecycle.prompting import summary
    from auditkit.lifecycle.prompting.telling import formats

    words = (lambda: summary(told)), told.to_json, (lambda: formats(told)["comparison.md"])
    return Printable(*words, lambda: compared_cases(told)).printed(format)


def _example(plan: Path | None) -> str:
    """Treatments to start from, with a prompt of the plan where one is named."""
    from itertools import islice

    from auditkit import catalog
    from auditkit.lifecycle.prompting import first_treatments
    from auditkit.lifecycle.prompting.vocabulary import own_words
    from auditkit.planning import named, read_plan

    if plan is None:
        return first_treatments()
    given = read_plan(plan)
    if given.probe is None:
        return first_treatments(str(plan))
    probe = catalog.probe(*named(given.probe, "probe"))
    asked, target = [one.text for one in islice(probe, SEEN)], given.target or {}
    chat = target.get("name") == "endpoint" and target.get("api", "chat") == "chat"
    first, pictures = next(iter(asked), ""), probe.asks in ("sample", "edit")
    return first_treatments(str(plan), first, pictures, chat, own_words(target, asked))
