"""Report and judgement for a terminal: nothing in the data can move a cursor, colour a word or command a build."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Report
from auditkit.formats.intervals import grown, held_to
from auditkit.formats.summary import Line, Summary, summarise
from auditkit.formats.words import (
    answered,
    comparison,
    count,
    exact,
    interval,
    is_signed,
    number,
    outcome_word,
    settled_by,
    short,
)
from auditkit.formats.words import quiet as said

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.text import Text

STYLES = {
    Outcome.FAIL: ("◆", "bold red"),
    Outcome.INCONCLUSIVE: ("○", "yellow"),
    Outcome.NOT_ASSESSED: ("◌", "magenta"),
    Outcome.PASS: ("●", "blue"),
    None: ("·", "dim"),
}
WIDE = 108
MOST = 40


class Table:
    """What `rich.print` shows of a judged report, as wide as the terminal is.

    Colours follow the console, so NO_COLOR is honoured; every colour comes with a mark and a word.
    """

    def __init__(self, report: Report, judgement: Judgement) -> None:
        self.report, self.judgement = report, judgement
        self.summary = summarise(report, judgement)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from _head(self.report, self.judgement, self.summary)
        yield _findings(self.summary, wide=options.max_width >= WIDE)
        yield from _why(self.summary)
        yield from _noticed(self.judgement, self.summary.heading)
        yield from _not_assessed(self.summary)
        yield from _made(self.judgement)


def table(report: Report, judgement: Judgement) -> Table:
    """The terminal table, for `rich.console.Console.print`."""
    return Table(report, judgement)


def table_text(report: Report, judgement: Judgement) -> str:
    """The terminal table as text without colours, as wide as the terminal is."""
    from rich.console import Console

    width = min(max(shutil.get_terminal_size((100, 24)).columns, 40), 140)
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, force_terminal=False, emoji=False).print(table(report, judgement))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _text(words: object, style: str = "") -> Text:
    """Text that holds no markup; rich never reads what stands in it."""
    from rich.text import Text

    return Text(said(words), style)


def _word(outcome: Outcome | None, accepted: bool = False) -> Text:
    mark, style = STYLES[outcome]
    return _text(f"{mark} {outcome_word(outcome)}{', accepted' if accepted else ''}", style)


def _head(report: Report, judgement: Judgement, summary: Summary) -> Iterator[RenderableType]:
    from rich.text import Text

    yield _text(f"{short(report.recipe.subject, 200)}: {count(report.recipe.rows)} rows", "bold")
    yield Text.assemble(_word(judgement.outcome), ". ", _text(summary.headline))
    yield _text(", ".join(f"{n:,} {outcome_word(outcome).lower()}" for outcome, n in summary.tally()), "dim")


def _findings(summary: Summary, wide: bool) -> RenderableType:
    from rich import box
    from rich.table import Table as Grid
    from rich.text import Text

    if not summary.lines:
        return Text("No findings.")
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    grid.add_column("verdict", no_wrap=wide)
    grid.add_column("comparison", ratio=1, overflow="fold")
    for name in ("n", "estimate", "95 %", "margin", "null") if wide else ("estimate, 95 %, margin, null",):
        grid.add_column(name, justify="right", no_wrap=wide)
    for line in summary.lines[:MOST]:
        numbers = _numbers(line)
        cells = numbers if wide else [Text("\n").join([numbers[1], numbers[2], *_below(line, numbers)])]
        grid.add_row(_word(line.outcome, line.accepted), _compared(line), *cells)
    if len(summary.lines) > MOST:
        grid.add_row(Text("…"), _text(f"and {count(len(summary.lines) - MOST)} more, in the report"))
    return grid


def _compared(line: Line) -> Text:
    from rich.text import Text

    f = line.finding
    what = " · ".join(filter(None, (short(f.estimand, 60), short(f.attribute, 30), f.code)))
    told = [_text(comparison(f, 60)), _text(what, "dim"), _text(grown(f, line.verdicts), "dim")]
    return Text("\n").join([text for text in told if text])


def _numbers(line: Line) -> list[Text]:
    f, signed = line.finding, is_signed(line.finding)
    hidden = f.estimate.withheld
    return [
        _text(count(f.estimate.n)),
        _text("withheld" if hidden else number(f.estimate.value, f.scale, signed), STYLES[line.outcome][1]),
        _text("" if hidden else interval(f.interval(0.95), f.scale, signed)),
        _text(held_to(f, line.verdicts), "dim"),
        _text(exact(f.null), "dim"),
    ]


def _below(line: Line, numbers: list[Text]) -> list[Text]:
    return [_text(f"{numbers[3].plain}, null {numbers[4].plain}, n {numbers[0].plain}", "dim")]


def _why(summary: Summary) -> Iterator[RenderableType]:
    """The sentence of every verdict that is not a pass, and what would change it."""
    graver = [line for line in summary.judged if line.outcome is not Outcome.PASS][:MOST]
    told = [(verdict.about, verdict) for verdict in summary.standing]
    told += [
        (f"{short(line.finding.estimand, 60)}, {comparison(line.finding, 40)}: ", verdict)
        for line in graver
        for verdict in line.verdicts
    ]
    for about, verdict in told:
        if verdict.outcome is Outcome.PASS:
            continue
        yield _row(verdict.outcome, f"{about}{verdict.sentence}")
        changes = [f"would change it: {change}" for change in verdict.changes]
        for more in filter(None, (answered(verdict), settled_by(verdict), *changes)):
            yield _row(None, more)


def _row(outcome: Outcome | None, sentence: str) -> RenderableType:
    from rich.padding import Padding
    from rich.table import Table as Grid

    grid = Grid.grid(padding=(0, 1, 0, 0))
    mark, style = STYLES[outcome]
    grid.add_row(_text(mark, style), _text(sentence, "" if outcome else "dim"))
    return grid if outcome else Padding(grid, (0, 0, 0, 2))


def _noticed(judgement: Judgement, heading: str) -> Iterator[RenderableType]:
    from rich.text import Text

    if not judgement.notices:
        return
    yield Text()
    yield Text(heading, "bold")
    for notice in judgement.notices[:MOST]:
        yield _row(None, f"{notice.about}: {notice.sentence}")
    if len(judgement.notices) > MOST:
        yield _row(None, f"and {count(len(judgement.notices) - MOST)} more, in judgement.json")


def _made(judgement: Judgement) -> Iterator[RenderableType]:
    """Which policy judged which report: whole, so that either can be compared with what somebody else holds."""
    facts = {"policy": judgement.policy_hash, "of commit": judgement.policy_from}
    facts |= {"report": judgement.report_hash, "baseline": judgement.baseline_hash}
    yield _text("")
    yield from (_text(f"{name} {value}", "dim") for name, value in facts.items() if value)


def _not_assessed(summary: Summary) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text()
    yield Text("What was not assessed, and why", "bold")
    if not summary.silences:
        yield Text(summary.assured)
    for left_out in summary.missing:
        yield _row(None, left_out)
    for silence in summary.silences:
        about = f" ({'; '.join(silence.about)})" if silence.about else ""
        yield _row(Outcome.NOT_ASSESSED, f"{silence.source}{about}: {silence.because}")
