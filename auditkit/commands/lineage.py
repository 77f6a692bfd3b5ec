"""The command that follows data, models, runs, reports and gates by their hashes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from auditkit.commands.answer import Answer, note

if TYPE_CHECKING:
    from auditkit.core.lineage import Lineage

Format = Literal["table", "json", "md", "svg", "page"]
ENDINGS = {"table": "txt", "page": "html"}

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Where auditkit has written.", show_default=False)]
OutFile = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Also write it there: JSON, or .md, .svg, .html.")
]
Printed = Annotated[Format, typer.Option("--format", help="What to print.")]
Hash = Annotated[
    str | None, typer.Option("--of", metavar="HASH", help="Only this thing, by its first digits, with its kin.")
]
Tracking = Annotated[
    str | None, typer.Option("--mlflow", metavar="URI", help="Also log it there: http://localhost:5000, file:./mlruns.")
]


def lineage(
    folder: Folder, out: OutFile = None, of: Hash = None, format: Printed = "table", mlflow: Tracking = None
) -> Answer:
    """Say what was made of what: 0 every hash holds, 1 the chain is broken, 3 it cannot be followed."""
    from auditkit.lifecycle.lineage import trace
    from auditkit.rendering import lineage_formats
    from auditkit.running import write

    found = trace(folder)
    if of is not None:
        found = _kin(found, of)
    if out is not None:
        write(out.parent, {out.name: _written(found, out, lineage_formats(found, folder.resolve().name))})
        note(f"Written to {out}.")
    if mlflow is not None:
        from auditkit.lifecycle.lineage.exporting import export, shown

        logged = export(found, folder, mlflow)
        runs = f"run {logged.parent} with {logged.children} in it"
        note(f"Logged to {shown(mlflow)}: experiment {logged.experiment}, {runs}.")
    told = lineage_formats(found, folder.resolve().name)
    return Answer(told[ENDINGS.get(format, format)], found.exit_code)


def _written(found: Lineage, out: Path, told: Mapping[str, str]) -> str:
    """What goes into a file of this name: JSON, unless its ending is that of another format."""
    return told.get(out.suffix.removeprefix("."), found.to_json()) if out.suffix != ".json" else found.to_json()


def _kin(found: Lineage, hash: str) -> Lineage:
    """A thing with all that it was made of, and all that was made of it."""
    from auditkit.core.lineage import Lineage

    kin = found.of(hash)
    kept = {one.hash for one in (kin.thing, *kin.ancestors, *kin.descendants)}
    deeds = tuple(deed for deed in found.deeds if kept & set(deed.gave) and (not deed.took or kept & set(deed.took)))
    known = kept | {hash for deed in deeds for hash in (*deed.took, *deed.gave)}
    where = {deed.at for deed in deeds} | {path for one in found.things if one.hash in known for path in one.lies}
    flaws = tuple(flaw for flaw in found.flaws if flaw.where in where)
    return Lineage(tuple(one for one in found.things if one.hash in known), deeds, flaws)
