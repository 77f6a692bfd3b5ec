"""The command that says how much data a plan needs, before any is drawn."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from auditkit.commands.answer import Answer
from auditkit.commands.judging import PolicyFile

if TYPE_CHECKING:
    from auditkit.powering import Progress

Printed = Literal["table", "json", "md"]


def power(
    plan: Annotated[Path, typer.Argument(metavar="PLAN.toml", show_default=False)],
    policy: PolicyFile = None,
    effect: Annotated[float, typer.Option(help="The bias that a FAIL is due for, in margins.")] = 2.0,
    comparisons: Annotated[int | None, typer.Option(help="That Holm allows for. Default: two groups a column.")] = None,
    rate: Annotated[float | None, typer.Option(help="Of disparity.selection_rate: how many are selected.")] = None,
    share: Annotated[float | None, typer.Option(help="Of the same: the smaller group's share of the rows.")] = None,
    seconds: Annotated[float | None, typer.Option(help="That one generation takes.")] = None,
    price: Annotated[float | None, typer.Option(help="Of one generation.")] = None,
    replications: Annotated[int | None, typer.Option(help="Draws that check each number. Default: 20 to 400.")] = None,
    format: Annotated[Printed, typer.Option("--format", help="What to print.")] = "table",
) -> Answer:
    """Say how many rows, raters or generations each rule of a plan needs; nothing but the plan is read."""
    from auditkit.formats.needs import needs_markdown
    from auditkit.powering import power as measure

    with _progress() as shown:
        told = measure(
            plan,
            policy=policy,
            effect=effect,
            comparisons=comparisons,
            rate=rate,
            share=share,
            seconds=seconds,
            price=price,
            replications=replications,
            progress=shown,
        )
    if format == "json":
        import json

        return Answer(json.dumps(told.to_dict(), indent=1, allow_nan=False) + "\n")
    return Answer(needs_markdown(told) if format == "md" else f"{told}\n")


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """Which detector is looked at, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return

    def tell(title: str, done: int, goals: int) -> None:
        sys.stderr.write(f"\r{f'{title}: {done} of {goals} verdicts':<70}")
        sys.stderr.flush()

    yield tell
    sys.stderr.write(f"\r{'':<70}\r")
