"""Users whose habits are known: logs of decisions before and after advice, for worlds whose reliance is planted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv

from auditkit.core.estimate import Floats
from auditkit.core.evidence import UNIT, Tally
from auditkit.core.roles import MISSING

AXES = (UNIT, "arm", "truth", "advice", "initial", "final")


@dataclass(frozen=True)
class Habits:
    """What U users do: `initial` (U, 2) is P(right before the advice | advice wrong, right), `change` (U, 2, 2) is
    P(change one's mind | advice wrong or right, initial wrong or right); `advised` is P(advice right).

    Where `asked_twice` is false only the final decision is recorded.
    """

    initial: Floats
    change: Floats
    advised: float
    asked_twice: bool = True

    @classmethod
    def drawn(
        cls,
        users: int,
        initial: tuple[float, float],
        change: ArrayLike,
        advised: float,
        rng: np.random.Generator,
        icc: float = 0.1,
    ) -> Habits:
        """Users whose own rates scatter by `beta_rates` around means `initial` (2,) and `change` (2, 2).

        Who follows wrong advice more than others follows right advice more: trust is one trait.
        """
        place = rng.random((6, users))
        place[4] = place[3]
        means = [*initial, *np.ravel(change).tolist()]
        own = np.stack([beta_rates(mean, icc, at) for mean, at in zip(means, place, strict=True)], axis=1)
        return cls(own[:, :2], own[:, 2:].reshape(-1, 2, 2), advised)

    @classmethod
    def alike(cls, initial: tuple[float, float], change: ArrayLike, advised: float) -> Habits:
        """One user with the mean habits: what users who scatter amount to, since their traits enter as products."""
        return cls(np.array([initial]), np.asarray(change, float)[None], advised)

    def shares(self) -> Floats:
        """The shares (U, 2, 2, 2) of a user's decisions by [advice right, initial right, final right].

        >>> Habits(np.full((1, 2), .7), np.zeros((1, 2, 2)), .6).shares()[0, 1, 1].round(2).tolist()
        [0.0, 0.42]
        """
        advice = np.array([1 - self.advised, self.advised])[None, :, None]
        before = np.stack([1 - self.initial, self.initial], axis=-1) * advice
        moved, kept = before * self.change, before * (1 - self.change)
        return np.stack([np.stack([kept[..., 0], moved[..., 0]], -1), np.stack([moved[..., 1], kept[..., 1]], -1)], -2)


def beta_rates(mean: float, icc: float, place: Floats) -> Floats:
    """Users' own rates: the quantiles `place` (U,) of Beta with variance icc · mean (1 - mean), so ICC of decisions.

    A mean of 0 or 1 leaves no room to differ.
    """
    if not 0 < mean < 1:
        return np.full(len(place), mean)
    size = (1 - icc) / icc
    own: Floats = betaincinv(mean * size, (1 - mean) * size, place)
    return own


def three_arms(
    before: tuple[float, float],
    change: ArrayLike,
    second: ArrayLike,
    errs: float,
    advised: float,
    rng: np.random.Generator,
) -> tuple[Habits, Habits, Habits]:
    """Thirty users who are advised, 20 who look twice without advice, and 10 who look once and err at a rate."""
    once = Habits.drawn(10, (1 - errs, 1 - errs), np.zeros((2, 2)), advised, rng)
    twice = [Habits.drawn(n, before, means, advised, rng) for n, means in ((30, change), (20, second))]
    return twice[0], twice[1], replace(once, asked_twice=False)


def draw_log(arms: Mapping[str, Habits], each: int, rng: np.random.Generator) -> Tally:
    """Draw `each` decisions of every user of every arm, on binary items with either truth equally often."""
    blocks: list[tuple[list[Any], ...]] = []
    first = 0
    for arm, habits in arms.items():
        shares = np.repeat(habits.shares().reshape(-1, 1, 8) / 2, 2, axis=1).reshape(-1, 16)
        counts = rng.multinomial(each, shares)
        user, cell = np.nonzero(counts)
        truth, advice, initial, final = np.unravel_index(cell, (2, 2, 2, 2))
        decided = [truth, *(truth ^ right ^ 1 for right in (advice, initial, final))]
        texts = [_texts(part) for part in decided]
        if not habits.asked_twice:
            texts[2] = [MISSING] * len(cell)
        blocks.append((_texts(user + first), [arm] * len(cell), *texts, counts[user, cell].tolist()))
        first += len(counts)
    columns = [list(chain.from_iterable(parts)) for parts in zip(*blocks, strict=True)]
    return Tally.of(dict(zip(AXES, columns, strict=False)), n=columns[-1])


def halfway(log: Tally, share: float, rng: np.random.Generator) -> Tally:
    """A log of `draw_log` in which a share of those who kept a first decision against advice decide .5 in the end."""
    texts = {axis: [log.levels_of(axis)[k] for k in log.codes[:, log.index(axis)]] for axis in AXES}
    kept = [i == f != a for i, a, f in zip(texts["initial"], texts["advice"], texts["final"], strict=True)]
    moved = np.where(kept, rng.binomial(log.n, share), 0)
    columns = {axis: column * 2 for axis, column in texts.items()} | {"final": [*texts["final"], *["0.5"] * len(log)]}
    n, there = np.r_[log.n - moved, moved], np.r_[log.n > moved, moved > 0]
    return Tally.of({axis: np.array(c)[there].tolist() for axis, c in columns.items()}, n=n[there].tolist())


def draw_watch(
    users: int, each: int, rates: tuple[float, float, float], seeded: float, rng: np.random.Generator, icc: float
) -> Tally:
    """Draw `each` decisions of users who watch a machine, numbered from 1, a share `seeded` of them catch trials.

    `rates` are: of catching the first seeded error, the share of it that is worn off by the last decision, linearly,
    and of rejecting other advice. Users' own rates of catching scatter by `beta_rates`.
    """
    first, worn, other = rates
    at = np.arange(1, each + 1)
    catching = beta_rates(first, icc, rng.random(users))[:, None] * (1 - worn * (at - 0.5) / each)
    catch = rng.random((users, each)) < seeded
    doubting = beta_rates(other, icc, rng.random(users))[:, None]
    rejected = rng.random((users, each)) < np.where(catch, catching, doubting)
    columns = [np.repeat(np.arange(users), each), np.tile(at, users), catch.ravel().astype(int)]
    advice = rng.integers(0, 2, users * each)
    final = advice ^ rejected.ravel()
    names = (UNIT, "position", "catch", "advice", "final")
    return Tally.of(dict(zip(names, map(_texts, (*columns, advice, final)), strict=True)))


def worn_rate(first: float, worn: float, each: int) -> tuple[float, float]:
    """The mean of first (1 - worn (t - ½)/each) over t = 1 to `each`, and its slope per 100 decisions.

    >>> [round(part, 2) for part in worn_rate(.9, .5, 9)]
    [0.68, -5.0]
    """
    return first * (1 - worn / 2), -100 * first * worn / each


def _texts(values: ArrayLike) -> list[str]:
    return [str(value) for value in np.asarray(values).tolist()]
