"""The four things a rule can say, their gravity, and what makes a verdict the same in another run."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum


class Outcome(StrEnum):
    """The four things a rule can say. Absence of evidence is never a pass."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_ASSESSED = "NOT_ASSESSED"


GRAVITY = (Outcome.FAIL, Outcome.NOT_ASSESSED, Outcome.INCONCLUSIVE, Outcome.PASS)
"""The gravest outcome of any verdict is the judgement's own."""

COVERED = (Outcome.FAIL, Outcome.INCONCLUSIVE)
"""What can be accepted, the worse first: something that was looked at. Nobody can answer for what was not assessed."""


def fingerprint(rule: str, *about: str) -> str:
    """What makes a verdict the same verdict in another run: sixteen hexadecimal digits of its rule and its finding.

    >>> fingerprint("within", "disparity.selection_rate", "gap", "a", "b", "sex")
    '7ecd954399dad22c'
    """
    return hashlib.sha256(json.dumps([rule, *about]).encode()).hexdigest()[:16]
