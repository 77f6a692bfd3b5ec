"""The truth of a miniature: a large pool of its own answers, read exactly and counted."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError, nearest
from auditkit.core.probe import Prompt
from auditkit.core.roles import MISSING
from auditkit.core.target import Target
from auditkit.eliciting import Pace, elicit
from auditkit.lab import enumerated, mentions, translating
from auditkit.lab.galleries import dressed_anew, made_a_judge, sharpened
from auditkit.lab.mentions_card import mentions_card
from auditkit.lab.miniature import Edited, Truth
from auditkit.lab.model_card import edits_card, model_card
from auditkit.lab.population import SEPARATOR, Population
from auditkit.lab.population_card import population_card
from auditkit.lab.portraits import FAMILIES, diffusion, super_resolution
from auditkit.lab.spoken_card import spoken_card
from auditkit.lab.translated_card import translated_card
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS
from auditkit.lab.worlds.figures.reader import Exact
from auditkit.probes import Occupations, Unconditional
from auditkit.runs import Run

POOL, SEED = 20_000, 2_026
"""Answers of a pool, and its seed, which no audit uses by itself."""


def truth_of(
    name: str,
    dose: float,
    n: int,
    workers: int,
    into: Path | None,
    out: Path,
    progress: Callable[[Pace], None] | None = None,
) -> tuple[str, Callable[[], str]]:
    """Measure a bundled miniature and save its truth in `out`; gives what to say of it, and how its card is written.

    Raises `InputError` for one that is a part of others, and has no truth of its own.
    """
    if name == "text_to_image":
        truth = measure(name, dose, n, workers, into, progress)
        measure_edits(dose).save(out)
        leans = ", ".join(f"{attribute}: {truth.amplification(attribute):+.3f}" for attribute in LEVELS)
        return f"{truth.save(out)}: {truth.n:,} answers; amplification {leans}", lambda: model_card(name)
    if name == "super_resolution":
        kept = measure_sharpened(dose, n // 2, workers, into, progress)
        return f"{kept.save(out)}: keeps {kept.kept['length']}", lambda: edits_card(name)
    if name in FAMILIES:
        drawn = measure_population(name, dose, n, workers, into, progress)
        shares = ", ".join(f"{level}: {drawn.share(a, level):.3f}" for a, (_, level) in LEVELS.items())
        return f"{drawn.save(out)}: {drawn.n:,} answers; {shares}", lambda: population_card(name)
    if name in enumerated.KINDS:
        return enumerated.measured(name, dose, out), lambda: spoken_card(name)
    if name in translating.TRANSLATORS:
        return translating.measured(name, dose, out), lambda: translated_card(name)
    if name == mentions.NAME:
        spoken = mentions.measure(dose, max(n // 8, 2 * len(CALLINGS)))
        said = ", ".join(f"{attribute}: {spoken.ratio(attribute):.3f}" for attribute in ("skin", "length"))
        return f"{spoken.save(out)}: mention ratios {said}", mentions_card
    known = ("text_to_image", *FAMILIES, "super_resolution", mentions.NAME, *enumerated.KINDS, *translating.TRANSLATORS)
    raise InputError(f"{name} draws nothing by itself.{nearest(name, known)} With a truth: {', '.join(known)}.")


def measure(
    name: str,
    dose: float,
    n: int = POOL,
    workers: int = 1,
    into: Path | None = None,
    progress: Callable[[Pace], None] | None = None,
) -> Truth:
    """Ask a bundled miniature for people of every occupation, at least n in all, and count what the exact reader reads.

    `into` keeps the pool, and goes on with one that is there.
    """
    target = diffusion(dose)
    per_prompt = -(-n // (10 * len(CALLINGS)))
    probe = Occupations(tuple(CALLINGS), templates=10, repeats=per_prompt)
    with tempfile.TemporaryDirectory() as scratch:
        folder = into or Path(scratch) / "pool"
        run = elicit(probe, target, Exact(), into=folder, seed=SEED, workers=workers, progress=progress)
        return Truth(name, dose, probe.asks, target.fingerprint, dict(target.settings), len(run), counted(run))


def measure_edits(dose: float, pairs: int = 1_000) -> Edited:
    """Let a bundled miniature change as many people as that, in each gallery of edits, and count what it keeps."""
    kept: dict[str, dict[str, tuple[int, int]]] = {}
    for gallery in (made_a_judge.GALLERY, dressed_anew.GALLERY):
        with tempfile.TemporaryDirectory() as scratch:
            run = elicit(gallery.probe(pairs), gallery.target(dose), gallery.readers(), into=scratch, seed=SEED)
            table = run.to_frame()
        before, after = gallery.roles["group"], gallery.roles["outcome"]
        kept[gallery.name] = {
            str(level): (int((part[after] == "yes").sum()), len(part)) for level, part in table.groupby(before)
        }
    return Edited(dose, kept)


def counted(run: Run) -> Mapping[str, Mapping[str, Mapping[str, int]]]:
    """How many answers show each level of each attribute, by the occupation that was asked for."""
    table = run.to_frame()
    return {
        str(job): {
            attribute: dict(Counter(part[attribute].fillna(MISSING).astype(str).tolist())) for attribute in LEVELS
        }
        for job, part in table.groupby("occupation")
    }


TOGETHER = (("skin",), ("length",), ("age",), ("occupation",), ("skin", "hair", "background"), ("skin", "occupation"))
"""What is counted of those who were drawn unasked, alone and together."""
TIMED = 256


def measure_population(
    name: str,
    dose: float,
    n: int = POOL,
    workers: int = 1,
    into: Path | None = None,
    progress: Callable[[Pace], None] | None = None,
) -> Population:
    """Ask a bundled miniature for n people of no kind, and count whom it draws; its pace is timed by itself."""
    target = FAMILIES[name](dose)
    speed = paced(target)
    with tempfile.TemporaryDirectory() as scratch:
        folder = into or Path(scratch) / "pool"
        readers = Exact(("skin", "hair", "length", "age", "background", "occupation"))
        run = elicit(Unconditional(n), target, readers, into=folder, seed=SEED, workers=workers, progress=progress)
        table = run.to_frame().fillna(MISSING)
    counts = {}
    for attributes in TOGETHER:
        cells = zip(*(table[attribute].astype(str) for attribute in attributes), strict=True)
        counts[SEPARATOR.join(attributes)] = dict(Counter(SEPARATOR.join(cell) for cell in cells))
    return Population(name, dose, target.fingerprint, dict(target.settings), len(table), speed, counts)


def paced(target: Target) -> float:
    """How many pictures a second a target draws on one processor, once it is warm."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        target.sample([Prompt()] * target.batch, list(range(target.batch)))
        begun = time.perf_counter()
        for k in range(0, TIMED, target.batch):
            target.sample([Prompt()] * target.batch, list(range(k, k + target.batch)))
        return round(TIMED / (time.perf_counter() - begun), 1)
    finally:
        torch.set_num_threads(threads)


def measure_sharpened(
    dose: float,
    pairs: int = POOL // 2,
    workers: int = 1,
    into: Path | None = None,
    progress: Callable[[Pace], None] | None = None,
) -> Edited:
    """Let the bundled upscaler sharpen so many people, each with short and with long hair; count what it keeps."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = into or Path(scratch) / "pool"
        readers = Exact(("skin", "length", "age"))
        target = super_resolution(dose)
        how: dict[str, Any] = {"seed": SEED, "workers": workers, "progress": progress}
        table = elicit(sharpened.probe(pairs), target, readers, into=folder, **how).to_frame()
    kept = {
        attribute: {
            str(level): (int((part[f"{attribute} kept"] == "yes").sum()), len(part))
            for level, part in table.groupby(f"{attribute} before")
        }
        for attribute in ("skin", "length", "age")
    }
    wide = table.pivot(index="item", columns="length before", values="length kept").fillna("no")
    both = Counter(f"{one} {other}" for one, other in wide[list(LEVELS["length"])].itertuples(index=False))
    return Edited(dose, kept, target.fingerprint, dict(both), dict(target.settings))
