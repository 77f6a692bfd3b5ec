"""Two groups that arrive in one stream, met in pairs whose sizes follow the groups' counts and never the outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.stats.plain import plain, restored
from auditkit.stats.seams import NONE, Seams, Told

LARGEST, KEPT, OLDEST = 10, 20, 200
"""At most so many of one group against one of the other; so many that wait; for so many events of the two groups."""
RUN = 5
"""Events in a row that are no run yet: at random the rarer of two groups comes in runs of two at most, on average."""
RARE = 1 / 50
"""A group of the rest that is a smaller share of the events moves the rate of the rest by no more than that."""

_64 = (1 << 64) - 1

Waiting = tuple[tuple[float, int], ...]
Part = tuple[int, float, int, float, int]
"""A group of the rest: its number, its events before and now, and how often it began or ended before and now."""


class Met(NamedTuple):
    """Differences X (T,), and the number of the event at which each was complete (T,)."""

    x: Floats
    at: Floats


@dataclass(frozen=True, slots=True)
class Pairing:
    """X = mean of r waiting outcomes of the first group - mean of s waiting outcomes of the second, the latest first.

    One of r, s is 1; they are chosen when a block of events begins, from the counts of the groups before it, so that
    pairs per block / (1/r + 1/s), which is what the X of a block tell, is largest. So of a group nine times as large no
    more than a tenth of the precision is lost, where pairs of one would lose 44 %. What has waited for more than
    `OLDEST` events of the two groups, or behind `KEPT` later ones, is passed over and counted in `passed`: it is too
    old to be set against what comes.

    Where the second group is a `mixture`, of several that are "the rest", the latest first would let the order of the
    events pick which of them is met: in batches that are sorted by group always the same. So its outcomes wait for all
    of `OLDEST` events, and who is met is drawn among them by a hash of how many events were heard: known before, the
    same after a break, and no outcome's doing. Nothing is met before a block has passed that had both groups, so that
    the sizes fit; what went by meanwhile is `counted`. X has mean p - q, for q the rate of all the rest, where the mix
    of the rest is independent of who arrives next: drawn at random, or in turns of up to `OLDEST` events. Where the
    groups take longer turns (`in_runs`), those who meet stand at the seams, always the one group after the same other:
    X would be what a common rate has moved meanwhile, and with whom it is compared a matter of the order. So it is
    where the first group is mixed with some of the rest, and others of it come by themselves. Then nobody is met until
    the turns are shorter again, once a first such turn was heard; who came meanwhile is counted in `apart`.

    Two groups may come in turns too. Then the pairs over a seam between two turns are torn (`stats.seams`), with all
    that wait there, and counted in `apart`; who comes mixed with the others is met.

    Why X may be betted on: which outcomes meet depends on the groups of the events and on their numbers alone. Given
    that sequence, and as long as each outcome has its group's rate p or q whatever the outcomes before it were, an X
    has mean p - q given the earlier X, on [-1, 1] for outcomes in [0, 1]; nobody looks at an outcome that waits. Where
    rates move over time, X compares p at one event with q at another, and "within the margin" must hold for these two:
    a common drift of Δ while an outcome waits moves the mean of X by up to Δ. Taking the latest first keeps most waits
    at a few events, and lets now the one group wait and now the other.

    >>> pairing, met = Pairing(block=100).update([1, 1, 0, 1], [0, 0, 1, 1], [1, 2, 3, 4])
    >>> met.x.tolist(), met.at.tolist(), pairing.sizes, pairing.waiting
    ([1.0, 0.0], [3.0, 4.0], (1, 1), ((), ()))
    """

    block: int
    mixture: bool = False
    waiting: tuple[Waiting, Waiting] = ((), ())
    sizes: tuple[int, int] = (1, 1)
    before: tuple[float, float] = (0.0, 0.0)
    now: tuple[int, int] = (0, 0)
    begun: int = 0
    heard: int = 0
    passed: tuple[int, int] = (0, 0)
    counted: int = 0
    apart: int = 0
    turns: tuple[float, int] = (0.0, 0)
    side: int = -1
    rest: tuple[Part, ...] = ()
    last: int = -1
    seams: Told = NONE

    @property
    def waits(self) -> int:
        """How many outcomes wait: to be met, or in a pair that may be one over a seam."""
        return sum(map(len, self.waiting)) + sum(of for _, _, of in self.seams[2])

    @property
    def in_runs(self) -> bool:
        """Whether the second group is a mixture, and the blocks before had both sides in runs that are too long to meet
        it: on average a run of each together is longer than `OLDEST` events, and the shorter of them than `RUN`. Or
        that any group of the mixture and all others had, unless it is `RARE`.

        Of two groups it is that more pairs were torn at seams of late than met.

        It is a matter of the groups' order alone: `turns` counts how often the other side came, as `before` and `now`
        count events, and `side` is that of the last event; `rest` and `last` are the same of the groups of the rest.
        """
        if not self.mixture:
            return self.seams[3] > 0
        total = sum(self.before)
        return _long(min(self.before), total, self.turns[0]) or any(
            came > RARE * total and _long(min(came, total - came), total, turns) for _, came, _, turns, _ in self.rest
        )

    def update(self, values: ArrayLike, groups: ArrayLike, at: ArrayLike) -> tuple[Pairing, Met]:
        """The pairs that further events complete: outcomes (T,), groups (T,), numbers of events (T,).

        Of the first group is 0, of the second 1; which group of a mixture it is may be any number from 1 on.
        """
        v, events = np.asarray(values, float), np.asarray(at, float)
        parts = np.asarray(groups, int)
        g = np.minimum(parts, 1)
        if not len(v) == len(g) == len(events):
            raise InputError("Every event has an outcome, a group and a number.")
        pairing, met = self, [Met(np.empty(0), np.empty(0))]
        blocks = ((events - 1) // self.block).astype(int)
        for block in np.unique(blocks).tolist():
            own = blocks == block
            pairing, some = pairing._in_block(block)._turned(parts[own])._meet(v[own], g[own], events[own])
            met.append(some)
        return pairing, Met(np.concatenate([m.x for m in met]), np.concatenate([m.at for m in met]))

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and lists, for JSON."""
        return plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Pairing:
        """Read what `to_dict` wrote; raises `InputError` for anything else."""
        try:
            waiting = tuple(tuple((float(value), int(when)) for value, when in side) for side in data["waiting"])
            told = data.get("rest", ())
            rest = tuple((int(who), float(b), int(n), float(t), int(turned)) for who, b, n, t, turned in told)
            for name in ("before", "sizes", "now", "passed", "turns"):
                first, second = data.get(name, (1, 1))
                if not {type(first), type(second)} <= {int, float} or not min(first, second) >= (name == "sizes"):
                    raise ValueError(f"{name} is {data[name]!r:.40} and should be two numbers")
            Seams.of(data.get("seams", NONE))
            if len(waiting) != 2:
                raise ValueError(f"{len(waiting)} sides wait, and a pairing has two")
        except (TypeError, ValueError, KeyError, OverflowError) as error:
            raise InputError(f"This is not the state of a pairing: {type(error).__name__}: {error}.") from error
        return restored(Pairing, {**data, "waiting": waiting, "rest": rest}, "a pairing")

    def _in_block(self, block: int) -> Pairing:
        """As it stands when the first event of a block arrives: sizes by the counts before."""
        if block == self.begun:
            return self
        before = (self.before[0] / 2 + self.now[0], self.before[1] / 2 + self.now[1])
        turns = (self.turns[0] / 2 + self.turns[1], 0)
        moved = replace(self, sizes=best_sizes(*before), before=before, now=(0, 0), turns=turns, begun=block)
        rest = ((who, b / 2 + n, 0, t / 2 + turned, 0) for who, b, n, t, turned in self.rest)
        return replace(moved, rest=tuple(part for part in rest if part[1] > RARE * sum(before)))

    def _turned(self, groups: NDArray[np.int_]) -> Pairing:
        """With how often the other side came, and each group of the rest."""
        if not self.mixture or not len(groups):
            return self
        sides = np.minimum(groups, 1)
        changed = int((np.diff(sides, prepend=self.side) != 0).sum())
        turned = np.flatnonzero(np.diff(groups, prepend=self.last))
        seams = np.r_[groups[turned], np.r_[self.last, groups[:-1]][turned]]
        came, turns = ({who: n for who, n in zip(*_times(of), strict=True) if who > 0} for of in (groups, seams))
        known = {part[0]: part for part in self.rest}
        parts = (known.get(who, (who, 0.0, 0, 0.0, 0)) for who in sorted({*known, *came, *turns}))
        rest = tuple((who, b, n + came.get(who, 0), t, m + turns.get(who, 0)) for who, b, n, t, m in parts)
        moved = replace(self, turns=(self.turns[0], self.turns[1] + changed), side=int(sides[-1]))
        return replace(moved, rest=rest, last=int(groups[-1]))

    def _meet(self, values: Floats, groups: NDArray[np.int_], events: Floats) -> tuple[Pairing, Met]:
        if self.mixture and (self.in_runs or not min(self.before)):
            return self._count(values, groups), Met(np.empty(0), np.empty(0))
        first, second = waiting = [list(side) for side in self.waiting]
        (r, s), heard, passed, now = self.sizes, self.heard, list(self.passed), list(self.now)
        most, x, at, apart = (KEPT, OLDEST if self.mixture else KEPT), [], [], self.apart
        seams = Seams.of(self.seams)
        for value, group, event in zip(values.tolist(), groups.tolist(), events.tolist(), strict=True):
            heard += 1
            now[group] += 1
            own = waiting[group]
            if not self.mixture:
                if seams.told(group, heard):
                    apart += seams.tear(group) + len(first) + len(second)
                    first.clear()
                    second.clear()
                if seams.held:
                    ripe = seams.released(heard)
                    x += ripe
                    at += [event] * len(ripe)
            own.append((value, heard))
            if len(own) > most[group]:
                del own[0]
                passed[group] += 1
            if self.mixture and second and second[0][1] < heard - OLDEST:
                passed[1] += _forget(second, heard - OLDEST)
            if len(first) >= r and len(second) >= s:
                if min(first[-r][1], second[-s][1]) < heard - OLDEST:
                    passed[0] += _forget(first, heard - OLDEST)
                    passed[1] += _forget(second, heard - OLDEST)
                    continue
                pair = _mean(first, r) - (_drawn(second, s, heard) if self.mixture else _mean(second, s))
                if seams.waits(group, heard):
                    seams.held.append((pair, heard, r + s))
                else:
                    seams.meets()
                    x.append(pair)
                    at.append(event)
        moved = replace(
            self,
            waiting=(tuple(first), tuple(second)),
            heard=heard,
            passed=(passed[0], passed[1]),
            now=(now[0], now[1]),
            apart=apart,
            seams=self.seams if self.mixture else seams.kept,
        )
        return moved, Met(np.array(x), np.array(at))

    def _count(self, values: Floats, groups: NDArray[np.int_]) -> Pairing:
        """Let the second group wait, and only count the first."""
        rest, heard = np.flatnonzero(groups == 1), self.heard + len(groups)
        come = zip(values[rest].tolist(), (self.heard + 1 + rest).tolist(), strict=True)
        kept = tuple(one for one in (*self.waiting[1], *come) if one[1] >= heard - OLDEST)[-OLDEST:]
        now = (self.now[0] + len(groups) - len(rest), self.now[1] + len(rest))
        gone = len(groups) - (len(kept) - len(self.waiting[1]))
        moved = replace(self, waiting=(self.waiting[0], kept), heard=heard, now=now)
        return replace(moved, apart=self.apart + gone) if self.in_runs else replace(moved, counted=self.counted + gone)


def best_sizes(first: float, second: float) -> tuple[int, int]:
    """How many of each group to a pair, for groups of these sizes: what tells most about the difference.

    >>> best_sizes(0, 0), best_sizes(500, 500), best_sizes(900, 100), best_sizes(30, 100), best_sizes(5, 1000)
    ((1, 1), (1, 1), (9, 1), (1, 3), (1, 10))
    """
    choices = [(r, 1) for r in range(1, LARGEST + 1)] + [(1, s) for s in range(2, LARGEST + 1)]
    return max(choices, key=lambda sizes: min(first / sizes[0], second / sizes[1]) / (1 / sizes[0] + 1 / sizes[1]))


def _long(rarer: float, total: float, turns: float) -> bool:
    """Whether two sides came in long runs."""
    return total > OLDEST * turns / 2 and rarer > RUN * turns / 2


def _times(numbers: NDArray[np.int_]) -> tuple[list[int], list[int]]:
    """The numbers that there are, and how often."""
    who, n = np.unique(numbers, return_counts=True)
    return who.tolist(), n.tolist()


def _mean(waiting: list[tuple[float, int]], size: int) -> float:
    """The mean of the latest, which wait no longer."""
    total = sum(value for value, _ in waiting[-size:])
    del waiting[-size:]
    return total / size


def _drawn(waiting: list[tuple[float, int]], size: int, heard: int) -> float:
    """The mean of as many that a hash picks, which wait no longer."""
    total = 0.0
    for draw in range(size):
        total += waiting.pop(_hash(heard * LARGEST + draw) % len(waiting))[0]
    return total / size


def _hash(number: int) -> int:
    """64 bits that look random: SplitMix64 (Steele, Lea & Flood 2014)."""
    z = (number + 1) * 0x9E3779B97F4A7C15 & _64
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & _64
    z = (z ^ z >> 27) * 0x94D049BB133111EB & _64
    return z ^ z >> 31


def _forget(waiting: list[tuple[float, int]], before: int) -> int:
    """Pass over what has waited since before a moment; how many that were."""
    kept = [one for one in waiting if one[1] >= before]
    gone = len(waiting) - len(kept)
    waiting[:] = kept
    return gone
