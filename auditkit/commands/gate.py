"""The command that judges a saved report; its exit code is the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditkit.commands.answer import Answer, note
from auditkit.commands.judging import Format, PolicyFile, ReportFile, printed

if TYPE_CHECKING:
    from auditkit.core.baseline import Baseline
    from auditkit.core.judgement import Judgement, Notice
    from auditkit.core.report import Report
    from auditkit.rules import Policy

BaselineFile = Annotated[
    Path | None, typer.Option("--baseline", metavar="FILE", help="auditkit.baseline.json, or a plain report.")
]
Revision = Annotated[
    str | None,
    typer.Option(metavar="REF", help="Read policy and baseline as they are in this git revision, for example main."),
]
StateFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Add to the evidence of earlier reports on the same model.")
]
Rehearsals = Annotated[
    int | None, typer.Option("--aa", metavar="N", min=20, help="Judge N fair worlds like this one, and count red.")
]


def gate(
    report: ReportFile,
    policy: PolicyFile = None,
    policy_from: Revision = None,
    baseline: BaselineFile = None,
    state: StateFile = None,
    aa: Rehearsals = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: beside the report.")] = None,
    format: Annotated[Format, typer.Option("--format", help="What to print.")] = "table",
) -> Answer:
    """Judge a saved report by a policy; the exit code is the verdict."""
    from contextlib import nullcontext
    from dataclasses import replace

    from auditkit import gating
    from auditkit.accumulating import State, alone
    from auditkit.core.errors import InputError
    from auditkit.opening import read_report

    read = read_report(report)
    rules, old, noticed, commit = _chosen(policy, baseline, policy_from)
    if policy is None and policy_from is None and aa is None:
        _unlike(rules, read, out or report.parent)
    if aa is not None and state is not None:
        raise InputError("--aa judges every fair world by itself, and --state adds reports up. Leave one of them out.")
    if aa is not None:
        return _rehearsed(read, rules, old, aa)
    with nullcontext() if state is None else alone(state):
        before = None if state is None else State.read(state)
        judgement = gating.gate(read, rules, baseline=old, state=before)
        if state is not None and before is not None:
            before.after(read, judgement, rules, old).save(state)
    judgement = replace(judgement, notices=(*noticed, *judgement.notices), policy_from=commit)
    _recorded(out or report.parent, report, read, judgement)
    if format == "json":
        import json

        from auditkit.formats.words import unobeyed

        return Answer(unobeyed(json.dumps(judgement.to_dict(), indent=1)) + "\n", judgement.exit_code)
    return Answer(printed(read, judgement, format), judgement.exit_code)


def _unlike(rules: Policy, report: Report, folder: Path) -> None:
    """Refuse to put what nobody's policy says in place of a judgement of this report by another policy."""
    from auditkit.core.errors import InputError
    from auditkit.core.judgement import Judgement
    from auditkit.gating import hash_of
    from auditkit.loading import load

    beside = folder / "judgement.json"
    try:
        saved = load(beside) if beside.is_file() else None
    except InputError:
        return
    if not isinstance(saved, Judgement) or saved.report_hash != hash_of(report) or saved.policy_hash == rules.hash:
        return
    raise InputError(
        f"{beside} judges this report by the policy {saved.policy_hash:.12}, and no policy is named, so the default "
        f"one would take its place. Name it with --policy FILE (a plan will do), or keep both with --out DIR."
    )


def _recorded(folder: Path, source: Path, report: Report, judgement: Judgement) -> None:
    """Write the judgement, and anew the page that `run` left beside its report, so that neither contradicts the other;
    seal them, and say the chain's head."""
    from auditkit.core.manifest import MANIFEST
    from auditkit.rendering import render
    from auditkit.running import PAGE, write
    from auditkit.sealing import ours, seal

    texts, page = {"judgement.json": judgement.to_json()}, folder / PAGE
    beside = folder.resolve() == source.parent.resolve()
    if beside and source.name == "report.json" and page.is_file():
        if ours(page):
            texts |= {PAGE: render(report, judgement, "page")}
        else:
            note(f"{page} is left as it is, since nothing says that auditkit wrote it. It may show another judgement.")
    own = texts if report.personal else ()
    given, pages = [source.name] if beside else [], [name for name in texts if name == PAGE]
    head = seal(folder, texts, given=given, pages=pages, first=lambda: write(folder, texts, own), unless=texts)
    note(f"Sealed in {folder / MANIFEST}, head {head}.")


def _chosen(
    policy: str | None, baseline: Path | None, ref: str | None
) -> tuple[Policy, Baseline | None, tuple[Notice, ...], str]:
    """Policy and baseline that judge, what the working tree has otherwise, and the commit they are read from."""
    from auditkit.baselining import committed, read_baseline
    from auditkit.rules import Policy

    if ref is None:
        return Policy.read(policy), None if baseline is None else read_baseline(baseline), (), ""
    return committed(ref, None if policy is None else Path(policy), baseline)


def _rehearsed(report: Report, policy: Policy, baseline: Baseline | None, n: int) -> Answer:
    """How often the gate is red on fair worlds like this one."""
    from auditkit.rehearsing import rehearse

    told = rehearse(report, policy, n, baseline=baseline)
    return Answer(f"{told}\n", told.exit_code)
