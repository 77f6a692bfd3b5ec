"""Whether a report, its judgement and the pages beside it belong together, and the verdicts come out the same again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from auditkit.core.baseline import Baseline
from auditkit.core.errors import InputError, PolicyError, why
from auditkit.core.finding import Key
from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.manifest import JUDGEMENT, Fact, Manifest, digest
from auditkit.core.report import Report
from auditkit.gating import gate
from auditkit.verifying.baselines import baseline_of, days_of
from auditkit.verifying.sealed import judgement_of

AWAY = (
    "not judged again: the baseline {} took part, and lies neither beside the report nor one folder up. "
    "Say where it is: --baseline FILE"
)
STATE = (
    "not judged again: a state of earlier reports took part, and what it held at that time is not kept. "
    "That the judgement is the one that was sealed is told above"
)


def together(path: Path, chain: Manifest, raw: Mapping[str, bytes], baseline: Path | None = None) -> list[Fact]:
    """Whether files that are each as they were written belong together."""
    report, entry = report_of(path, raw[path.name]), chain.entries[-1]
    if JUDGEMENT not in raw:
        there = path.with_name(JUDGEMENT).exists()
        return [Fact(JUDGEMENT, "is there and not sealed" if there else "is not there: nothing was judged", not there)]
    judgement = judgement_of(raw[JUDGEMENT])
    facts = [
        _same("report", digest(report.to_json().encode()), judgement.report_hash),
        _same("policy", _hash_of(judgement.policy), judgement.policy_hash),
    ]
    said = (judgement.report_hash, judgement.policy_hash, judgement.baseline_hash)
    if said != (entry.report_hash, entry.policy_hash, entry.baseline_hash):
        facts.append(Fact(JUDGEMENT, "is of another report, policy or baseline than the manifest says", False))
    if all(fact.sound for fact in facts):
        facts += _judged_again(path, chain, report, judgement, baseline)
    stale = [name for name, one in entry.artefacts.items() if one.judgement not in ("", digest(raw[JUDGEMENT]))]
    return facts + [Fact(name, "shows another judgement. Render it again: auditkit show", False) for name in stale]


def _same(what: str, found: str, judged: str) -> Fact:
    if found == judged:
        return Fact(what, f"the one that was judged, {found:.16}")
    return Fact(what, f"is not the one that was judged: {judged:.16}, and this is {found:.16}", False)


def _hash_of(policy: Mapping[str, Any]) -> str:
    """What `Policy.hash` said when it judged, whatever this version would add to the table."""
    return digest(json.dumps(dict(policy), sort_keys=True).encode())


def _judged_again(path: Path, chain: Manifest, report: Report, judgement: Judgement, given: Path | None) -> list[Fact]:
    """Whether the verdicts come out the same, with the baseline that took part where it is found."""
    wanted, by = judgement.baseline_hash, chain.entries[-1].auditkit
    if not wanted:
        idle = [] if given is None else [Fact("baseline", f"none took part, and {given.name} is not used", None)]
        return [*idle, _again(report, judgement, by)]
    old = baseline_of(path, wanted, given)
    if old is None and given is not None:
        return [Fact("baseline", f"{given.name} is not the one that took part, {wanted:.16}", False)]
    if old is None:
        return [Fact("verdicts", AWAY.format(f"{wanted:.16}"), None)]
    return [Fact("baseline", f"the one that took part, {wanted:.16}"), _again(report, judgement, by, old, chain)]


def _again(
    report: Report, judgement: Judgement, by: str, old: Baseline | None = None, chain: Manifest | None = None
) -> Fact:
    """Whether the verdicts come out the same when this version judges, as of the day on which they were sealed."""
    if any(notice.about == "state" for notice in judgement.notices):
        return Fact("verdicts", STATE, None)
    days = (None,) if chain is None else days_of(chain, JUDGEMENT) or (None,)
    try:
        came = [gate(report, judgement.policy, baseline=old, today=day) for day in days]
    except PolicyError as error:
        return Fact("verdicts", f"not judged again, for this version does not read the policy: {error}", None)
    if any(_outcomes(one) == _outcomes(judgement) and one.exit_code == judgement.exit_code for one in came):
        return Fact("verdicts", f"the same when judged again: {judgement.outcome.value}")
    here = version("rai-auditkit")
    told = f"come out otherwise when auditkit {here} judges: {_code(came[0])} and not {_code(judgement)}"
    return Fact("verdicts", told if by == here else f"{told}. They were judged by {by}: verify them with that", False)


def _code(judgement: Judgement) -> str:
    return f"{judgement.outcome.value} (exit code {judgement.exit_code})"


def _outcomes(judgement: Judgement) -> Counter[tuple[str, Key | None, Outcome]]:
    return Counter((verdict.rule, verdict.key, verdict.outcome) for verdict in judgement.verdicts)


def report_of(path: Path, raw: bytes) -> Report:
    """The report that these bytes of a file are; raises `InputError` for anything else."""
    try:
        return Report.from_json(raw.decode())
    except UnicodeDecodeError as error:
        raise InputError(f"{path} cannot be read: {why(error)}.") from error
    except InputError as error:
        raise InputError(f"{path}: ", *error.parts) from error
