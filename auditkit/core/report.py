"""A report gathers: findings about one subject, what was not assessed, and the recipe that made them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from auditkit.core.arguments import Deed
from auditkit.core.attention import attention_from_dict, attention_to_dict
from auditkit.core.errors import InputError, only
from auditkit.core.estimate import LEVELS, Estimate, Wager
from auditkit.core.evidence import Tally
from auditkit.core.finding import Cap, Count, Exemplar, Finding, Margin, NotAssessed, Reference
from auditkit.core.private import private
from auditkit.core.sharing import CHOSEN, Parts, copied, shareable
from auditkit.core.units import Units
from auditkit.core.wire import TooMuch, checked, loaded

SCHEMA = 1
KEYS = ("schema", "levels", "recipe", "findings", "not_assessed", "cells", "units")
CURVE = ("value", "lower", "upper", "n", "n_eff", "clusters", "method", "reason", "wagers")
CELLS = ("axes", "names", "levels", "codes", "n", "weighted", "w", "w2", "top")
WRITING = Deed("report.save()", "auditkit audit TABLE --group COLUMN --outcome COLUMN --out DIR")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a report was made: enough to make it again.

    `subject` names what was audited; `roles` the columns; `detectors` each code with its configuration; `rows` how many
    were counted, `missing` how many had no value, by role and column; `versions` of what computed it. `sources` are the
    runs that were audited: the title of what was asked, its `fingerprint`, a digest of the `prompts`, the `seed`.
    """

    subject: str
    rows: int
    roles: Mapping[str, tuple[str, ...]]
    detectors: tuple[Mapping[str, Any], ...]
    missing: Mapping[str, int]
    versions: Mapping[str, str]
    notes: tuple[str, ...] = ()
    sources: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class Report:
    """Findings, what was not assessed, the recipe, and the counted cells behind it all.

    `units` says in which cell each unit's one row is, where that was asked for (`audit(..., keep_units=True)`).

    `print(report)` says one sentence a finding; `to_json` and `from_json` are inverse; `save(path, k=10)` withholds,
    for sharing, every cell of fewer than k rows and what one could be solved from.
    """

    findings: tuple[Finding, ...]
    not_assessed: tuple[NotAssessed, ...]
    recipe: Recipe
    cells: Tally | None = None
    units: Units | None = None

    def to_json(self, k: int = 0) -> str:
        """The wire format, `reports/schema.json`; `k` is the smallest number of rows that may be shown."""
        shown = self if k <= 1 else suppressed(self, k)
        text = json.dumps(shown.to_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        return text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair has no place in a file

    def to_dict(self) -> dict[str, Any]:
        """The wire format as plain dictionaries, lists, strings and numbers."""
        return {
            "schema": SCHEMA,
            "levels": list(LEVELS),
            "recipe": {
                "subject": self.recipe.subject,
                "rows": self.recipe.rows,
                "roles": {role: list(columns) for role, columns in self.recipe.roles.items()},
                "detectors": [dict(detector) for detector in self.recipe.detectors],
                "missing": dict(self.recipe.missing),
                "versions": dict(self.recipe.versions),
                "notes": list(self.recipe.notes),
                **({"sources": [dict(source) for source in self.recipe.sources]} if self.recipe.sources else {}),
            },
            "findings": [_finding_to_dict(finding) for finding in self.findings],
            "not_assessed": [
                {"code": n.code, "because": n.because, "attribute": n.attribute, "estimand": n.estimand}
                for n in self.not_assessed
            ],
            "cells": None if self.cells is None else _tally_to_dict(self.cells),
            **({} if self.units is None else {"units": self.units.to_dict()}),
        }

    @classmethod
    def from_json(cls, text: str) -> Report:
        """Read the wire format; raises `InputError` for what is not a report or is newer than this version."""
        try:
            data = loaded(text)
        except TooMuch as error:
            raise InputError(f"This report is not read: {error}. Audit fewer comparisons at a time.") from error
        except (ValueError, RecursionError) as error:
            raise InputError(f"This is not a report: it is not JSON ({error}).") from error
        return cls.from_dict(data)

    @classmethod
    def from_dict(cls, data: Any) -> Report:
        """Read the wire format from plain dictionaries."""
        if not isinstance(data, dict) or "schema" not in data or "findings" not in data:
            raise InputError("This is not a report: it has no schema and findings. Write one with ", WRITING, ".")
        if data["schema"] != SCHEMA:
            raise InputError(
                f"This report has schema {data['schema']!r} and this auditkit reads schema {SCHEMA}. "
                "Read it with the version that wrote it, or audit again."
            )
        if data.get("levels") != list(LEVELS):
            raise InputError(f"This report stores intervals at {data.get('levels')} and not at {list(LEVELS)}.")
        try:
            recipe = data["recipe"]
            only(data, KEYS)
            only(recipe, [field.name for field in fields(Recipe)])
            checked(data)
            cells = None if data["cells"] is None else _tally_from_dict(data["cells"])
            return cls(
                tuple(_finding_from_dict(item) for item in data["findings"]),
                tuple(NotAssessed(**item) for item in data["not_assessed"]),
                Recipe(
                    recipe["subject"],
                    recipe["rows"],
                    {role: tuple(columns) for role, columns in recipe["roles"].items()},
                    tuple(recipe["detectors"]),
                    recipe["missing"],
                    recipe["versions"],
                    tuple(recipe["notes"]),
                    tuple(dict(source) for source in recipe.get("sources", ())),
                ),
                cells,
                Units.from_dict(data["units"], cells) if "units" in data else None,
            )
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
            raise InputError(f"This report is damaged: {type(error).__name__}: {error}. Audit again.") from error

    def save(self, path: str | Path, k: int = 0) -> Path:
        """Write the report, all or nothing; `k` withholds what rests on fewer than k rows."""
        target = Path(path)
        partial = target.with_name(f".{target.name}.partial")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if self.personal and k <= 1:
                private(partial)
            partial.write_text(self.to_json(k), encoding="utf-8")
            partial.replace(target)
        except OSError as error:
            raise InputError(f"The report cannot be written to {target}: {error.strerror or error}.") from error
        return target

    @property
    def personal(self) -> bool:
        """Whether it holds rows or units, which may be people: then it is written for its owner alone."""
        return self.units is not None or any(finding.exemplars for finding in self.findings)

    def to_frame(self) -> Any:
        """One row a finding, as a pandas frame."""
        import pandas as pd

        rows = []
        for f in self.findings:
            low, high, _ = f.interval(0.95)
            row = dict(f.key._asdict(), attribute=f.attribute, stratum=f.stratum, scale=f.scale)
            row |= {"estimate": f.estimate.value, "low": low, "high": high, "null": f.null}
            row |= {"margin_low": f.margin and f.margin.low, "margin_high": f.margin and f.margin.high}
            rows.append(row | {"n": f.estimate.n, "n_eff": f.estimate.n_eff, "sentence": f.sentence})
        return pd.DataFrame(rows)

    def __str__(self) -> str:
        lines = [f"{self.recipe.subject}: {self.recipe.rows:,} rows, {len(self.findings)} findings"]
        lines += [f"  {finding.code}: {finding.sentence}" for finding in self.findings]
        lines += [f"  {n:,} rows have no {what}: counted, not compared" for what, n in self.recipe.missing.items()]
        if self.not_assessed:
            lines.append("Not assessed:")
            lines += [f"  {item.code}: {item.because}" for item in self.not_assessed]
        return "\n".join(lines)

    def __repr__(self) -> str:
        told = f"{self.recipe.rows:,} rows, {len(self.findings):,} findings, {len(self.not_assessed):,} not assessed"
        return f"<Report on {self.recipe.subject!r}: {told}>"

    def _repr_html_(self) -> str:
        items = "".join(f"<li><code>{escape(f.code)}</code> {escape(f.sentence)}</li>" for f in self.findings)
        silent = "".join(f"<li><code>{escape(n.code)}</code> {escape(n.because)}</li>" for n in self.not_assessed)
        rest = f"<p>Not assessed</p><ul>{silent}</ul>" if silent else ""
        return f"<p><b>{escape(self.recipe.subject)}</b>, {self.recipe.rows:,} rows</p><ul>{items}</ul>{rest}"


def suppressed(report: Report, k: int) -> Report:
    """The report for sharing: no count of fewer than k rows is in it, nor can be solved from what is (see `shareable`);
    no exemplar and no unit. It is solved for from this copy alone: another with a smaller `k`, or of another audit of
    the same rows, may tell what this withholds."""
    recipe = report.recipe
    before = copied(recipe.notes)
    if before >= k:
        return report
    if before:  # its cells are gone, by which this would be known
        raise InputError(f"This report is a copy for sharing at {before} rows. Share the whole report at {k} instead.")
    against = frozenset(str(one.get("code")) for one in recipe.detectors if one.get("versus") == CHOSEN)
    given = Parts(report.findings, report.not_assessed, report.cells, recipe.rows, recipe.missing, recipe.notes)
    findings, silent, cells, rows, missing, notes, _ = shareable(given._replace(against=against), k)
    return Report(findings, silent, replace(recipe, rows=rows, missing=missing, notes=notes), cells)


def _finding_to_dict(f: Finding) -> dict[str, Any]:
    e, r = f.estimate, f.reference
    return {
        "code": f.code,
        "estimand": f.estimand,
        "attribute": f.attribute,
        "level": f.level,
        "versus": f.versus,
        "stratum": f.stratum,
        "sentence": f.sentence,
        "estimate": {
            "value": e.value,
            "lower": list(e.lower),
            "upper": list(e.upper),
            "n": e.n,
            "n_eff": e.n_eff,
            "clusters": e.clusters,
            "method": e.method,
            "reason": e.reason,
            **({"wagers": [list(wager) for wager in e.wagers]} if e.wagers else {}),
        },
        "scale": f.scale,
        "null": f.null,
        "null_expectation": f.null_expectation,
        "margin": None if f.margin is None else list(f.margin),
        "reference": None if r is None else {"value": r.value, "why": r.why, "source": r.source, "n": r.n},
        "basis": f.basis,
        "counts": [list(c) for c in f.counts],
        "caps": [list(c) for c in f.caps],
        "notes": list(f.notes),
        "recount": f.recount,
        "exemplars": [_exemplar_to_dict(e) for e in f.exemplars],
    }


def _exemplar_to_dict(e: Exemplar) -> dict[str, Any]:
    row: dict[str, Any] = {"label": e.label, "values": dict(e.values)}
    row |= {"picture": e.picture} if e.picture else {}
    return row | ({} if e.attention is None else {"attention": attention_to_dict(e.attention)})


def _finding_from_dict(data: Mapping[str, Any]) -> Finding:
    e = data["estimate"]
    only(e, CURVE)
    lower, upper = tuple(e["lower"]), tuple(e["upper"])
    if not len(lower) == len(upper) == len(LEVELS):
        raise ValueError("an interval is not stored at every level")
    parts = dict(data)
    parts["estimate"] = Estimate(e["value"], lower, upper, e["n"], e["n_eff"], e["method"], e["clusters"], e["reason"])
    if e.get("wagers"):
        parts["estimate"] = replace(parts["estimate"], wagers=tuple(Wager(*wager) for wager in e["wagers"]))
    parts["margin"] = None if data["margin"] is None else Margin(*data["margin"])
    parts["reference"] = None if data["reference"] is None else Reference(**data["reference"])
    parts["counts"] = tuple(Count(*c) for c in data["counts"])
    parts["caps"] = tuple(Cap(*c) for c in data["caps"])
    parts["notes"] = tuple(data["notes"])
    parts["exemplars"] = tuple(_exemplar_from_dict(e) for e in data["exemplars"])
    return Finding(**parts)


def _exemplar_from_dict(data: Mapping[str, Any]) -> Exemplar:
    only(data, Exemplar._fields)
    values = tuple((str(name), str(value)) for name, value in data["values"].items())
    looked = attention_from_dict(data["attention"]) if "attention" in data else None
    return Exemplar(data["label"], values, str(data.get("picture", "")), looked)


def _tally_to_dict(t: Tally) -> dict[str, Any]:
    cells: dict[str, Any] = {
        "axes": list(t.axes),
        "names": list(t.names),
        "levels": [list(axis) for axis in t.levels],
    }
    cells |= {"codes": t.codes.tolist(), "n": t.n.tolist(), "weighted": t.weighted}
    parts = {name: getattr(t, name) for name in ("w", "w2", "top") if t.weighted}
    return cells | {name: part.tolist() for name, part in parts.items() if part is not None}


def _tally_from_dict(data: Mapping[str, Any]) -> Tally:
    only(data, CELLS)
    n = np.asarray(data["n"], np.int64)
    w = np.asarray(data["w"] if data["weighted"] else n, float)
    w2 = np.asarray(data["w2"] if data["weighted"] else n, float)
    top = np.asarray(data["top"], float) if "top" in data else None
    codes = np.asarray(data["codes"], np.int64).reshape(len(n), len(data["axes"]))
    levels = tuple(tuple(axis) for axis in data["levels"])
    if not len(data["axes"]) == len(data["names"]) == len(levels) or len(set(data["axes"])) < len(levels):
        raise ValueError("the cells have not one name and one list of levels for each axis")
    if len(codes) and (codes >= [len(axis) for axis in levels]).any():
        raise ValueError("a cell points beyond the levels")
    return Tally(tuple(data["axes"]), tuple(data["names"]), levels, codes, n, w, w2, data["weighted"], top)
