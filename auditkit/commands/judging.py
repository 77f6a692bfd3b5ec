"""The commands that make a report and judge it: audit, run; and show, which renders one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from auditkit.commands.answer import Answer, note, paced

if TYPE_CHECKING:
    from auditkit.core.judgement import Judgement
    from auditkit.core.report import Report
    from auditkit.planning import Plan

Format = Literal["table", "json", "md", "csv", "page", "github", "junit", "sarif"]

SHOWN = (
    "page, summary, table, csv, json, report; junit, sarif, github; ll144, annex_iv, rmf_measure (each with .json; "
    "ll144.csv), model_card (or card), croissant."
)

HIGHEST = "'highest' is described, not judged, unless a policy sets a margin."

PolicyFile = Annotated[str | None, typer.Option("--policy", metavar="FILE", help="TOML, or a pyproject.toml.")]
OutFolder = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Also write the report there.")]


def _report_in(path: Path) -> Path:
    """The report in the folder that `run --out` wrote; any other path as it is."""
    from auditkit.core.errors import InputError
    from auditkit.runs import is_run

    inside = path / "report.json"
    if not path.is_dir() or is_run(path):
        return path
    if not inside.is_file():
        raise InputError(f"{path} is a folder that holds no report.json. Pass the report, or the folder that it is in.")
    return inside


ReportFile = Annotated[Path, typer.Argument(metavar="REPORT.json", show_default=False, callback=_report_in)]
Printed = Annotated[Format, typer.Option("--format", help="What to print.")]


def audit(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A CSV, TSV or Parquet file.", show_default=False)],
    group: Annotated[
        list[str], typer.Option(metavar="COLUMN", help="The column whose groups are compared; may be repeated.")
    ],
    outcome: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column of what happened, or of the gold answer.")
    ] = None,
    prediction: Annotated[str | None, typer.Option(metavar="COLUMN", help="The column of what the model said.")] = None,
    favourable: Annotated[str | None, typer.Option(metavar="VALUE", help="The value that is good to get.")] = None,
    positive: Annotated[
        str | None, typer.Option(metavar="VALUE", help="The value that errors are counted by; else favourable.")
    ] = None,
    versus: Annotated[
        str | None, typer.Option(metavar="GROUP", help=f"Compare with this group, or with the highest. {HIGHEST}")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column of who shares rows: person, document.")
    ] = None,
    weight: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column of how many people a row stands for.")
    ] = None,
    context: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column of strata: department, occupation.")
    ] = None,
    within: Annotated[bool, typer.Option("--within", help="Compare within the context too.")] = False,
    crossed: Annotated[bool, typer.Option("--crossed", help="Compare the intersections of the groups.")] = False,
    keep_units: Annotated[
        bool, typer.Option("--keep-units", help="Keep each unit's cell, hashed, to compare reports in pairs.")
    ] = False,
    policy: PolicyFile = None,
    out: OutFolder = None,
    format: Printed = "table",
) -> Answer:
    """Audit a table at once; prints the report and the plan that repeats it."""
    from auditkit.casting import BINS
    from auditkit.planning import as_counted, first_plan, plan_text
    from auditkit.running import run, write
    from auditkit.sealing import seal

    roles = {"group": group, "outcome": outcome, "prediction": prediction, "context": context}
    roles |= {"unit": unit, "weight": weight}
    fields = {"favourable": favourable, "positive": positive, "versus": versus, "within": within or None}
    plan = first_plan(table, roles, fields, crossed, policy, keep_units)
    report, judgement = run(plan, out)
    plan = as_counted(plan, report.cells)
    for told in report.recipe.notes:
        if told.endswith(BINS):
            note(told)
    if out is not None:
        assert plan.data is not None  # a first plan has a table
        moved = plan.data.model_copy(update={"path": os.path.relpath(table, out)})
        texts = {"plan.toml": plan_text(plan.model_copy(update={"data": moved}))}
        head = seal(out, texts, first=lambda: write(out, texts))
        note(f"Written to {out}, sealed with head {head}.")
    return Answer(printed(report, judgement, format) + _repeated(plan, format), judgement.exit_code)


def _repeated(plan: Plan, format: Format) -> str:
    """The plan, where there is room for it: a comment makes all that follows one TOML file."""
    from auditkit.planning import plan_text

    said = "# The same audit as a plan. Save it, then: auditkit run plan.toml"
    if format == "table":
        return f"\n{said}\n{plan_text(plan)}"
    return f"\n```toml\n{said}\n{plan_text(plan)}```\n" if format == "md" else ""


def printed(report: Report, judgement: Judgement, format: Format) -> str:
    """A judged report for standard output; colours only where a terminal wants them."""
    from auditkit.rendering import render, table

    if format == "table" and sys.stdout.isatty():
        from rich.console import Console

        console = Console()
        with console.capture() as captured:
            console.print(table(report, judgement))
        return captured.get()
    return render(report, judgement, "summary" if format == "md" else format)


def run(
    plan: Annotated[Path, typer.Argument(metavar="PLAN.toml", show_default=False)],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Default: PLAN-audit, beside the plan.")] = None,
    policy: Annotated[str | None, typer.Option(metavar="FILE", help="In place of the plan's own policy.")] = None,
    format: Printed = "table",
) -> Answer:
    """Audit what a plan describes; writes report.json, judgement.json and report.html."""
    from auditkit.planning import judged_by, read_plan
    from auditkit.running import run as carry_out
    from auditkit.sealing import standing

    wanted = judged_by(read_plan(plan), policy)
    folder = out or plan.with_name(f"{plan.stem}-audit")
    report, judgement = carry_out(wanted, folder, paced())
    sealed = standing(folder)
    head = f" Sealed with head {sealed.head}." if sealed else ""
    note(f"Written to {folder}: report.json, judgement.json, report.html.{head}")
    return Answer(printed(report, judgement, format), judgement.exit_code)


def show(
    report: ReportFile,
    format: Annotated[str, typer.Option("--as", metavar="FORMAT", help=SHOWN)] = "table",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write there instead of printing.")] = None,
    share: Annotated[
        int | None,
        typer.Option(metavar="K", min=2, help="Withhold every cell of fewer than K rows, and what gives one away."),
    ] = None,
) -> Answer:
    """Render a saved report with the judgement beside it, or judged by the default policy.

    To share a copy: --share 10 --as report --out FILE, or any other format. What is withheld is judged not assessed.
    Share one copy: a second, of a smaller K or of another audit of the same rows, may tell what the first withholds.
    """
    from auditkit.core.sharing import emptied
    from auditkit.opening import judged, read_report, shared
    from auditkit.rendering import render
    from auditkit.running import write
    from auditkit.sealing import seal, standing

    read = read_report(report)
    judgement, unused = judged(read, report.with_name("judgement.json"))
    if unused:
        note(unused)
    if share is not None:
        read, judgement = shared(read, judgement, share)
        if nothing := emptied(read.findings, share):
            note(nothing)
    if out is None and format == "table":
        return Answer(printed(read, judgement, "table"))
    text = render(read, judgement, format)
    if out is None:
        return Answer(text)
    texts = {out.name: text}
    own = texts if read.personal else ()
    beside = share is None and out.parent.resolve() == report.parent.resolve()
    if beside and not unused and standing(out.parent):
        seal(out.parent, texts, given=[report.name], pages=texts, first=lambda: write(out.parent, texts, own))
    else:
        write(out.parent, texts, own)
    note(f"Written to {out}.")
    return Answer("")
