"""What a policy says of a report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from auditkit.core.errors import InputError, only
from auditkit.core.estimate import Interval
from auditkit.core.finding import Key, Margin
from auditkit.core.wire import checked_judgement, loaded

SCHEMA = 1


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


class Notice(NamedTuple):
    """What a reader of the verdict must know beside it, above all what changed since the baseline; `about` is a word
    that says of what: policy, detectors, columns, groups, rows, units, findings, model, data, acceptance, state."""

    about: str
    sentence: str


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


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of one finding, or of its absence (`key` is then `None`).

    `pass_interval` is the 90 % interval, which must lie inside the margin for a pass; `fail_interval` the one at the
    Holm-adjusted `fail_level`, which must lie outside for a fail. `p` is Holm's ingredient. `needed` is the number of
    rows that would settle an inconclusive verdict, `None` when no realistic number does. `changes` says what would
    change the verdict, computed. `accepted` is who answers for it: an accepted verdict turns no pipeline.
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
    accepted: Acceptance | None = None

    @property
    def fingerprint(self) -> str:
        """What makes it the same verdict in another run."""
        return fingerprint(self.rule, *(self.key or (self.sentence,)))

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
    because they have no calibration card, or one that misses a promise. `notices` lists what changed since the
    baseline, a sentence each; `baseline_hash` and `policy_from` say what was compared with, and from which commit the
    policy was read.
    """

    verdicts: tuple[Verdict, ...]
    policy: Mapping[str, Any]
    policy_hash: str
    report_hash: str
    unjudged: tuple[Key, ...] = ()
    warn: bool = False
    experimental: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    baseline_hash: str = ""
    policy_from: str = ""

    @property
    def outcome(self) -> Outcome:
        """The gravest verdict that nobody has accepted; nothing judged is not assessed."""
        if self.verdicts and len(self.accepted) == len(self.verdicts):
            return Outcome.PASS
        said = {verdict.outcome for verdict in self.verdicts if verdict.accepted is None}
        return next((outcome for outcome in GRAVITY if outcome in said), Outcome.NOT_ASSESSED)

    @property
    def accepted(self) -> tuple[Verdict, ...]:
        """The verdicts that are no pass and that somebody answers for."""
        return tuple(verdict for verdict in self.verdicts if verdict.accepted is not None)

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
        lines += [f"  [{v.outcome.value}] {v.about}{v.sentence}{_answered(v)}" for v in self.verdicts]
        return "\n".join(lines + [f"  {notice.about}: {notice.sentence}" for notice in self.notices])

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
            **({"notices": [list(notice) for notice in self.notices]} if self.notices else {}),
            **({"baseline_hash": self.baseline_hash} if self.baseline_hash else {}),
            **({"policy_from": self.policy_from} if self.policy_from else {}),
        }

    @classmethod
    def from_json(cls, text: str) -> Judgement:
        """Read `judgement.json`; raises `InputError` for anything else."""
        try:
            data = loaded(text)
            if data["schema"] != SCHEMA:
                raise InputError(
                    f"This judgement has schema {data['schema']!r} and this auditkit reads schema {SCHEMA}. "
                    "Read it with the version that wrote it, or judge the report again."
                )
            only(data, ("schema", "outcome", "exit_code", *(field.name for field in fields(cls))))
            checked_judgement(data)
            found = cls(
                tuple(_verdict_from_dict(item) for item in data["verdicts"]),
                data["policy"],
                data["policy_hash"],
                data["report_hash"],
                tuple(Key(*key) for key in data["unjudged"]),
                data["warn"],
                tuple(data["experimental"]),
                tuple(Notice(*notice) for notice in data.get("notices", ())),
                data.get("baseline_hash", ""),
                data.get("policy_from", ""),
            )
            if (data["outcome"], data["exit_code"]) != (found.outcome.value, found.exit_code):
                raise InputError(
                    f"This judgement says {data['outcome']!r:.40} and exit code {data['exit_code']!r:.20}, and its "
                    f"verdicts say {found.outcome.value} and {found.exit_code}. Judge the report again."
                )
            return found
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError(f"This is not a judgement: {type(error).__name__}: {error}.") from error


def _verdict_to_dict(v: Verdict) -> dict[str, Any]:
    parts: dict[str, Any] = {"rule": v.rule, "outcome": v.outcome.value, "sentence": v.sentence}
    for name in ("key", "margin", "pass_interval", "fail_interval"):
        value = getattr(v, name)
        parts[name] = None if value is None else list(value)
    parts |= {"fail_level": v.fail_level, "p": v.p, "needed": v.needed, "changes": list(v.changes)}
    return parts | ({} if v.accepted is None else {"accepted": v.accepted.to_dict()})


def _answered(v: Verdict) -> str:
    return "" if v.accepted is None else f" Accepted by {v.accepted.owner} until {v.accepted.expires}."


def _verdict_from_dict(data: Mapping[str, Any]) -> Verdict:
    kinds = {"key": Key, "margin": Margin, "pass_interval": Interval, "fail_interval": Interval}
    parts = {**data, "outcome": Outcome(data["outcome"]), "changes": tuple(data["changes"])}
    for name, kind in kinds.items():
        parts[name] = None if data[name] is None else kind(*data[name])
    if "accepted" in data:
        parts["accepted"] = Acceptance.from_dict(data["accepted"])
    return Verdict(**parts)
