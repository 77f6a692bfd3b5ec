"""What a policy says of a report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.estimate import Interval
from auditkit.core.finding import Key, Margin

SCHEMA = 1


class Outcome(StrEnum):
    """The four things a rule can say. Absence of evidence is never a pass."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_ASSESSED = "NOT_ASSESSED"


GRAVITY = (Outcome.FAIL, Outcome.NOT_ASSESSED, Outcome.INCONCLUSIVE, Outcome.PASS)
"""The gravest outcome of any verdict is the judgement's own."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of one finding, or of its absence (`key` is then `None`).

    `pass_interval` is the 90 % interval, which must lie inside the margin for a pass; `fail_interval` the one at the
    Holm-adjusted `fail_level`, which must lie outside for a fail. `p` is Holm's ingredient. `needed` is the number of
    rows that would settle an inconclusive verdict, `None` when no realistic number does. `changes` says what would
    change the verdict, computed.
    """

    rule: str
    outcome: Outcome
    sentence: str
    key: Key | None = None
    margin: Margin | None = None
    pass_interval: Interval | None = None
    fail_interval: Interval | None = None
    fail_level: float | None = None
    p: float | None = None
    needed: int | None = None
    changes: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """What it is about, for a line of its own: "selection rate difference of sex, m against f: "."""
        if self.key is None:
            return ""
        where = f" by {self.key.stratum.replace('|', ', ')}" if self.key.stratum else ""
        return f"{self.key.estimand}{where}, {self.key.level} against {self.key.versus}: "


@dataclass(frozen=True, slots=True)
class Judgement:
    """A policy's verdicts on a report, gravest first; `passed` and `exit_code` are what a pipeline asks for.

    `unjudged` names the findings that no rule spoke of; `experimental` the detectors whose findings are among them
    because they have no calibration card, or one that misses a promise.
    """

    verdicts: tuple[Verdict, ...]
    policy: Mapping[str, Any]
    policy_hash: str
    report_hash: str
    unjudged: tuple[Key, ...] = ()
    warn: bool = False
    experimental: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The gravest verdict; nothing judged is not assessed."""
        said = {verdict.outcome for verdict in self.verdicts}
        return next((outcome for outcome in GRAVITY if outcome in said), Outcome.NOT_ASSESSED)

    @property
    def exit_code(self) -> int:
        """0 pass, 1 fail, 3 inconclusive or not assessed (0 for inconclusive where the policy only warns of it)."""
        if self.outcome is Outcome.FAIL:
            return 1
        if self.outcome is Outcome.PASS or (self.warn and self.outcome is Outcome.INCONCLUSIVE):
            return 0
        return 3

    @property
    def passed(self) -> bool:
        """Whether a pipeline may go on."""
        return self.exit_code == 0

    def of(self, key: Key) -> tuple[Verdict, ...]:
        """The verdicts on one finding."""
        return tuple(verdict for verdict in self.verdicts if verdict.key == key)

    def __str__(self) -> str:
        lines = [f"{self.outcome.value}: {len(self.verdicts)} verdicts by policy {self.policy_hash[:12]}"]
        return "\n".join(lines + [f"  [{v.outcome.value}] {v.about}{v.sentence}" for v in self.verdicts])

    def to_json(self) -> str:
        """The wire format of `judgement.json`."""
        text = json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        return text.encode("utf-8", "replace").decode("utf-8")

    def to_dict(self) -> dict[str, Any]:
        """The wire format as plain dictionaries."""
        return {
            "schema": SCHEMA,
            "outcome": self.outcome.value,
            "exit_code": self.exit_code,
            "policy": dict(self.policy),
            "policy_hash": self.policy_hash,
            "report_hash": self.report_hash,
            "warn": self.warn,
            "verdicts": [_verdict_to_dict(verdict) for verdict in self.verdicts],
            "unjudged": [list(key) for key in self.unjudged],
            "experimental": list(self.experimental),
        }

    @classmethod
    def from_json(cls, text: str) -> Judgement:
        """Read `judgement.json`; raises `InputError` for anything else."""
        try:
            data = json.loads(text)
            if data["schema"] != SCHEMA:
                raise InputError(f"This judgement has schema {data['schema']!r}; this auditkit reads {SCHEMA}.")
            return cls(
                tuple(_verdict_from_dict(item) for item in data["verdicts"]),
                data["policy"],
                data["policy_hash"],
                data["report_hash"],
                tuple(Key(*key) for key in data["unjudged"]),
                data["warn"],
                tuple(data["experimental"]),
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError(f"This is not a judgement: {type(error).__name__}: {error}.") from error


def _verdict_to_dict(v: Verdict) -> dict[str, Any]:
    parts: dict[str, Any] = {"rule": v.rule, "outcome": v.outcome.value, "sentence": v.sentence}
    for name in ("key", "margin", "pass_interval", "fail_interval"):
        value = getattr(v, name)
        parts[name] = None if value is None else list(value)
    return parts | {"fail_level": v.fail_level, "p": v.p, "needed": v.needed, "changes": list(v.changes)}


def _verdict_from_dict(data: Mapping[str, Any]) -> Verdict:
    kinds = {"key": Key, "margin": Margin, "pass_interval": Interval, "fail_interval": Interval}
    parts = {**data, "outcome": Outcome(data["outcome"]), "changes": tuple(data["changes"])}
    for name, kind in kinds.items():
        parts[name] = None if data[name] is None else kind(*data[name])
    return Verdict(**parts)
