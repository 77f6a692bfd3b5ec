"""trace(): what a folder tells of where things came from, tied by hashes, with what is broken."""

from __future__ import annotations

from pathlib import Path

from auditkit.core.errors import InputError
from auditkit.core.lineage import Lineage
from auditkit.lifecycle.lineage.holding import hold
from auditkit.lifecycle.lineage.ledger import Ledger
from auditkit.lifecycle.lineage.reading import attribute, read_judgement, read_report, read_run, read_step
from auditkit.lifecycle.lineage.walking import MOST, walk


def trace(folder: str | Path) -> Lineage:
    """Follow data, models, runs, reports and gates in a folder by their hashes: data -> model -> run -> report -> gate.

    Read are every `step.json`, run, report, judgement and manifest, links not followed, in at most 20,000 files. Files
    are hashed again and told where they have changed since; models and runs elsewhere are known by what steps and runs
    say of them (`auditkit verify` fingerprints the models of a step again). A monitor reads a stream, which is not kept
    by design: that it grew breaks nothing. Folders in which MLflow keeps copies are passed over. Text that cannot be
    read is a flaw, and stops nothing. The same folder gives the same bytes wherever it lies.

    Raises `InputError` where there is no folder, or nothing of a lineage in it.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError(f"There is no folder {folder}. Name one in which auditkit has written: auditkit lineage DIR.")
    root = root.resolve()
    found = walk(root)
    ledger = Ledger(root, found)
    for path in found.runs:
        read_run(ledger, path)
    for path in found.steps:
        read_step(ledger, path)
    attribute(ledger)
    for path in found.reports:
        read_report(ledger, path)
    for path in found.judgements:
        read_judgement(ledger, path)
    if not ledger.things and not ledger.flaws:
        raise InputError(
            f"{folder} holds nothing of a lineage: no step.json, report.json, judgement.json or run. Audit something "
            "into it first: auditkit audit TABLE --group COLUMN --outcome COLUMN --out DIR."
        )
    hold(ledger, found)
    if found.cut:
        ledger.flaw("unread", "", f"There are more than {MOST:,} files, and no more were looked at.")
    return ledger.lineage()
