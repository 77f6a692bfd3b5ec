"""Does a finding tell of few rows beside its counts: in words, by its value, or by its interval?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from auditkit.core.finding import Finding

NOUNS = "rows|units|items|people|raters|pictures|generations|answers|pairs|texts|records|captions|judgements|faces"
SPOKEN = re.compile(
    rf"(?<!about )(?<!fewer than )(?<!at least )(?<!at most )(?<![\d.,])(\d[\d,]*)(?: of (\d[\d,]*))? (?:{NOUNS})\b"
)
WIDTH = 1.5
"""How many times the threshold the events of a ratio must be by its interval: other methods than Poisson's are wider
or narrower by less than that."""


def tells_few(f: Finding, k: int, counted: bool) -> bool:
    """Whether a finding tells of fewer than `k` rows: in its counts, its words, its value, or by its interval where no
    cell of the report counts what it is of.

    >>> from auditkit.core.estimate import Estimate
    >>> e = Estimate(0.005, (.001,) * 9, (.01,) * 9, n=800, n_eff=800.0, method="example")
    >>> [tells_few(Finding("c", "flip rate", "a", "b", "", e), k, True) for k in (10, 4)]
    [True, False]
    """
    own = [part for c in f.counts for part in (c.n, c.hits, c.n - c.hits)]
    sizes = [f.estimate.n, f.estimate.clusters or 0]
    return any(0 < part < k for part in (*own, *sizes, *implied(f))) or (not counted and _wide(f, k))


def implied(f: Finding) -> Iterator[int]:
    """How many rows a finding tells of and has no count for: what is said of rows, and value times n where that is a
    number of rows, with all that these leave over."""
    yield from spoken(f.sentence)
    e = f.estimate
    if f.counts or e.value is None or not e.n:
        return
    for offset in _offsets(f):
        hits = (e.value * offset if f.scale == "ratio" else e.value + offset) * e.n
        if 0 <= hits <= e.n and abs(hits - round(hits)) < 1e-6:
            yield from (round(hits), e.n - round(hits))


def spoken(text: str) -> Iterator[int]:
    """The numbers of rows in a text, and of "x of y rows" both parts.

    >>> list(spoken("4 rows lack a feature, 996 of 1,000 rows do not; about 5 pairs are needed"))
    [4, 996, 4]
    """
    for told, of in SPOKEN.findall(text):
        n = int(told.replace(",", ""))
        yield n
        if of:
            yield int(of.replace(",", "")) - n


def _offsets(f: Finding) -> tuple[float, ...]:
    """What a value may be a share less: the reference's share where there is one, else nothing, or one half."""
    if f.reference is None:
        return (1.0,) if f.scale == "ratio" else (0.0, 0.5)
    if isinstance(f.reference.value, Mapping):
        return (f.reference.value[f.level],) if f.level in f.reference.value else ()
    return (f.reference.value,)


def _wide(f: Finding, k: int) -> bool:
    """Whether the interval of a ratio without counts says that it rests on few events: 1 over the square of the log's
    standard error, whatever the share is that it was divided by."""
    if f.scale != "ratio" or f.counts or not f.estimate.value:
        return False
    error = f.estimate.standard_error("ratio")
    return error is None or error**2 * WIDTH * k > 1
