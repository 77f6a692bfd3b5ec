"""Rates of a level that a fallible annotator read among several, put right reading by reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import QUANTILES, Floats, estimates
from auditkit.core.evidence import Ints
from auditkit.stats.misclassification import ENOUGH_RARE, Corrected, Flags, beta_limits, size_caps
from auditkit.stats.proportions import Curve, rates, wilson

_Z = np.array(QUANTILES)[:, None]


class Looked(NamedTuple):
    """Rows (k, R) of k groups by R readings: all of them, those that a human looked at, and of these the true ones."""

    read: Floats
    seen: Floats
    true: Floats


def rates_by_reading(
    read: ArrayLike, seen: ArrayLike, true: ArrayLike, own: ArrayLike, levels: Sequence[str] | None = None
) -> Corrected:
    """Estimate how often k groups truly show a level, from the reading of all rows and a human's look at some.

    `read` (k, R) counts rows by reading, `seen` those that a human looked at, `true` those of them that truly show the
    level, which `own` (k,) names among the readings. With q_r the share of a reading and π_r the true rate among its
    rows, the rate is Σ q_r π_r: double sampling (Tenenbein 1972), so rows need only be drawn at random within each
    reading, however many of each. The interval is `corrected_rates`', to which this comes down for two readings: the
    limits of each π_r and of the level's q add by squares (MOVER), with z √((1 - q) Var π / n) for the shares of the
    other readings among themselves. A reading that nobody looked at is taken at its word, at the worth of one row, and
    its limits are 0 and 1. With everything looked at, or everything read alike, it is Wilson's interval.

    A hundred rows of each of three readings: as read .33, put right .396.

    >>> told = rates_by_reading([[660, 1140, 200]], [[100, 100, 100]], [[95, 2, 71]], [0])
    >>> [round(v, 3) for v in (told.rates[0].value, *told.rates[0].interval(.95)[:2])]
    [0.396, 0.366, 0.43]
    """
    given = Looked(*(np.atleast_2d(np.asarray(part, float)) for part in (read, seen, true)))
    at = np.atleast_1d(np.asarray(own, int))
    rows, looked = given.read.sum(axis=1), given.seen.sum(axis=1)
    alone = (rows == looked) | ((given.read > 0).sum(axis=1) < 2)
    blank = (given.read > 0) & (given.seen == 0)
    filled = _at_its_word(given, blank, at)
    with np.errstate(invalid="ignore"):
        powered = _limits(filled, blank, at, _is_rare(given))
    plain = wilson(rates(given.true.sum(axis=1), looked))
    curve = [np.where(alone, one, other) for one, other in zip(plain, powered, strict=True)]
    told = estimates(
        *curve,
        n=rows,
        n_eff=np.where(alone, looked, _worth(filled)),
        method="prediction-powered",
        reasons="no rows were checked",
    )
    return Corrected(told, size_caps(looked, levels))


def _at_its_word(given: Looked, blank: Flags, own: Ints) -> Looked:
    """The counts with one row, read without error, wherever nobody looked at a reading."""
    right = np.arange(given.read.shape[1]) == own[:, None]
    return Looked(given.read, np.where(blank, 1.0, given.seen), np.where(blank, right, given.true))


def _is_rare(given: Looked) -> Flags:
    """Whether fewer than 15 of the rarer truth were seen."""
    yes, all_seen = given.true.sum(axis=1), given.seen.sum(axis=1)
    rare: Flags = np.minimum(yes, all_seen - yes) < ENOUGH_RARE
    return rare


def _limits(c: Looked, blank: Flags, own: Ints, exact: Flags) -> Curve:
    """Σ q π with its distances: of the level's share, of the others' among themselves, and of each reading's truth."""
    rows = c.read.sum(axis=1)
    q, p = c.read / rows[:, None], np.divide(c.true, c.seen, out=np.zeros_like(c.true), where=c.seen > 0)
    mine, line = np.arange(len(q)), np.arange(q.shape[1])
    share = q[mine, own]
    rest = np.where(line == own[:, None], 0.0, q)
    other = np.divide((rest * p).sum(axis=1), 1 - share, out=np.zeros_like(share), where=share < 1)
    apart = p[mine, own] - other
    within = _Z * np.sqrt((rest * (p - other[:, None]) ** 2).sum(axis=1) / rows)
    limits = beta_limits(share, rows, exact)
    down, up = share - limits.lower, limits.upper - share
    down, up = np.where(apart >= 0, down, up), np.where(apart >= 0, up, down)
    fall, rise = (apart * down) ** 2 + within**2, (apart * up) ** 2 + within**2
    for r in line:
        truth = beta_limits(p[:, r], np.maximum(c.seen[:, r], 1), exact)
        fall = fall + (q[:, r] * (p[:, r] - np.where(blank[:, r], 0.0, truth.lower))) ** 2
        rise = rise + (q[:, r] * (np.where(blank[:, r], 1.0, truth.upper) - p[:, r])) ** 2
    value = (q * p).sum(axis=1)
    return Curve(value, np.clip(value - np.sqrt(fall), 0, 1), np.clip(value + np.sqrt(rise), 0, 1))


def _worth(c: Looked) -> Floats:
    """How many rows read without error would tell as much; half a row added to every cell that may be empty."""
    rows, readings = c.read.sum(axis=1), c.read.shape[1]
    q = (c.read + 0.5) / (rows + readings / 2)[:, None]
    p = (c.true + 0.5) / (c.seen + 1)
    rate = (q * p).sum(axis=1)
    drawn = ((q * p**2).sum(axis=1) - rate**2) / np.maximum(rows, 1)
    looked = q**2 * p * (1 - p)
    variance = drawn + np.divide(looked, c.seen, out=np.zeros_like(looked), where=c.seen > 0).sum(axis=1)
    worth = np.divide(rate * (1 - rate), variance, out=np.zeros_like(rate), where=variance > 0)
    told: Floats = np.minimum(worth, rows)
    return told
