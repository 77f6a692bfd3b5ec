"""The map: which families of bias were looked for in which subject, and what came of it? Silence is never green."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup

from auditkit import Outcome, Report, Verdict, catalog
from auditkit.rendering import Line, Summary, gravest, words
from dashboards.parts.cells import headers
from dashboards.parts.picking import link
from dashboards.parts.prose import MARKS, html

OTHER = "other"
"""The row of detectors of a family that is not ours."""
NOT_ASKED, EXPERIMENTAL = "not asked", "Experimental"


class Said(NamedTuple):
    """What was said of one comparison; nothing where it is not judged, or where nobody measured how often that errs."""

    outcome: Outcome | None
    word: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What a family comes to in a report: the gravest verdict, and of how many of those that were judged it is."""

    outcome: Outcome | None
    word: str
    n: int
    whole: int

    @property
    def text(self) -> str:
        """It in words, for a table: `◆ Fail, 1 of 9`."""
        return f"{MARKS[self.outcome]} {self.word}, {self.n:,} of {self.whole:,}"


class Column(NamedTuple):
    """A subject on the map: its latest report, when that was written, and its marks by family; none is not asked."""

    report: str
    subject: str
    when: str
    marks: Mapping[str, Mark]


@lru_cache(10_000)
def family_of(code: str) -> str:
    """The family of a detector's code.

    >>> family_of("selection.refusal"), family_of("mine")
    ('selection', 'other')
    """
    family = code.partition(".")[0]
    return family if family in catalog.families() else OTHER


def marks(report: Report, told: Summary) -> dict[str, Mark]:
    """A mark for each family of which a detector ran."""
    codes = [str(detector.get("code", "")) for detector in report.recipe.detectors]
    said: dict[str, list[Said]] = {family_of(code): [] for code in codes}
    passing = {line.finding.code for line in told.lines if line.outcome is Outcome.PASS}
    unmeasured = {code for code in passing if catalog.experimental(code)}
    for line in told.lines:
        said.setdefault(family_of(line.finding.code), []).append(_of_line(line, unmeasured))
    for item in report.not_assessed:
        said.setdefault(family_of(item.code), []).append(_said(Outcome.NOT_ASSESSED))
    for verdict in told.standing:
        if verdict.key is not None and _darkens(verdict.outcome, said.get(family_of(verdict.key.code))):
            said.setdefault(family_of(verdict.key.code), []).append(_said(verdict.outcome))
    return {family: _mark(each) for family, each in said.items()}


def families(columns: Sequence[Column]) -> dict[str, str]:
    """The rows of the map, each with its one sentence: every family of ours, and another where there is one."""
    ours = {name: (package.__doc__ or "").strip().split("\n")[0] for name, package in catalog.families().items()}
    told = {name: sentence.partition(": ")[2] or sentence for name, sentence in ours.items()}
    return told | ({OTHER: "Detectors that are not ours."} if any(OTHER in one.marks for one in columns) else {})


def map_rows(columns: Sequence[Column]) -> list[dict[str, str]]:
    """The map as a table: a row a family, a column a subject."""
    names = headers((one.subject for one in columns), ["family"])
    return [
        {"family": family} | {name: _text(one.marks.get(family)) for name, one in zip(names, columns, strict=True)}
        for family in families(columns)
    ]


def drawn(columns: Sequence[Column]) -> Markup:
    """The map as a table of HTML: every cell is a link to what it stands for."""
    head = Markup("").join(map(_head, columns))
    rows = Markup("").join(_row(family, sentence, columns) for family, sentence in families(columns).items())
    return html(
        '<div class="ak-map" role="region" aria-label="The map" tabindex="0"><table><thead><tr>'
        '<th scope="col" class="corner">Family</th>{}</tr></thead><tbody>{}</tbody></table></div>',
        head,
        rows,
    )


def _head(one: Column) -> Markup:
    line = '<th scope="col"><a href="{}"><span>{}</span></a><small>{}</small></th>'
    return html(line, link("report", report=one.report), words.short(one.subject, 70) or "(no name)", one.when)


def _row(family: str, sentence: str, columns: Sequence[Column]) -> Markup:
    cells = Markup("").join(_cell(family, one) for one in columns)
    return html('<tr><th scope="row">{}<small>{}</small></th>{}</tr>', family.capitalize(), sentence, cells)


def _cell(family: str, one: Column) -> Markup:
    mark = one.marks.get(family)
    if mark is None:
        return html('<td class="blank"><span aria-hidden="true">–</span> {}</td>', NOT_ASKED)
    asked = {} if family == OTHER else {"family": family}
    return html(
        '<td class="{}"><a href="{}"><span class="word"><span aria-hidden="true">{}</span> {}</span>'
        "<small>{} of {}</small></a></td>",
        mark.outcome.value.lower() if mark.outcome else "not_judged",
        link("report", report=one.report, **asked),
        MARKS[mark.outcome],
        mark.word,
        f"{mark.n:,}",
        f"{mark.whole:,}",
    )


def _text(mark: Mark | None) -> str:
    return NOT_ASKED if mark is None else mark.text


def _said(outcome: Outcome | None, word: str = "") -> Said:
    return Said(outcome, word or words.outcome_word(outcome))


def _of_line(line: Line, unmeasured: Collection[str]) -> Said:
    """A pass by a detector whose error rates are not measured makes nothing green, whatever a policy says of it."""
    if line.outcome is Outcome.PASS and line.finding.code in unmeasured:
        return _said(None, EXPERIMENTAL)
    accepted = ", accepted" if line.accepted else ""
    return _said(line.outcome, words.outcome_word(line.outcome) + accepted)


def _darkens(outcome: Outcome, each: Sequence[Said] | None) -> bool:
    """Whether a verdict on a finding that this report no longer tells counts: it makes a mark worse, never better."""
    asked_in_vain = each is not None and not each  # not assessed, which is graver than inconclusive
    return outcome is Outcome.FAIL or (outcome is not Outcome.PASS and not asked_in_vain)


def _mark(each: Sequence[Said]) -> Mark:
    if not each:  # asked, and nothing came of it
        return Mark(Outcome.NOT_ASSESSED, words.outcome_word(Outcome.NOT_ASSESSED), 0, 0)
    outcome = gravest(Verdict("", one.outcome, "") for one in each if one.outcome is not None)
    alike = sorted({one.word for one in each if one.outcome is outcome}, key=len)  # what nobody accepts comes first
    among = [
        one for one in each if outcome is None or one.outcome is not None
    ]  # what no rule judged counts for nothing
    return Mark(outcome, alike[0], sum(one.outcome is outcome for one in among), len(among))
