"""What is told of candidates: the JSON of a comparison, and from it the page, the Markdown and the text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.finding import Finding, Key
from auditkit.core.judgement import Outcome
from auditkit.formats import candidates as words
from auditkit.formats.beside import titled
from auditkit.formats.intervals import Figure, figure_of, gravest, ranked, row_of
from auditkit.formats.painting import SUFFIX, paint
from auditkit.lifecycle.discovering.claims import ALPHA, Claim
from auditkit.lifecycle.discovering.comparison import Audited, Comparison
from auditkit.lifecycle.discovering.pacing import FILE, Speed
from auditkit.resources import folder

SCHEMA = 1
UNMEASURED = "not measured in this sitting"


def written(comparison: Comparison) -> dict[str, str]:
    """The files of a comparison: comparison.json is the same wherever it is made; speed.json, and the page and the
    Markdown that show it, are of this machine and this sitting."""
    told = to_dict(comparison)
    speeds = {one.candidate.called: one.speed for one in comparison.audited}
    kept = {name: None if speed is None else asdict(speed) for name, speed in speeds.items()}
    shown = with_speed(told, speeds)
    return {
        "comparison.json": json_of(told),
        FILE: json_of({"schema": SCHEMA, "of": "answers a second, in the sitting that asked", "candidates": kept}),
        "comparison.md": painted("comparison.md", shown),
        "comparison.html": painted("comparison.html", shown, figures=figures(comparison), linked=True),
    }


def painted(template: str, told: Mapping[str, Any], **more: Any) -> str:
    """What is told through a template of `reports/lifecycle`, made harmless for what it becomes."""
    file = folder("reports") / "lifecycle" / f"{template}{SUFFIX}"
    return paint(file, {"told": told, "w": words, **more})


def text(comparison: Comparison) -> str:
    """The comparison for a terminal."""
    speeds = {one.candidate.called: one.speed for one in comparison.audited}
    return words.comparison_text(with_speed(to_dict(comparison), speeds))


def to_dict(comparison: Comparison) -> dict[str, Any]:
    """All that is told of a comparison but speed."""
    asked = _asked_alike(comparison.audited)
    return {
        "schema": SCHEMA,
        "source": comparison.source,
        "wanted": comparison.wanted,
        "asked": asked,
        "candidates": [_candidate(rank, one, one in comparison.chosen) for rank, one in comparison.ranked],
        "claims": [_claim(claim) for claim in comparison.claims],
        "failed": [one.to_dict() for one in comparison.failed],
        "aside": [one.to_dict() for one in comparison.aside],
        "others": {name: dict(counts) for name, counts in comparison.others.items()},
        "unseen": comparison.unseen,
        "notes": list(_notes(comparison)),
        "exit_code": comparison.exit_code,
    }


def with_speed(told: Mapping[str, Any], speeds: Mapping[str, Speed | None]) -> dict[str, Any]:
    """What is told, each candidate with its speed in words."""
    some = [{**one, "speed": _paced(speeds.get(one["called"]))} for one in told["candidates"]]
    return {**told, "candidates": some}


def figures(comparison: Comparison) -> list[Figure]:
    """A figure for each judged finding, a row a candidate, in the order of their ranks."""
    names: dict[Key, list[tuple[str, Finding, Any]]] = {}
    for _, one in comparison.ranked:
        for finding, verdicts in _judged(one):
            names.setdefault(finding.key, []).append((one.candidate.called, finding, verdicts))
    drawn = []
    for some in names.values():
        first = some[0][1]
        rows = [replace(row_of(k, finding, verdicts), label=name) for k, (name, finding, verdicts) in enumerate(some)]
        drawn.append(figure_of((first.code, "", titled(first), first.scale), rows))
    return drawn


def _paced(speed: Speed | None) -> str:
    if speed is None:
        return UNMEASURED
    low, middle, high = (
        f"{each:,.1f}" if each < 100 else f"{each:,.0f}" for each in (speed.low, speed.median, speed.high)
    )
    if speed.batches == 1:
        return f"{middle} a second, one batch and the opening of the weights"
    return f"{middle} a second ({low} to {high} in the middle half of {speed.batches:,} batches)"


def _candidate(rank: int, one: Audited, stands: bool) -> dict[str, Any]:
    findings = [_finding(finding, verdicts) for finding, verdicts in _judged(one)]
    return {
        "rank": rank,
        **one.candidate.to_dict(),
        "folder": one.folder,
        "outcome": one.outcome.value,
        "stands_when_chosen": stands,
        "p_pass": one.p_pass,
        "answers": one.report.recipe.rows,
        "report": one.judgement.report_hash,
        "findings": findings,
        "not_assessed": [f"{item.code}: {item.because}" for item in one.report.not_assessed],
    }


def _judged(one: Audited) -> Iterator[tuple[Finding, Any]]:
    return ((finding, verdicts) for finding, verdicts in ranked(one.report, one.judgement) if verdicts)


def _finding(finding: Finding, verdicts: Sequence[Any]) -> dict[str, Any]:
    wide, outcome = finding.interval(0.95), gravest(verdicts)
    return {
        "key": list(finding.key),
        "title": titled(finding),
        "scale": finding.scale,
        "value": finding.estimate.value,
        "interval": [wide.low, wide.high],
        "outcome": None if outcome is None else outcome.value,
        "said": [verdict.sentence for verdict in verdicts],
    }


def _claim(claim: Claim) -> dict[str, Any]:
    wide = claim.shift.interval(0.95)
    told = {name: getattr(claim, name) for name in ("first", "second", "title", "scale", "less", "p", "adjusted")}
    told |= {"stands": claim.stands, "paired": claim.paired, "because": claim.because, "key": list(claim.key)}
    return told | {"value": claim.shift.value, "interval": [wide.low, wide.high]}


def _asked_alike(audited: Sequence[Audited]) -> dict[str, Any]:
    """What all were asked; raises `InputError` where two were not asked the same prompts from the same seed."""
    told = [
        {name: source[name] for name in ("prompts", "seed")} for one in audited for source in one.report.recipe.sources
    ]
    if any(one != told[0] for one in told):
        raise InputError(
            "The candidates were not asked the same prompts from the same seed. Compare into a new folder."
        )
    return told[0] if told else {}


def _notes(comparison: Comparison) -> Iterator[str]:
    """What these ranks and claims say, and what they do not."""
    k = len(comparison.audited)
    if k == 1:
        yield "There is one candidate, so nothing is compared: its audit stands by itself."
        return
    yield (
        "Ranked by judgement, never by an estimate: candidates of one rank stand in the order in which they were "
        "found, and the first of them is not the best."
    )
    yield (
        f"Choosing among {k} candidates: one that lies on its margin passes by chance with a probability of at most "
        f"5 %, and one of {k} such with up to {min(100 * ALPHA * k, 100):.0f} %. {_standing(comparison, k)}"
    )
    yield (
        "Whoever is chosen for a small estimate is likely to have drawn one that is too small (the winner's curse): "
        "audit the one you take again, with another seed, before it ships."
    )
    yield from _pairing(comparison.claims)


def _standing(comparison: Comparison, k: int) -> str:
    passes = sum(one.outcome is Outcome.PASS for one in comparison.audited)
    if not passes:
        return "None of these passes."
    stand = "stands" if len(comparison.chosen) == 1 else "stand"
    return f"Of {passes} that pass {len(comparison.chosen)} {stand} at 5 % for all {k} together (Holm)."


def _pairing(claims: Sequence[Claim]) -> Iterator[str]:
    apart = [claim for claim in claims if not claim.paired]
    paired = len(claims) - len(apart)
    if claims:
        why = (
            f" The others are taken as of independent reports, the first because: {apart[0].because}." if apart else ""
        )
        yield f"{paired} of {len(claims)} differences are paired, by the units that both reports hold.{why}"


def json_of(told: Mapping[str, Any]) -> str:
    """A wire format as text that any file can hold."""
    whole = json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return whole.encode("utf-8", "replace").decode("utf-8")
