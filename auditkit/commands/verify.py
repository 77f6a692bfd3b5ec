"""The command that says whether a report and what lies beside it are as they were written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditkit.commands.answer import Answer, note
from auditkit.commands.judging import ReportFile

if TYPE_CHECKING:
    from auditkit.core.manifest import Fact

PublicKey = Annotated[Path | None, typer.Option("--key", metavar="PUBLIC.pem", help="Whose signature it must bear.")]
PrivateKey = Annotated[
    Path | None, typer.Option("--sign", metavar="KEY.pem", help="Sign what is verified, with an Ed25519 key.")
]
MARKS = {True: "ok", False: "NOT OK", None: "?"}


def verify(report: ReportFile, key: PublicKey = None, sign: PrivateKey = None) -> Answer:
    """Say whether a report is as it was written: 0 it is, 1 it is not, 2 nothing says how it was."""
    from auditkit import verifying
    from auditkit.core.manifest import ENVELOPE
    from auditkit.running import write

    found = verifying.verify(report, public_key=None if sign else key)
    if sign is not None and not found.ok:
        note("Nothing was signed.")
    elif sign is not None:
        write(report.parent, {ENVELOPE: verifying.sign(report, sign)})
        note(f"Signed: {report.with_name(ENVELOPE)}.")
        found = verifying.verify(report, public_key=key)
    return Answer("".join(map(_line, found.facts)), found.exit_code)


def _line(fact: Fact) -> str:
    from auditkit.formats.words import quiet

    return f"{MARKS[fact.sound]:<6}  {quiet(fact.what)}: {quiet(fact.found)}\n"
