"""Whether a report, its judgement and the pages beside it belong together, and the verdicts come out the same again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError, PolicyError, why
from auditkit.core.finding import Key
from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.manifest import JUDGEMENT, Fact, Manifest, digest
from auditkit.core.report import Report
from auditkit.gating import gate
from auditkit.verifying.sealed import judgement_of


def together(path: Path, chain: Manifest, raw: Mapping[str, bytes]) -> list[Fact]:
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
        facts.append(_again(report, judgement, entry.auditkit))
    stale = [name for name, one in entry.artefacts.items() if one.judgement not in ("", digest(raw[JUDGEMENT]))]
    return facts + [Fact(name, "shows another judgement. Render it again: auditkit show", False) for name in stale]


def _same(what: str, found: str, judged: str) -> Fact:
    if found == judged:
        return Fact(what, f"the one that was judged, {found:.16}")
    return Fact(what, f"is not the one that was judged: {judged:.16}, and this is {found:.16}", False)


def _hash_of(policy: Mapping[str, Any]) -> str:
    """What `Policy.hash` said when it judged, whatever this version would add to the table."""
    return digest(json.dumps(dict(policy), sort_keys=True).encode())


def _again(report: Report, judgement: Judgement, by: str) -> Fact:
    """Whether the verdicts come out the same when this version judges."""
    if judgement.baseline_hash or any(notice.about == "state" for notice in judgement.notices):
        return Fact("verdicts", "not judged again, for a baseline or a state took part that is not here", None)
    try:
        again = gate(report, judgement.policy)
    except PolicyError as error:
        return Fact("verdicts", f"not judged again, for this version does not read the policy: {error}", None)
    if _outcomes(again) == _outcomes(judgement) and again.exit_code == judgement.exit_code:
        return Fact("verdicts", f"the same when judged again: {judgement.outcome.value}")
    here = version("rai-auditkit")
    came = f"come out otherwise when auditkit {here} judges: {_code(again)} and not {_code(judgement)}"
    return Fact("verdicts", came if by == here else f"{came}. They were judged by {by}: verify them with that", False)


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
