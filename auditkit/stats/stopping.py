"""When to stop: a gate on a margin that may be looked at after every observation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.core.judgement import Outcome
from auditkit.stats.capital import LARGEST, Capital, Side

Kind = Literal["margin", "zone"]


@dataclass(frozen=True, slots=True)
class Gate:
    """Is a bounded mean within (low, high)? Asked after every observation, answered once; `None` is no limit.

    PASS when each `inward` bettor (against the mean being at or beyond an edge) has reached 1/α, each at its own time;
    FAIL when the average of the `outward` bettors (against its being within) reaches 1/α. Each wrong verdict has
    probability at most α under every stopping rule, the pass by intersection-union. The first verdict stands: what
    arrives later moves the capitals, which e-Holm reads over a suite, but not `outcome`. Beyond `longest` observations
    nothing is read and an open gate stays INCONCLUSIVE; before the first it is NOT_ASSESSED.

    With `gate="zone"` (an indifference zone, Wald 1945) the bettors stand at the acceptable value c and at its mirror
    image 2·edge - c instead of at the edge: several times fewer observations, and no promise in between. A truth at the
    margin then gets either verdict, and `meaning` says so.

    >>> gate = Gate.on(0.35, 0.45, variance=0.24)
    >>> gate.outcome.value, gate.update([0, 1, 0, 1, 0] * 8).outcome.value
    ('NOT_ASSESSED', 'INCONCLUSIVE')
    >>> done = gate.update([1, 1, 0, 1, 1] * 20)
    >>> done.outcome.value, done.n > done.decided_at, Gate.from_dict(done.to_dict()) == done
    ('FAIL', True, True)
    >>> Gate.on(-0.05, 0.05, support=(-1, 1), gate="zone").meaning[-57:]
    'in between, as at the margin itself, gets either verdict.'
    """

    low: float | None
    high: float | None
    acceptable: float | None
    gate: Kind
    alpha: float
    longest: int | None
    inward: tuple[Capital, ...]
    outward: tuple[Capital, ...]
    outcome: Outcome = Outcome.NOT_ASSESSED
    decided_at: int | None = None
    log_fail: float = 0.0
    log_fail_peak: float = 0.0

    @classmethod
    def on(
        cls,
        low: float | None,
        high: float | None,
        *,
        support: tuple[float, float] = (0.0, 1.0),
        acceptable: float | None = None,
        variance: float | None = None,
        gate: Kind = "margin",
        alpha: float = 0.05,
        longest: int | None = None,
    ) -> Gate:
        """A gate that has seen nothing yet.

        `acceptable` is the design value of a pass, by default the middle of a two-sided margin; the design value of a
        fail is its mirror image at the edge. `variance` is that of one observation: given, half of every stake is tuned
        to these values, which saves about a quarter of the observations; a wrong guess costs time, never error. Raises
        `InputError` for a margin, α or design that makes no sense.
        """
        if not 0 < alpha < 1 or (longest is not None and longest < 1):
            raise InputError(
                f"α lies between 0 and 1 and the longest stream is positive; these are {alpha}, {longest}."
            )
        if gate not in ("margin", "zone"):
            raise InputError(f'A gate is on a "margin" or a "zone"; this one is {gate!r}.')
        c = _acceptable(low, high, acceptable, needed=gate == "zone" or variance is not None)
        inward, outward = [], []
        for edge, inside, outside in _edges(low, high):
            mirrored = edge if c is None else 2 * edge - c
            inner, outer = (edge, edge) if gate == "margin" or c is None else (mirrored, c)
            inward.append(Capital.against(inner, inside, support, alternative=c, variance=variance))
            outward.append(Capital.against(outer, outside, support, alternative=mirrored, variance=variance))
        return cls(low, high, c, gate, float(alpha), longest, tuple(inward), tuple(outward))

    @property
    def n(self) -> int:
        """Observations read."""
        return self.inward[0].n

    @property
    def e_fail(self) -> float:
        """The e-value against "acceptable" now, for use at a common stopping time."""
        return math.exp(min(self.log_fail, LARGEST))

    @property
    def e_fail_peak(self) -> float:
        """The largest e-value against "acceptable" so far, for `running_e_holm` over the running gates of a suite."""
        return math.exp(min(self.log_fail_peak, LARGEST))

    @property
    def meaning(self) -> str:
        """What the two verdicts promise, and what a truth between the promises gets."""
        risk = f"Each is wrong with probability at most {self.alpha:g}, however often one looks."
        c, edges = self.acceptable, list(_edges(self.low, self.high))
        if self.gate == "margin" or c is None:
            beyond = _beyond([edge for edge, *_ in edges], edges)
            return f"PASS: the mean is not {beyond}. FAIL: it is. {risk}"
        unacceptable = _beyond([2 * edge - c for edge, *_ in edges], edges)
        return (
            f"Indifference zone. PASS: the mean is not {unacceptable}. FAIL: it is not {_near(c, edges)}. {risk} "
            "The margin itself is not tested: a truth in between, as at the margin itself, gets either verdict."
        )

    def update(self, x: ArrayLike) -> Gate:
        """The gate after further observations, a number or an array (T,) in order of arrival.

        Raises `InputError` for an observation that is missing or outside the support.
        """
        values = np.atleast_1d(np.asarray(x, float)).ravel()
        values = values if self.longest is None else values[: max(self.longest - self.n, 0)]
        if not len(values):
            return self
        inward, inside = zip(*(bettor.follow(values) for bettor in self.inward), strict=True)
        outward, outside = zip(*(bettor.follow(values) for bettor in self.outward), strict=True)
        failing = average(outside)
        peak = max(self.log_fail_peak, float(failing.max()))
        moved = replace(self, inward=inward, outward=outward, log_fail=float(failing[-1]), log_fail_peak=peak)
        if self.decided_at is not None:
            return moved
        passed, failed = self._times(inside, failing)
        return moved._judge(self.n + float(passed), self.n + float(failed))

    def times(self, x: ArrayLike) -> tuple[Floats, Floats]:
        """How many further observations PASS and FAIL take in many streams at once, infinite where they never come.

        `x` (..., T); each stream goes on from this state. The smaller of the two numbers (...) is the verdict.
        """
        values = np.asarray(x, float)
        inside = [bettor.log_path(values) for bettor in self.inward]
        return self._times(inside, average([bettor.log_path(values) for bettor in self.outward]))

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and strings, for JSON."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        bettors = {name: [bettor.to_dict() for bettor in parts[name]] for name in ("inward", "outward")}
        return parts | bettors | {"outcome": self.outcome.value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Gate:
        """Read what `to_dict` wrote; raises `InputError` for anything else."""
        try:
            bettors = {name: tuple(map(Capital.from_dict, data[name])) for name in ("inward", "outward")}
            return cls(**{**data, **bettors, "outcome": Outcome(data["outcome"])})
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"This is not the state of a gate: {type(error).__name__}: {error}.") from error

    def _times(self, inside: Sequence[Floats], failing: Floats) -> tuple[Floats, Floats]:
        level = -math.log(self.alpha)
        own = [_first(p, level, c.log_peak) for p, c in zip(inside, self.inward, strict=True)]
        return np.max(own, axis=0), _first(failing, level, self.log_fail_peak)

    def _judge(self, passed: float, failed: float) -> Gate:
        if math.isinf(min(passed, failed)):
            return replace(self, outcome=Outcome.INCONCLUSIVE)
        outcome = Outcome.FAIL if failed <= passed else Outcome.PASS
        return replace(self, outcome=outcome, decided_at=int(min(passed, failed)))


def average(paths: Sequence[Floats]) -> Floats:
    """The log of the average of e-processes given by their logs (..., T): an e-process against all their claims."""
    mixed: Floats = np.logaddexp.reduce(np.stack(paths), axis=0) - math.log(len(paths))
    return mixed


def _first(path: Floats, level: float, before: float) -> Floats:
    """After how many observations a path (..., T) first reaches the level; 0 where it had before."""
    if before >= level:
        return np.zeros(path.shape[:-1])
    reached = path >= level
    return np.where(reached.any(axis=-1), reached.argmax(axis=-1) + 1.0, np.inf)


def _edges(low: float | None, high: float | None) -> Iterator[tuple[float, Side, Side]]:
    """Each edge of a margin with the sides on which the mean is inside and outside."""
    if low is not None:
        yield float(low), "above", "below"
    if high is not None:
        yield float(high), "below", "above"


def _acceptable(low: float | None, high: float | None, acceptable: float | None, needed: bool) -> float | None:
    if low is None and high is None:
        raise InputError("A gate needs a margin: give low, high or both.")
    if low is not None and high is not None and acceptable is None:
        acceptable = (low + high) / 2
    if acceptable is None and needed:
        raise InputError("A one-sided margin has no middle: a tuned gate or a zone needs the acceptable value.")
    bounds = (-math.inf if low is None else low, math.inf if high is None else high)
    if not bounds[0] < bounds[1] or (acceptable is not None and not bounds[0] < acceptable < bounds[1]):
        raise InputError(f"The acceptable value {acceptable} does not lie within the margin ({low}, {high}).")
    return acceptable


def _beyond(values: list[float], edges: Sequence[tuple[float, Side, Side]]) -> str:
    words = {"below": "at most", "above": "at least"}
    return " or ".join(f"{words[outside]} {v:.6g}" for v, (_, _, outside) in zip(values, edges, strict=True))


def _near(c: float, edges: Sequence[tuple[float, Side, Side]]) -> str:
    if len(edges) == 2:
        return f"{c:.6g}"
    return f"{'at least' if edges[0][2] == 'below' else 'at most'} {c:.6g}"
