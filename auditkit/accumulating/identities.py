"""What makes a report the same evidence as another, and its model the same model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from auditkit.core.cells import UNIT
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding
from auditkit.core.report import Report
from auditkit.core.roles import SEVERAL
from auditkit.rules import Question


@dataclass(frozen=True, slots=True)
class Identity:
    """Digests of what a report rests on: its numbers, its cells, the draws of its runs, and the prompts that were
    asked where units are what is independent. Two reports that share one of the last three share answers or units."""

    digest: str
    cells: str
    draws: tuple[str, ...]
    prompts: tuple[str, ...]

    @classmethod
    def of(cls, report: Report) -> Identity:
        """Of cells, findings' counts and estimates alone: neither versions nor sentences are evidence."""
        numbers = sorted(_numbers(finding) for finding in report.findings)
        cells = digest(numbers) if report.cells is None else _cells(report.cells)
        known = [source for source in report.recipe.sources if source.get("prompts")]
        draws = [(_sampler(s), s["prompts"], s["seed"]) for s in known if s.get("seed")]
        asked = [(_sampler(s), s["prompts"]) for s in known if UNIT in report.recipe.roles]
        return cls(digest(cells, numbers, draws), cells, tuple(map(digest, draws)), tuple(map(digest, asked)))

    def shared(self, other: Identity) -> str:
        """What this report has of another one's evidence: "cells", "draws", "prompts", or nothing.

        Of reports that name no draws, equal cells are all that tells the same answers from others.
        """
        if not self.draws and self.cells == other.cells:
            return "cells"
        if set(self.draws) & set(other.draws):
            return "draws"
        return "prompts" if set(self.prompts) & set(other.prompts) else ""

    def to_dict(self) -> dict[str, Any]:
        """The wire format."""
        return asdict(self) | {"draws": list(self.draws), "prompts": list(self.prompts)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Identity:
        """Read what `to_dict` wrote; raises `ValueError`, `KeyError` or `TypeError` for anything else."""
        draws, prompts = (tuple(map(str, data[name])) for name in ("draws", "prompts"))
        return cls(str(data["digest"]), str(data["cells"]), draws, prompts)


def model_of(report: Report) -> str:
    """The model that a report is about: the fingerprints of its runs with how they decode, else what was audited."""
    return digest(sorted(map(_sampler, report.recipe.sources)) or report.recipe.subject)


def _sampler(source: Mapping[str, str]) -> list[str]:
    """What answered: another temperature of the same weights is another sampler, with a bias of its own."""
    settings = sorted(f"{name} {value}" for name, value in source.items() if name.startswith("settings."))
    return [source.get("fingerprint", ""), *settings]


def chance_of(cells: Tally | None) -> float:
    """How often two samples of this size agree in every cell: (4πN)^(-(k - 1)/2) / √Πp of k cells with shares p, the
    density of a normal difference at 0; 0 where there are too many cells to keep."""
    if cells is None or not len(cells):
        return 0.0
    n = cells.n[cells.n > 0].astype(float)
    log = -(len(n) - 1) / 2 * np.log(4 * np.pi * n.sum()) - np.log(n / n.sum()).sum() / 2
    return float(np.exp(min(log, 0.0)))


def asked_of(report: Report, q: Question) -> str:
    """What else makes a question the same question: its margin, its null, how its detector is set, what it reads."""
    settings = [dict(d) for d in report.recipe.detectors if d.get("code") == q.finding.code]
    roles = {role: list(columns) for role, columns in report.recipe.roles.items() if role not in SEVERAL}
    return digest([*q.margin, q.finding.null, q.finding.scale], settings, roles)


def digest(*parts: Any) -> str:
    """Sixteen hexadecimal digits of anything JSON can hold."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _cells(cells: Tally) -> str:
    roles = [axis.split(":")[0] for axis in cells.axes]  # a column that was renamed holds the same answers
    hashed = hashlib.sha256(json.dumps([roles, cells.levels]).encode())
    for column in (cells.codes, cells.n):
        hashed.update(column.astype("<i8").tobytes())
    if cells.weighted:
        hashed.update(json.dumps([_rounded(cells.w.tolist()), _rounded(cells.w2.tolist())]).encode())
    return hashed.hexdigest()[:16]


def _numbers(finding: Finding) -> list[Any]:
    e = finding.estimate
    numbers = [e.value, *e.lower, *e.upper, e.n_eff, *(x for wager in e.wagers for x in wager)]
    return [*finding.key, e.n, [list(count[:3]) for count in finding.counts], _rounded(numbers)]


def _rounded(numbers: Sequence[float | None]) -> list[str]:
    """Nine digits: other versions of what computes them agree to more."""
    return ["" if x is None else f"{x:.9g}" for x in numbers]
