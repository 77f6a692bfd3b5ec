"""Whether a step of a lifecycle belongs with what lies in its folder, and what it took is still what it took."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath

from auditkit.core.errors import InputError
from auditkit.core.manifest import Fact
from auditkit.core.step import FILE, Step, Thing
from auditkit.core.wire import loaded
from auditkit.gating import hash_of
from auditkit.sealing import raw_bytes
from auditkit.verifying.reports import report_of
from auditkit.verifying.sealed import judgement_of
from auditkit.verifying.things import AMISS, STREAM, can_be_held, lies, now, streams, uncounted, within

TURN = "turn.json"
TOLD, LONG = 8, 80
"""How many files are named, beside a model or not here, and how much of each name."""


def audits(raw: bytes | None) -> list[str]:
    """The folders within in which a step, as its bytes say, gave a report or a judgement; each must be sealed."""
    try:
        step = Step.from_json((raw or b"").decode("utf-8", "replace"))
    except InputError:
        return []
    gave = [PurePosixPath(one.name) for one in step.gave if one.kind in ("report", "judgement") and within(one.name)]
    return list(dict.fromkeys(name.parent.as_posix() for name in gave if len(name.parts) > 1))


def stepped(folder: Path, raw: Mapping[str, bytes], own: bool = False) -> list[Fact]:
    """What is to be told of a folder's step, whose bytes are as they were sealed: what it gave must be there as it was.

    What it took may have changed since, which is told and no fault of the step; but a run in its own folder must be
    as it was, and be there where it is known to have been drawn there (`own`).
    """
    try:
        step = Step.from_json(raw[FILE].decode("utf-8", "replace"))
    except InputError as error:
        return [Fact(FILE, f"is no step: {error}", False)]
    gave, took = [_gave(folder, one) for one in step.gave], [_took(folder, step, one, own) for one in step.took]
    here, given = [fact for fact in took if fact is not None], {one.name for one in step.gave}
    gone = [_called(one) for one, fact in zip(step.took, took, strict=True) if fact is None]
    gave += [fact for one in step.gave if one.kind == "model" for fact in _beside(folder, one, given)]
    away = f" (not here to be compared: {_listed(gone)})" if gone else ""
    facts = [Fact(FILE, f"{step.phase}: took {len(took):,}{away}, gave {len(step.gave):,}"), *gave, *here]
    return facts + (_turned(folder, raw[TURN]) if TURN in raw else [])


def _gave(folder: Path, thing: Thing) -> Fact:
    """A thing that was given, as it is now."""
    what, path = f"gave {_called(thing)}", lies(folder, thing.name)
    if path is None:
        if within(thing.name):
            return Fact(what, "was given, and is not there, or is a link", False)
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


def _beside(folder: Path, model: Thing, given: Collection[str]) -> list[Fact]:
    """The files in the folder of a model that its fingerprint does not cover, and that were not given themselves."""
    path = lies(folder, model.name)
    if path is None or not path.is_dir():
        return []
    extra = [name for name in uncounted(path) if f"{model.name}/{name}" not in given]
    if not extra:
        return []
    return [Fact(f"{model.name}/", f"holds what its fingerprint does not cover: {_listed(extra)}", None)]


def _listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - TOLD:,} more" if len(names) > TOLD else ""
    return ", ".join(name[:LONG] for name in names[:TOLD]) + more


def _called(thing: Thing) -> str:
    """What a thing is and what it is called, once where both are one word."""
    return thing.kind if thing.name == thing.kind else f"{thing.kind} {thing.name}"


def _took(folder: Path, step: Step, thing: Thing, own: bool) -> Fact | None:
    """A thing that was taken: the same still, or changed since; `None` where it is not here."""
    what, path = f"took {_called(thing)}", lies(folder, thing.name)
    if streams(step, thing):
        return Fact(what, f"{thing.about or 'events'} of {STREAM}, {thing.hash:.16}")
    inner = thing.kind == "run" and within(thing.name)
    amiss = False if inner else None  # what is drawn in the folder of a step is the step's to keep
    if path is None or not can_be_held(thing, path):
        if not inner:
            return None
        return Fact(what, f"{thing.hash:.16}, is not here to be compared", False if own or path is not None else None)
    try:
        found = now(thing, path)
    except AMISS as error:
        return Fact(what, f"{thing.hash:.16}, and what lies there cannot be read: {error!s:.200}", amiss)
    if found == thing.hash:
        return Fact(what, f"the same still, {found:.16}")
    return Fact(what, f"has changed since: it was {thing.hash:.16}, and is {found:.16}", amiss)


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
