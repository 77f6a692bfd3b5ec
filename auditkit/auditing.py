"""audit(): evidence, roles and detectors give a report."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from os.path import isfile
from pathlib import Path
from typing import Any

from auditkit import catalog, frames
from auditkit.casting import refuse_ids, require, unbinned, unfilled
from auditkit.core.arguments import Argument, Asked, Deed, spelt
from auditkit.core.detector import Detector
from auditkit.core.errors import CannotDecide, InputError, RoleMissing
from auditkit.core.evidence import UNIT, Evidence, Moments, Tally
from auditkit.core.finding import Finding, Key, NotAssessed
from auditkit.core.perception import Perceptions
from auditkit.core.report import Recipe, Report
from auditkit.core.roles import MISSING, Roles
from auditkit.core.wire import CELLS as KEPT_CELLS
from auditkit.exemplars import with_exemplars
from auditkit.gathering import count, evidence
from auditkit.keeping import kept, most_kept
from auditkit.labels import CHECKED, LABELLED, REREAD
from auditkit.runs import ARM, SETTLED, are_runs, beside, is_run, opened_run, sources_of
from auditkit.stakes import asked_by, stopped

NAMING = Deed("detectors", "name [[detectors]] in a plan")


def audit(
    data: Any = None,
    detectors: Detector | str | Sequence[Detector | str] | None = None,
    /,
    *,
    estimator: Any = None,
    X: Any = None,
    y: Any = None,
    crossed: bool = False,
    subject: str | None = None,
    exemplars: int = 0,
    keep_units: bool = False,
    **roles: Any,
) -> Report:
    """Audit a table, a file, a predictor or plain arrays.

    `data` is a pandas or polars frame, an arrow table, a DuckDB relation, or the path of a CSV or Parquet file; each
    role names a column. Without `data` the roles are arrays. `estimator`, `X` and `y` audit what a scikit-learn
    predictor says of X. `crossed` compares the intersections of several groups. Without `detectors` those that fit the
    roles are chosen: selection rates, and error rates where there is both an outcome and a prediction; a code in place
    of a detector is that detector as it comes. A run of `elicit` is a table too; several runs by name, as {"real":
    photographs, "generated": run}, are one table whose column `arm`, in the role of that name, says which. Labels that
    people gave a run's answers (`label`) put right what was read of the one group, unless `checked` is given.

    `exemplars` puts so many rows of each group behind every finding, for a reviewer to look at, with their pictures
    where a column of paths plays the role `image`. `keep_units` keeps, where each row is a unit of its own, which cell
    each is in, so that two reports on one test set are compared unit by unit: personal data where units are people, so
    it has to be asked for. Names are hashed, with the secret in AUDITKIT_UNIT_KEY if any. Sharing leaves out both.

    The data are read in one pass, in their own engine, into counted cells; detectors see nothing else.
    Raises `InputError` for what cannot be read; what cannot be decided stands in the report as not assessed.

    >>> report = audit(group=["a"] * 50 + ["b"] * 50, outcome=[1, 0] * 25 + [1] * 50)
    >>> report.findings[0].estimate.value
    0.5
    """
    folder, sources = Path(data).parent if isinstance(data, (str, Path)) and isfile(data) else None, sources_of(data)
    data, named, title = _gathered(data, estimator, X, y, roles)
    played = Roles.of(**named)
    chosen = _suggested(played) if detectors is None else _listed(detectors)
    played, unused = (played, ()) if "checked" in named else _labelled(played, data, chosen)
    for detector in chosen:
        require(detector, played, data)
    counted = count(data, chosen, played, most_kept(keep_units, played))
    refuse_ids(counted)
    tally, units, of_units = kept(counted, played, keep_units, KEPT_CELLS)
    perceptions = Perceptions.of(data)
    told = _examined(chosen, data, tally, played, crossed, perceptions)
    findings = [item for item in told if isinstance(item, Finding)]
    findings = _with_rows(_refuse_twins(findings), data, played, exemplars, folder)
    recipe = _recipe(subject or title, tally, chosen, played, crossed, perceptions.bases)
    return Report(
        tuple(sorted(findings, key=lambda finding: -finding.excess())),
        tuple(item for item in told if isinstance(item, NotAssessed)),
        replace(recipe, sources=sources, notes=(*recipe.notes, *unbinned(tally), *of_units, *unused)),
        tally if len(tally) <= KEPT_CELLS else None,
        units,
    )


def _examined(
    chosen: Sequence[Detector], data: Any, tally: Tally, roles: Roles, crossed: bool, perceptions: Perceptions
) -> list[Finding | NotAssessed]:
    """What every detector tells of each evidence it is shown."""
    told: list[Finding | NotAssessed] = []
    settled = getattr(data, "attrs", {}).get(SETTLED, ())
    for detector in chosen:
        for shown in evidence(detector, data, tally, roles, crossed):
            said = [perceptions.said(item, detector, roles, shown) for item in _told(detector, shown, roles, data)]
            told += [_at_any_time(item, detector, shown, tally.total, settled) for item in said]
    return told


def _gathered(data: Any, estimator: Any, X: Any, y: Any, roles: Mapping[str, Any]) -> tuple[Any, dict[str, Any], str]:
    """The table, the role of each column in it, and what to call it."""
    if estimator is not None:
        if data is not None or X is None:
            raise InputError("To audit a predictor pass estimator=, X= and usually y=, and no table.")
        if not hasattr(estimator, "predict"):
            raise InputError(f"estimator= needs a predictor with a method predict, and got {estimator!r}.")
        given = {**roles, "prediction": estimator.predict(X)} | ({} if y is None else {"outcome": y})
        taken = {role: _column(X, value) if isinstance(value, str) else value for role, value in given.items()}
        frame, named = _assembled(taken)
        return frame, named, type(estimator).__name__
    if data is None:
        if not roles:
            raise InputError("There is nothing to audit. Pass a table, or arrays: audit(group=..., outcome=...).")
        frame, named = _assembled(roles)
        return frame, named, "arrays"
    if is_run(data):
        run = opened_run(data)
        table = run.to_frame()
        return table, {**_offered(table, roles), **roles}, run.title
    if are_runs(data):
        titles = ", ".join(f"{name}: {opened_run(run).title}" for name, run in data.items())
        table = beside(data)
        return table, {**_offered(table, roles), "arm": ARM, **roles}, titles
    if isinstance(data, Mapping) and any(map(is_run, data.values())):
        strange = next(name for name, run in data.items() if not is_run(run))
        raise InputError(
            f'Beside runs by name stand runs alone, and "{strange}" is none: elicit it, from a Folder say.'
        )
    title = Path(data).name if isinstance(data, (str, Path)) else "table"
    return frames.open_data(data), dict(roles), title


def _offered(table: Any, roles: Mapping[str, Any]) -> dict[str, Any]:
    """The roles that a run's own columns play unless they were given another: its pictures, its numbers of tokens."""
    taken = [column for given in roles.values() for column in (given if isinstance(given, (list, tuple)) else [given])]
    own = {"image": "picture", "length": "tokens"}
    return {role: column for role, column in own.items() if column in table and column not in taken}


def _labelled(roles: Roles, table: Any, chosen: Sequence[Detector]) -> tuple[Roles, tuple[str, ...]]:
    """The roles, with the labels of the one group in that of `checked`; or a note why labels are there and not used."""
    kept = getattr(table, "attrs", {})
    taken = {column for columns in roles.columns.values() for column in columns}
    groups = roles.columns.get("group", ())
    labels = [f"{group}{CHECKED}" for group in groups if f"{group}{CHECKED}" in kept.get(LABELLED, {})]
    if not labels or not taken.isdisjoint(labels):
        return roles, ()
    able = [detector.corrects for detector in chosen if "checked" in detector.uses]
    reasons = {
        "there are several groups, and labels put one right": len(groups) > 1,
        "not every run has some": not kept[LABELLED][labels[0]],
        "several annotators have read it, and labels drawn by what one read do not put another right": labels[0]
        in kept.get(REREAD, ()),
        "the run was stopped by its questions, whose intervals are of what was read": bool(kept.get(SETTLED)),
        "no detector here takes any": not able,
        "a sample of prompts takes none": not all(able),
    }
    if why := [reason for reason, holds in reasons.items() if holds]:
        return roles, (f"Labels in {', '.join(labels)} were not used: {why[0]}.",)
    return Roles({**roles.columns, "checked": (labels[0],)}), ()


def _column(X: Any, name: str) -> Any:
    if name not in getattr(X, "columns", ()):
        raise InputError(f'X has no column "{name}". Pass an array, or the name of one of its columns.')
    return X[name]


def _assembled(roles: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Arrays as a table: one column a role, several for a frame of several."""
    columns: dict[str, Any] = {}
    named: dict[str, Any] = {}
    for role, value in roles.items():
        if value is None:
            continue
        parts = dict(value) if isinstance(value, Mapping) else _parts(role, value)
        fresh = {name if name not in columns else f"{role}.{name}": part for name, part in parts.items()}
        columns |= fresh
        named[role] = list(fresh)
    return frames.from_arrays(**columns), named


def _parts(role: str, value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        raise InputError(f'The role {role} got the name "{value}" but there is no table. Pass one, or an array.')
    if hasattr(value, "columns") and hasattr(value, "__getitem__"):
        return {str(name): value[name] for name in value.columns}
    name = getattr(value, "name", None)
    return {name if isinstance(name, str) and name else role: value}


def _listed(detectors: Detector | str | Sequence[Detector | str]) -> tuple[Detector, ...]:
    given = detectors if isinstance(detectors, (list, tuple)) else (detectors,)
    chosen = tuple(catalog.build(item, {}) if isinstance(item, str) else item for item in given)
    for detector in chosen:
        if not isinstance(detector, Detector):
            hint = " Call it: add ()." if isinstance(detector, type) else ""
            raise InputError(f"{detector!r} is not a detector.{hint} See: auditkit list detectors.")
    if not chosen:
        raise InputError("No detector was given. Leave detectors out, and those that fit the roles are chosen.")
    return chosen


def _suggested(roles: Roles) -> tuple[Detector, ...]:
    """The detectors that a first audit runs."""
    codes = []
    if "group" in roles and ("outcome" in roles or "prediction" in roles):
        codes.append("disparity.selection_rate")
    if "group" in roles and "outcome" in roles and "prediction" in roles:
        codes.append("disparity.error_rates")
    if not codes:
        has = ", ".join(roles) or "none"
        lacks: list[str | Asked] = [] if "group" in roles else [Argument("group"), " with "]
        lacks += [Argument("outcome"), " or ", Argument("prediction"), ", or ", NAMING, "."]
        raise InputError(f"No detector fits the roles: {has}. Pass ", *lacks)
    return tuple(catalog.build(code, {}) for code in codes)


def _with_rows(findings: list[Finding], data: Any, roles: Roles, k: int, folder: Path | None) -> list[Finding]:
    """The findings with k rows of each group behind them."""
    if not isinstance(k, int) or k < 0:  # type: ignore[redundant-expr]  # callers have no types
        raise InputError(f"exemplars is how many rows of each group to show, from 0 up, and this is {k!r}.")
    return with_exemplars(findings, data, roles, k, folder) if k else findings


def _refuse_twins(findings: list[Finding]) -> list[Finding]:
    """The findings, of which no two have one key: they would be one to every rule and baseline."""
    seen: set[Key] = set()
    for finding in findings:
        if finding.key in seen:
            raise InputError(
                f"Two detectors of code {finding.code} tell the same finding: {finding.sentence} Pass one."
            )
        seen.add(finding.key)
    return findings


def _told(detector: Detector, shown: Evidence, roles: Roles, data: Any) -> list[Finding | NotAssessed]:
    attribute = shown.measured if isinstance(shown, Moments) else ""
    attribute = attribute or (shown.name_of("group") if "group" in shown else "")
    try:
        told = detector.examine(shown)
    except RoleMissing as lack:
        return [detector.not_assessed(unfilled(lack, roles, data), attribute)]
    except CannotDecide as reason:
        return [detector.not_assessed(reason.told(spelt), attribute)]
    except MemoryError:
        return [detector.not_assessed(f"{len(shown):,} cells take more memory than there is", attribute)]
    return list(told) or [detector.not_assessed("the evidence allows no comparison", attribute)]


def _at_any_time(
    item: Finding | NotAssessed, detector: Detector, shown: Evidence, rows: int, settled: Sequence[Mapping[str, Any]]
) -> Finding | NotAssessed:
    """What is told where questions have stopped the run; see auditkit.stakes."""
    if not settled or not isinstance(item, Finding):
        return item
    context = shown.name_of("context") if "context" in shown else ""
    return stopped(item, asked_by(detector, context), rows, settled)


def _recipe(
    subject: str, tally: Tally, chosen: Sequence[Detector], roles: Roles, crossed: bool, bases: Mapping[str, str]
) -> Recipe:
    missing = {}
    for axis in tally.axes:
        levels = tally.levels_of(axis)
        if MISSING in levels:
            missing[f"{axis.split(':')[0]} ({tally.name_of(axis)})"] = int(
                tally.cube(axis, of="n")[levels.index(MISSING)]
            )
    notes = [f"Column {column}: {basis}." for column, basis in bases.items()]
    if UNIT in roles and UNIT in tally:
        notes.append(f"{len(tally.levels_of(UNIT)):,} units share rows: intervals are by cluster.")
    elif UNIT not in roles:
        notes.append("No unit was given: rows are taken as independent.")
    if "weight" in roles:
        squares = float(tally.w2.sum())
        if squares <= 0:
            raise InputError("The weights are so small that their squares vanish. Scale them to sum to the rows.")
        kish = float(tally.w.sum() ** 2 / squares)
        worth = math.floor(kish)
        notes.append(f"Weights: {tally.total:,} rows are worth {worth:,} (Kish)." + _extreme(tally.total / kish))
    versions = {"auditkit": version("rai-auditkit"), "python": platform.python_version(), "numpy": version("numpy")}
    recorded = tuple(catalog.configuration(detector) for detector in chosen)
    if crossed:
        notes.append("Groups are crossed: their intersections are compared.")
    return Recipe(subject, tally.total, dict(roles.columns), recorded, missing, versions, tuple(notes))


def _extreme(design_effect: float) -> str:
    return " They vary so much that more than half of the sample is lost." if design_effect > 2 else ""
