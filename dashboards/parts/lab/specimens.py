"""The worlds and the miniatures of the lab, from the files that were made of them: nothing heavy is imported."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from auditkit import Outcome
from auditkit.rendering import Figure, Row, Sweep, dosed, figure_of, holds, row_from_data, row_words

PLACE = Path(__file__).parents[2] / "lab"
KINDS = ("portraits", "sentences", "table", "published table")
"""The kinds of worlds, in the order in which they are offered."""
MODELS = (
    "text_to_image",
    "unconditional",
    "vae",
    "gan",
    "autoregressive",
    "super_resolution",
    "masked_lm",
    "causal_lm",
    "encoder_decoder",
    "attention",
    "transformer",
    "captioner",
)
"""The miniatures, in the order in which they are offered: those that draw, those that speak, the one that looks."""


@dataclass(frozen=True)
class Scene:
    """A world or a model at one dose: the reading, its truth in it, and what else the file says of the dose."""

    dose: float
    row: Row
    sentence: str
    verdict: str
    overall: Outcome
    rows: int
    more: Mapping[str, Any]


def _table(scenes: Sequence[Scene], scale: str) -> list[dict[str, Any]]:
    return [{"Dose": scene.dose, **row_words(scene.row, scale), "Rows": scene.rows} for scene in scenes]


@dataclass(frozen=True)
class World:
    """A world at every dose."""

    name: str
    title: str
    kind: str
    family: str
    tale: str
    planted: str
    scale: str
    scenes: tuple[Scene, ...]

    @property
    def doses(self) -> tuple[float, ...]:
        """The doses at which it was drawn; a published table has one, which is none."""
        return tuple(scene.dose for scene in self.scenes)

    def at(self, dose: float) -> Scene:
        """The scene of a dose."""
        return self.scenes[self.doses.index(dose)]

    @property
    def held(self) -> int:
        """At how many doses the 95 % interval holds the truth."""
        return sum(bool(holds(scene.row)) for scene in self.scenes)

    def drawn(self, dose: float) -> Sweep | Figure:
        """The readings along the dose, each beside its truth; of one reading a row."""
        rows = [scene.row for scene in self.scenes]
        if len(rows) > 1:
            return dosed(rows, self.doses, self.scale, chosen=dose)
        return figure_of((rows[0].key.code, "", rows[0].key.estimand, self.scale), rows)

    def table(self) -> list[dict[str, Any]]:
        """The same as a table."""
        return _table(self.scenes, self.scale)


@dataclass(frozen=True)
class Read:
    """One finding of a model's audit, at each dose at which it was audited."""

    estimand: str
    code: str
    scale: str
    scenes: tuple[Scene, ...]

    def drawn(self) -> Figure:
        """A row a dose, each beside the model's own truth where that was measured."""
        rows = [replace(scene.row, label=f"dose {scene.dose:g}") for scene in self.scenes]
        key = rows[0].key
        against = f"{self.estimand}, {key.level}" + (f" against {key.versus}" if key.versus else "")
        return figure_of((self.code, "", against, self.scale), rows)

    def table(self) -> list[dict[str, Any]]:
        """The same as a table."""
        return _table(self.scenes, self.scale)


@dataclass(frozen=True)
class Story:
    """What a model was asked for, and what its audit read."""

    title: str
    family: str
    tale: str
    planted: str
    findings: tuple[Read, ...]
    answers: Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Model:
    """A miniature: how it works, what it draws or says, what is true of it, what audits of it read."""

    name: str
    title: str
    steps: Sequence[str]
    rest: str
    references: str
    pictures: Sequence[Mapping[str, Any]]
    truth: Sequence[Mapping[str, Any]]
    rests: str
    stories: tuple[Story, ...]

    @property
    def shown(self) -> list[Mapping[str, Any]]:
        """What it makes, a picture a dose."""
        first = self.pictures[0]["what"]
        return [picture for picture in self.pictures if picture["what"] == first]

    @property
    def mechanism(self) -> list[Mapping[str, Any]]:
        """How it does that, in pictures."""
        return [picture for picture in self.pictures if picture not in self.shown]


def bias(family: str) -> str:
    """The name of a family of biases.

    >>> bias("reporting"), bias("disparity")
    ('Reporting bias', 'Disparity')
    """
    return family.capitalize() + ("" if family == "disparity" else " bias")


@cache
def worlds() -> Mapping[str, World]:
    """Every world by name: pictures first, then sentences, tables, published tables."""
    found = [_world(data) for data in _files("world")]
    return {world.name: world for world in sorted(found, key=lambda world: KINDS.index(world.kind))}


@cache
def models() -> Mapping[str, Model]:
    """Every miniature by name."""
    found = {data["name"]: _model(data) for data in _files("model")}
    return {name: found[name] for name in sorted(found, key=MODELS.index)}


def _files(kind: str) -> list[dict[str, Any]]:
    return [json.loads(file.read_text(encoding="utf-8")) for file in sorted(PLACE.glob(f"{kind}-*.json"))]


def _world(data: dict[str, Any]) -> World:
    scenes = tuple(map(_scene, data.pop("doses")))
    return World(**data, scenes=scenes)


def _model(data: dict[str, Any]) -> Model:
    return Model(**{**data, "stories": tuple(map(_story, data["stories"]))})


def _story(data: dict[str, Any]) -> Story:
    told = {name: data[name] for name in ("title", "family", "tale", "planted", "answers")}
    return Story(**told, findings=tuple(map(_read, data["findings"])))


def _read(data: dict[str, Any]) -> Read:
    scenes = tuple(map(_scene, data.pop("doses")))
    return Read(**data, scenes=scenes)


def _scene(data: dict[str, Any]) -> Scene:
    told = {name: data.pop(name) for name in ("dose", "sentence", "verdict", "rows")}
    return Scene(**told, row=row_from_data(data.pop("row")), overall=Outcome(data.pop("overall")), more=data)
