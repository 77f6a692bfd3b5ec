"""What a judgement comes to: the headline, the tally, and what was not assessed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from auditkit.core.finding import Finding
from auditkit.core.judgement import Judgement, Notice, Outcome, Verdict
from auditkit.core.report import Report
from auditkit.formats.headline import headline, held, unanswered
from auditkit.formats.intervals import gravest, ranked
from auditkit.formats.words import comparison, count, markdown, short
from auditkit.rules import has_interval, known
from auditkit.rules.assessed import EVERYTHING, JUDGED

EXPERIMENTAL = (
    "{0} is experimental: its error rates are not measured, or not as promised, so its findings are described and not "
    'judged. A rule that names it, code = "{0}", judges them.'
)
CHANGED = "What changed since the baseline, and what else to know"
MOST_SAID = 600_000
"""Bytes of notices in Markdown: GitHub takes 1 MiB of a step's summary."""
LONGEST = 2_000
"""Letters of a notice in Markdown; judgement.json has all of it."""
TOLD = (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.NOT_ASSESSED, Outcome.PASS)


@dataclass(frozen=True, slots=True)
class Line:
    """One finding with everything that was said of it, at its place in the report's order."""

    place: int
    finding: Finding
    verdicts: tuple[Verdict, ...]
    outcome: Outcome | None

    @property
    def accepted(self) -> bool:
        """Whether somebody answers for all of it that is no pass."""
        return held(self.verdicts) is not None and unanswered(self.verdicts) is None


@dataclass(frozen=True, slots=True)
class Silence:
    """Something that was not assessed, why, and what it was about: `n` findings, or questions without a finding."""

    source: str
    because: str
    about: tuple[str, ...] = ()
    n: int = 1


@dataclass(frozen=True, slots=True)
class Summary:
    """A judged report, ready to be told.

    `lines` gravest first; `standing` the verdicts that are about no finding of this report; `silences` what was not
    assessed; `missing` the rows that took no part, and the detectors that are not yet to be trusted; `notices` what
    changed since the baseline and what else a reader must know, `heading` what stands above them, and `unsaid` how many
    of them find no room in a build's summary.
    """

    headline: str
    lines: tuple[Line, ...]
    standing: tuple[Verdict, ...]
    silences: tuple[Silence, ...]
    missing: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    unsaid: int = 0
    heading: str = ""

    def tally(self) -> tuple[tuple[Outcome, int], ...]:
        """How many fail, are inconclusive, were not assessed, pass: each finding once, by its gravest verdict.

        A difference and a ratio of the same groups are two findings, here as in the table of all. What was asked for
        and told no finding is one more not assessed. A standing pass ("all was assessed") is not counted.
        """
        said = [line.outcome for line in self.lines]
        said += [verdict.outcome for verdict in self.standing if verdict.outcome is not Outcome.PASS]
        silent = sum(silence.n for silence in self.silences)
        counts = {outcome: said.count(outcome) for outcome in Outcome} | {Outcome.NOT_ASSESSED: silent}
        return tuple((outcome, counts[outcome]) for outcome in TOLD)

    @property
    def assured(self) -> str:
        """What is said where nothing was left unassessed that could be judged."""
        void = any(line.outcome is None and not known(line.finding.estimate) for line in self.lines)
        return JUDGED if void else EVERYTHING

    @property
    def judged(self) -> tuple[Line, ...]:
        """The findings that a rule spoke of."""
        return tuple(line for line in self.lines if line.outcome is not None)


def summarise(report: Report, judgement: Judgement) -> Summary:
    """Put a judgement into the order in which it is told."""
    lines = tuple(
        Line(place, finding, verdicts, gravest(verdicts))
        for place, (finding, verdicts) in enumerate(ranked(report, judgement))
    )
    found = {finding.key for finding in report.findings}
    unbound = [verdict for verdict in judgement.verdicts if verdict.key not in found]
    standing = tuple(verdict for verdict in unbound if verdict.outcome is not Outcome.NOT_ASSESSED)
    silences = _silences(report, lines, [verdict for verdict in unbound if verdict not in standing])
    missing = tuple(
        f"{count(n)} of {count(report.recipe.rows)} rows have no {short(what)}: counted, not compared."
        for what, n in report.recipe.missing.items()
    )
    missing += _valueless(lines) + _unbounded(lines)
    missing += tuple(EXPERIMENTAL.format(short(code)) for code in judgement.experimental)
    judged = [line.verdicts for line in lines if line.outcome is not None]
    judged += [(verdict,) for verdict in unbound if verdict.accepted is not None]
    notices = _fitting(judgement.notices)
    unsaid = len(judgement.notices) - len(notices)
    said = headline(judgement.outcome, judged)
    heading = CHANGED if judgement.baseline_hash else "What else to know"
    return Summary(said, lines, standing, silences, missing, notices, unsaid, heading)


def _fitting(notices: Sequence[Notice]) -> tuple[Notice, ...]:
    """As many of the notices as a build's summary has room for, once they are escaped.

    Each is cut to what a reader takes in, and each kind has a room of its own: nothing long or many drowns the others.
    """
    rooms = Counter(notice.about for notice in notices)
    room = dict.fromkeys(rooms, MOST_SAID // max(len(rooms), 1))
    told = []
    for notice in (Notice(about, short(sentence, LONGEST)) for about, sentence in notices):
        size = sum(len(markdown(text).encode("utf-8", "replace")) + 4 for text in notice)
        if size <= room[notice.about]:
            room[notice.about] -= size
            told.append(notice)
    return tuple(told)


def _silences(report: Report, lines: tuple[Line, ...], unbound: list[Verdict]) -> tuple[Silence, ...]:
    """Told once each: the same reason for several things is one silence about them all."""
    about: dict[tuple[str, str], list[str]] = {}
    for item in dict.fromkeys(report.not_assessed):
        about.setdefault((item.code, item.because), []).append(", ".join(filter(None, (item.estimand, item.attribute))))
    for line in lines:
        if line.outcome is Outcome.NOT_ASSESSED:
            what = f"{short(line.finding.estimand, 60)}: {comparison(line.finding)}"
            about.setdefault((line.finding.code, line.verdicts[0].sentence), []).append(what)
    for verdict in unbound:
        if not any(because in verdict.sentence for _, because in about):
            about.setdefault((verdict.rule, f"{verdict.about}{verdict.sentence}"), [""])
    return tuple(
        Silence(source, because, tuple(dict.fromkeys(filter(None, what))), len(what))
        for (source, because), what in about.items()
    )


def _valueless(lines: Sequence[Line]) -> tuple[str, ...]:
    """What no rule judges and has no value, by the reason: it turns no verdict, and is not passed over in silence."""
    void: dict[str, dict[str, None]] = {}
    for line in lines:
        if line.outcome is None and not known(line.finding.estimate):
            because = line.finding.estimate.reason or "the estimate is undefined"
            void.setdefault(because, {})[short(line.finding.estimand, 60)] = None
    return tuple(f"{', '.join(what)}: described, not judged, and without a value: {why}." for why, what in void.items())


def _unbounded(lines: Sequence[Line]) -> tuple[str, ...]:
    """What no rule judges, for it has a value and no interval: a policy that judges all others leaves it out."""
    told = [line.finding for line in lines if line.outcome is None and known(line.finding.estimate)]
    what = dict.fromkeys(short(f.estimand, 60) for f in told if not has_interval(f.estimate))
    return (
        (f"{', '.join(what)}: described, not judged, for a margin judges an interval and there is none.",)
        if what
        else ()
    )
