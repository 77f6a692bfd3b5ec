"""A plan: an audit as a TOML file, read, checked and written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from auditkit import catalog
from auditkit.core.arguments import Argument
from auditkit.core.detector import meant
from auditkit.core.errors import InputError, PolicyError
from auditkit.core.evidence import Tally
from auditkit.core.kinds import path_of, should_be
from auditkit.core.roles import MISSING, Roles
from auditkit.formats.toml import toml_lines
from auditkit.formats.toml_files import gravest, no_key, read_toml
from auditkit.rules import Policy

FILES = ("path", "model", "examples", "folder", "table")
"""Fields of probes, targets and annotators that may name a file or a folder."""
COLUMNS = "should be the name of a column, or a list of names"


class Data(BaseModel):
    """Where the table is, and what the report calls it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    path: str
    subject: str | None = None
    text: str = "text"
    image: str = "picture"


class Eliciting(BaseModel):
    """How answers are drawn: the seed, how many at once, in how many processes; and where they are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    seed: int = 0
    batch: int | None = None
    workers: int = 1
    into: str | None = None


class Plan(BaseModel):
    """An audit as a file: the data, who plays which role, the detectors with their fields, and the policy.

    In place of data stand a `probe` and a `target`, each a name with its fields, where the data are still to be drawn;
    they are kept in the folder `elicit.into`, by default `run` beside the report, and are not drawn again. A probe that
    starts from pictures has a `folder` and a `table`, with what else `probes.starts` takes.

    Without `detectors` those that fit the roles are chosen; without `policy` the default judges.

    >>> Plan(data=Data(path="hiring.csv"), roles={"group": ["sex"], "outcome": "hired"}).crossed
    False
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    data: Data | None = None
    probe: dict[str, Any] | None = None
    target: dict[str, Any] | None = None
    elicit: Eliciting = Eliciting()
    roles: dict[str, str | list[str]]
    crossed: bool = False
    exemplars: int = 0
    keep_units: bool = False
    annotators: list[dict[str, Any]] = []
    detectors: list[dict[str, Any]] = []
    policy: dict[str, Any] | None = None


def read_plan(path: str | Path) -> Plan:
    """Read a plan from TOML; a relative path of the data starts at the plan's own folder.

    Raises `PolicyError` for a file that cannot be read or is not TOML, `InputError` for an unknown key (with the
    nearest valid one), role or detector, before any data are read.
    """
    file = Path(path)
    table = read_toml(file, "The plan", "What one can hold: auditkit explain plan.")
    readers = table.get("annotators")
    for part in (table.get("probe"), table.get("target"), *(readers if isinstance(readers, list) else ())):
        _root(part, file.parent)
    plan = plan_of(table)
    if plan.data is None:
        into = None if plan.elicit.into is None else str(file.parent / plan.elicit.into)
        return plan.model_copy(update={"elicit": plan.elicit.model_copy(update={"into": into})})
    data = plan.data.model_copy(update={"path": str(file.parent / plan.data.path)})
    return plan.model_copy(update={"data": data})


def _root(table: Any, folder: Path) -> None:
    """Let files and folders that a part of a plan names start at the plan's own folder, where they are there."""
    if isinstance(table, dict) and isinstance(table.get("target"), dict):
        _root(table["target"], folder)
    for name in FILES:
        if isinstance(table, dict) and isinstance(table.get(name), str) and (folder / table[name]).exists():
            table[name] = str(folder / table[name])


def plan_of(table: Mapping[str, Any]) -> Plan:
    """A plan from a table, with every name in it checked."""
    try:
        plan = Plan.model_validate(dict(table))
    except ValidationError as error:
        raise PolicyError(_complaint(gravest(error))) from error
    if (plan.data is None) == (plan.probe is None) or (plan.probe is None) != (plan.target is None):
        raise PolicyError("A plan has either [data] with a path, or [probe] and [target], each with a name.")
    Roles.of(**plan.roles)
    if plan.probe is not None and plan.target is not None:
        catalog.probe(*named(plan.probe, "probe"))
        catalog.target(*named(plan.target, "target"))
    for detector in plan.detectors:
        built(detector)
    for annotator in plan.annotators:
        reader_of(annotator)
    Policy.read(plan.policy)
    return plan


def judged_by(plan: Plan, policy: str | Path | None) -> Plan:
    """The plan with the policy of a file in place of its own; the plan as it is where no file is named.

    Raises `PolicyError` for a policy that cannot be read.
    """
    return plan if policy is None else plan.model_copy(update={"policy": Policy.read(policy).to_dict()})


MANUAL = """plan

An audit as a TOML file. `auditkit audit` prints the plan of a first audit; this is all that one can hold:

    crossed = true              # compare the intersections of several groups
    exemplars = 4               # rows behind every finding, for a reviewer to look at
    keep_units = true           # which cell each unit of one row is in, hashed: reports on them are compared in pairs

    [data]
    path = "applicants.csv"     # CSV, TSV or Parquet, from the plan's own folder
    subject = "hiring"          # what reports call it; nights that add up have one name. By default the file's
    text = "text"               # the columns that [[annotators]] read
    image = "picture"

    [probe]                     # in place of [data], with [target]: what is asked, and of which model
    [elicit]                    # seed, batch, workers, into: how answers are drawn and where they are kept

    [roles]                     # which column plays which role
    group = ["sex", "race"]
    outcome = "decision"

    [[annotators]]              # a name and its fields: auditkit explain NAME
    [[detectors]]               # a code and its fields: auditkit explain CODE
    [policy]                    # auditkit explain policy
"""


def plan_manual() -> str:
    """Everything a plan can hold, as TOML with comments."""
    return MANUAL


def first_plan(
    table: str,
    roles: Mapping[str, Any],
    fields: Mapping[str, Any],
    crossed: bool = False,
    policy: str | None = None,
    keep_units: bool = False,
) -> Plan:
    """The plan that a first audit amounts to: selection rates, and error rates where there is also a prediction.

    `fields` holds favourable, positive, versus and within; what is `None`, there or among the roles, was not given.

    >>> first_plan("a.csv", {"group": ["sex"], "outcome": "hired"}, {"favourable": "yes"}).detectors
    [{'code': 'disparity.selection_rate', 'favourable': 'yes'}]
    """
    played = {role: column for role, column in roles.items() if column is not None}
    given = {name: value for name, value in fields.items() if value is not None}
    rates: dict[str, Any] = {name: given[name] for name in ("favourable", "versus", "within") if name in given}
    errors: dict[str, Any] = {name: given[name] for name in ("positive", "versus") if name in given}
    both = "outcome" in played and "prediction" in played
    if not both and "positive" in given:
        needs = " is for error rates, which need an outcome and a prediction. For selection rates pass "
        raise InputError(Argument("positive", given["positive"]), needs, Argument("favourable", given["positive"]), ".")
    if "within" in given and "context" not in played:
        needs = " holds a context fixed, and no column was given for it. Pass "
        raise InputError(Argument("within", True), needs, Argument("context"), ", or leave it out.")
    if "favourable" in given:
        errors.setdefault("positive", given["favourable"])
    chosen: list[dict[str, Any]] = []
    if "outcome" in played or "prediction" in played:
        chosen.append({"code": "disparity.selection_rate", **rates})
    if both:
        chosen.append({"code": "disparity.error_rates", **errors})
    judging = None if policy is None else Policy.read(policy).to_dict()
    told = {"data": {"path": table}, "roles": played, "detectors": chosen, "policy": judging}
    return plan_of({**told, "crossed": crossed, "keep_units": keep_units})


EVENTS = {
    "disparity.selection_rate": ("favourable", ("prediction", "outcome")),
    "disparity.error_rates": ("positive", ("outcome",)),
}
"""The level that a first plan's detectors count, and whose it is."""


def as_counted(plan: Plan, cells: Tally | None) -> Plan:
    """A first plan in which stands which level was counted, where nobody said and only one of two can be meant."""
    told = []
    for table in plan.detectors:
        field, axes = EVENTS[table["code"]]
        axis = next((axis for axis in axes if cells is not None and axis in cells), None)
        level = None
        if cells is not None and axis is not None and field not in table:
            level = meant([level for level in cells.levels_of(axis) if level != MISSING])
        told.append({**table, **({} if level is None else {field: level})})
    return plan.model_copy(update={"detectors": told})


def _complaint(first: Any) -> str:
    where = [str(part) for part in first["loc"]]
    if first["type"] != "extra_forbidden":
        needs = COLUMNS if where[0] == "roles" and len(where) > 1 else should_be(first)
        return f'The plan cannot be read: "{path_of(first)}" {needs}. A plan has [data] with path, and [roles].'
    inner: dict[str, type[BaseModel]] = {"data": Data, "elicit": Eliciting}
    asked: type[BaseModel] = inner.get(where[0], Data) if len(where) > 1 else Plan
    return no_key("A plan has", ".".join(where), asked.model_fields)


def built(table: Mapping[str, Any]) -> Any:
    """The detector of a table."""
    if not isinstance(table.get("code"), str):
        raise PolicyError('Each of [[detectors]] needs a code, for example code = "disparity.selection_rate".')
    return catalog.build(table["code"], {key: value for key, value in table.items() if key != "code"})


def reader_of(table: Mapping[str, Any]) -> Any:
    """The annotator of a table."""
    return catalog.reader(*named(table, "[annotators]"))


def named(table: Mapping[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    """The name of a thing and its fields."""
    if not isinstance(table.get("name"), str):
        known = {"probe": "occupations", "target": "diffusion"}.get(where, "sentiment")
        said = f"[{where}]" if where in ("probe", "target") else f"Each of [{where}]"
        raise PolicyError(f'{said} needs a name, for example name = "{known}".')
    return table["name"], {key: value for key, value in table.items() if key != "name"}


def plan_text(plan: Plan) -> str:
    """A plan as TOML; `plan_of(tomllib.loads(text))` is the plan again.

    >>> print(plan_text(Plan(data=Data(path="a.csv"), roles={"group": ["sex"], "outcome": "hired"})), end="")
    [data]
    path = "a.csv"
    <BLANKLINE>
    [roles]
    group = ["sex"]
    outcome = "hired"
    """
    settings = {name: getattr(plan, name) or None for name in ("crossed", "exemplars", "keep_units")}
    parts = [toml_lines(settings)] if any(settings.values()) else []
    if plan.data is not None:
        parts.append(["[data]", *toml_lines(plan.data.model_dump(exclude_defaults=True))])
    drawn = {"probe": plan.probe, "target": plan.target, "elicit": plan.elicit.model_dump(exclude_defaults=True)}
    parts += [[f"[{name}]", *toml_lines(table)] for name, table in drawn.items() if table]
    parts.append(["[roles]", *toml_lines(plan.roles)])
    parts += [["[[annotators]]", *toml_lines(annotator)] for annotator in plan.annotators]
    parts += [["[[detectors]]", *toml_lines(detector)] for detector in plan.detectors]
    if plan.policy is not None:
        parts.append(["[policy]", *toml_lines({key: value for key, value in plan.policy.items() if key != "rules"})])
        parts += [["[[policy.rules]]", *toml_lines(rule)] for rule in plan.policy.get("rules", ())]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"
