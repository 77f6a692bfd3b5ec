"""What copies cost: how many rows stand for one, and how much of a test set was seen in training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.cells import Ints
from auditkit.core.estimate import LEVELS, QUANTILES, Estimate, Floats, estimates
from auditkit.core.rows import Rows
from auditkit.stats.proportions import Rates, rates, wilson

_Z2 = np.array(QUANTILES) ** 2


def rows_per_distinct(copies: ArrayLike) -> Estimate:
    """Estimate n/n_eff = Σm²/Σm of items that occur m times each, `copies` (items,): 1 where nothing is repeated.

    n_eff = (Σm)²/Σm² is what n rows are worth when copies tell nothing new, so the value is their design effect (Kish
    1965). Items are the sample: the limits are the θ at which Σ(m² - θm) is z of its standard deviations from 0
    (Fieller 1954), which heavy copies skew less than the value's own. Where nothing is repeated the upper limit takes
    copies for pairs and their share from Wilson's. Unbounded above where too few items are repeated too often.

    >>> e = rows_per_distinct([1] * 800 + [5] * 40)
    >>> round(1000 / e.value), [round(end, 2) for end in e.interval(.95)[:2]]
    (556, [1.59, 1.99])
    """
    m = np.asarray(copies, float)
    m = m[m > 0]
    if not len(m):
        return Estimate.undefined("no rows")
    one, two, three, four = (float((m**power).sum()) for power in (1, 2, 3, 4))
    if two == one:
        pairs = wilson(rates(0, len(m))).upper[:, 0]
        lower, upper = np.ones(len(LEVELS)), (1 + 3 * pairs) / (1 + pairs)
    else:
        lower, upper = _fieller(one, two, three, four)
    bounds = (np.maximum(lower, 1)[:, None], upper[:, None])
    method = "Fieller over items" if two > one else "Wilson, taken for pairs"
    return estimates(two / one, *bounds, n=one, n_eff=one**2 / two, method=method)[0]


def _fieller(one: float, two: float, three: float, four: float) -> tuple[Floats, Floats]:
    """The roots of (Σm² - θΣm)² = z² Σ(m² - θm)²."""
    a, b, c = one**2 - _Z2 * two, two * one - _Z2 * three, two**2 - _Z2 * four
    root = np.sqrt(np.clip(b**2 - a * c, 0, None))
    with np.errstate(divide="ignore", invalid="ignore"):
        lower, upper = (b - root) / a, (b + root) / a
    return np.where(a > 0, lower, 1.0), np.where(a > 0, upper, np.nan)


def seen_before(item: ArrayLike, seen: ArrayLike) -> Estimate:
    """Estimate the share of test rows whose item was seen in training.

    `item` (n,) numbers from 0, `seen` (n,) booleans. Wilson's interval on the rows that copies leave, n²/Σm²,
    m rows of one item.

    >>> e = seen_before([0, 1, 2, 2], [True, False, False, False])
    >>> e.value, round(e.n_eff, 2)
    (0.25, 2.67)
    """
    code, hit = np.asarray(item, np.int64), np.asarray(seen, bool)
    n = len(code)
    if not n:
        return Estimate.undefined("no test rows")
    m = np.bincount(code)
    r = Rates(*(np.array([float(x)]) for x in (hit.mean(), n, n**2 / float(m @ m), np.inf)))
    return estimates(*wilson(r), n=n, n_eff=r.n_eff, method="Wilson")[0]


def chance_of_coincidence(columns: Sequence[ArrayLike]) -> float:
    """The chance that two of n rows agree in every column if columns went independently: Π Σ n_v (n_v - 1)/n(n - 1).

    `columns` (n,) of codes, n_v the rows of level v.

    >>> round(chance_of_coincidence([[0, 0, 1, 1], [0, 1, 0, 1]]), 3)
    0.111
    """
    chance = 1.0
    for column in columns:
        counts = np.unique(np.asarray(column), return_counts=True)[1].astype(float)
        n = float(counts.sum())
        chance *= float((counts * (counts - 1)).sum()) / (n * (n - 1)) if n > 1 else 0.0
    return chance


def identical(columns: Sequence[ArrayLike]) -> Ints:
    """Number the rows (n,) from 0 so that rows which agree in every column (n,) share a number; NaN agrees with NaN.

    >>> identical([[1.5, 1.5, 2.0], ["a", "a", "a"]]).tolist()
    [0, 0, 1]
    """
    codes = [np.unique(np.asarray(column), return_inverse=True)[1] for column in columns]
    out = codes[0]
    for code in codes[1:]:
        out = np.unique(out * (int(code.max(initial=0)) + 1) + code, return_inverse=True)[1]
    return out.astype(np.int64)


def copies(item: ArrayLike, unit: ArrayLike | None = None) -> Ints:
    """How often every item occurs; what one unit repeats counts once.

    >>> copies([0, 0, 1, 1], ["a", "b", "c", "c"]).tolist()
    [2, 1]
    """
    code = np.asarray(item, np.int64)
    if unit is None:
        return np.bincount(code)
    first = np.unique(identical([code, unit]), return_index=True)[1]
    return np.bincount(code[first])


def content(rows: Rows) -> tuple[list[NDArray[Any]], str]:
    """What makes two rows the same, column by column, and what it is called: the text, or else every feature.

    >>> content(Rows.of({"feature:a": ["x", "y"], "other": ["u", "v"]}))[1]
    'feature:a'
    """
    if "text" in rows:
        return [rows.column("text").astype(str)], rows.name_of("text")
    axes = [axis for axis in rows.axes if axis.startswith("feature:")]
    numbers = rows.numbers["feature"].T if "feature" in rows.numbers else ()
    called = [*map(rows.name_of, axes), *rows.measured.get("feature", ())]
    return [*map(rows.codes, axes), *numbers], " × ".join(called)
