"""What a mitigation costs: accuracy, judged; balanced accuracy, each group's accuracy and certainty, told."""

from __future__ import annotations

from collections.abc import Iterator

from auditkit.core.estimate import LEVELS, Estimate
from auditkit.lifecycle.mitigating.fairness import Decided
from auditkit.lifecycle.mitigating.people import People
from auditkit.lifecycle.turning import Cost
from auditkit.stats.accuracy import accuracy, accuracy_lost, balanced_accuracy, balanced_accuracy_lost

CERTAIN = "decisions that no toss makes"


def costs(kept: People, said: Decided, margin: float) -> Iterator[Cost]:
    """The cost of every quality on the held-out rows, the same people before and after."""
    was, now = said.before == kept.y, said.after == kept.y
    unit = kept.unit
    lost = accuracy_lost(was, now, unit)
    yield Cost("accuracy", accuracy(was, unit), accuracy(now, unit), lost, margin, paired=True)
    once, then = (balanced_accuracy(kept.y, right, unit) for right in (was, now))
    yield Cost("balanced accuracy", once, then, balanced_accuracy_lost(kept.y, was, now, unit), paired=True)
    for group in kept.groups:
        rows = kept.group == group
        own = None if unit is None else unit[rows]
        once, then = accuracy(was[rows], own), accuracy(now[rows], own)
        yield Cost(f"accuracy of {group}", once, then, accuracy_lost(was[rows], now[rows], own), paired=True)
    tossed = (said.chance > 0) & (said.chance < 1)
    yield Cost(CERTAIN, _always(len(kept)), accuracy(~tossed, unit), accuracy(tossed, unit), paired=True)


def _always(n: int) -> Estimate:
    """A predictor that tosses no coin: 1, by how it is made and not by what was seen of it."""
    one = (1.0,) * len(LEVELS)
    return Estimate(1.0, one, one, n, float(n), "by construction")
