"""The guard: what a tuned model may lose of its quality, told item by item on rows that it never learned."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from auditkit.core.errors import InputError, nearest
from auditkit.core.estimate import Floats
from auditkit.core.target import Target
from auditkit.lifecycle.tuning.curve import by_item
from auditkit.lifecycle.tuning.pupil import Ints, Pupil, Quality
from auditkit.lifecycle.turning import Cost
from auditkit.stats.noninferiority import FEWEST, mean_of_items

FILE = "quality.json"
Told = Mapping[str, Floats]
"""Every quality by name, on each held-out item, (items,)."""


@dataclass(frozen=True)
class Guard:
    """What is measured and what may be lost of it, by the name of the quality."""

    qualities: tuple[Quality, ...]
    margins: Mapping[str, float]

    @classmethod
    def of(cls, qualities: tuple[Quality, ...], given: Mapping[str, float]) -> Guard:
        """The guard with these margins in place of the defaults, "" for the first quality; raises `InputError`."""
        known = [quality.name for quality in qualities]
        for name in given:
            if name not in (*known, ""):
                raise InputError(
                    f'There is no quality "{name}" to guard.{nearest(name, known)} There is: {", ".join(known)}.'
                )
        margins = {quality.name: given.get(quality.name, quality.margin) for quality in qualities}
        if "" in given and known[0] not in given:
            margins[known[0]] = given[""]
        return cls(qualities, margins)

    def measured(self, pupil: Pupil, target: Target, held: Ints) -> Told:
        """Ask a target for every quality of the held-out rows; the mean of each item's."""
        rows = pupil.rows.families[held]
        found = pupil.measured(target, held.tolist()) if len(held) else {}
        return {one.name: by_item(np.asarray(found.get(one.name, np.zeros(0))), rows) for one in self.qualities}

    def costs(self, before: Told, after: Told) -> tuple[Cost, ...]:
        """What every quality lost, the items in pairs."""
        return tuple(self._cost(one, before[one.name], after[one.name]) for one in self.qualities)

    def _cost(self, quality: Quality, before: Floats, after: Floats) -> Cost:
        known = np.isfinite(before) & np.isfinite(after)
        was, now, lost = (mean_of_items(each[known]) for each in (before, after, before - after))
        return Cost(f"{quality.name} ({quality.unit})", was, now, lost, self.margins[quality.name], paired=True)


def told(before: Told, after: Told) -> str:
    """The text of `quality.json`: each quality of each held-out item, before and after; NaN is null."""
    table = {name: {"before": _plain(before[name]), "after": _plain(after[name])} for name in before}
    return json.dumps(table, indent=1, allow_nan=False) + "\n"


def short(costs: Sequence[Cost]) -> str:
    """A sentence where too few items were held out for any guard to decide; else nothing."""
    if not costs or costs[0].lost.n >= FEWEST:
        return ""
    return (
        f"{costs[0].lost.n} items were held out, and a guard decides from {FEWEST} on: give more rows or a larger "
        "--held-out."
    )


def _plain(values: Floats) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
