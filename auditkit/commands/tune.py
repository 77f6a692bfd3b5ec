"""The command `tune`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from auditkit.commands.answer import Answer, note, paced

if TYPE_CHECKING:
    from auditkit.eliciting import Pace
    from auditkit.lifecycle.tuning.loop import Stride

DATA = "What curate wrote: a folder with data.csv or data.parquet, or such a file."
OUT = "Where to write: before/, after/, model/, the turn. The same command goes on with it."
MARGIN = "What it may lose: of its first quality, or NAME=MARGIN; may be repeated."
SHOWN = "A factor of the probe, and the column in which a reader must go on seeing it; may be repeated."
Out = Annotated[Path, typer.Option("--out", metavar="DIR", show_default=False, help=OUT)]


def tune(
    plan: Annotated[Path, typer.Argument(metavar="PLAN.toml", show_default=False)],
    data: Annotated[Path, typer.Option("--data", metavar="CURATED", show_default=False, help=DATA)],
    out: Out,
    method: Annotated[Literal["lora", "full"], typer.Option(help="An adapter, or all weights.")] = "lora",
    steps: Annotated[int, typer.Option(metavar="N", help="Batches learned.")] = 300,
    rate: Annotated[
        float | None,
        typer.Option(metavar="R", help="Of AdamW; lora 0.003, full 0.0005 by default.", show_default=False),
    ] = None,
    batch: Annotated[int, typer.Option(metavar="B", help="Rows of a batch.")] = 32,
    rank: Annotated[int, typer.Option(metavar="R", help="Of the adapter.")] = 8,
    module: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Adapt these modules alone; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S")] = 0,
    guard_margin: Annotated[list[str] | None, typer.Option(metavar="M", help=MARGIN)] = None,
    held_out: Annotated[float, typer.Option(metavar="SHARE", help="Rows that are kept for the guard.")] = 0.1,
    faithful: Annotated[list[str] | None, typer.Option(metavar="ASKED=SHOWN", help=SHOWN)] = None,
    save_every: Annotated[
        int | None, typer.Option(metavar="K", help="Steps between checkpoints; a tenth by default.", show_default=False)
    ] = None,
) -> Answer:
    """Customise a model on curated data; audits it before and after, and says what it cost.

    The plan is that of `auditkit run`, with [probe] and [target]: causal_lm, masked_lm, seq2seq or diffusion. CURATED
    has the columns source and target for seq2seq, text (or prompt and completion) for a causal model, text for a masked
    one, picture and text for diffusion; by a column weight rows are drawn. Written are the audits before and after, the
    model as safetensors with its card, the loss curve, and what it cost of its quality on rows that it never learned:
    a loss beyond the margin fails, too few rows are inconclusive. Stopped, it goes on with the same command.
    """
    from auditkit.lifecycle import turning
    from auditkit.lifecycle.tuning import tune as carry_out
    from auditkit.lifecycle.tuning.guard import short

    turn = carry_out(
        plan,
        data,
        out,
        method=method,
        steps=steps,
        rate=rate,
        batch=batch,
        rank=rank,
        seed=seed,
        guard_margin=_margins(guard_margin or ()),
        held_out=held_out,
        save_every=save_every,
        modules=module or (),
        faithful=_faithful(faithful or ()),
        progress=_progress(),
    )
    if said := short(turn.costs):
        note(said)
    note(f"Written to {out}: turn.html, model/, before/, after/. Check it: auditkit verify {out / 'step.json'}")
    return Answer(turning.summary(turn), turn.exit_code)


def _margins(told: list[str] | tuple[str, ...]) -> dict[str, float] | None:
    """Margins by the name of their quality; raises `InputError` for what is no number."""
    from auditkit.core.errors import InputError

    found = {}
    for text in told:
        name, _, margin = text.rpartition("=")
        try:
            found[name.strip()] = float(margin)
        except ValueError:
            raise InputError(f"--guard-margin is {text!r}. Give a number, or NAME=NUMBER: exactness=0.02.") from None
    return found or None


def _faithful(told: list[str] | tuple[str, ...]) -> dict[str, str]:
    from auditkit.core.errors import InputError

    found = dict(text.split("=", 1) for text in told if "=" in text)
    if len(found) < len(told):
        raise InputError(f"--faithful is {told[0]!r}. Give ASKED=SHOWN: occupation=occupation shown.")
    return found


def _progress() -> Callable[[Pace | Stride], None] | None:
    """Say how far it is, on a terminal only: answers of the audits, steps of the training."""
    from auditkit.eliciting import Pace

    asked = paced()
    if asked is None:
        return None

    def tell(told: Pace | Stride) -> None:
        if isinstance(told, Pace):
            asked(told)
            return
        held = "" if told.held_out is None else f", held out {told.held_out:.4g}"
        ending = "\n" if told.step >= told.steps else ""
        sys.stderr.write(f"\rstep {told.step:,} of {told.steps:,}, loss {told.loss:.4g}{held}    {ending}")
        sys.stderr.flush()

    return tell
