"""How many rows a verdict takes: in closed form where intervals are normal, else by steps over simulated worlds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import NamedTuple

from auditkit.stats.proportions import clopper_pearson

NORMAL = NormalDist()
STEPS = 8
CLOSE = 1.04  # a bracket this narrow is narrow enough


def rows_to_pass(
    distances: Sequence[float], errors: Sequence[float], n: float = 1.0, power: float = 0.90, alpha: float = 0.05
) -> float | None:
    """Rows at which all one-sided tests reject together with this power (TOST: Schuirmann 1987).

    `distances` from the truth to the edges of the margin, positive inside; `errors` the standard errors that n rows
    leave at each. The n at which Σ Φ(d √(n'/n) / se - z_α) - (k - 1) reaches the power; `None` for a truth on an edge.

    >>> round(rows_to_pass([.05, .05], [(2 * .25) ** .5] * 2)), round(rows_to_pass([.05, .05], [(2 * .09) ** .5] * 2))
    (2164, 779)
    >>> round(rows_to_pass([.05], [(2 * .25) ** .5])), round(rows_to_pass([.05], [(2 * .09) ** .5]))
    (1713, 617)
    """
    if not distances or min(distances) <= 0 or min(errors) <= 0:
        return None
    low, high, each = 0.0, 1e12, NORMAL.inv_cdf(1 - alpha)
    for _ in range(100):
        middle = (low + high) / 2 if high < 1 else math.sqrt(max(low, 1e-6) * high)
        if middle in (low, high):
            break  # there is no number between
        z = [NORMAL.cdf(edge * math.sqrt(middle) / se - each) for edge, se in zip(distances, errors, strict=True)]
        low, high = (low, middle) if sum(z) - (len(z) - 1) >= power else (middle, high)
    return n * high


def rows_to_fail(distance: float, error: float, level: float, n: float = 1.0, power: float = 0.90) -> float | None:
    """Rows at which the interval at a two-sided level lies beyond the edge with this power: n ((z + z_β) se / d)².

    >>> round(rows_to_fail(.05, (.25 + .24) ** .5, .95))
    2059
    """
    if distance <= 0 or error <= 0:
        return None
    apart = (critical(level) + NORMAL.inv_cdf(power)) * error / distance
    return n * apart * apart  # which is infinite, where a power would raise


def critical(level: float) -> float:
    """The normal quantile of a two-sided level.

    >>> round(critical(.95), 2)
    1.96
    """
    return NORMAL.inv_cdf((1 + level) / 2)


def times_until(enough: Callable[[float], bool], most: float) -> float | None:
    """How many times as much is enough, from 1 up, where more always is too; `None` where `most` times are not.

    >>> round(times_until(lambda times: times**2 >= 9, 100.0), 3), times_until(lambda times: False, 100.0)
    (3.0, None)
    """
    low, high = 1.0, most
    if not enough(most):
        return None
    while high > low * 1.0001:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


class Checked(NamedTuple):
    """How often an event happened in so many draws of n rows."""

    n: int
    hits: int
    draws: int

    @property
    def between(self) -> tuple[float, float]:
        """The 95 % Clopper-Pearson interval of its probability."""
        curve = clopper_pearson(self.hits, self.draws)
        return float(curve.lower[2, 0]), float(curve.upper[2, 0])


def smallest(
    check: Callable[[int], Checked], start: float, z: float, sides: int, least: int, most: float, power: float = 0.90
) -> Checked | None:
    """The smallest n at which an event is found to have this probability, up to the noise of the draws.

    Probit steps: the probability is taken as Φ(a √n - z) for one test at the critical value `z`, as 2 Φ(a √n - z) - 1
    for two at once, and every step is checked by fresh draws. Where steps lead out of the bracket found so far, as
    where an event begins at a threshold, it is halved. `None` where more than `most` rows would be needed.

    >>> check = lambda n: Checked(n, round(1000 * NORMAL.cdf(.1 * n ** .5 - 1.96)), 1000)
    >>> smallest(check, 100, 1.96, 1, 1, 1e6).n, smallest(check, 100, 1.96, 1, 1, 500)
    (1052, None)
    """
    low, best, n = 0, None, max(math.ceil(min(start, most)), least)
    for _ in range(STEPS):
        told = check(n)
        at_least, at_most = told.between
        if at_least <= power <= at_most:
            return told
        if at_most < power:
            low = max(low, n)
        else:
            best = told if best is None or n < best.n else best
        if (best is not None and (best.n <= least or best.n <= CLOSE * low)) or low >= most:
            break
        n = _next(told, z, sides, low, best, power, least, most)
    return best


def _next(
    told: Checked, z: float, sides: int, low: int, best: Checked | None, power: float, least: int, most: float
) -> int:
    """The n to look at after this one."""
    share = (told.hits + 0.5) / (told.draws + 1)
    here, there = (NORMAL.inv_cdf((p + sides - 1) / sides) for p in (share, power))
    factor = ((z + there) / max(z + here, (z + there) / 3)) ** 2
    n = math.ceil(told.n * min(max(factor, 1 / 9), 9))
    high = most if best is None else best.n
    if not low < n < high:
        n = math.ceil(math.sqrt(max(low, least) * high)) if best is not None else math.floor(high)
    return max(n, least)
