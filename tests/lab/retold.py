"""Stories told again without asking again: the answers of a world that is known exactly, drawn anew at will."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from auditkit.auditing import audit
from auditkit.core.finding import Finding
from auditkit.core.judgement import Outcome
from auditkit.core.probe import MASK, Probe, Prompt
from auditkit.gating import gate
from auditkit.lab.gallery import Gallery
from auditkit.lab.worlds.figures.captioning import mention, worded
from auditkit.lab.worlds.figures.people import CALLINGS
from auditkit.lab.worlds.figures.people import World as People
from auditkit.lab.worlds.sentences.rendering import rendered
from auditkit.lab.worlds.sentences.speaker import chance
from auditkit.lab.worlds.sentences.world import World
from auditkit.lab.worlds.translations.world import World as Translations

Said = Mapping[tuple[str, ...], float]
"""How likely each run of answers is: one answer, or the first and the last of a conversation."""


def spoken(world: World, probe: Probe, prompt: Prompt) -> Said:
    """All that the world of sentences says to a prompt, each with its probability."""
    if MASK in prompt.text:
        weights = {word: chance(world, prompt.text.replace(MASK, word)) for word in prompt.options}
        return _shares({(word,): weight for word, weight in weights.items()})
    line = rendered(prompt.text, prompt.given, prompt.turns)
    if not prompt.options:
        begun = f"{line} "
        return _shares({(said[len(begun) :],): p for said, p in world.distribution().items() if said.startswith(begun)})
    found: dict[tuple[str, ...], float] = {}
    for option in prompt.options:
        talk = probe.converse(prompt)
        next(talk)
        share = chance(world, f"{line} {option}") / chance(world, line)
        try:
            more = talk.send(option)
        except StopIteration:
            found[option,] = share
        else:
            found |= {(option, *rest): share * p for rest, p in _last(world, more).items()}
    return found


def _shares(weights: Said) -> Said:
    return {said: weight / sum(weights.values()) for said, weight in weights.items()}


def _last(world: World, prompt: Prompt) -> Said:
    line = rendered(prompt.text, prompt.given, prompt.turns)
    return {(option,): chance(world, f"{line} {option}") / chance(world, line) for option in prompt.options}


def translated(dose: float, likeliest: bool, prompt: Prompt) -> Said:
    """Both translations of a sentence, or the likelier one."""
    told = Translations(dose).distribution(prompt.text)
    return {(max(told, key=lambda said: told[said]),): 1.0} if likeliest else {(said,): p for said, p in told.items()}


def captioned(dose: float, prompt: Prompt) -> Said:
    """What is said of a clear portrait, and which occupation is guessed of one behind a curtain: the world's share."""
    skin = prompt.factors["skin"]
    if prompt.factors["hidden"] != "occupation":
        p = mention(skin, dose)
        job = prompt.factors["occupation"]
        shares = {(skin, job): p, ("nothing", job): 1 - p}
    else:
        weights = np.array([people_share(job, skin, dose) for job in CALLINGS])
        shares = {("nothing", job): w for job, w in zip(CALLINGS, weights / weights.sum(), strict=True)}
    return {(worded("here is", said, job, "nothing"),): p for (said, job), p in shares.items()}


def people_share(job: str, skin: str, dose: float) -> float:
    """P(skin | occupation) among the people of the portraits."""
    darker = People(dose).share(job, "skin")
    return darker if skin == "darker" else 1 - darker


@dataclass(frozen=True)
class Retold:
    """A gallery's table in which only the answers are still to be drawn: cumulated chances (prompts, answers)."""

    gallery: Gallery
    table: pd.DataFrame
    prompts: int
    cumulated: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    columns: Mapping[str, np.ndarray[tuple[int, int], np.dtype[np.object_]]]

    @classmethod
    def of(cls, gallery: Gallery, says: Any, repeats: int | None = None, arm: str = "") -> Retold:
        """The prompts of a gallery, and by `says(prompt)` the answers that each may get."""
        probe = gallery.probe()
        prompts = list(probe)
        told = [says(prompt) for prompt in prompts]
        wide = max(map(len, told))
        chances = np.array([[*each.values(), *[0.0] * (wide - len(each))] for each in told])
        runs = [[*each, *[next(iter(each))] * (wide - len(each))] for each in told]
        names = [*(f"answer {k + 1}" for k in range(len(runs[0][0]) - 1)), "answer"]
        columns = {name: _objects([[run[k] for run in each] for each in runs]) for k, name in enumerate(names)}
        for reader in gallery.readers():
            for attribute, values in reader.read([run[-1] for each in runs for run in each]).items():
                columns[attribute] = _objects(values).reshape(len(prompts), wide)
        times = probe.repeats if repeats is None else repeats
        rows = [{**prompt.factors, "prompt": prompt.key, "text": prompt.text} for prompt in prompts]
        table = pd.DataFrame(rows * times).assign(replicate=np.repeat(np.arange(times), len(prompts)))
        return cls(gallery, table.assign(arm=arm) if arm else table, len(prompts), chances.cumsum(axis=1), columns)

    def drawn(self, rng: np.random.Generator) -> pd.DataFrame:
        """The table with answers drawn anew."""
        at = np.tile(np.arange(self.prompts), len(self.table) // self.prompts)
        u = rng.random(len(at))[:, None] * self.cumulated[at, -1:]
        which = (self.cumulated[at] < u).sum(axis=1)
        return self.table.assign(**{name: values[at, which] for name, values in self.columns.items()})


def _objects(values: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.object_]]:
    return np.array(values, object)


def audits(
    gallery: Gallery, dose: float, tables: Iterator[pd.DataFrame]
) -> Iterator[tuple[tuple[Finding, ...], Outcome]]:
    """The judged findings of each table, and the outcome of the default policy."""
    for table in tables:
        rows = gallery.rows(table) if gallery.rows else table
        roles = {**gallery.roles, **({"arm": "arm"} if gallery.decoders else {})}
        report = audit(rows, list(gallery.detectors(dose)), subject=gallery.title, **roles)
        yield tuple(f for f in report.findings if f.margin is not None), gate(report).outcome
