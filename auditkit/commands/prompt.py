"""The command `prompt`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditkit.commands.answer import Answer, note, paced
from auditkit.commands.judging import PolicyFile

FILE = "TOML with an array of tables `treatments`: name, and template ('Answer fairly. {prompt}') or system, or both."
Planned = Annotated[Path, typer.Argument(metavar="PLAN.toml", show_default=False)]
Treated = Annotated[Path, typer.Option(metavar="FILE", help=FILE, show_default=False)]
OutFolder = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: PLAN-prompt, beside the plan.")]
Budget = Annotated[int | None, typer.Option(metavar="N", min=1, help="The most answers in all. Default: every repeat.")]
Seed = Annotated[int | None, typer.Option(metavar="S", help="In place of the plan's own seed.")]


def prompt(
    plan: Planned,
    treatments: Treated,
    out: OutFolder = None,
    budget: Budget = None,
    seed: Seed = None,
    policy: PolicyFile = None,
) -> Answer:
    """Compare prompt templates and system prompts as treatments of one model.

    Exits with 0 where a treatment passes the plan's policy within what it may cost, with 1 where all fail, else 3.
    """
    from auditkit.lifecycle import prompting
    from auditkit.sealing import standing

    folder = out or plan.with_name(f"{plan.stem}-prompt")
    told = prompting.prompt(
        plan, treatments, folder, policy=policy, budget=budget, seed=seed, progress=note, pace=paced()
    )
    sealed = standing(folder)
    head = f" Sealed with head {sealed.head}." if sealed else ""
    note(f"Written to {folder}: comparison.json, .md and .html, and a report for every treatment.{head}")
    return Answer(prompting.summary(told), told.exit_code)
