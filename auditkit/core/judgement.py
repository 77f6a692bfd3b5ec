"""What a policy says of a report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from auditkit.core.acceptance import Acceptance as Acceptance
from auditkit.core.errors import InputError, only
from auditkit.core.estimate import Interval
from auditkit.core.finding import Key, Margin
from auditkit.core.outcome import COVERED as COVERED
from auditkit.core.outcome import GRAVITY as GRAVITY
from auditkit.core.outcome import Outcome as Outcome
from auditkit.core.outcome import fingerprint as fingerprint
from auditkit.core.wire import checked_judgement, loaded

SCHEMA = 1


class Notice(NamedTuple):
    """What a reader of the verdict must know beside it, above all what changed since the baseline; `about` is a word
    that says of what: policy, detectors, columns, groups, rows, units, findings, model, data, acceptance, state."""

    about: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of one finding, or of its absence (`key` is then `None`).

    `pass_interval` is the 90 % interval, which must lie inside the margin for a pass; `fail_interval` the one at the
    Holm-adjusted `fail_level`, which must lie outside for a fail. `p` is Holm's ingredient: 1 minus the level at which
    the interval touches the margin, or 1/e where bets decide. `needed` is the number of rows that would settle an
    inconclusive verdict, `None` when no realistic number does, or something else than rows. `changes` says what would
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

    def __repr__(self) -> str:
        return f"<Judgement {self.outcome.value}: {len(self.verdicts):,} verdicts, exit code {self.exit_code}>"

    def _repr_html_(self) -> str:
        said = ((v.outcome.value, f"{v.about}{v.sentence}{_answered(v)}") for v in self.verdicts)
        lines = "".join(f"<li><b>{outcome}</b> {escape(sentence)}</li>" for outcome, sentence in said)
        beside = "".join(f"<li>{escape(notice.about)}: {escape(notice.sentence)}</li>" for notice in self.notices)
        rest = f"<p>What else to know</p><ul>{beside}</ul>" if beside else ""
        by = f"{len(self.verdicts):,} verdicts by policy <code>{escape(self.policy_hash[:12])}</code>"
        return f"<p><b>{self.outcome.value}</b>, {by}</p><ul>{lines}</ul>{rest}"

    def to_frame(self) -> Any:
        """One row a verdict, gravest first, as a pandas frame; what it is about is named as in `Report.to_frame`."""
        import pandas as pd

        rows = []
        for v in self.verdicts:
            row: dict[str, Any] = {"rule": v.rule, "outcome": v.outcome.value}
            row |= dict(zip(Key._fields, v.key or (None,) * len(Key._fields), strict=True))
            row["attribute"], _, row["stratum"] = (None, "", None) if v.key is None else v.key.stratum.partition("|")
            row |= {"margin_low": v.margin and v.margin.low, "margin_high": v.margin and v.margin.high}
            for name, interval in (("pass", v.pass_interval), ("fail", v.fail_interval)):
                row |= {f"{name}_low": interval and interval.low, f"{name}_high": interval and interval.high}
            row |= {"fail_level": v.fail_level, "p": v.p, "needed": v.needed, "sentence": v.sentence}
            rows.append(row | {"accepted_by": v.accepted and v.accepted.owner})
        return pd.DataFrame(rows)

    def save(self, path: str | Path) -> Path:
        """Write `judgement.json`, all or nothing; `auditkit.load` reads it."""
        target = Path(path)
        partial = target.with_name(f".{target.name}.partial")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(self.to_json(), encoding="utf-8")
            partial.replace(target)
        except OSError as error:
            raise InputError(f"The judgement cannot be written to {target}: {error.strerror or error}.") from error
        return target

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
