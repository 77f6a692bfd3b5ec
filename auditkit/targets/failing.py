"""What goes wrong between a question and its answer, each kind by its name: `Run.failures` counts them apart.

Their sentences say nothing that differs from request to request, so that a kind is counted as one.
"""

from __future__ import annotations

from typing import NamedTuple


class RateLimited(Exception):
    """The server answered 429, too many requests, until there were no retries left."""


class ServerError(Exception):
    """The server answered with an error of its own, 500 and above, until there were no retries left."""


class TimedOut(Exception):
    """There was no whole answer in time, until there were no retries left."""


class Unreachable(Exception):
    """The connection was refused or dropped, until there were no retries left."""


class Unreadable(Exception):
    """What came was no reply: broken off, no JSON, or without an answer, until there were no retries left."""


class Rejected(Exception):
    """The server, which has answered others, took this one question for no good request: too long, for example."""


class Fault(NamedTuple):
    """One request that came to nothing and may be made again.

    `met` is what it is counted as, `what` what the server did, `after` how many seconds it asks to be left alone,
    `contact` whether there was a server at all.
    """

    kind: type[Exception]
    what: str
    met: str
    after: float | None = None
    contact: bool = True
