"""Whether a prediction was right, as a level to count; and the counts of rates as a finding shows them."""

from __future__ import annotations

from itertools import product

from auditkit.core.evidence import Tally
from auditkit.core.finding import Count
from auditkit.stats.clusters import Sample


def judged(tally: Tally) -> Tally:
    """Replace the axes outcome and prediction by `answer`: "right" where both say the same, else "wrong".

    >>> t = Tally.of_cells(("outcome", "prediction"), {("1", "1"): 3, ("1", "0"): 2, ("0", "1"): 1})
    >>> judged(t).cube("answer").tolist()
    [3.0, 3.0]
    """
    pairs = product(tally.levels_of("outcome"), tally.levels_of("prediction"))
    answers = {f"{y} × {p}": "right" if y == p else "wrong" for y, p in pairs}
    return tally.crossed(["outcome", "prediction"], "answer").relabel("answer", answers)


def counts(s: Sample) -> tuple[Count, ...]:
    """Hits, rows and weighted rate of each group of a sample; the rate of no rows is `None`.

    >>> from auditkit.stats.clusters import sample
    >>> counts(sample(Tally.of({"g": ["a", "a"], "y": ["0", "1"]}, n=[3, 1]), "g", "y", ["1"]))
    (Count(label='a', hits=1, n=4, rate=0.25),)
    """
    rates = [float(x / w) if w else None for x, w in zip(s.w_hits, s.w, strict=True)]
    return tuple(Count(*c) for c in zip(s.levels, s.hits.tolist(), s.rows.tolist(), rates, strict=True))
