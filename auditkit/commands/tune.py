"""The command `tune`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from auditkit.commands.answer import INTERRUPTED, Answer, note, paced
from auditkit.commands.printing import Format, Printed, printed_turn

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
    format: Printed = "table",
) -> Answer:
    """Customise a model on curated data; audits it before and after, and says what it cost.

    The plan is that of `auditkit run`, its [target] a causal_lm, masked_lm, seq2seq or diffusion. CURATED has the
    columns source and target for seq2seq, text (or prompt and completion) for causal_lm, text for masked_lm, picture
    and text for diffusion; by a column weight rows are drawn.

    Written are the audits before and after, the model as safetensors with its card, the loss curve, and what it cost of
    its quality on rows that it never learned. Stopped, it goes on with the same command.

    Exit codes: 0 the policy after and every cost PASS, 1 one FAILs (a loss beyond the margin), 2 unreadable input, 3
    else (too few rows to tell).
    """
    how = {"method": method, "steps": steps, "rate": rate, "batch": batch, "rank": rank, "modules": module or ()}
    how |= {"seed": seed, "held_out": held_out, "save_every": save_every}
    margins, shown = _margins(guard_margin or ()), _faithful(faithful or ())
    return _tuned(plan, data, out, {**how, "guard_margin": margins, "faithful": shown}, format)


def _tuned(plan: Path, data: Path, out: Path, how: dict[str, Any], format: Format) -> Answer:
    """Tune, and say where it was stopped, or what came out."""
    from auditkit.lifecycle import turning
    from auditkit.lifecycle.tuning import tune as carry_out
    from auditkit.lifecycle.tuning.guard import short

    at = Whereabouts()
    try:
        turn = carry_out(plan, data, out, **how, progress=_progress(at), note=at.begun)
    except KeyboardInterrupt:
        note(at.stopped())
        return Answer("", INTERRUPTED)
    if said := short(turn.costs):
        note(said)
    note(f"Written to {out}: turn.html, model/, before/, after/. Check it: auditkit verify {out / 'step.json'}")
    return Answer(printed_turn(turn, format, lambda: turning.summary(turn)), turn.exit_code)


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


@dataclass
class Whereabouts:
    """Where a tuning is: whether it has begun, the answers of its audit, and the step of its training."""

    told: Pace | Stride | None = None
    working: bool = False

    def begun(self, sentence: str) -> None:
        """Say what begins."""
        self.told, self.working = None, True
        note(sentence)

    def stopped(self) -> str:
        """Where it was stopped, and where the same command goes on."""
        from auditkit.eliciting import Pace

        if not self.working:
            return "Stopped before anything was done."
        if self.told is None:
            return "Stopped. The same command goes on where it was."
        if isinstance(self.told, Pace):
            return f"Stopped at {self.told.done:,} of {self.told.wanted:,} answers; the same command goes on."
        step, steps, kept = self.told.step, self.told.steps, self.told.kept
        on = "goes on" if step == kept else f"goes on from step {kept:,}" if kept else "begins its steps anew"
        return f"Stopped at step {step:,} of {steps:,}; the same command {on}."


def _progress(at: Whereabouts) -> Callable[[Pace | Stride], None]:
    """Say how far it is: answers and steps on a terminal, else a line for every tenth of the steps."""
    from auditkit.eliciting import Pace

    asked = paced()

    def tell(told: Pace | Stride) -> None:
        at.told = told
        if isinstance(told, Pace):
            if asked is not None:
                asked(told)
            return
        held = "" if told.held_out is None else f", held out {told.held_out:.4g}"
        said, ended = f"step {told.step:,} of {told.steps:,}, loss {told.loss:.4g}{held}", told.step >= told.steps
        if asked is not None:
            sys.stderr.write(f"\r{said}    " + "\n" * ended)
        elif ended or 10 * told.step // told.steps > 10 * (told.step - 1) // told.steps:
            sys.stderr.write(f"{said}\n")
        sys.stderr.flush()

    return tell
