"""The families side by side: what each bundled generator draws of one planted world, its truth beside its audit."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.gating import gate
from auditkit.lab.galleries import asked_for_people, nobody_asked
from auditkit.lab.gallery import Gallery
from auditkit.lab.miniature import Truth
from auditkit.lab.population import Population, tabled_share
from auditkit.lab.sheets import sheet
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS
from auditkit.opening import read_report
from auditkit.pictures import open_picture, png_bytes
from auditkit.rendering import Drawn, Family, Mode, Row, families_page, figures
from auditkit.runs import Run

TITLE = "The families side by side"
INTRO = (
    "Every model here learned from the same portraits, once from a fair world and once from one in which 36.5 % have "
    "darker skin in place of half, nine in ten of them with black or grey hair before the same background. What "
    "each makes of it is its own."
)
NAMES: Mapping[str, str] = {
    "vae": "Variational autoencoder",
    "gan": "GAN",
    "autoregressive": "Autoregressive",
    "unconditional": "Diffusion, unconditional",
    "text_to_image": "Diffusion, text-to-image",
}
ACROSS, DOWN = 12, 4
"""Portraits of 32 by 32 on a contact sheet; of those twice as large a quarter."""


def families(out: Path) -> str:
    """The page of the galleries whose runs and reports are in the folder of a demo."""
    told = [_family(name, out) for name in nobody_asked.GALLERY_OF]
    asked = asked_for_people.GALLERY
    drawn = tuple(_asked(dose, out, named(asked, dose)) for dose in sorted(asked.doses))
    told.append(Family(NAMES["text_to_image"], asked.title, asked.tale, drawn))
    return families_page(told, TITLE, INTRO)


def named(gallery: Gallery, dose: float) -> str:
    """The name of the files of a gallery at a dose."""
    return gallery.name if dose else f"{gallery.name}-dose0"


def _family(name: str, out: Path) -> Family:
    gallery = nobody_asked.GALLERY_OF[name]
    drawn = tuple(_unasked(name, dose, out, named(gallery, dose)) for dose in sorted(gallery.doses))
    return Family(NAMES[name], gallery.title, gallery.tale, drawn)


def _unasked(name: str, dose: float, out: Path, files: str) -> Drawn:
    """What a model that draws by itself shows, by its report and by its measured truth."""
    report, judgement = _judged(out, files)
    rows = {(row.key.estimand, row.key.versus): row for row in _rows(report, judgement)}
    truth = Population.of(name, dose)
    return Drawn(
        dose=dose,
        sheet=_sheet(out / "runs" / files),
        shown=tabled_share("skin", dose),
        truth=truth.share("skin", LEVELS["skin"][1]),
        pool=truth.n,
        world=rows.get(("directed amplification", "the world")),
        data=rows.get(("directed amplification", "what it was shown")),
        gap=rows.get(("coverage gap", "lighter")),
        modes={skin: tuple(Mode(*key, ratio) for key, ratio in truth.modes(skin).items()) for skin in LEVELS["skin"]},
        per_second=truth.per_second,
        outcome=judgement.outcome,
        href=f"{files}.html",
    )


def _asked(dose: float, out: Path, files: str) -> Drawn:
    """What the text-to-image model shows of twelve occupations alike: its modes and its pace were not measured."""
    _, judgement = _judged(out, files)
    truth = Truth.of("text_to_image", dose)
    darker = [truth.share(job, "skin", LEVELS["skin"][1]) for job in CALLINGS]
    return Drawn(
        dose=dose,
        sheet=_sheet(out / "runs" / files),
        shown=tabled_share("skin", dose),
        truth=sum(darker) / len(darker),
        pool=truth.n,
        world=None,
        data=None,
        gap=None,
        outcome=judgement.outcome,
        href=f"{files}.html",
    )


def _judged(out: Path, files: str) -> tuple[Report, Judgement]:
    report = read_report(out / f"{files}.json")
    return report, gate(report)


def _rows(report: Report, judgement: Judgement) -> Iterator[Row]:
    for figure in figures(report, judgement):
        yield from figure.rows


def _sheet(folder: Path) -> str:
    """Pictures of a run, drawn at random, as one PNG in base64; empty where it has none."""
    paths: list[Any] = Run(folder).to_frame()["picture"].dropna().tolist()
    if not paths:
        return ""
    large = open_picture(paths[0]).shape[1] > 32
    across, down = (ACROSS // 2, DOWN // 2) if large else (ACROSS, DOWN)
    chosen = np.random.default_rng(len(paths)).permutation(len(paths))[: across * down]
    shown = [open_picture(paths[k]) for k in sorted(chosen)]
    rows = [shown[k : k + across] for k in range(0, len(shown), across)]
    return base64.b64encode(png_bytes(sheet(rows))).decode()
