"""The card of a curated data set as Markdown, by the questions of Gebru et al. (2021); text from data is inert.

Gebru, Morgenstern, Vecchione et al., Datasheets for Datasets, Communications of the ACM 64 (2021) 86; Pushkarna,
Zaldivar & Kjartansson, Data Cards, FAccT (2022) 1776.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.formats.curated import Curated
from auditkit.formats.intervals import ranked
from auditkit.formats.words import count, interval, is_signed, markdown, number, outcome_word, short

MOST = 12
"""Findings that the card shows of each audit; the reports beside it tell them all."""
NO_CLAIM = (
    "A bias that the audit after did not find is not shown to be absent: see the intervals, and the reports in "
    "`before/` and `after/`."
)


def data_card(curated: Curated) -> str:
    """The card: what it is, where it comes from, what was done, what the audits say, what it is not for."""
    parts = [_head(curated), _composed(curated), _done(curated), _audits(curated), _limits(curated), _owner(curated)]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(c: Curated) -> Iterator[str]:
    yield f"# {markdown(short(c.title, 120)) or 'A curated data set'}"
    yield ""
    yield markdown(c.said("description"))
    yield ""
    yield (
        f"{count(c.rows)} rows, worth {count(c.worth)} independent, equally weighted ones; made by auditkit of "
        f"{count(c.source_rows)} rows. `rows.csv` says of each of these what has become of it, and why."
    )


def _composed(c: Curated) -> Iterator[str]:
    yield "## What is in it"
    yield ""
    yield "| column | type | role | what it is |"
    yield "|---|---|---|---|"
    for column in c.columns:
        cells = (short(column.name, 60), column.type, column.role or "none", column.about or "as in the source")
        yield f"| {' | '.join(markdown(cell) for cell in cells)} |"
    yield ""
    yield from (f"- `{file.name}`: {count(file.size)} bytes, SHA-256 `{file.sha256}`" for file in c.files)
    if c.pictures:
        yield f"- `pictures/`: {count(c.pictures)} pictures, each named by the SHA-256 of its bytes"


def _done(c: Curated) -> Iterator[str]:
    yield "## Where it comes from, and what was done"
    yield ""
    yield from (f"- {markdown(short(name, 120))}, SHA-256 `{content}`" for name, content in c.taken)
    yield ""
    yield from (f"- {markdown(sentence)}" for sentence in c.done)
    yield ""
    yield "| rows | action |"
    yield "|---:|---|"
    yield from (f"| {count(n)} | {markdown(action)} |" for action, n in c.counts.items())
    if c.wanted:
        yield ""
        yield f"{count(c.wanted)} more rows are asked for in `topup.csv`; none of them was made up."


def _audits(c: Curated) -> Iterator[str]:
    yield "## What the audits say"
    for name, (report, judgement) in (("Before", c.before), ("After", c.after)):
        yield ""
        yield from _audit(name, report, judgement)
    yield ""
    yield NO_CLAIM


def _audit(name: str, report: Report, judgement: Judgement) -> Iterator[str]:
    told = ranked(report, judgement)
    yield f"### {name}: {outcome_word(judgement.outcome)}"
    yield ""
    yield "| verdict | finding | estimate | 95 % interval | n | worth |"
    yield "|---|---|---:|---:|---:|---:|"
    for f, verdicts in told[:MOST]:
        word = " and ".join(dict.fromkeys(outcome_word(verdict.outcome) for verdict in verdicts)) or "Not judged"
        signed = is_signed(f)
        value = number(f.estimate.value, f.scale, signed)
        bounds = interval(f.interval(0.95), f.scale, signed)
        cells = (word, f.sentence, value, bounds, count(f.estimate.n), count(f.estimate.n_eff))
        yield f"| {' | '.join(markdown(cell) for cell in cells)} |"
    if len(told) > MOST:
        yield ""
        yield f"{len(told) - MOST} more findings stand in the report."
    if report.not_assessed:
        yield ""
        yield from (f"- Not assessed, {markdown(one.code)}: {markdown(one.because)}" for one in report.not_assessed)


def _limits(c: Curated) -> Iterator[str]:
    yield "## What curation cannot do"
    yield ""
    told: Sequence[str] = c.limits or ["Rows were left out or none were: nothing was weighted, copied or made up."]
    yield from (f"- {markdown(sentence)}" for sentence in told)


def _owner(c: Curated) -> Iterator[str]:
    yield "## What only its owner knows"
    yield ""
    names = {"collected": "How it was collected", "uses": "What it is for", "impact": "Whom its use may help or harm"}
    names |= {"licence": "Licence", "creator": "Made by", "citation": "Cite as"}
    yield from (f"- {called}: {markdown(c.said(name))}" for name, called in names.items())
    told = ", ".join(markdown(name) for name in c.sensitive)
    yield f"- Personal or sensitive: {told or LEFT}"


LEFT = "no column was named as such, which is no statement that there is none"
