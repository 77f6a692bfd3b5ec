"""The command `auditkit`: every heavy import waits inside the command that needs it.

A command returns what it has to say and its exit code; `main` alone writes to standard output, and turns every
exception into a sentence and a code: 2 for input that cannot be read, 3 for input that cannot decide, 4 for a bug.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, get_args

import typer

from auditkit.commands import (
    asking,
    baseline,
    curate,
    dashboard,
    discover,
    explain,
    gate,
    judging,
    lab,
    lineage,
    mitigate,
    monitor,
    power,
    prompt,
    tune,
    verify,
)
from auditkit.commands.answer import INTERNAL, INTERRUPTED, Answer, note
from auditkit.commands.spelling import spelling
from auditkit.core.arguments import SPELLING, Asked
from auditkit.core.errors import AuditkitError, nearest
from auditkit.core.kinds import should_be

DEBUG = "AUDITKIT_DEBUG"
RESUMED = ("run", "discover", "curate", "tune", "prompt", "monitor")
"""Commands that, stopped, go on where they were."""

app = typer.Typer(
    name="auditkit",
    help="Is this dataset, model or generator biased, how sure are we, and may it ship?",
    epilog="Exit codes: 0 pass, 1 fail, 2 unreadable input, 3 inconclusive or not assessed, 4 internal error.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
)

ShowVersion = Annotated[bool, typer.Option("--version", help="Show the version.")]


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; nothing but a sentence is ever shown of an error."""
    settings = {"debug": os.environ.get(DEBUG, "") not in ("", "0")}
    given = sys.argv[1:] if args is None else args
    writing = SPELLING.set(_spelt(given))
    try:
        answer = app(args, obj=settings, prog_name="auditkit", standalone_mode=False)
        if not isinstance(answer, Answer):
            return answer if isinstance(answer, int) else 0
        return _written(answer)
    except (KeyboardInterrupt, typer.Abort):
        if next((word for word in given if not word.startswith("-")), "") in RESUMED:
            note("Stopped. It goes on where it was with the same command.")
        return INTERRUPTED
    except Exception as error:
        if settings["debug"]:
            import traceback

            traceback.print_exc()
        return _guarded(error, given)
    finally:
        SPELLING.reset(writing)


def _written(answer: Answer) -> int:
    """Write to standard output; a reader that has gone away is no error."""
    try:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="backslashreplace")
        sys.stdout.write(answer.text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return answer.exit_code


def _spelt(args: Sequence[str]) -> Callable[[Asked], str]:
    """How the command that was asked for writes what a sentence asks for; found out when there is one to write."""
    return lambda asked: spelling(_asked(args)[1])(asked)


def _guarded(error: Exception, args: Sequence[str]) -> int:
    """What is said of an exception; where that goes wrong too it is a bug, and never the code of a failed gate."""
    try:
        return _excused(error, args)
    except Exception as fault:
        sys.stderr.write(f"Internal error: {type(fault).__name__} while this was told: {type(error).__name__}.\n")
        return INTERNAL


def _excused(error: Exception, args: Sequence[str]) -> int:
    """The sentence of an exception on standard error, and its exit code."""
    if isinstance(error, AuditkitError):
        note(error.told(_spelt(args)))
        return error.exit_code
    if hasattr(error, "format_message"):
        if said := _complaint(error):
            note(f"{said}{'' if said[-1] in '.?' else '.'} See: {_asked(args)[0]} --help")
        return 2
    note(
        f"Internal error: {type(error).__name__}: {error}. This is a bug in auditkit. Please report it with the output "
        f"of the same command under {DEBUG}=1, which shows where it happened."
    )
    return INTERNAL


def _asked(args: Sequence[str]) -> tuple[str, Sequence[Any]]:
    """The command that was asked for, as it is typed, and its parameters."""
    command: Any = typer.main.get_command(app)
    path = ["auditkit"]
    for word in args:
        if word in getattr(command, "commands", {}):
            command = command.commands[word]
            path.append(word)
    return " ".join(path), command.params


def _complaint(error: Any) -> str:
    """What the command line has against its arguments, a value of the wrong kind in auditkit's own words."""
    asked, cause = getattr(error, "param", None), error.__cause__
    if asked is None or not hasattr(cause, "errors"):
        return str(error.format_message())
    first = cause.errors()[0]
    name = next((word for word in asked.opts if word.startswith("--")), asked.metavar or asked.name.upper())
    if first["type"] != "value_error":
        return f"{name} {should_be(first)}"
    known = get_args(getattr(getattr(asked, "type_descriptor", None), "annotation", None))
    near = nearest(str(first["input"]), (one for one in known if isinstance(one, str)))
    return f"{name}: {should_be(first)}.{near}"


@app.callback(invoke_without_command=True)
def _settings(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: ShowVersion = False,
) -> Answer | None:
    if debug:
        context.obj["debug"] = True
    if version:
        from importlib.metadata import version as installed

        context.exit(_written(Answer(f"auditkit {installed('rai-auditkit')}\n")))
    return None


def told(command: Callable[..., Answer]) -> str:
    """The docstring of a command as its help: a paragraph a line, so that the terminal breaks it where it ends, and
    brackets as they stand, which rich would take for its own.

    >>> def command():
    ...     "Give it [probe] and [[rules]]."
    >>> print(told(command).replace(chr(92), "/"))
    Give it /[probe] and [/[rules]].
    """
    paragraphs = inspect.cleandoc(command.__doc__ or "").split("\n\n")
    text = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    return re.sub(r"\[(?=[a-z#/@][^\[]*?\])", r"\\[", text) if app.rich_markup_mode == "rich" else text


def offer(onto: typer.Typer, commands: Mapping[str, Callable[..., Answer]]) -> None:
    """Put commands onto an application, each by its name and with its docstring as its help."""
    for name, command in commands.items():
        onto.command(name, help=told(command))(command)


COMMANDS: Mapping[str, Callable[..., Answer]] = {
    "audit": judging.audit,
    "run": judging.run,
    "gate": gate.gate,
    "show": judging.show,
    "power": power.power,
    "verify": verify.verify,
    "discover": discover.discover,
    "curate": curate.curate,
    "tune": tune.tune,
    "mitigate": mitigate.mitigate,
    "prompt": prompt.prompt,
    "monitor": monitor.monitor,
    "lineage": lineage.lineage,
    "dashboard": dashboard.dashboard,
    "list": asking.list_,
    "explain": explain.explain,
    "calibrate": asking.calibrate,
    "doctor": asking.doctor,
    "demo": asking.demo,
}
offer(app, COMMANDS)

RATCHET: Mapping[str, Callable[..., Answer]] = {
    "create": baseline.create,
    "update": baseline.update,
    "diff": baseline.diff,
}
ratchet = typer.Typer(help="The ratchet: what a later report is compared with, and what somebody accepts of it.")
offer(ratchet, RATCHET)
app.add_typer(ratchet, name="baseline")

LAB: Mapping[str, Callable[..., Answer]] = {
    "list": lab.list_,
    "train": lab.train,
    "measure": lab.measure,
    "show": lab.show,
    "data": lab.data,
    "serve": lab.serve,
}
miniatures = typer.Typer(help="Miniature models whose bias is known: train one, measure it, see how it works.")
offer(miniatures, LAB)
app.add_typer(miniatures, name="lab")
