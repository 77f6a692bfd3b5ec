"""How does a report become a baseline, and a baseline that of a new report?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from auditkit.baselining.accepted import accepted
from auditkit.core.arguments import Deed
from auditkit.core.baseline import Baseline
from auditkit.core.errors import InputError
from auditkit.core.judgement import Notice
from auditkit.core.report import Report
from auditkit.gating import gate
from auditkit.rules import Policy


def create(
    report: Report,
    policy: Policy | None = None,
    *,
    accept: Sequence[str] = (),
    reason: str = "",
    owner: str = "",
    expires: date | None = None,
    today: date | None = None,
    keep_units: bool = False,
) -> Baseline:
    """A baseline of a report without its cells and exemplars, with the policy that judged it.

    `keep_units` also puts in which cell each unit is in, where the report keeps that, so that later reports on the same
    units are compared unit by unit. It is personal data where units are people: think before it is committed.

    `accept` names what somebody answers for: a detector's code, a verdict's fingerprint, "failing" for all that fails,
    or "inconclusive" for all that cannot be decided; that needs a reason, an owner, and the day it expires. What
    passes, and what was not assessed, cannot be accepted: that raises `InputError`.

    >>> from auditkit.auditing import audit
    >>> report = audit(group=["a"] * 500 + ["b"] * 500, outcome=[1, 0] * 250 + [1] * 500)
    >>> until = date(2027, 1, 31)
    >>> baseline = create(report, accept=["failing"], reason="a quota", owner="Ada", expires=until, today=until)
    >>> [one.key.estimand for one in baseline.accepted]
    ['selection rate ratio', 'selection rate difference']
    """
    rules = policy or Policy()
    bare = Baseline(_bare(report, keep_units), rules.to_dict())
    return _accepting(bare, rules, accept, reason, owner, expires, today or date.today())


def update(
    baseline: Baseline,
    report: Report,
    policy: Policy | None = None,
    *,
    accept: Sequence[str] = (),
    reason: str = "",
    owner: str = "",
    expires: date | None = None,
    today: date | None = None,
    keep_units: bool = False,
) -> tuple[Baseline, tuple[Notice, ...]]:
    """The baseline of a new report, with what was accepted of the old one and still holds; and what changed.

    What has expired, vanished, been outgrown or is no longer needed is dropped, and said. "failing" names what fails
    and nobody answers for yet, "inconclusive" likewise; what is named otherwise is accepted anew. `keep_units` is as in
    `create`, and has to be asked for each time.
    """
    rules, day = policy or Policy(), today or date.today()
    judged = gate(report, rules, baseline=baseline, today=day)
    kept = dict.fromkeys(verdict.accepted for verdict in judged.accepted if verdict.accepted is not None)
    bare = Baseline(_bare(report, keep_units), rules.to_dict(), tuple(kept))
    return _accepting(bare, rules, accept, reason, owner, expires, day), judged.notices


def _accepting(
    bare: Baseline,
    rules: Policy,
    accept: Sequence[str],
    reason: str,
    owner: str,
    expires: date | None,
    today: date,
) -> Baseline:
    """A baseline with what is accepted of it, in place of what was accepted of the same verdicts."""
    if not accept:
        if reason or owner or expires:
            what = Deed('accept=["failing"]', "--accept failing")
            raise InputError("A reason, an owner or a day was given, and nothing to accept. Say what: ", what, ".")
        return bare
    judged = gate(bare.report, rules, baseline=bare, today=today)
    anew = accepted(judged, accept, reason, owner, expires, today)
    now = {(one.rule, one.key): one for one in (*bare.accepted, *anew)}
    return replace(bare, accepted=tuple(now.values()))


def _bare(report: Report, keep_units: bool) -> Report:
    """A report that can be committed: nothing of any row, but where it was asked for in which cell each unit is."""
    if keep_units and report.units is None:
        said = [note for note in report.recipe.notes if note.startswith("Units were not kept")]
        asked = ["Audit with ", Deed("keep_units=True", "auditkit audit ... --keep-units"), "."]
        raise InputError("There are no units to keep in this report. ", *(said[-1:] or asked))
    bare = replace(report, findings=tuple(replace(f, exemplars=()) for f in report.findings))
    return bare if keep_units else replace(bare, cells=None, units=None)
