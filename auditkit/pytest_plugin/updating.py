"""What stands in the baselines once a session that updates them is over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from auditkit.core.errors import InputError
from auditkit.formats.words import quiet
from auditkit.pytest_plugin.baselines import Claim
from auditkit.pytest_plugin.telling import named
from auditkit.running import write

UNUSED = "No baseline was written: no test judged a report with baseline=audit_baseline."


def written(claims: Iterable[Claim]) -> tuple[list[str], list[str]]:
    """Write every baseline that its tests agree on; what was written and what it changes, what was refused and why."""
    files: dict[str, list[Claim]] = {}
    for claim in claims:
        files.setdefault(claim.file, []).append(claim)
    done, refused = [] if files else [UNUSED], []
    for file, claimed in sorted(files.items()):
        if why := _refused(Path(file), claimed):
            refused.append(why)
        else:
            done.append(f"{quiet(file)} holds what {named(claimed[0].test)} judged. Commit it.")
            done += [f"  {quiet(change)}" for change in claimed[0].changes]
    return done, refused


def _refused(file: Path, claims: Sequence[Claim]) -> str:
    """Why a baseline was not written, quietly; nothing where it was."""
    first = claims[0]
    other = next((claim for claim in claims if claim.text != first.text), None)
    if other is not None:
        return (
            f"{quiet(file)} was not written: {named(first.test)} and {named(other.test)} put different reports or "
            'policies into it, and one baseline holds one report. Name them apart: audit_baseline("another").'
        )
    try:
        write(file.parent, {file.name: first.text})
    except InputError as error:
        return quiet(f"{file} was not written. {error}")
    return ""
