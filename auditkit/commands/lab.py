"""The commands of the lab: train a miniature, measure its truth, and see how it works."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from auditkit.commands.answer import Answer, note, paced

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="For example text_to_image. See: auditkit lab list.", show_default=False)
]
RAW = "applicants (a table of people), pairs (translations) or portraits."
Dose = Annotated[float, typer.Option(min=0.0, max=1.0, help="How far the world leans to its stereotypes.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where it goes. Default: lab/NAME.")]


def list_() -> Answer:
    """List the miniature models: what can be trained, and what is bundled."""
    from auditkit.lab import miniature
    from auditkit.lab.models import WEIGHTS

    lines = []
    for name in miniature.names():
        size = sum(file.stat().st_size for file in (WEIGHTS / name).rglob("*") if file.is_file()) / 1e6
        title = (miniature.module(name).__doc__ or "").split("\n")[0]
        lines.append(f"{name}  {title}  {f'{size:.1f} MB bundled' if size else 'not bundled'}")
    return Answer("\n".join(lines) + "\n")


def train(
    name: Name,
    dose: Dose = 0.0,
    out: Out = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Default: as the bundled weights.")] = None,
    pictures: Annotated[int | None, typer.Option(min=64, help="To learn from. Default: the same.")] = None,
    mixed: Annotated[bool, typer.Option("--mixed", help="Of sentences: only some mechanisms have the dose.")] = False,
) -> Answer:
    """Train a miniature from scratch, seeded; at most half an hour on two cores."""
    from inspect import signature

    from auditkit.core.errors import InputError
    from auditkit.lab import miniature
    from auditkit.lab.worlds.sentences.world import MIXED

    learn = miniature.module(name).learn
    folder = out or Path("lab") / name
    chosen = {what: n for what, n in {"steps": steps, "pictures": pictures}.items() if n is not None}
    known = signature(learn).parameters
    if "pictures" in chosen and "pictures" not in known:
        raise InputError(f"{name} learns from sentences, not from pictures. Leave --pictures out.")
    if mixed and "tilted" not in known:
        raise InputError(f"{name} has no variant of some mechanisms. Leave --mixed out.")
    how: dict[str, Any] = {**chosen, **({"tilted": MIXED} if mixed else {})}
    with _bar() as progress:
        learn(folder, dose, progress, **how)
    return Answer(f"{name} at dose {dose:g} is in {folder}.\n")


@contextmanager
def _bar() -> Iterator[Callable[[str, int, int, float], None]]:
    """A bar on standard error, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda what, step, steps, loss: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("loss {task.fields[loss]:.4f}"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", loss=float("nan"))
        yield lambda what, step, steps, loss: bar.update(task, description=what, completed=step, total=steps, loss=loss)


def show(name: Name, dose: Dose = 0.0, out: Out = None) -> Answer:
    """Draw how a bundled miniature works, step by step, and a contact sheet of what it makes."""
    from auditkit.core.errors import InputError
    from auditkit.lab import miniature
    from auditkit.lab.sheets import sheet
    from auditkit.pictures import png_bytes

    drawn = getattr(miniature.module(name), "show", None)
    if drawn is None:
        raise InputError(f"{name} draws nothing by itself: it is a part of text_to_image.")
    folder = out or Path("lab") / f"{name}-shown"
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for what, rows in drawn(dose=dose).items():
        file = folder / f"{what}.png"
        file.write_bytes(png_bytes(sheet(rows, scale=2)))
        files.append(str(file))
    return Answer("\n".join(files) + "\n")


def measure(
    name: Name,
    dose: Dose = 0.0,
    n: Annotated[int, typer.Option(min=120, help="Answers of the pool.")] = 20_000,
    workers: Annotated[int, typer.Option(min=1, help="Processes; they change no answer.")] = 1,
    into: Annotated[Path | None, typer.Option(metavar="DIR", help="Keep the pool, or go on with it.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: beside the weights.")] = None,
) -> Answer:
    """Measure a bundled miniature's own truth from a pool of its answers, and write it beside the weights."""
    from auditkit import measuring
    from auditkit.lab.model_card import write_card
    from auditkit.lab.models import WEIGHTS

    told, card = measuring.truth_of(name, dose, n, workers, into, out or WEIGHTS / name, paced())
    if out is None:
        write_card(card(), WEIGHTS / name)
    return Answer(told + "\n")


def data(
    name: Annotated[str, typer.Argument(metavar="NAME", help=RAW, show_default=False)],
    dose: Dose = 0.9,
    n: Annotated[int, typer.Option(min=10, help="Rows, before copies and leaks are added.")] = 4_000,
    seed: Annotated[int, typer.Option(help="The same draws the same bytes.")] = 2024,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: lab/NAME-data.")] = None,
) -> Answer:
    """Write a raw data set of a lab world: a planted bias and, of pairs and portraits, copies and a leaked test set.

    Beside it go plan.toml, which audits it, or the model that learned such data, and recipe.toml, which curates it;
    of applicants a card of what was planted, and no recipe. No file that is there and holds something else is touched.
    """
    from auditkit.lab.datasets import keep_others, raw, texts_of, write_raw
    from auditkit.lifecycle.briefs import briefs
    from auditkit.running import write

    folder = out or Path("lab") / f"{name}-data"
    found = raw(name, dose, n, seed)
    texts = briefs(name, folder)
    every = {file: text.encode() for file, text in (texts_of(found, name) | texts).items()}
    keep_others(folder, {**found.pictures, **every})
    files = write_raw(found, name, folder)
    write(folder, texts)
    return Answer("".join(f"{file}\n" for file in (*files, *(folder / text for text in texts))))


def serve(
    name: Name,
    dose: Dose = 0.0,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of loopback; 0 is any that is free.")] = 8000,
    weights: Annotated[Path | None, typer.Option(metavar="DIR", help="Others, as lab train writes them.")] = None,
) -> Answer:
    """Serve the causal language model on this machine, as an endpoint in OpenAI's protocol, until Ctrl-C."""
    from auditkit.lab.serving import Server
    from auditkit.lab.voices import bundled

    with Server(bundled(name, dose, weights), port) as server:
        note(f"{server.voice.title} at {server.url}. Ctrl-C ends it.")
        server.serve_forever()
    return Answer("")
