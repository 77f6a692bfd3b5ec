"""The command that says whether a report and what lies beside it are as they were written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditkit.commands.answer import Answer, note

if TYPE_CHECKING:
    from auditkit.core.manifest import Fact

Sealed = Annotated[
    Path, typer.Argument(metavar="REPORT.json", help="Or the folder of its report.json.", show_default=False)
]
PublicKey = Annotated[Path | None, typer.Option("--key", metavar="PUBLIC.pem", help="Whose signature it must bear.")]
PrivateKey = Annotated[
    Path | None, typer.Option("--sign", metavar="KEY.pem", help="Sign what is verified, with an Ed25519 key.")
]
MARKS = {True: "ok", False: "NOT OK", None: "?"}
BEYOND = (
    "Not covered: the data and the model themselves are not in the manifest. Keep them, or their hashes, elsewhere."
)


def verify(report: Sealed, key: PublicKey = None, sign: PrivateKey = None) -> Answer:
    """Say whether a report is as it was written: 0 it is, 1 it is not, 2 nothing says how it was."""
    from auditkit import verifying
    from auditkit.core.manifest import ENVELOPE
    from auditkit.running import write

    report = _report(report)
    found = verifying.verify(report, public_key=None if sign else key)
    if sign is not None and not found.ok:
        note("Nothing was signed.")
    elif sign is not None:
        write(report.parent, {ENVELOPE: verifying.sign(report, sign)})
        note(f"Signed: {report.with_name(ENVELOPE)}.")
        found = verifying.verify(report, public_key=key)
    beyond = f"{'':8}{BEYOND}\n" if found.sealed else ""
    return Answer("".join(map(_line, found.facts)) + beyond, found.exit_code)


def _report(given: Path) -> Path:
    """The report that is named, or that of the folder that is."""
    from auditkit.core.errors import InputError

    if not given.is_dir():
        return given
    if not (given / "report.json").exists():
        raise InputError(
            f"{given} is a folder, and no report.json is in it. Name its report: auditkit verify {given / 'NAME.json'}"
        )
    return given / "report.json"


def _line(fact: Fact) -> str:
    from auditkit.formats.words import quiet

    return f"{MARKS[fact.sound]:<6}  {quiet(fact.what)}: {quiet(fact.found)}\n"
