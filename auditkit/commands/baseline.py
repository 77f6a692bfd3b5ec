"""The commands of the ratchet: baseline create, update, diff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from auditkit.commands.answer import Answer, note
from auditkit.commands.judging import PolicyFile, ReportFile

if TYPE_CHECKING:
    from datetime import date

    from auditkit.core.baseline import Baseline
    from auditkit.rules import Policy

DEFAULT = Path("auditkit.baseline.json")

BaselineFile = Annotated[Path, typer.Option("--baseline", metavar="FILE", help="The baseline.")]
Accept = Annotated[
    list[str] | None,
    typer.Option(metavar="WHAT", help="A code, a fingerprint, failing or inconclusive; may be repeated."),
]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why it is accepted.")]
Owner = Annotated[str, typer.Option(metavar="NAME", help="Who answers for it.")]
Expires = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="The last day on which it is accepted.")]
KeepUnits = Annotated[
    bool, typer.Option("--keep-units", help="Keep which cell each unit is in, hashed: personal data of people.")
]


def create(
    report: ReportFile,
    policy: PolicyFile = None,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the baseline.")] = DEFAULT,
    accept: Accept = None,
    reason: Reason = "",
    owner: Owner = "",
    expires: Expires = None,
    keep_units: KeepUnits = False,
) -> Answer:
    """Write a baseline from a report, for later ones to be compared with; to be committed."""
    from auditkit import baselining
    from auditkit.commands.ratchet import standing
    from auditkit.core.errors import InputError
    from auditkit.opening import read_report
    from auditkit.rules import Policy

    if out.exists() or out.resolve().exists():
        raise InputError(f"{out} is there already. Put the report into it: auditkit baseline update {report}")
    rules = Policy.read(policy)
    said = {"accept": accept or (), "reason": reason, "owner": owner, "expires": _day(expires)} | {
        "keep_units": keep_units
    }
    fresh = baselining.create(read_report(report), rules, **said)  # type: ignore[arg-type]  # as typer read them
    _write(out, fresh)
    if policy is None:
        _by_another(report.with_name("judgement.json"), rules)
    return Answer(standing(fresh, rules, f"Written to {out}."))


def update(
    report: ReportFile,
    baseline: BaselineFile = DEFAULT,
    policy: PolicyFile = None,
    accept: Accept = None,
    reason: Reason = "",
    owner: Owner = "",
    expires: Expires = None,
    keep_units: KeepUnits = False,
) -> Answer:
    """Put a new report into a baseline; what was accepted and still holds is kept, all else is dropped and said."""
    from auditkit import baselining
    from auditkit.commands.ratchet import standing
    from auditkit.core.errors import InputError
    from auditkit.opening import read_report

    old = baselining.read_baseline(baseline)
    if old.policy is None:
        raise InputError(f"{baseline} is a plain report. Make a baseline of it: auditkit baseline create {baseline}")
    rules = _policy(policy, old)
    said = {"accept": accept or (), "reason": reason, "owner": owner, "expires": _day(expires)} | {
        "keep_units": keep_units
    }
    fresh, notices = baselining.update(old, read_report(report), rules, **said)  # type: ignore[arg-type]  # as above
    _write(baseline, fresh)
    return Answer(standing(fresh, rules, f"Written to {baseline}.", notices, old))


def diff(
    report: ReportFile,
    baseline: BaselineFile = DEFAULT,
    policy: PolicyFile = None,
    format: Annotated[Literal["table", "md", "json"], typer.Option("--format", help="What to print.")] = "table",
) -> Answer:
    """Say what changed since a baseline: the audit, each finding beyond its noise, and what is no pass."""
    from auditkit.baselining import read_baseline
    from auditkit.commands.ratchet import changed
    from auditkit.opening import read_report

    old = read_baseline(baseline)
    return Answer(changed(read_report(report), _policy(policy, old), old, format))


def _by_another(judgement: Path, rules: Policy) -> None:
    """Say where the default policy was written, and another one judged the report."""
    from auditkit.core.errors import AuditkitError
    from auditkit.core.judgement import Judgement
    from auditkit.loading import load

    try:
        judged = load(judgement) if judgement.is_file() else None
    except AuditkitError:
        return  # what cannot be read has judged nothing
    if isinstance(judged, Judgement) and judged.policy_hash != rules.hash:
        note(f"Written with the default policy, not that of {judgement}. To keep that one, pass --policy PLAN.toml.")


def _policy(file: str | None, baseline: Baseline) -> Policy:
    """The policy that is named, or else the baseline's own."""
    from auditkit.rules import Policy

    return Policy.read(file if file is not None else baseline.policy)


def _day(text: str | None) -> date | None:
    from datetime import date

    from auditkit.core.errors import InputError

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InputError(f"--expires takes a day such as 2027-01-31, and got {text!r}.") from None


def _write(file: Path, baseline: Baseline) -> None:
    from auditkit.running import write

    write(file.parent, {file.name: baseline.to_json()}, [file.name] if baseline.report.personal else ())
