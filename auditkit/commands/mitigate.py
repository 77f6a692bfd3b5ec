"""The command `mitigate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditkit.commands.answer import Answer, note
from auditkit.commands.judging import PolicyFile
from auditkit.commands.printing import Printed, printed_turn

if TYPE_CHECKING:
    from auditkit.lifecycle.turning import Turn

EQUAL = (
    "demographic_parity, equalized_odds, true_positive_rate_parity, false_positive_rate_parity, "
    "true_negative_rate_parity, false_negative_rate_parity, error_rate_parity; not every method can do each."
)


def mitigate(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="A CSV, TSV or Parquet file.", show_default=False)],
    group: Annotated[str, typer.Option(metavar="COLUMN", help="The column whose groups are compared.")],
    outcome: Annotated[str, typer.Option(metavar="COLUMN", help="The column that is predicted, of two levels.")],
    features: Annotated[
        list[str] | None, typer.Option(metavar="A,B,C", help="The columns to predict from; GROUP only if named here.")
    ] = None,
    positive: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="The level of the outcome that is predicted.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column of who shares rows; no one is split.")
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="METHOD", help="threshold_optimizer, exponentiated_gradient or grid_search.")
    ] = "threshold_optimizer",
    constraint: Annotated[
        str, typer.Option(metavar="NAME", help=f"What is to be equal between groups: {EQUAL}")
    ] = "demographic_parity",
    held_out: Annotated[float, typer.Option(help="The share of rows to audit on.")] = 0.5,
    margin: Annotated[float, typer.Option(help="How much accuracy may be lost.")] = 0.02,
    policy: PolicyFile = None,
    seed: Annotated[int, typer.Option(help="Of the split, and of every toss.")] = 0,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write.")] = Path("mitigate"),
    format: Printed = "table",
) -> Answer:
    """Mitigate a predictor by fairlearn; audits it before and after on held-out rows, and says what it cost.

    The predictor is a logistic regression on the features. In Python any scikit-learn classifier can be mitigated:
    auditkit.lifecycle.mitigating.mitigate.

    Exit codes: 0 the policy after and every cost PASS, 1 one FAILs, 2 unreadable input, 3 else.
    """
    from auditkit.lifecycle.mitigating import mitigate_table

    turn = mitigate_table(
        table,
        group=group,
        outcome=outcome,
        features=_named(features or ()),
        unit=unit,
        positive=positive,
        by=by,
        constraint=constraint,
        held_out=held_out,
        policy=policy,
        margin=margin,
        out=out,
        seed=seed,
    )
    note(
        f"Written to {out}: turn.html, before and after, predictions.csv, mitigated.json. Check: auditkit verify {out}"
    )
    return Answer(printed_turn(turn, format, lambda: _summary(turn)), turn.exit_code)


def _summary(turn: Turn) -> str:
    from auditkit.lifecycle import turning

    return f"{turning.summary(turn, done=False)}\nWhat was done\n{_bullets(turn.done)}"


def _bullets(sentences: Sequence[str]) -> str:
    """Sentences as the summary above them has them."""
    from textwrap import fill

    from auditkit.formats.words import quiet

    shape = {"width": 100, "initial_indent": "  · ", "subsequent_indent": "    "}
    return "".join(f"{fill(quiet(sentence), **shape)}\n" for sentence in sentences)  # type: ignore[arg-type]  # mixed


def _named(features: Sequence[str]) -> list[str]:
    """The names between commas."""
    import csv

    return [name.strip() for line in csv.reader(features) for name in line if name.strip()]
