"""The command `auditkit`: every heavy import waits inside the command that needs it.

A command returns what it has to say and its exit code; `main` alone writes to standard output, and turns every
exception into a sentence and a code: 2 for input that cannot be read, 3 for input that cannot decide, 4 for a bug.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from auditkit.core.errors import AuditkitError, InputError, nearest

if TYPE_CHECKING:
    from auditkit.core.judgement import Judgement
    from auditkit.core.report import Report
    from auditkit.running import Plan

INTERNAL, INTERRUPTED = 4, 130
DEBUG = "AUDITKIT_DEBUG"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command says, and the code it exits with."""

    text: str
    exit_code: int = 0


Format = Literal["table", "json", "md", "csv", "page"]
Kind = Literal["detectors", "rules", "worlds"]

app = typer.Typer(
    name="auditkit",
    help="Is this dataset, model or generator biased, how sure are we, and may it ship?",
    epilog="Exit codes: 0 pass, 1 fail, 2 unreadable input, 3 inconclusive or not assessed, 4 internal error.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
)

PolicyFile = Annotated[str | None, typer.Option("--policy", metavar="FILE", help="TOML, or a pyproject.toml.")]
OutFolder = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Also write the report there.")]
ReportFile = Annotated[Path, typer.Argument(metavar="REPORT.json", show_default=False)]
ShowVersion = Annotated[bool, typer.Option("--version", help="Show the version.")]
Baseline = Annotated[Path | None, typer.Option(metavar="FILE", help="The report that no_worse compares with.")]
Subject = Annotated[str | None, typer.Option("--for", metavar="SUBJECT", help="Only for: table, logs, ...")]
Printed = Annotated[Format, typer.Option("--format", help="What to print.")]


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; nothing but a sentence is ever shown of an error."""
    settings = {"debug": os.environ.get(DEBUG, "") not in ("", "0")}
    try:
        answer = app(args, obj=settings, prog_name="auditkit", standalone_mode=False)
        if not isinstance(answer, Answer):
            return answer if isinstance(answer, int) else 0
        return _written(answer)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:
        if settings["debug"]:
            import traceback

            traceback.print_exc()
        return _excused(error)


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


def _excused(error: Exception) -> int:
    """The sentence of an exception on standard error, and its exit code."""
    if isinstance(error, AuditkitError):
        _note(str(error))
        return error.exit_code
    if hasattr(error, "format_message"):
        context = getattr(error, "ctx", None)
        if said := error.format_message():
            _note(
                f"{said}{'' if said[-1] in '.?' else '.'} See: {context.command_path if context else 'auditkit'} --help"
            )
        return 2
    _note(
        f"Internal error: {type(error).__name__}: {error}. This is a bug in auditkit. Please report it with the output "
        f"of the same command under {DEBUG}=1, which shows where it happened."
    )
    return INTERNAL


def _note(sentence: str) -> None:
    from auditkit.formats.words import quiet

    print(quiet(sentence), file=sys.stderr)


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


@app.command()
def audit(
    table: Annotated[str, typer.Argument(help="A CSV, TSV or Parquet file.", show_default=False)],
    group: Annotated[list[str], typer.Option(help="The column whose groups are compared; may be repeated.")],
    outcome: Annotated[str | None, typer.Option(help="The column of what happened, or of the gold answer.")] = None,
    prediction: Annotated[str | None, typer.Option(help="The column of what the model said.")] = None,
    favourable: Annotated[str | None, typer.Option(help="The value that is good to get.")] = None,
    positive: Annotated[str | None, typer.Option(help="The value that errors are counted by; else favourable.")] = None,
    versus: Annotated[str | None, typer.Option(help='Compare with this group, or with the "highest".')] = None,
    unit: Annotated[str | None, typer.Option(help="The column of who shares rows: person, document.")] = None,
    weight: Annotated[str | None, typer.Option(help="The column of how many people a row stands for.")] = None,
    context: Annotated[str | None, typer.Option(help="The column of strata: department, occupation.")] = None,
    within: Annotated[bool, typer.Option("--within", help="Compare within the context too.")] = False,
    crossed: Annotated[bool, typer.Option("--crossed", help="Compare the intersections of the groups.")] = False,
    policy: PolicyFile = None,
    out: OutFolder = None,
    format: Printed = "table",
) -> Answer:
    """Audit a table at once; prints the report and the plan that repeats it."""
    from auditkit.running import first_plan, plan_text, run, write

    roles = {"group": group, "outcome": outcome, "prediction": prediction, "context": context}
    roles |= {"unit": unit, "weight": weight}
    fields = {"favourable": favourable, "positive": positive, "versus": versus, "within": within or None}
    plan = first_plan(table, roles, fields, crossed, policy)
    report, judgement = run(plan, out)
    if out is not None:
        moved = plan.data.model_copy(update={"path": os.path.relpath(table, out)})
        write(out, {"plan.toml": plan_text(plan.model_copy(update={"data": moved}))})
    return Answer(_printed(report, judgement, format) + _repeated(plan, format), judgement.exit_code)


def _repeated(plan: Plan, format: Format) -> str:
    """The plan, where there is room for it: a comment makes all that follows one TOML file."""
    from auditkit.running import plan_text

    said = "# The same audit as a plan. Save it, then: auditkit run plan.toml"
    if format == "table":
        return f"\n{said}\n{plan_text(plan)}"
    return f"\n```toml\n{said}\n{plan_text(plan)}```\n" if format == "md" else ""


def _printed(report: Report, judgement: Judgement, format: Format) -> str:
    """A judged report for standard output; colours only where a terminal wants them."""
    from auditkit.rendering import render, table

    if format == "table" and sys.stdout.isatty():
        from rich.console import Console

        console = Console()
        with console.capture() as captured:
            console.print(table(report, judgement))
        return captured.get()
    return render(report, judgement, "summary" if format == "md" else format)


@app.command()
def run(
    plan: Annotated[Path, typer.Argument(metavar="PLAN.toml", show_default=False)],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Default: PLAN-audit, beside the plan.")] = None,
) -> Answer:
    """Audit what a plan describes; writes report.json, judgement.json and report.html."""
    from auditkit import running

    wanted = running.read_plan(plan)
    folder = out or plan.with_name(f"{plan.stem}-audit")
    report, judgement = running.run(wanted, folder)
    _note(f"Written to {folder}: report.json, judgement.json, report.html.")
    return Answer(_printed(report, judgement, "table"), judgement.exit_code)


@app.command()
def gate(
    report: ReportFile,
    policy: PolicyFile = None,
    baseline: Baseline = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: beside the report.")] = None,
    format: Printed = "table",
) -> Answer:
    """Judge a saved report by a policy; the exit code is the verdict."""
    from auditkit import gating
    from auditkit.running import read_report, write

    read = read_report(report)
    judgement = gating.gate(read, policy, baseline=None if baseline is None else read_report(baseline))
    write(out or report.parent, {"judgement.json": judgement.to_json()})
    if format == "json":
        import json

        return Answer(json.dumps(judgement.to_dict(), indent=1) + "\n", judgement.exit_code)
    return Answer(_printed(read, judgement, format), judgement.exit_code)


@app.command()
def show(
    report: ReportFile,
    format: Annotated[str, typer.Option("--as", metavar="FORMAT", help="page, summary, table, json or csv.")] = "table",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write there instead of printing.")] = None,
) -> Answer:
    """Render a saved report with the judgement beside it, or judged by the default policy."""
    from auditkit.rendering import render
    from auditkit.running import judged, read_report, write

    read = read_report(report)
    judgement, unused = judged(read, report.with_name("judgement.json"))
    if unused:
        _note(unused)
    if out is None and format == "table":
        return Answer(_printed(read, judgement, "table"))
    text = render(read, judgement, format)
    if out is None:
        return Answer(text)
    write(out.parent, {out.name: text})
    _note(f"Written to {out}.")
    return Answer("")


@app.command("list")
def list_(kind: Annotated[Kind, typer.Argument(show_default=False)], subject: Subject = None) -> Answer:
    """List detectors, rules or worlds."""
    from auditkit import catalog

    if kind != "detectors":
        if subject is not None:
            raise InputError(f"--for chooses among detectors; {kind} are for every subject.")
        return Answer(_listed(catalog.rules() if kind == "rules" else catalog.worlds()))
    for why in catalog.broken():
        _note(f"Left out, because it cannot be imported: {why}")
    found = catalog.detectors()
    subjects = sorted({name for detector in found.values() for name in detector.subjects})
    if subject is not None and subject not in subjects:
        raise InputError(
            f'No detector is for "{subject}".{nearest(subject, subjects)} Subjects: {", ".join(subjects)}.'
        )
    codes = [code for code, detector in found.items() if subject is None or subject in detector.subjects]
    return Answer(_listed({code: catalog.explain(code).split("\n")[0] for code in codes}))


def _listed(told: Any) -> str:
    width = max(map(len, told), default=0)
    return "".join(f"{name:<{width}}  {sentence}\n" for name, sentence in told.items())


@app.command()
def explain(code: Annotated[str, typer.Argument(help="For example disparity.selection_rate.")]) -> Answer:
    """Print a detector's manual: question, formula, assumptions, when not to use it."""
    from auditkit import catalog

    return Answer(f"{code}\n\n{catalog.explain(code)}\n")


@app.command()
def doctor() -> Answer:
    """Say what is installed, what is missing, and the command that mends it."""
    from auditkit.diagnosing import diagnose, table

    return Answer(table(diagnose()))


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the reports go.")] = Path("demo"),
    quick: Annotated[bool, typer.Option("--quick", help="Keep to stories about tables.")] = False,
) -> Answer:
    """Audit worlds whose bias is known, and published tables; writes a report each, and an index."""
    from auditkit.demo import demo as perform

    shown = sys.stderr.isatty()
    scenes = perform(out, quick, (lambda scene: _note(f"{scene.name}: {scene.outcome}")) if shown else None)
    kept = sum(scene.kept for scene in scenes)
    told = "\n\n".join(map(str, scenes))
    closing = f"{kept} of {len(scenes)} verdicts as promised. Open {out / 'index.html'}"
    return Answer(f"{told}\n\n{closing}\n", 0 if kept == len(scenes) else INTERNAL)
