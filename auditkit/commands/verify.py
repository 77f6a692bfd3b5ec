"""The command that says whether a report, or a step of a lifecycle, and what lies beside it are as written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditkit.commands.answer import Answer, note

if TYPE_CHECKING:
    from auditkit.core.manifest import Fact

Sealed = Annotated[
    Path, typer.Argument(metavar="REPORT.json", help="Or a step.json, or the folder of either.", show_default=False)
]
PublicKey = Annotated[Path | None, typer.Option("--key", metavar="PUBLIC.pem", help="Whose signature it must bear.")]
PrivateKey = Annotated[
    Path | None, typer.Option("--sign", metavar="KEY.pem", help="Sign what is verified, with an Ed25519 key.")
]
TOOK_PART = "The baseline that the gate judged with. Default: by its hash, beside the report or one folder up."
BaselineFile = Annotated[Path | None, typer.Option("--baseline", metavar="FILE", help=TOOK_PART)]
MARKS = {True: "ok", False: "NOT OK", None: "?"}
BEYOND = (
    "Not covered: the data and the model themselves are not in the manifest. Keep them, or their hashes, elsewhere."
)
TAKEN = "Not covered: what a step took lies outside its seal. It is compared where it still lies, and was not kept."


def verify(report: Sealed, key: PublicKey = None, sign: PrivateKey = None, baseline: BaselineFile = None) -> Answer:
    """Say whether a report, or a step of a lifecycle, is as it was written: 0 it is, 1 it is not, 2 nothing says so."""
    from auditkit import verifying
    from auditkit.core.manifest import ENVELOPE
    from auditkit.core.step import FILE
    from auditkit.running import write

    report = _report(report)
    found = verifying.verify(report, public_key=None if sign else key, baseline=baseline)
    if sign is not None and not found.ok:
        note("Nothing was signed.")
    elif sign is not None:
        write(report.parent, {ENVELOPE: verifying.sign(report, sign)})
        note(f"Signed: {report.with_name(ENVELOPE)}.")
        found = verifying.verify(report, public_key=key, baseline=baseline)
    said = TAKEN if report.name == FILE else BEYOND
    beyond = f"{'':8}{said}\n" if found.sealed else ""
    return Answer("".join(map(_line, found.facts)) + beyond, found.exit_code)


def _report(given: Path) -> Path:
    """The file that is named, or the report of the folder that is, or its step where it has no report."""
    from auditkit.core.errors import InputError
    from auditkit.core.step import FILE

    if not given.is_dir():
        return given
    for name in ("report.json", FILE):
        if (given / name).exists():
            return given / name
    raise InputError(
        f"{given} is a folder, and no report.json is in it, nor a {FILE}. Name its report: auditkit verify "
        f"{given / 'NAME.json'}"
    )


def _line(fact: Fact) -> str:
    from auditkit.formats.words import quiet

    return f"{MARKS[fact.sound]:<6}  {quiet(fact.what)}: {quiet(fact.found)}\n"
