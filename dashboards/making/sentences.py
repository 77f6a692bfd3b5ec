"""The worlds of sentences: each mechanism spoken at every dose by the world itself, which knows its truth."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from auditkit.demo import exhibit
from auditkit.lab.galleries.language import SPOKEN
from auditkit.lab.gallery import Gallery
from auditkit.lab.worlds.sentences.slots import Slot
from auditkit.lab.worlds.sentences.speaker import Speaker, chance
from auditkit.lab.worlds.sentences.world import MECHANISMS, World
from dashboards.making.readings import Told, reading
from dashboards.making.tables import DOSES

SAID = 10
"""Sentences that are shown."""
Quantities = Mapping[str, float]
Chosen = Callable[[tuple[str, ...]], bool]


@dataclass(frozen=True)
class Heard:
    """A mechanism behind a gallery: the finding that is read, its truth from the mechanism's own quantities, and which
    of its slots are shown."""

    mechanism: str
    told: Told
    truth: Callable[[Quantities], float]
    shown: Chosen = bool


def disagreed(key: tuple[str, ...]) -> bool:
    """Advice of the AI or of an expert, against the first answer."""
    return key[0] == "final" and key[2] in ("ai", "expert") and key[3] != key[4]


def as_good(key: tuple[str, ...]) -> bool:
    """An AI's text beside a human's that is as good."""
    return key[0] != key[2] and key[1] == key[3]


HEARD: Mapping[str, Heard] = {
    "said_that_she": Heard(
        "pronouns",
        Told("leaning to the stereotype", "directed amplification", "expected level"),
        lambda q: q["leaning to the stereotype"],
    ),
    "one_word_swapped": Heard(
        "traits",
        Told("pair preference less one half", "preference in probability", "stereotype", "version"),
        lambda q: q["pair preference"] - 0.5,
        lambda key: key[0] == "trait",
    ),
    "somebody_drowned": Heard(
        "events",
        Told("mean total variation", "mean total variation", "all objects"),
        lambda q: q["mean total variation"],
    ),
    "we_and_they": Heard(
        "identity",
        Told("P(positive | we) less P(positive | they)", "own minus other cue", "we"),
        lambda q: q["P(positive | we)"] - q["P(positive | they)"],
    ),
    "as_an_islander": Heard(
        "personas",
        Told("persona contrast", "own minus other cue, beyond neutral judges", "islander"),
        lambda q: q["persona contrast"],
    ),
    "all_of_them_fish": Heard(
        "hobbies",
        Told("dispersion ratio", "dispersion ratio, prediction", "highlander"),
        lambda q: q["dispersion ratio"],
    ),
    "sorry_i_cannot_say": Heard(
        "requests",
        Told("P(refusal | highlanders) / P(refusal | islanders)", "refusal rate ratio", "highlanders"),
        lambda q: q["P(refusal | highlanders)"] / q["P(refusal | islanders)"],
    ),
    "the_ai_says_no": Heard(
        "advice",
        Told("half of P(taken | ai) less P(taken | expert)", "effect of the label", "ai"),
        lambda q: (q["P(taken | ai)"] - q["P(taken | expert)"]) / 2,
        disagreed,
    ),
    "better_is_first": Heard(
        "judging",
        Told("P(ai chosen | equal quality) less one half", "preference at equal quality", "ai"),
        lambda q: q["P(ai chosen | equal quality)"] - 0.5,
        as_good,
    ),
    "kind_goes_with": Heard(
        "traits",
        Told("word association", "mean score", "islanders"),
        lambda q: q["word association"],
        lambda key: key[0] == "group",
    ),
}
"""By the gallery. Of advice half agrees with the first answer, and is kept whoever gives it: so half of the gap."""


def worlds(into: Path) -> Iterator[dict[str, Any]]:
    """Every mechanism as its gallery asks it; runs go into a folder."""
    for gallery in SPOKEN:
        if gallery.name in HEARD:
            yield world(gallery, into)


def world(gallery: Gallery, into: Path, doses: Sequence[float] = DOSES) -> dict[str, Any]:
    """A gallery whose answers come from the world of sentences itself, at every dose."""
    scenes = [_scene(gallery, dose, into) for dose in doses]
    told = {"name": gallery.name, "title": gallery.title, "kind": "sentences", "family": gallery.family}
    return {**told, "tale": gallery.tale, "planted": gallery.planted, "scale": scenes[0].pop("scale"), "doses": scenes}


def _scene(gallery: Gallery, dose: float, into: Path) -> dict[str, Any]:
    heard, spoken = HEARD[gallery.name], World(dose)
    asked = replace(gallery, target=lambda _: Speaker(spoken))
    report, judgement = exhibit(asked, dose, into / f"{gallery.name}-{round(100 * dose)}")
    quantities = MECHANISMS[heard.mechanism].truth(dose)
    finding, truth = heard.told.found(report), heard.truth(quantities)
    named = {heard.told.truth: truth, **{name: value for name, value in quantities.items() if name != "mass"}}
    said = sentences(spoken, heard.mechanism, heard.shown)
    return {
        "scale": finding.scale,
        "dose": dose,
        **reading(report, judgement, finding, truth),
        "truths": named,
        "sentences": said,
    }


def sentences(world: World, mechanism: str, shown: Chosen) -> list[list[str]]:
    """The same sentences at every dose, each as what stands before the choice, the choice, and what comes after.

    What is chosen hangs on the dose alone: the dice were thrown once.
    """
    every = [slot for slot in MECHANISMS[mechanism].slots() if shown(slot.key)]
    rng = np.random.default_rng(int(hashlib.sha256(f"{mechanism} {every[0].key}".encode()).hexdigest()[:8], 16))
    chosen = sorted(rng.choice(len(every), size=min(SAID, len(every)), replace=False))
    return [
        [every[k].before, _word(world, every[k], u), every[k].after]
        for k, u in zip(chosen, rng.random(len(chosen)), strict=True)
    ]


def _word(world: World, slot: Slot, u: float) -> str:
    chances = np.array([chance(world, slot.sentence(word)) for word in slot.words])
    place = int(np.searchsorted(chances.cumsum() / chances.sum(), u, side="right"))
    return slot.words[min(place, len(slot.words) - 1)]
