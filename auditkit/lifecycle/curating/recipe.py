"""A recipe: what is done to a data set, step by step, and how it is audited before and after; as a TOML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from auditkit.core.errors import InputError, PolicyError, nearest
from auditkit.core.kinds import should_be
from auditkit.core.roles import Roles
from auditkit.formats.toml_files import gravest, no_key, read_toml
from auditkit.lifecycle.curating.steps import STEPS, Step
from auditkit.planning import Data, Plan, built, reader_of
from auditkit.rules import Policy

FILES = ("reference", "test", "table")
"""Fields of steps that may name a file; so may the margins of `rake`."""


class About(BaseModel):
    """What the data card says that only people know; what is left out is said to be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str = ""
    description: str = ""
    licence: str = ""
    creator: str = ""
    url: str = ""
    citation: str = ""
    version: str = "1.0.0"
    collected: str = ""
    uses: str = ""
    impact: str = ""
    sensitive: list[str] = []


class Costs(BaseModel):
    """How much curation may cost, as shares of the source: rows dropped, effective rows lost; judged where given."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    rows: float | None = Field(default=None, gt=0, le=1)
    n_eff: float | None = Field(default=None, gt=0, le=1)


class Recipe(BaseModel):
    """Roles, detectors and policy of the audits, as in a plan; the steps in their order, each a name with its fields.

    >>> recipe_of({"roles": {"group": "sex"}, "steps": [{"name": "deduplicate"}]}).steps[0].by
    'rows'
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
    seed: int = Field(default=0, ge=0)
    subject: str | None = None
    text: str = "text"
    image: str = "picture"
    roles: dict[str, str | list[str]]
    crossed: bool = False
    exemplars: int = 0
    annotators: list[dict[str, Any]] = []
    detectors: list[dict[str, Any]] = []
    policy: dict[str, Any] | None = None
    costs: Costs = Costs()
    about: About = About()
    steps: list[Any]

    def plan(self, table: Path, subject: str, roles: Mapping[str, Any]) -> Plan:
        """The audit of a table by this recipe."""
        data = Data(path=str(table), subject=subject, text=self.text, image=self.image)
        parts = {name: getattr(self, name) for name in ("crossed", "exemplars", "annotators", "detectors", "policy")}
        return Plan(data=data, roles=dict(roles), **parts)

    def settings(self) -> dict[str, Any]:
        """The recipe as plain values, without the folders of its files."""
        told = self.model_dump(exclude={"steps"}, exclude_defaults=True)
        return {**told, "seed": self.seed, "steps": [_named(step) for step in self.steps]}


def read_recipe(path: str | Path) -> Recipe:
    """Read a recipe from TOML; a relative path in it starts at the recipe's own folder.

    Raises `PolicyError` for a file that cannot be read or is not TOML, and for an unknown key, with the nearest valid
    one; `InputError` for a role or a detector that is not there. No data are read.
    """
    file = Path(path)
    return recipe_of(read_toml(file, "The recipe", "What one can hold: auditkit explain recipe."), file.parent)


def recipe_of(table: Mapping[str, Any], folder: Path = Path()) -> Recipe:
    """A recipe from a table, with every name in it checked; relative paths of its steps start at `folder`."""
    if "steps" not in table and (strange := [key for key in table if key not in Recipe.model_fields]):
        raise PolicyError(no_key("A recipe has", strange[0], Recipe.model_fields))
    given = table.get("steps")
    if not isinstance(given, list) or not given or not all(isinstance(step, Mapping) for step in given):
        raise PolicyError('A recipe has [[steps]], each with a name, for example name = "deduplicate".')
    steps = [_step(step, folder) for step in given]
    recipe: Recipe = _checked(Recipe, {**table, "steps": steps}, "A recipe")
    Roles.of(**recipe.roles)
    for detector in recipe.detectors:
        built(detector)
    for annotator in recipe.annotators:
        reader_of(annotator)
    Policy.read(recipe.policy)
    return recipe


def _step(table: Mapping[str, Any], folder: Path) -> Step:
    name = table.get("name")
    if not isinstance(name, str) or name not in STEPS:
        told = f'There is no step "{name}".{nearest(str(name), STEPS)}' if name else "Each of [[steps]] needs a name."
        raise PolicyError(f"{told} Steps: {', '.join(STEPS)}.")
    fields = {key: _rooted(key, value, folder) for key, value in table.items() if key != "name"}
    step: Step = _checked(STEPS[name], fields, f"The step {name}")
    return step


def _rooted(key: str, value: Any, folder: Path) -> Any:
    """A file that a step names, from the recipe's folder."""
    if key == "margins" and isinstance(value, Mapping):
        return {name: _rooted("reference", each, folder) for name, each in value.items()}
    return str(folder / value) if key in FILES and isinstance(value, str) else value


def _checked(kind: Any, table: Mapping[str, Any], called: str) -> Any:
    try:
        return kind.model_validate(dict(table))
    except ValidationError as error:
        raise PolicyError(_complaint(gravest(error), kind, called)) from error
    except InputError as error:
        raise PolicyError(f"{called}: {error}") from error


def _complaint(first: Any, kind: type[BaseModel], called: str) -> str:
    where = [str(part) for part in first["loc"]]
    if first["type"] != "extra_forbidden":
        needs = should_be(first)
        at = f'"{".".join(where)}" ' if where else ""
        return f"{called} cannot be read: {at}{needs.rstrip('.')}."
    inner: dict[str, type[BaseModel]] = {"about": About, "costs": Costs}
    asked = inner.get(where[0], kind) if len(where) > 1 else kind
    return no_key(f"{called} has", ".".join(where), asked.model_fields)


def _named(step: Step) -> dict[str, Any]:
    """A step as plain values; of a file its name alone, for its content is among what was taken."""
    told = {"name": step.named, **step.model_dump(exclude_defaults=True)}
    return {key: _bare(key, value) for key, value in told.items()}


def _bare(key: str, value: Any) -> Any:
    if key == "margins":
        return {name: _bare("reference", each) for name, each in value.items()}
    return Path(value).name if key in FILES and isinstance(value, str) else value


def files_of(recipe: Recipe) -> Sequence[Path]:
    """Every file that a step reads beside the table, in the order of the steps."""
    found = []
    for step in recipe.steps:
        told = step.model_dump()
        values = [told.get(key) for key in FILES] + list((told.get("margins") or {}).values())
        found += [Path(value) for value in values if isinstance(value, str)]
    return list(dict.fromkeys(found))
