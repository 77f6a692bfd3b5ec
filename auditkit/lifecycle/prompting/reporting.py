"""The report of every treatment, judged by the plan's policy: by intervals and bets that hold whenever one stopped."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from auditkit.auditing import audit
from auditkit.core.detector import Detector
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.estimate import Estimate, Wager
from auditkit.core.finding import Cap, Finding, NotAssessed
from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.gating import gate
from auditkit.lifecycle.prompting.compared import Gap
from auditkit.lifecycle.prompting.headline import Headline
from auditkit.lifecycle.prompting.rounds import SILENT, Arm
from auditkit.lifecycle.prompting.treatments import CONTROL
from auditkit.lifecycle.turning import Cost, Turn
from auditkit.planning import Plan, built
from auditkit.rendering import render
from auditkit.running import PAGE, write
from auditkit.runs import Run
from auditkit.sealing import seal
from auditkit.stakes import OTHERS
from auditkit.stats.capital import LARGEST
from auditkit.stats.treatments import mean_of, own

REPORT, JUDGED = "report.json", "judgement.json"
USABLE = "usable answers"


def reported(plan: Plan, headline: Headline, arm: Arm, run: Run, came: bool) -> tuple[Report, Judgement]:
    """The report of an arm's run and what the plan's policy says of it.

    Where the level that is counted `came` under another wording and never under this, the detector has nothing to
    count, and the report says so. Raises `InputError` where it came under none: it may be spelt otherwise.
    """
    detectors = [built(table) for table in plan.detectors]
    asked: dict[str, Any] = {"crossed": plan.crossed, "exemplars": plan.exemplars, **plan.roles}
    try:
        report = audit(run, detectors, **asked)
    except InputError as error:
        if not came:
            raise
        because = f"{error} Under another wording it came"
        report = audit(run, [_silent(one, because) if one.code == headline.code else one for one in detectors], **asked)
    findings = tuple(_anytime(finding, headline, arm) for finding in report.findings)
    report = replace(report, findings=findings)
    return report, gate(report, plan.policy)


def _silent(detector: Detector, because: str) -> Detector:
    """The detector, with its own settings in the record, where it has nothing to count."""

    def examine(_: object) -> Sequence[Finding | NotAssessed]:
        raise CannotDecide(because)

    quiet = copy(detector)
    object.__setattr__(quiet, "examine", examine)
    return quiet


def unassessed(report: Report, headline: Headline) -> tuple[str, ...]:
    """Why the report tells nothing of what was bet on; empty where it does."""
    if any(headline.place(finding) is not None for finding in report.findings):
        return ()
    of = [one.because for one in report.not_assessed if one.code == headline.code]
    return tuple(f"Its report tells nothing of it: {because.rstrip('.')}." for because in of[:1])


def _anytime(finding: Finding, headline: Headline, arm: Arm) -> Finding:
    """The headline by the bets on it; a number that was not bet on gets no verdict, for others decided when to stop."""
    if (place := headline.place(finding)) is not None:
        told = replace(finding, estimate=_estimate(finding, headline, arm, place), recount=False)
        if not arm.missing:
            return told
        if arm.missing <= SILENT:
            note = f"{said_missing(arm.missing)}: value and interval are of the answered"
            return replace(
                told, notes=(*told.notes, f"{note}, and a pass is bet on with the missing at the worst end.")
            )
        why = said_missing(arm.missing)
        return replace(told, caps=(*told.caps, Cap("PASS", why), Cap("FAIL", why)))
    return replace(finding, caps=(*finding.caps, Cap("PASS", OTHERS), Cap("FAIL", OTHERS)))


def said_missing(share: float) -> str:
    """Which share of answers is missing, in words."""
    return f"{100 * share:.1f} % of the answers, or of their pairs with the control's, could not be used"


def _estimate(finding: Finding, headline: Headline, arm: Arm, place: int) -> Estimate:
    stakes = arm.answers.stakes[place] if headline.several else arm.answers.stakes
    sequence = mean_of(stakes, headline.bounds.support)
    bets = [np.atleast_2d(e)[place, -1] for e in own(arm.answers, headline.bounds)]
    inside, outside = (math.exp(min(float(e), LARGEST)) for e in bets)
    wager = Wager(headline.margin.low, headline.margin.high, inside, outside)
    fixed = finding.estimate
    return replace(sequence, n=fixed.n, clusters=fixed.clusters, wagers=(wager,))


def unheard(judgement: Judgement, report: Report, headline: Headline) -> int:
    """How many other comparisons the policy judges too: those of a run that was stopped get no verdict."""
    mine = {finding.key for finding in report.findings if headline.place(finding) is not None}
    return len({v.key for v in judgement.verdicts if v.key is not None and v.key not in mine})


def gaps_told(headline: Headline, arm: Arm, level: float) -> tuple[Gap, ...]:
    """Each of several gaps by itself, with what is claimed of it; nothing of one alone."""
    if headline.gaps is None or not headline.several:
        return ()
    paths = own(arm.answers, headline.bounds)
    told = []
    for place, (group, versus) in enumerate(headline.gaps.names):
        made = [name for name, e in zip(("inside", "outside"), paths, strict=True) if e[place, -1] >= level]
        bias = mean_of(arm.answers.stakes[place], headline.bounds.support)
        told.append(Gap(group, versus, bias, tuple(made) if arm.missing <= SILENT else ()))
    return tuple(told)


def cost_of(control: Arm, arm: Arm, may_lose: float) -> Cost:
    """How much of its usable answers a treatment loses, prompt by prompt, by intervals that hold at every stop."""
    was = control.answers.usable[: arm.rounds]
    lost = mean_of(was - arm.answers.usable, (-1.0, 1.0))
    before, after = (mean_of(one, (0.0, 1.0)) for one in (was, arm.answers.usable))
    return Cost(USABLE, before, after, lost, may_lose, paired=True)


def keep(folder: Path, report: Report, judgement: Judgement) -> None:
    """Write a report with its judgement and page into a treatment's folder, and seal them."""
    texts = {REPORT: report.to_json(), JUDGED: judgement.to_json(), PAGE: render(report, judgement, "page")}
    _sealed(folder, texts, [PAGE])


def keep_turn(folder: Path, name: str, reports: Mapping[str, tuple[Report, Judgement]], cost: Cost) -> None:
    """Write what a treatment changed, from the control before to the treatment after, and what it cost."""
    from auditkit.lifecycle import turning

    (before, judged_before), (after, judged_after) = reports[CONTROL], reports[name]
    turn = Turn(f"{CONTROL} to {name}", before, after, judged_before, judged_after, (cost,))
    told = turning.texts(turn)
    _sealed(folder, {one: told[one] for one in ("turn.json", "turn.md")}, [])  # the page shows them side by side


def _sealed(folder: Path, texts: Mapping[str, str], pages: list[str]) -> None:
    seal(folder, texts, pages=pages, first=lambda: write(folder, texts), unless=texts)
