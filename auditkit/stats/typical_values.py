"""What is typical of an object, and whether that is left unsaid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditkit.core.estimate import Estimate
from auditkit.core.evidence import Tally
from auditkit.stats.mantel_haenszel import mantel_haenszel_ratio
from auditkit.stats.standardisation import stratified

SIDES = ("atypical", "typical")


def atypical_ratio(shown: Tally, references: Mapping[str, Mapping[str, float]], said: Sequence[str]) -> Estimate:
    """Estimate P(said | atypical) / P(said | typical) within objects, by Mantel and Haenszel's ratio.

    `shown` has the axes context (the object), outcome (the value that it has) and selected, whose levels `said` count.
    `references` holds the share of each value per object: typical are the values with the largest. Objects without a
    reference take no part.

    >>> cells = {("banana", "yellow", "1"): 20, ("banana", "yellow", "0"): 80, ("banana", "green", "1"): 8,
    ...          ("banana", "green", "0"): 12}
    >>> shown = Tally.of_cells(("context", "outcome", "selected"), cells)
    >>> atypical_ratio(shown, {"banana": {"yellow": .9, "green": .1}}, ["1"]).value
    2.0
    """
    objects = [level for level in shown.levels_of("context") if level in references]
    sides = {o: _sides(references[o], shown.levels_of("outcome")) for o in objects}
    cells = stratified(_recoded(shown, sides), "outcome", "context", "selected", said, SIDES, objects)
    return mantel_haenszel_ratio(cells, *SIDES)


def _sides(shares: Mapping[str, float], values: Sequence[str]) -> dict[str, str]:
    most = max(shares.values(), default=0.0)
    return {value: SIDES[shares.get(value, 0.0) == most] for value in values}


def _recoded(shown: Tally, sides: Mapping[str, Mapping[str, str]]) -> Tally:
    """The same cells with the side of each object's value for the value."""
    kept = shown.where("context", *sides)
    columns = {axis: [kept.levels[i][k] for k in kept.codes[:, i]] for i, axis in enumerate(kept.axes)}
    pairs = zip(columns["context"], columns["outcome"], strict=True)
    columns["outcome"] = [sides[o][value] for o, value in pairs]
    names = dict(zip(kept.axes, kept.names, strict=True))
    if not kept.weighted:
        return Tally.of(columns, kept.n.tolist(), names=names)
    w, w2, top = (part.tolist() for part in (kept.w, kept.w2, kept.heaviest))
    return Tally.of(columns, kept.n.tolist(), w, w2, names, top)
