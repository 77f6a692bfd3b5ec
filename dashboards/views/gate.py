"""What would another policy say? Margins move, and the gate itself answers; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import streamlit as st

from auditkit import AuditkitError, Judgement, Policy
from auditkit.baselining import Baseline
from auditkit.rendering import Figure, figures, policy_text, summarise, words
from dashboards.parts.charts import chart
from dashboards.parts.gate.judging import command, judgement_of
from dashboards.parts.gate.knobs import turned
from dashboards.parts.gate.policies import (
    DEFAULT,
    JUDGED,
    NONE,
    Kept,
    baselines,
    judged_by,
    policies,
    read_kept,
    read_policy,
)
from dashboards.parts.gate.weighed import acceptance_rows, effort_rows, exit_words, finding_rows, flips
from dashboards.parts.kindly import fragment
from dashboards.parts.opened import Opened, friendly
from dashboards.parts.picking import pick_report
from dashboards.parts.prose import MARKS, html, said
from dashboards.parts.shelf import chosen_folder
from dashboards.parts.tables import table

SHOWN, TOLD = 40, 30
"""Rows of a figure that are drawn, and changes since a baseline that are told one by one."""
FILE = "gate.toml"
PARTS = ("verdict", "margins", "intervals")
"""What changes as a margin moves, from above on a phone."""
TITLES = {JUDGED: "The policy that it was judged by", DEFAULT: "The default policy", NONE: "No baseline"}


@dataclass(frozen=True)
class Case:
    """What is judged, by what, and against what."""

    found: Opened
    policy: Policy
    file: Path | None
    baseline: Baseline | None
    against: Path | None

    @property
    def key(self) -> str:
        """What the figure that is chosen starts anew for."""
        return f"{self.found.digest[:12]} {self.policy.hash[:12]}"


def show() -> None:
    """The page."""
    found = pick_report()
    st.title("Gate")
    said("<p>{}: what would another policy say? Nothing here is written.</p>", found.report.recipe.subject)
    _live(_case(found))


def _case(found: Opened) -> Case:
    """The report with the policy and the baseline that the address names."""
    own, kept, old = judged_by(found), policies(chosen_folder()), baselines(chosen_folder())
    offered = [*([JUDGED] if own is not None else []), *(one.id for one in kept), DEFAULT]
    left, right = st.columns(2)
    with left:
        name = _choice("Policy", "policy", offered, offered[0])
    with right:
        against = _choice("Baseline", "baseline", [NONE, *(one.id for one in old)], _usual(found, old))
    file = next((one for one in kept if one.id == name), None)
    base = next((one for one in old if one.id == against), None)
    with friendly(name):
        policy = read_policy(file) if file else own if name == JUDGED and own is not None else Policy()
    with friendly(against):
        baseline = read_kept(base) if base else None
    return Case(found, policy, file.path if file else None, baseline, base.path if base else None)


def _choice(what: str, param: str, offered: list[str], usual: str) -> str:
    """One of several, which the address names; else the usual one."""
    asked = st.query_params.get(param)
    if asked is not None and asked not in offered:
        said("<p>There is no {} <code>{}</code> in this folder.</p>", what.lower(), asked, role="alert")
    at = asked if asked in offered else usual
    chosen = st.selectbox(what, offered, offered.index(at), lambda id: TITLES.get(id, words.plain(id)))
    if chosen != asked and (asked is not None or chosen != usual):
        st.query_params[param] = chosen
    return chosen


def _usual(found: Opened, old: list[Kept]) -> str:
    """The baseline that the report was judged against, where it is here."""
    for one in old if found.judgement.baseline_hash else ():
        try:
            if read_kept(one).hash == found.judgement.baseline_hash:
                return one.id
        except (AuditkitError, OSError):
            continue
    return NONE


@fragment
def _live(case: Case) -> None:
    """All that changes as a margin moves."""
    today, report = date.today(), case.found.report
    with st.container(key="gate-live"):  # the style sheet has its parts side by side where there is room
        verdict, margins, intervals = (st.container(key=f"gate-{part}") for part in PARTS)
    with margins:
        st.header("Margins")
        policy = turned(case.policy, report, case.policy.hash[:8])
    with verdict, friendly("This policy"):
        before = judgement_of(case.found, case.policy, case.baseline, today)
        after = judgement_of(case.found, policy, case.baseline, today)
        rows = finding_rows(report, before, after)
        _verdict(case, after, flips(rows))
    with intervals:
        _intervals(case, after)
    st.header("Finding by finding")
    table(rows, "gate findings", "verdicts", file=lambda: finding_rows(report, before, after, plainly=True))
    _effort(case, after)
    if case.baseline is not None:
        _accepted(case.baseline, after, today)
    _file(case, policy)


def _verdict(case: Case, judged: Judgement, turned: str) -> None:
    told = summarise(case.found.report, judged)
    st.header("Verdict")
    tally = [html("<li>{} {} <b>{}</b></li>", MARKS[one], words.outcome_word(one), f"{n:,}") for one, n in told.tally()]
    said(
        '<p class="ak-gate-verdict {}"><span aria-hidden="true">{}</span> {}</p><p class="ak-gate-headline">{}</p>'
        '<p><b>Exit code {}.</b> {}</p><ul class="ak-gate-tally">{}</ul><p><b>{}</b></p>',
        judged.outcome.value.lower(),
        MARKS[judged.outcome],
        words.outcome_word(judged.outcome),
        told.headline,
        judged.exit_code,
        exit_words(judged),
        html("{}" * len(tally), *tally),
        turned,
        role="status",
    )


def _intervals(case: Case, judged: Judgement) -> None:
    drawn = figures(case.found.report, judged)
    if not drawn:
        return
    at = st.selectbox(
        "Intervals and margins of", range(len(drawn)), format_func=lambda i: _name(drawn[i]), key=f"figure {case.key}"
    )
    figure = drawn[at]
    if len(figure.rows) > SHOWN:
        said("<p>The first {} of {} rows, the gravest first.</p>", SHOWN, words.count(len(figure.rows)))
    chart(replace(figure, rows=figure.rows[:SHOWN]), "gate", figure.title)


def _name(figure: Figure) -> str:
    by = f" by {figure.attribute}" if figure.attribute else ""
    return words.short(f"{figure.title}{by}, {figure.code}")


def _effort(case: Case, judged: Judgement) -> None:
    st.header("What would settle it")
    rows = effort_rows(case.found.report, judged)
    if rows:
        said("<p>Rows that settle a verdict at the present estimate and mix, with power 90 %.</p>")
        table(rows, "gate effort", "rows that settle it")
    else:
        said("<p>Nothing is inconclusive.</p>")


def _accepted(baseline: Baseline, judged: Judgement, today: date) -> None:
    st.header("Accepted, and changed since the baseline")
    rows = acceptance_rows(baseline, judged, today)
    if rows:
        table(rows, "gate accepted", "accepted findings")
    else:
        said("<p>Nothing of this baseline is accepted.</p>")
    told = [html("<li><b>{}</b>: {}</li>", notice.about, notice.sentence) for notice in judged.notices]
    said("<ul>{}</ul>", html("{}" * len(told[:TOLD]), *told[:TOLD]))
    if not told:
        said("<p>Nothing has changed since.</p>")
    if len(told) > TOLD:
        said("<p>The first {} of {} changes are listed above; here are all.</p>", TOLD, words.count(len(told)))
        changes = [{"about": notice.about, "what": notice.sentence} for notice in judged.notices]
        table(changes, "gate changes", "what changed")


def _file(case: Case, policy: Policy) -> None:
    st.header("This policy as a file")
    same = policy.hash == case.policy.hash and case.file is not None
    if not same:
        said("<p>Save this as <code>{}</code>, in the place of your choice.</p>", FILE)
    st.code(policy_text(policy), language="toml", wrap_lines=True)
    said("<p>Then judge by it:</p>")
    st.code(
        command(case.found.entry.path, case.file if same and case.file else FILE, case.against),
        language="bash",
        wrap_lines=True,
    )


if __name__ == "__main__":
    show()
