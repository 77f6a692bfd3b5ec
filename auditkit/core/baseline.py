"""What later reports are compared with: a report, the policy it was judged by, and what somebody has accepted of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auditkit.core.errors import InputError, only
from auditkit.core.judgement import Acceptance
from auditkit.core.report import Report
from auditkit.core.wire import TooMuch, loaded, whole

SCHEMA = 1
EDITED = (
    "This baseline was edited by hand: its digest is not that of its content. Write it with auditkit baseline create "
    "or update, which list what they change."
)


@dataclass(frozen=True)
class Baseline:
    """A report without its cells and exemplars, for a file that is committed; `accepted` is keyed by rule and finding.

    It has cells only where its units were to be kept.

    `policy` is the table of the policy it was judged by, `None` where only a report was given: then nothing is accepted
    and no change of policy can be told.
    """

    report: Report
    policy: Mapping[str, Any] | None = None
    accepted: tuple[Acceptance, ...] = ()

    def __post_init__(self) -> None:  # in the order of the file: what is told must not depend on having been written
        object.__setattr__(self, "accepted", tuple(sorted(self.accepted, key=lambda one: (one.rule, one.key))))

    @property
    def hash(self) -> str:
        """Its fingerprint: sha-256 of its canonical JSON."""
        return _digest(self._content())

    def to_json(self) -> str:
        """The wire format of `auditkit.baseline.json`: sorted keys, accepted findings in the order of their keys."""
        content = self._content()
        return json.dumps({**content, "digest": _digest(content)}, indent=1, sort_keys=True, allow_nan=False) + "\n"

    def _content(self) -> dict[str, Any]:
        accepted = [one.to_dict() for one in self.accepted]
        content = {"schema": SCHEMA, "report": self.report.to_dict(), "accepted": accepted}
        told: dict[str, Any] = whole(content if self.policy is None else content | {"policy": dict(self.policy)})
        return told  # as it is read back: half a character has no place in a file

    @classmethod
    def from_json(cls, text: str) -> Baseline:
        """Read a baseline, or a plain report, of which nothing is accepted.

        Raises `InputError` for anything else, for a newer schema, and for a baseline that was edited by hand.
        """
        try:
            data = loaded(text)
        except TooMuch as error:
            raise InputError(f"This baseline is not read: {error}. Audit fewer comparisons at a time.") from error
        except (ValueError, RecursionError) as error:
            raise InputError(f"This is not a baseline: it is not JSON ({error}).") from error
        if not isinstance(data, dict) or "report" not in data:
            return cls(Report.from_dict(data))
        if data.get("schema") != SCHEMA:
            raise InputError(
                f"This baseline has schema {data.get('schema')!r} and this auditkit reads schema {SCHEMA}. "
                "Read it with the version that wrote it, or create it again."
            )
        if _digest({name: part for name, part in data.items() if name != "digest"}) != data.get("digest"):
            raise InputError(EDITED)
        try:
            only(data, ("schema", "report", "policy", "accepted", "digest"))
            accepted = tuple(Acceptance.from_dict(one) for one in data["accepted"])
            if not isinstance(data.get("policy", {}), dict):
                raise TypeError("its policy is no table")
            return cls(Report.from_dict(data["report"]), data.get("policy"), accepted)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"This baseline is damaged: {type(error).__name__}: {error}. Create it again.") from error


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
