"""read_report() and judged(): a saved report with the judgement beside it, as they were written."""

from __future__ import annotations

from pathlib import Path

from auditkit.core.errors import InputError
from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.gating import gate, hash_of
from auditkit.loading import load
from auditkit.sealing import untouched


def read_report(path: Path) -> Report:
    """A report from its file; raises `InputError` for anything else: a judgement, a report that was tampered with."""
    untouched(path)
    found = load(path)
    if not isinstance(found, Report):
        raise InputError(f"{path} is a judgement, and a report was expected. Pass the report.json beside it.")
    return found


def judged(report: Report, beside: Path) -> tuple[Judgement, str]:
    """The judgement in a file where it is of this report, else the default policy's and why the file was not used."""
    if not beside.is_file():
        return gate(report), ""
    try:
        untouched(beside)
        saved = load(beside)
    except InputError as error:
        return gate(report), f"{error} Judged by the default policy instead."
    if isinstance(saved, Judgement) and saved.report_hash == hash_of(report):
        return saved, ""
    return gate(report), f"{beside} is not of this report. Judged by the default policy instead."
