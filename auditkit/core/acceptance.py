"""Who answers for a verdict that is no pass, why, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from auditkit.core.errors import InputError, only
from auditkit.core.finding import Key
from auditkit.core.outcome import COVERED, Outcome, fingerprint


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Somebody answers for a verdict that is no pass, gives a reason, and does so until a day.

    It is keyed by the rule and the finding, so that a new slice never inherits it, and names the `outcome` that was
    accepted: of what could not be decided nobody has accepted that it fails.

    >>> key = Key("c", "gap", "a", "b", "sex")
    >>> Acceptance("within", key, "a quota", "Ada", date(2027, 1, 31), Outcome.FAIL).covers(Outcome.INCONCLUSIVE)
    True
    """

    rule: str
    key: Key
    reason: str
    owner: str
    expires: date
    outcome: Outcome = Outcome.INCONCLUSIVE

    def __post_init__(self) -> None:
        if self.outcome not in COVERED:
            raise InputError(f"Only FAIL and INCONCLUSIVE can be accepted, and this acceptance is of {self.outcome}.")
        if not self.reason.strip() or not self.owner.strip():
            raise InputError("An acceptance needs a reason, and an owner who answers for it.")

    def covers(self, outcome: Outcome) -> bool:
        """Whether a verdict of this outcome is no worse than the one that was accepted."""
        return outcome in COVERED and COVERED.index(outcome) >= COVERED.index(self.outcome)

    @property
    def fingerprint(self) -> str:
        """That of the verdict it accepts."""
        return fingerprint(self.rule, *self.key)

    def to_dict(self) -> dict[str, Any]:
        """The wire format."""
        told = {"rule": self.rule, "key": list(self.key), "reason": self.reason, "owner": self.owner}
        told |= {"expires": self.expires.isoformat()}
        return told if self.outcome is Outcome.INCONCLUSIVE else told | {"outcome": self.outcome.value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Acceptance:
        """Read what `to_dict` wrote; raises `ValueError`, `KeyError` or `TypeError` for anything else.

        One that names no outcome covers no more than what cannot be decided.
        """
        only(data, [field.name for field in fields(cls)])
        expires, outcome = date.fromisoformat(data["expires"]), Outcome(data.get("outcome", Outcome.INCONCLUSIVE))
        said = str(data["rule"]), Key(*map(str, data["key"])), str(data["reason"]), str(data["owner"])
        return cls(*said, expires, outcome)
