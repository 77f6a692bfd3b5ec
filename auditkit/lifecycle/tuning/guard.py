"""The guard: what a tuned model may lose of its quality, told item by item on rows that it never learned."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from auditkit.core.errors import InputError, nearest
from auditkit.core.estimate import Floats
from auditkit.core.target import Target
from auditkit.lifecycle.tuning.curve import by_item, items_of
from auditkit.lifecycle.tuning.pupil import MOST, Ints, Pupil, Quality
from auditkit.lifecycle.turning import Cost
from auditkit.stats.assurance import items_for
from auditkit.stats.noninferiority import fewest_for, mean_of_items

FILE = "quality.json"


class Told(NamedTuple):
    """Every quality by name, on each held-out item, (items,), and how much each item weighs: Σ w of its rows."""

    values: Mapping[str, Floats]
    weights: Floats


@dataclass(frozen=True)
class Guard:
    """What is measured and what may be lost of it, by the name of the quality; nothing, where it is not judged."""

    qualities: tuple[Quality, ...]
    margins: Mapping[str, float | None]

    @classmethod
    def of(cls, qualities: tuple[Quality, ...], given: Mapping[str, float]) -> Guard:
        """The guard with these margins in place of the defaults, "" for the first quality; raises `InputError`."""
        known = {quality.name: quality for quality in qualities}
        first = next(iter(known))
        for name in given:
            if name not in (*known, ""):
                raise InputError(
                    f'There is no quality "{name}" to guard.{nearest(name, known)} There is: {", ".join(known)}.'
                )
            if name and known[name].margin is None:
                raise InputError(
                    f"{name} has no margin on these data: {known[name].about}. Give one to {first} instead."
                )
        margins = {name: given.get(name, quality.margin) for name, quality in known.items()}
        if "" in given and first not in given:
            margins[first] = given[""]
        return cls(qualities, margins)

    def measured(self, pupil: Pupil, target: Target, held: Ints) -> Told:
        """Ask a target for every quality of the held-out rows; the mean of each item's, by the weights of its rows."""
        families, weights = pupil.rows.families[held], pupil.rows.weights[held]
        found = pupil.measured(target, held.tolist()) if len(held) else {}
        told = {
            one.name: by_item(np.asarray(found.get(one.name, np.zeros(0))), families, weights) for one in self.qualities
        }
        return Told(told, items_of(families, weights))

    def costs(self, before: Told, after: Told) -> tuple[Cost, ...]:
        """What every quality lost, the items in pairs and by weight, Σ W (before - after)/Σ W.

        Of an item that had a value before and has none after all is lost; one that had none takes no part.
        """
        weights = before.weights
        return tuple(
            self._cost(one, before.values[one.name], after.values[one.name], weights) for one in self.qualities
        )

    def _cost(self, quality: Quality, before: Floats, after: Floats, weights: Floats) -> Cost:
        known = np.isfinite(before)
        was, now, w = before[known], after[known], weights[known]
        gone = ~np.isfinite(now)
        now = np.where(gone, 0.0 if quality.share else was - MOST, now)
        own = (0.0, 1.0) if quality.share else None
        losses, margin = np.clip(was - now, -MOST, MOST), self.margins[quality.name]
        lost = mean_of_items(losses, w, (-MOST, MOST))
        sides = mean_of_items(was, w, own), mean_of_items(now, w, own)
        name = f"{quality.name} ({'; '.join(_said(quality, w, int(gone.sum())))})"
        enough = (None, None) if margin is None else items_for(margin, losses, w, (-MOST, MOST))
        return Cost(name, *sides, lost, margin, True, *enough)


def told(before: Told, after: Told) -> str:
    """The text of `quality.json`: each quality of each held-out item, before and after, NaN is null; their weights."""
    table = {
        name: {"before": _plain(before.values[name]), "after": _plain(after.values[name])} for name in before.values
    }
    return json.dumps({**table, "weight": _plain(before.weights)}, indent=1, allow_nan=False) + "\n"


def short(costs: Sequence[Cost]) -> str:
    """A sentence where too few items were held out for the first guard to pass, whatever they say; else nothing."""
    if not costs or costs[0].margin is None:
        return ""
    name, lost, needed = costs[0].name.partition(" (")[0], costs[0].lost, fewest_for(costs[0].margin, MOST)
    if lost.n_eff >= needed:
        return ""
    worth = "" if lost.n_eff > lost.n - 0.5 else f", worth {lost.n_eff:.0f} by their weights,"
    return (
        f"{lost.n} items{worth} were held out, and {name} within {costs[0].margin:g} can be told from {needed} on: "
        "give more rows or a larger --held-out."
    )


def _said(quality: Quality, weights: Floats, gone: int) -> Iterator[str]:
    """The unit, and all else that one must know to read the number."""
    yield quality.unit
    if len(set(weights.tolist())) > 1:
        yield "items by the weight of their rows"
    if not quality.share:
        yield f"an item loses {MOST:g} at most"
    if gone:
        yield f"all is lost of {gone} items that have none after"
    if quality.margin is None:
        yield quality.about


def _plain(values: Floats) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
