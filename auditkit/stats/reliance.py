"""Appropriate reliance on advice: its four situations in a log, and what habits make of them."""

from __future__ import annotations

from collections.abc import Mapping

from auditkit.core.comparison import Comparison
from auditkit.core.estimate import Floats
from auditkit.core.roles import MISSING
from auditkit.stats.clusters import Members
from auditkit.stats.contrasts import compare
from auditkit.stats.logs import Condition, Log

WHAT = {
    "over-reliance": "Gave up a right decision against wrong advice",
    "RSR": "Kept a right decision against wrong advice",
    "under-reliance": "Kept a wrong decision against right advice",
    "RAIR": "Took right advice over a wrong decision",
    "commission error": "Acted on wrong advice",
    "omission error": "Was as silent as the advice where something was there",
}
"""What people did in each situation of `situations` and `errors`."""


def situations(log: Log, aided: Members) -> Mapping[str, Condition]:
    """Where each rate of reliance is read among `aided` decisions, and what counts (Schemmer et al. 2023).

    RSR = P(final right | initial right, advice wrong) and over-reliance 1 - RSR; RAIR = P(final right | initial wrong,
    advice right) and under-reliance 1 - RAIR. Missing decisions take no part.
    """
    right, wrong = log.right("final"), log.wrong("final")
    kept = aided & log.right("initial") & log.wrong("advice")
    lost = aided & log.wrong("initial") & log.right("advice")
    return {
        "over-reliance": (kept, wrong),
        "RSR": (kept, right),
        "under-reliance": (lost, wrong),
        "RAIR": (lost, right),
    }


def errors(log: Log, aided: Members, quiet: str | None) -> Mapping[str, Condition]:
    """Where errors that go with advice are read: of commission on wrong advice, of omission where it was silent.

    Advice is silent where it is `quiet`, the level that means that nothing is there; `None` knows no omissions, and
    takes missing advice as silence.
    """
    silent = log.at("advice", MISSING if quiet is None else quiet)
    prompted = aided & log.wrong("advice") & ~silent
    acted = {"commission error": (prompted, log.same("final", "advice"))}
    if quiet is None:
        return acted
    return {**acted, "omission error": (aided & silent & ~log.at("truth", quiet), log.at("final", quiet))}


def against(log: Log, aided: str, ours: Condition, arm: str, theirs: Condition) -> tuple[Comparison, bool]:
    """Compare a condition of the aided with one of an arm without advice, and say whether their items are matched.

    They are where the arm's rows say what advice was withheld: it is then held to the rows where that was wrong.
    """
    told = theirs[0] & log.known("advice")
    matched = bool(told.any())
    among = told & log.wrong("advice") if matched else theirs[0]
    [pair] = compare(log.sample({arm: (among, theirs[1]), aided: ours}), arm)
    return pair, matched


def expected(shares: Floats) -> dict[str, float]:
    """The rates that shares (2, 2, 2) of [advice right, initial right, final right] amount to, by enumeration.

    >>> import numpy as np
    >>> round(expected(np.array([[[.1, .1], [.3, .1]], [[.1, .1], [.0, .2]]]))["over-reliance"], 2)
    0.75
    """
    over = float(shares[0, 1, 0] / shares[0, 1].sum())
    under = float(shares[1, 0, 0] / shares[1, 0].sum())
    return {
        "over-reliance": over,
        "RSR": 1 - over,
        "under-reliance": under,
        "RAIR": 1 - under,
        "commission error": float(shares[0, :, 0].sum() / shares[0].sum()),
        "reliance asymmetry": over - under,
        "accuracy change": float(shares[:, :, 1].sum() - shares[:, 1].sum()),
    }
