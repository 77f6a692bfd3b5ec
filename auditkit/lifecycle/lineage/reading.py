"""Steps, runs, reports and judgements of a folder, read into a ledger; what is damaged or hostile is a flaw."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from auditkit.browsing.reading import reading
from auditkit.core.errors import AuditkitError, InputError
from auditkit.core.judgement import Judgement
from auditkit.core.manifest import digest
from auditkit.core.report import Report
from auditkit.core.step import Step, Thing
from auditkit.core.wire import loaded
from auditkit.formats.lineages import shared
from auditkit.gating import hash_of
from auditkit.lifecycle.lineage.ledger import Ledger, Ran
from auditkit.lifecycle.lineage.walking import LARGEST
from auditkit.runs import sources_of
from auditkit.sealing import raw_bytes
from auditkit.verifying.things import STREAM, lies, streams

SAME = ("title", "fingerprint", "prompts", "seed")
"""What a report and a run both say of who was asked what."""
DAMAGED = (AuditkitError, OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)


def read_step(ledger: Ledger, path: Path) -> None:
    """A step: its things, and the deed itself. Of an audit that drew its answers the run stands between; what a monitor
    took was a stream."""
    try:
        step = Step.from_json(raw_bytes(path, LARGEST).decode("utf-8", "replace"))
    except DAMAGED as error:
        ledger.flaw("damaged", path, f"This step cannot be read: {error!s:.200}")
        return
    took = tuple((_stream if streams(step, one) else _thing)(ledger, path, one) for one in step.took)
    gave = tuple(_thing(ledger, path, one) for one in step.gave)
    if step.phase == "audit":
        took = _through(ledger, path, step, took)
    ledger.deed(step.phase, path, took, gave, step.settings, step.done)


def _through(ledger: Ledger, path: Path, step: Step, took: tuple[str, ...]) -> tuple[str, ...]:
    """What an audit took, runs in the place of the models that they are of: those that it names, and those that lie in
    its folder."""
    models = tuple(one.hash for one in step.took if one.kind == "model")
    runs = {one.hash: models for one in step.took if one.kind == "run"}
    here = [one for folder, one in ledger.runs.items() if folder.parent == path.parent and one.model in models]
    runs = {one.hash: (one.model,) for one in here} | runs
    for run, asked in runs.items():
        ledger.askers.setdefault(run, {})[path] = asked
    through = {model for asked in runs.values() for model in asked}
    return tuple(dict.fromkeys((*(hash for hash in took if hash not in through), *runs)))


def _stream(ledger: Ledger, path: Path, thing: Thing) -> str:
    ledger.streams.add(thing.hash)
    return ledger.know(thing.kind, thing.name, thing.hash, f"{thing.about} of {STREAM}" if thing.about else STREAM)


def _thing(ledger: Ledger, path: Path, thing: Thing) -> str:
    where = lies(path.parent, thing.name)
    if where is not None and where.is_file():
        ledger.claims.setdefault(where.resolve(), {}).setdefault(thing.hash, ledger.told(path))
        return ledger.know(thing.kind, thing.name, thing.hash, thing.about)
    folder = where if where is not None and where.is_dir() else None
    return ledger.know(thing.kind, thing.name, thing.hash, thing.about, folder)


def read_run(ledger: Ledger, folder: Path) -> None:
    """A run: who answered, and all that was answered."""
    try:
        with reading(folder) as store:
            hash = store.digest()
            [told] = sources_of(folder)
        ledger.runs[folder] = Ran(hash, {**told, "title": told["title"], "fingerprint": told["fingerprint"]})
    except DAMAGED as error:
        ledger.flaw("damaged", folder, f"This run cannot be read: {error!s:.200}")
        return
    asked = tuple(told.get(name, "") for name in SAME)
    ledger.sources[asked] = (*ledger.sources.get(asked, ()), hash)


def attribute(ledger: Ledger) -> None:
    """Who drew each run: of the audits that have it the first of those nearest to where it lies, else itself."""
    lying: dict[str, list[Path]] = {}
    for folder, one in ledger.runs.items():
        ledger.know("model", one.told["title"], one.model)
        about = f"prompts {one.told.get('prompts', '')}, seed {one.told.get('seed', '')}"
        ledger.know("run", ledger.told(folder), one.hash, about, folder)
        lying.setdefault(one.hash, []).append(folder)
        if one.hash not in ledger.askers:
            ledger.askers[one.hash] = {folder: (one.model,)}
    for hash, askers in ledger.askers.items():
        places = [PurePosixPath(ledger.told(folder)) for folder in lying.get(hash, ())]
        at = max(sorted(askers), key=lambda step: max((_near(ledger, step, place) for place in places), default=0))
        ledger.deed("elicit", at, askers[at], (hash,))


def _near(ledger: Ledger, step: Path, place: PurePosixPath) -> int:
    return shared(PurePosixPath(ledger.told(step)).parent, place.parent)


def read_report(ledger: Ledger, path: Path) -> None:
    """A report; where no step made it, what it says itself of the runs that it looked at."""
    try:
        raw = raw_bytes(path, LARGEST)
        recipe = loaded(raw.decode("utf-8"))["recipe"]
        subject, sources = str(recipe["subject"]), [dict(one) for one in recipe.get("sources", ())]
    except DAMAGED as error:
        ledger.flaw("damaged", path, f"This report cannot be read: {error!s:.200}")
        return
    hash = ledger.know("report", ledger.told(path), digest(raw), subject, path)
    if hash in ledger.given:
        return
    took = tuple(one for source in sources for one in _source(ledger, source))
    ledger.deed("audit", path, tuple(dict.fromkeys(took)), (hash,))
    if not took:
        ledger.flaw("lost", path, "No step says which data this report is of.")


def _source(ledger: Ledger, told: dict[str, Any]) -> tuple[str, ...]:
    """The runs that a report looked at, else the model that answered."""
    asked = tuple(str(told.get(name, "")) for name in SAME)
    if asked in ledger.sources:
        return ledger.sources[asked]
    return (ledger.know("model", asked[0], asked[1]),) if asked[1] else ()


def read_judgement(ledger: Ledger, path: Path) -> None:
    """A judgement: the gate that took a report, a policy and perhaps a baseline."""
    try:
        raw = raw_bytes(path, LARGEST)
        judged = Judgement.from_json(raw.decode("utf-8", "replace"))
    except DAMAGED as error:
        ledger.flaw("damaged", path, f"This judgement cannot be read: {error!s:.200}")
        return
    hash = ledger.know("judgement", ledger.told(path), digest(raw), "", path, judged.outcome.value)
    took = [_judged(ledger, path, judged.report_hash), ledger.know("policy", "policy", judged.policy_hash)]
    if judged.baseline_hash:
        took.append(ledger.know("report", "baseline", judged.baseline_hash))
    ledger.deed("gate", path, tuple(took), (hash,))


def _judged(ledger: Ledger, path: Path, hash: str) -> str:
    """The report that was judged: by its bytes, or by what it says where it was written otherwise."""
    known = ledger.things.get(hash)
    if known is not None and known.kind == "report":
        return hash
    beside = [one for one in ledger.walked.reports if one.parent == path.parent]
    for report in beside:
        try:
            raw = raw_bytes(report, LARGEST)
            if hash_of(Report.from_json(raw.decode("utf-8"))) == hash:
                return digest(raw)
        except (InputError, OSError, ValueError):
            continue
    if beside:
        ledger.flaw("changed", path, f"It judges the report {hash:.16}, and what lies beside it is another.")
    else:
        ledger.flaw("lost", path, f"It judges the report {hash:.16}, which is nowhere here.")
    return ledger.know("report", "a report", hash)
