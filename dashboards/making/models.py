"""The miniatures: what each draws or says, how it works, what is true of it, and what audits of it said."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from auditkit import Judgement, Report
from auditkit.core.finding import Finding
from auditkit.demo import exhibit
from auditkit.lab import miniature
from auditkit.lab.galleries import GALLERIES
from auditkit.lab.galleries.language import SPOKEN
from auditkit.lab.gallery import Gallery
from auditkit.lab.sheets import sheet
from auditkit.rendering import ranked
from auditkit.runs import Run
from dashboards.making.pictures import small
from dashboards.making.readings import reading
from dashboards.making.truths import DOSES, KINDS, STORIES, table

TOLD_OF: Mapping[str, tuple[str, ...]] = {
    "text_to_image": ("asked_for_people", "made_a_judge", "dressed_anew"),
    **{name: (f"nobody_asked_{name}",) for name in ("unconditional", "vae", "gan", "autoregressive")},
    "super_resolution": ("sharpened",),
    "masked_lm": ("said_that_she", "one_word_swapped"),
    "causal_lm": (
        "somebody_drowned",
        "we_and_they",
        "as_an_islander",
        "all_of_them_fish",
        "sorry_i_cannot_say",
        "the_ai_says_no",
        "better_is_first",
        "kind_goes_with",
    ),
    **{name: (f"translated_{name}", f"amplified_{name}") for name in ("encoder_decoder", "attention", "transformer")},
    "captioner": ("what_goes_without_saying", "behind_the_curtain"),
}
"""Which galleries are audits of which miniature."""
SHOWN: Mapping[str, Mapping[str, str]] = {
    "text_to_image": {
        "contact": "What it draws when it is asked for each of twelve occupations, four times.",
        "restored": "The way back: from noise to a portrait, a few steps of it.",
        "destroyed": "The way there: a portrait with more and more noise on it.",
    },
    "unconditional": {
        "contact": "What it draws unasked.",
        "restored": "The way back: from noise to a portrait.",
        "destroyed": "The way there: a portrait with more and more noise on it.",
    },
    "vae": {
        "contact": "What it draws unasked: random numbers, unfolded.",
        "reconstructed": "Portraits, and what comes back of them through thirty-two numbers.",
        "walk": "A walk from one portrait to another through the numbers between.",
    },
    "gan": {
        "contact": "What it draws of twelve occupations, four times.",
        "truncated": "The same random numbers, drawn together towards their middle in the upper rows.",
        "walk": "A walk from one portrait to another through the numbers between.",
    },
    "autoregressive": {
        "contact": "What it draws unasked.",
        "arriving": "A portrait arrives word by word.",
        "heated": "One start at four temperatures: .1, .5, 1 and 1.5.",
    },
    "super_resolution": {
        "guessed": "Portraits, what is left of them, and four of the portraits that it makes of that.",
    },
    "masked_lm": {
        "query-key weights": "Where one head looks, from each word of a row to the words of the columns.",
        "heads": "Twelve heads: a row a layer.",
        "weighted values": "What is taken over from each word.",
    },
    "causal_lm": {
        "query-key weights": "Where one head looks, from each word of a row to the words before it.",
        "heads": "Twelve heads: a row a layer.",
        "weighted values": "What is taken over from each word.",
    },
    "encoder_decoder": {
        "sampled": "A row an occupation, a column a translation drawn by the dice: dark where it says he.",
        "greedy": "The same where the likeliest word is always taken.",
        "steps": "The words that are likely at each step, darker for likelier.",
    },
    "attention": {
        "pronoun after": "Where each English word of a row looks among the words of the source.",
        "pronoun first": "The same where the pronoun comes first.",
    },
    "transformer": {
        "one head": "Where each English word of a row looks among the words of the source, in one head.",
        "heads": "Every head for one sentence: a row a layer.",
    },
    "captioner": {
        "looking": "Where it looks before it says skin, occupation and length of hair: the lit patches.",
        "hidden": "The same people with skin, hair or clothes hidden.",
    },
}
"""What is shown of each miniature: the first at both doses, the rest, how it works, at the strong one."""
QUOTED = 8
"""Answers in words of one story."""


def models(into: Path) -> Iterator[dict[str, Any]]:
    """Every miniature; runs go into a folder."""
    for name in KINDS:
        yield model(name, into)


def model(name: str, into: Path) -> dict[str, Any]:
    """All that is shown of a miniature."""
    title, steps, rest, references = manual(name)
    rows, rests = table(name)
    told = {"name": name, "title": title, "steps": steps, "rest": rest, "references": references}
    every = {gallery.name: gallery for gallery in (*GALLERIES, *SPOKEN)}
    stories = [_story(name, every[which], into) for which in TOLD_OF[name]]
    return {**told, "pictures": _pictures(name), "truth": rows, "rests": rests, "stories": stories}


def manual(name: str) -> tuple[str, list[str], str, str]:
    """The title of a miniature's file, its steps, what is said after them, and the references."""
    text = inspect.getdoc(miniature.module(name)) or ""
    title, _, body = text.partition("\n")
    how, _, references = body.partition("\nReferences\n")
    lines = how.partition("How it works\n")[2].splitlines()
    steps, rest = list[str](), list[str]()
    for line in lines:
        if re.match(r"    \d+\. ", line):
            steps.append(line.strip().partition(" ")[2])
        elif line.startswith("       "):
            steps[-1] += f" {line.strip()}"
        else:
            rest.append(line.strip())
    return title, steps, " ".join(rest), " ".join(references.split())


def _pictures(name: str) -> list[dict[str, Any]]:
    drawn, first = {dose: miniature.module(name).show(dose=dose) for dose in DOSES}, next(iter(SHOWN[name]))
    return [
        {"what": what, "caption": caption, "dose": dose, **small(sheet(drawn[dose][what]))}
        for what, caption in SHOWN[name].items()
        for dose in (DOSES if what == first else DOSES[1:])
    ]


def _story(name: str, gallery: Gallery, into: Path) -> dict[str, Any]:
    doses = sorted(gallery.doses)
    runs = {dose: into / f"{gallery.name}-{round(100 * dose)}" for dose in doses}
    audits = {dose: exhibit(gallery, dose, runs[dose]) for dose in doses}
    scenes, judged = [], _judged(*audits[doses[-1]])
    for finding in judged:
        readings = [{"dose": dose, **_reading(name, gallery, dose, audits[dose], finding)} for dose in doses]
        scenes.append({"estimand": finding.estimand, "code": finding.code, "scale": finding.scale, "doses": readings})
    told = {"name": gallery.name, "title": gallery.title, "family": gallery.family, "tale": gallery.tale}
    return {**told, "planted": gallery.planted, "findings": scenes, "answers": _answers(list(runs.values()), doses)}


def _judged(report: Report, judgement: Judgement) -> list[Finding]:
    """The findings that were judged, in the order in which a report tells them."""
    return [finding for finding, verdicts in ranked(report, judgement) if verdicts]


def _reading(
    name: str, gallery: Gallery, dose: float, audit: tuple[Report, Judgement], told: Finding
) -> dict[str, Any]:
    truths = STORIES[gallery.name](name, dose)
    truth = truths.get((told.estimand, told.level), truths.get((told.estimand, told.versus)))
    finding = next(each for each in audit[0].findings if each.key == told.key)
    return reading(*audit, finding, truth)


def _answers(runs: Sequence[Path], doses: Sequence[float]) -> list[dict[str, str]]:
    """Some of the answers in words to the same questions, a column a dose; none where answers are no words."""
    tables = [Run(folder).to_frame() for folder in runs]
    first = tables[0]
    if "answer" not in first or any(len(table) != len(first) for table in tables):
        return []
    spoken = first["answer"].notna() & (first["answer"].astype(str) != "")
    chosen = np.random.default_rng(len(first)).permutation(np.flatnonzero(spoken))[:QUOTED]
    shown = [{"Asked": _asked(first.iloc[k])} | _said(tables, doses, int(k)) for k in sorted(chosen)]
    return shown


def _said(tables: Sequence[Any], doses: Sequence[float], k: int) -> dict[str, str]:
    return {f"Dose {dose:g}": str(table["answer"].iloc[k]) for dose, table in zip(doses, tables, strict=True)}


def _asked(row: Any) -> str:
    """What was asked, or what is true of the picture that was shown."""
    text = str(row.get("text") or "")
    factors = [f"{name}: {row[name]}" for name in ("skin", "occupation", "hidden") if name in row]
    return text if text and text != "nan" else ", ".join(factors)
