"""What a mitigation did, a sentence each: what was fitted and audited, what it needs, what it leaves to chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from auditkit.core.detector import labels
from auditkit.core.estimate import Floats
from auditkit.core.evidence import Ints
from auditkit.formats.csv_table import csv_text
from auditkit.formats.words import interval
from auditkit.lifecycle.mitigating.aims import Aim
from auditkit.lifecycle.mitigating.fairness import Decided, needs_group
from auditkit.lifecycle.mitigating.people import SMALL, People, small
from auditkit.lifecycle.turning import Turn
from auditkit.stats.accuracy import accuracy

PREDICTIONS = "predictions.csv"


def sentences(
    turn: Turn, wanted: Aim, model: Any, fitted: Sequence[People], kept: People, said: Decided
) -> Iterator[str]:
    """Everything that a reader must know beside the numbers; `fitted` are the rows of the predictor, and last those of
    its thresholds where they are others."""
    group, learned = kept.named["group"], fitted[-1]
    yield from _fitted(fitted, kept)
    if learned.lacking:
        yield f"{learned.lacking:,} rows without {group} or {kept.named['outcome']} take no part."
    yield f"After: {type(model).__name__} of fairlearn {version('fairlearn')}."
    if needs_group(model):
        yield (
            f"It must know {group} at every decision and treats the same score differently by it, which is unlawful "
            "in some uses and places: ask before you use it."
        )
    if group in kept.X.columns:
        yield f"{group} is among the features."
    if noise := small(learned):
        yield f"What was fitted to {labels(noise)} is mostly noise: these groups have so few rows to learn from."
    yield from _chance(wanted, kept, said)
    yield from _unjudged(turn)


def _fitted(fitted: Sequence[People], kept: People) -> Iterator[str]:
    """Which rows were for what, and so what the cost is the cost of."""
    by = "units" if kept.unit is not None else "rows"
    split = f"{by} were split by {kept.named['group']} and {kept.named['outcome']}."
    if len(fitted) == 1:
        yield (
            f"Both predictors were fitted on {len(fitted[0]):,} rows and audited on {len(kept):,} others that neither "
            f"has seen; {split}"
        )
        return
    own, others = map(len, fitted)
    yield (
        f"The predictor was fitted on {own:,} rows and its thresholds on {others:,} others, and it was audited without "
        f"and with them on {len(kept):,} that neither has seen; {split}"
    )
    yield (
        "Before and after are one predictor, so the cost is that of the thresholds alone: not counted is what it may "
        f"have lost by learning from {own:,} rows and not from all {own + others:,}."
    )


def predictions(kept: People, said: Decided) -> str:
    """The held-out rows as CSV: row in the table (from 0), group, outcome, both decisions, score, chance of a 1."""
    spelled = np.array(kept.outcomes, object)
    columns = {"row": kept.row.tolist(), "unit": None if kept.unit is None else kept.unit.tolist()}
    columns |= {"group": kept.group.tolist(), "outcome": spelled[kept.y].tolist()}
    columns |= {"before": spelled[said.before].tolist(), "after": spelled[said.after].tolist()}
    columns |= {"score": said.score.tolist(), "chance": said.chance.tolist()}
    there = {name: values for name, values in columns.items() if values is not None}
    return csv_text([dict(zip(there, row, strict=True)) for row in zip(*there.values(), strict=True)])


def widest(wanted: Aim, kept: People, chance: Floats | Ints) -> float:
    """The widest gap between groups of enough rows in what is wanted equal, of decisions or of the chances of a 1."""
    given = {"true": kept.y == 1, "fals": kept.y == 0}
    gaps = []
    for rate in wanted.rates:
        event = np.where(kept.y == 1, chance, 1 - chance) if rate == "accuracy" else np.asarray(chance, float)
        rows = np.ones(len(kept), bool)
        if rate not in ("accuracy", "selection_rate"):
            says_one = rate.endswith("positive_rate")
            rows = given["true" if rate.startswith("true") is says_one else "fals"]
            event = event if says_one else 1 - event
        means = [event[own].mean() for group in kept.groups if (own := rows & (kept.group == group)).sum() >= SMALL]
        gaps.append(max(means, default=0.0) - min(means, default=0.0))
    return float(max(gaps))


def _chance(wanted: Aim, kept: People, said: Decided) -> Iterator[str]:
    """What is left to a toss; nothing where nothing is."""
    if (said.before == said.after).all():
        yield "It decides of each of these people as before: nothing was mitigated."
    tossed = (said.chance > 0) & (said.chance < 1)
    if not tossed.any():
        return
    share, span = accuracy(tossed, kept.unit), interval(accuracy(tossed, kept.unit).interval(0.95), signed=False)
    again = float(np.mean(2 * said.chance * (1 - said.chance)))
    yield (
        f"It decides by a weighted toss of a coin for a share of {share.value:.3f} {span} of these people; a second "
        f"toss would decide otherwise for {again:.3f} of all. The audit is of one toss each, as anybody would get it, "
        "from a fixed seed."
    )
    gap, drawn = widest(wanted, kept, said.chance), widest(wanted, kept, said.after)
    right = np.where(kept.y == 1, said.chance, 1 - said.chance).mean()
    yield (
        f"Averaged over all tosses the widest gap in {' and '.join(wanted.rates).replace('_', ' ')} between groups of "
        f"{SMALL} rows or more is {gap:.3f} (in these tosses {drawn:.3f}) and accuracy "
        f"{right:.3f} (in these {np.mean(said.after == kept.y):.3f})."
    )


def _unjudged(turn: Turn) -> Iterator[str]:
    """What no rule judged and has moved away from equal."""
    judged = {verdict.key for verdict in turn.judged_after.verdicts}
    worse = [move.key for move in turn.moves if move.way == "worse" and move.key not in judged]
    if worse:
        told = labels([f"{key.estimand}, {key.level} and {key.versus}" for key in worse])
        yield f"Further from equal than before, beyond noise, and judged by no rule: {told}."
