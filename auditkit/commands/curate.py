"""The command `curate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditkit.commands.answer import Answer, note
from auditkit.commands.printing import Printed, printed_turn

if TYPE_CHECKING:
    from auditkit.lifecycle.curating import Curation

Table = Annotated[
    Path | None,
    typer.Argument(metavar="TABLE", help="CSV, TSV, Parquet, or a folder of texts or pictures.", show_default=False),
]


def curate(
    table: Table = None,
    recipe: Annotated[
        Path | None, typer.Option("--recipe", metavar="RECIPE.toml", help="The steps, and how both are audited.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write.")] = Path("curated"),
    format: Printed = "table",
    manual: Annotated[bool, typer.Option("--manual", help="Print everything that a recipe can hold.")] = False,
) -> Answer:
    """Make a better data set of a data set, with a reason for every row; audits it before and after.

    Exit codes: 0 the policy after and every cost PASS, 1 one FAILs, 2 unreadable input, 3 else.
    """
    if manual:
        from auditkit.lifecycle.curating.manual import MANUAL

        return Answer(MANUAL)
    from auditkit.core.errors import InputError

    if table is None or recipe is None:
        lacks = "a table" if table is None else "a recipe"
        raise InputError(
            f"curate needs {lacks}: auditkit curate TABLE --recipe RECIPE.toml --out DIR. What a recipe can hold: "
            "auditkit curate --manual."
        )
    from auditkit.lifecycle.curating import curate as carry_out

    made = carry_out(table, recipe, out, note)
    if made.again:
        note(f"This very work is in {out} already, whole. Nothing was done again.")
    return Answer(printed_turn(made.turn, format, lambda: _summary(made)), made.exit_code)


def _summary(made: Curation) -> str:
    """What was done, the turn, and where it all lies."""
    from auditkit.formats.words import quiet
    from auditkit.lifecycle import turning

    told = "".join(f"{quiet(sentence)}\n" for sentence in made.step.done)
    rows, card = made.out / "rows.csv", made.out / "data_card.md"
    where = f"\n{made.data}, with a reason for every row in {rows}, its card in {card}.\n"
    return f"{told}\n{turning.summary(made.turn, done=False)}{where}"
