"""The commands that answer a question about auditkit itself: list, explain, calibrate, doctor, demo."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from auditkit.commands.answer import INTERNAL, Answer, note
from auditkit.core.errors import InputError

if TYPE_CHECKING:
    from auditkit.calibrating import Progress

CARDS = Path("reports/published/calibration")
Kind = Literal["detectors", "targets", "annotators", "probes", "rules", "worlds"]

Subject = Annotated[str | None, typer.Option("--for", metavar="SUBJECT", help="Only for: table, logs, ...")]


def list_(kind: Annotated[Kind, typer.Argument(show_default=False)], subject: Subject = None) -> Answer:
    """List detectors, targets, annotators, probes, rules or worlds."""
    from auditkit import catalog

    for why in catalog.broken():
        note(f"Left out: {why}")
    if kind != "detectors":
        if subject is not None:
            raise InputError(f"--for chooses among detectors; {kind} are for every subject.")
        kinds: dict[str, Any] = {
            "annotators": catalog.annotators,
            "probes": catalog.probes,
            "targets": catalog.targets,
        }
        if kind in kinds:
            told = {name: _first_line(found) for name, found in kinds[kind]().items()}
            return Answer(_listed(told) + (_bundled() if kind == "targets" else ""))
        return Answer(_listed(catalog.rules() if kind == "rules" else catalog.worlds()))
    found = catalog.detectors()
    first = {code: catalog.explain(code).split("\n")[0] for code in found}
    if subject is None:
        return Answer(_listed(first))
    told = {
        name: sentence
        for family, codes in catalog.matrix(subject).items()
        for name, sentence in ([(family, codes)] if isinstance(codes, str) else [(code, first[code]) for code in codes])
    }
    return Answer(_listed(told))


def _bundled() -> str:
    """The miniatures of the package, by the family of model that each is."""
    from auditkit.lab import language, portraits

    told = {
        family: f"portraits.{name}(dose=0.9), target {target}" for family, (name, target) in portraits.BUNDLED.items()
    }
    for family, (name, target) in language.BUNDLED.items():
        call = f"{name[:-1]}, dose=0.9)" if name.endswith(")") else f"{name}(dose=0.9)"
        told[family] = f"language.{call}, target {target}"
    return (
        f"\nBundled, each at dose 0 and at dose 0.9 (from auditkit.lab import portraits, language):\n\n{_listed(told)}"
    )


def _first_line(kind: type) -> str:
    from inspect import getdoc, getmodule

    return (getdoc(getmodule(kind)) or "").split("\n")[0]


def _listed(told: Any) -> str:
    width = max(map(len, told), default=0)
    return "".join(f"{name:<{width}}  {sentence}\n" for name, sentence in told.items())


def calibrate(
    codes: Annotated[list[str] | None, typer.Argument(metavar="[CODE ...]", help="Default: every detector.")] = None,
    replications: Annotated[int | None, typer.Option(min=20, help="Per world. Default: 2,000; costly: 500.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes; they change no figure.")] = 1,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the cards go.")] = CARDS,
) -> Answer:
    """Measure detectors' own error rates on planted worlds; writes a card each. Stopped, it goes on where it was."""
    from auditkit import catalog
    from auditkit.calibrating import calibrate as measure
    from auditkit.rendering import card_formats, card_line
    from auditkit.running import write

    kinds = {code: catalog.find(code) for code in codes or catalog.detectors()}
    write(out, {})
    told, missed = [], False
    for code, kind in kinds.items():
        with _progress() as shown:
            partial = out / f".{code}.partial"
            card = measure(kind.specimen(), replications, workers=workers, partial=partial, progress=shown)
        write(out, {f"{code}.{ending}": text for ending, text in card_formats(card).items()})
        partial.unlink(missing_ok=True)
        told.append(card_line(card))
        missed = missed or card.experimental
    return Answer("\n".join(told) + "\n", int(missed))


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A bar on standard error, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        yield lambda code, done, of: bar.update(task, description=code, completed=done, total=of)


def doctor() -> Answer:
    """Say what is installed, what is missing, and the command that mends it."""
    from auditkit.diagnosing import diagnose, table

    return Answer(table(diagnose()))


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the reports go.")] = Path("demo"),
    quick: Annotated[bool, typer.Option("--quick", help="Keep to stories about tables.")] = False,
) -> Answer:
    """Audit worlds whose bias is known, and published tables; writes a report each, and an index."""
    from auditkit.demo import demo as perform
    from auditkit.demo import left_out

    shown = sys.stderr.isatty()
    scenes = perform(out, quick, (lambda scene: note(f"{scene.name}: {scene.outcome}")) if shown else None)
    kept = sum(scene.kept for scene in scenes)
    told = "\n\n".join(map(str, scenes))
    if not quick and left_out():
        note(left_out())
    closing = f"{kept} of {len(scenes)} verdicts as promised. Open {out / 'index.html'}"
    return Answer(f"{told}\n\n{closing}\n", 0 if kept == len(scenes) else INTERNAL)
