"""When to ask: no faster than is allowed, and after a fault later and later."""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FIRST, MOST = 0.5, 60.0
"""Seconds before the first retry, and the most before a later one."""


class Limiter:
    """So many requests a minute, evenly spread over all threads; `None` is no limit.

    >>> Limiter(None).wait()
    """

    def __init__(self, per_minute: float | None) -> None:
        self._every = 60 / per_minute if per_minute else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next request may be made."""
        if not self._every:
            return
        with self._lock:
            at = max(time.monotonic(), self._next)
            self._next = at + self._every
        time.sleep(max(at - time.monotonic(), 0.0))


def pause(attempt: int, seed: int, after: float | None = None) -> float:
    """Seconds to wait after a fault: doubling from half a second, less up to half of it, and never less than asked for.

    How much less follows from the seed of the question: threads that failed together do not come back together, and
    nobody's random numbers are touched.

    >>> pause(0, 7) == pause(0, 7) != pause(0, 8), 2 <= pause(3, 7) <= 4, pause(0, 7, after=9.0)
    (True, True, 9.0)
    """
    share = random.Random(f"{seed} {attempt}").random()
    return max(min(FIRST * 2.0**attempt, MOST) * (1 - share / 2), after or 0.0)


def retry_after(told: str | None) -> float | None:
    """The seconds of a Retry-After header, which holds a number or a date; `None` where it holds neither.

    >>> retry_after("1.5"), retry_after("Thu, 01 Jan 1970 00:00:00 GMT"), retry_after("soon"), retry_after(None)
    (1.5, 0.0, None, None)
    """
    if not told:
        return None
    try:
        seconds = float(told)
    except ValueError:
        try:
            date = parsedate_to_datetime(told)
        except ValueError:
            return None
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return max(seconds, 0.0) if seconds < float("inf") else None
