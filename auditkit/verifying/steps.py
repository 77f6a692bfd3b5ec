"""Whether a step of a lifecycle belongs with what lies in its folder, and what it took is still what it took."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from auditkit.core.errors import InputError
from auditkit.core.manifest import Fact
from auditkit.core.step import FILE, Step, Thing
from auditkit.core.wire import loaded
from auditkit.gating import hash_of
from auditkit.sealing import raw_bytes
from auditkit.verifying.reports import report_of
from auditkit.verifying.sealed import judgement_of
from auditkit.verifying.things import AMISS, STREAM, can_be_held, lies, now, streams

TURN = "turn.json"
FILES = frozenset({"data", "plan", "policy", "report", "judgement", "card", "state", "page"})
"""Kinds of things that are files wherever they lie in the folder of their step."""


def stepped(folder: Path, raw: Mapping[str, bytes]) -> list[Fact]:
    """What is to be told of a folder's step, whose bytes are as they were sealed: what it gave must be there as it was.

    What it took may have changed since, which is told and no fault of the step.
    """
    try:
        step = Step.from_json(raw[FILE].decode("utf-8", "replace"))
    except InputError as error:
        return [Fact(FILE, f"is no step: {error}", False)]
    gave, took = [_gave(folder, one) for one in step.gave], [_took(folder, step, one) for one in step.took]
    here = [fact for fact in took if fact is not None]
    away = f" ({len(took) - len(here):,} not here to be compared)" if len(here) < len(took) else ""
    facts = [Fact(FILE, f"{step.phase}: took {len(took):,}{away}, gave {len(gave):,}"), *gave, *here]
    return facts + (_turned(folder, raw[TURN]) if TURN in raw else [])


def _gave(folder: Path, thing: Thing) -> Fact:
    """A thing that was given, as it is now."""
    what, path = f"gave {_called(thing)}", lies(folder, thing.name)
    if path is None:
        if thing.kind in FILES and not thing.name.startswith("../"):
            return Fact(what, "was given, and is not there", False)
        return Fact(what, "is not here to be compared", None)
    if not can_be_held(thing, path):
        return Fact(what, "is a folder, and is not compared", None)
    try:
        found = now(thing, path)
    except AMISS as error:
        return Fact(what, f"cannot be read any more: {error!s:.200}", False)
    if found == thing.hash:
        return Fact(what, f"the one that was given, {found:.16}")
    return Fact(what, f"is not the one that was given: {thing.hash:.16}, and this is {found:.16}", False)


def _called(thing: Thing) -> str:
    """What a thing is and what it is called, once where both are one word."""
    return thing.kind if thing.name == thing.kind else f"{thing.kind} {thing.name}"


def _took(folder: Path, step: Step, thing: Thing) -> Fact | None:
    """A thing that was taken: the same still, or changed since; `None` where it is not here."""
    what, path = f"took {_called(thing)}", lies(folder, thing.name)
    if streams(step, thing):
        return Fact(what, f"{thing.about or 'events'} of {STREAM}, {thing.hash:.16}")
    if path is None or not can_be_held(thing, path):
        return None
    try:
        found = now(thing, path)
    except AMISS as error:
        return Fact(what, f"{thing.hash:.16}, and what lies there cannot be read: {error!s:.200}", None)
    if found == thing.hash:
        return Fact(what, f"the same still, {found:.16}")
    return Fact(what, f"has changed since: it was {thing.hash:.16}, and is {found:.16}", None)


def _turned(folder: Path, raw: bytes) -> list[Fact]:
    """Whether a turn is told of the reports and judgements that lie before and after it."""
    try:
        told = loaded(raw.decode("utf-8", "replace"))
        said = {side: (told[side]["report"], told[side]["outcome"]) for side in ("before", "after")}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return [Fact(TURN, f"is no turn: {type(error).__name__}: {error!s:.200}", False)]
    facts = []
    for side, (report, outcome) in said.items():
        path = lies(folder, f"{side}/judgement.json")
        if path is None:
            facts.append(Fact(TURN, f"{side}/judgement.json is not here to be compared", None))
            continue
        facts.append(_same_side(path, side, report, outcome))
    return facts


def _same_side(path: Path, side: str, report: str, outcome: str) -> Fact:
    try:
        judged = judgement_of(raw_bytes(path))
        own = report_of(path.with_name("report.json"), raw_bytes(path.with_name("report.json")))
    except (InputError, OSError) as error:
        return Fact(TURN, f"what lies in {side}/ cannot be read: {error!s:.200}", False)
    if (judged.report_hash, judged.outcome.value) == (report, outcome) and hash_of(own) == report:
        return Fact(TURN, f"{side} it the report {report:.16}, which is in {side}/: {outcome}")
    return Fact(TURN, f"is told of another report, or another verdict, than the one in {side}/", False)
