"""How fast a candidate answers, measured while it is asked: the median over batches, with their quartiles."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.wire import loaded
from auditkit.eliciting import Pace

FILE = "speed.json"


@dataclass(frozen=True, slots=True)
class Speed:
    """Answers a second in one sitting, on the machine that asked: the median over batches, and their quartiles.

    The first batch is left out where there are others: it opens the weights. Nothing of it is the same on another
    machine or another day, so no step hashes it.
    """

    answers: int
    batches: int
    median: float
    low: float
    high: float

    def to_json(self) -> str:
        """The wire format of `speed.json`."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Speed | None:
        """Read the wire format; `None` where nothing was measured. Raises `InputError` for anything else."""
        try:
            told = loaded(text)
            if told is None:
                return None
            rates = (float(told[name]) for name in ("median", "low", "high"))
            return cls(int(told["answers"]), int(told["batches"]), *rates)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"This is no measured speed: {type(error).__name__}.") from error


@dataclass
class Stopwatch:
    """What `elicit` tells its progress: it notes how long each batch took, and passes on what it was told."""

    known: int
    tells: Callable[[Pace], None] | None = None
    last: float = field(default_factory=time.perf_counter)
    batches: list[tuple[int, float]] = field(default_factory=list)

    def __call__(self, pace: Pace) -> None:
        """Note what was answered since the last time."""
        now = time.perf_counter()
        if pace.done > self.known:
            self.batches.append((pace.done - self.known, now - self.last))
        self.known, self.last = max(pace.done, self.known), now
        if self.tells is not None:
            self.tells(pace)

    @property
    def speed(self) -> Speed | None:
        """What this sitting came to; `None` where nothing was asked in it.

        >>> watch = Stopwatch(0, batches=[(64, 9.0), (64, 2.0), (64, 1.0), (64, 4.0)])
        >>> watch.speed.median
        32.0
        """
        some = self.batches[1:] or self.batches
        rates = [answers / seconds for answers, seconds in some if seconds > 0]
        if not rates:
            return None
        low, median, high = (float(one) for one in np.quantile(rates, [0.25, 0.5, 0.75]))
        return Speed(sum(answers for answers, _ in some), len(rates), median, low, high)
