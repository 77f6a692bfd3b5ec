"""A standing for whoever reads it elsewhere: as Markdown, and as cases of a build server."""

from __future__ import annotations

from collections.abc import Iterator

from auditkit.core.judgement import Notice, Outcome
from auditkit.formats.cases import Case, Cased, Weight
from auditkit.formats.painting import paint
from auditkit.formats.words import quiet, short
from auditkit.lifecycle.monitoring.standing import Line, Standing
from auditkit.lifecycle.monitoring.telling import acknowledged, evidence, headline, promise, sentences
from auditkit.resources import folder

WATCH, SUITE = "watch.md.jinja", "monitor"
NO_PROOF = "No alarm is no proof that nothing changed."


def cased(standing: Standing) -> Cased:
    """A standing for a build server, a case a question: an alarm, and what could not be told, turn the pipeline."""
    facts = {"events": str(standing.events), "source": standing.source, "digest": standing.digest}
    facts |= {"alpha": f"{standing.alpha:g}"}
    notices = [Notice("promise", f"{promise(standing)} {NO_PROOF}")]
    notices += [Notice("note", note) for note in standing.notes]
    notices += [Notice("acknowledged", acknowledged(said)) for said in standing.acknowledged]
    lines = sorted(standing.lines, key=lambda line: line.outcome is not Outcome.FAIL)
    said = f"{standing.events:,} events. {headline(standing)}"
    return Cased(standing.outcome, said, standing.exit_code, tuple(map(_case, lines)), facts, notices=tuple(notices))


def markdown(standing: Standing) -> str:
    """A summary for a pull request or a wiki, in which text from the data is no markup."""
    context = {"standing": standing, "headline": headline(standing), "promise": promise(standing), "evidence": evidence}
    context |= {"sentences": lambda line: list(sentences(line)), "said": acknowledged, "no_proof": NO_PROOF}
    return paint(folder("reports") / "lifecycle" / WATCH, context)


def _case(line: Line) -> Case:
    weight = Weight.NONE if line.outcome is Outcome.PASS else Weight.ERROR
    rule, question = (short(quiet(text), 200) for text in (line.rule, line.question))
    return Case(SUITE, rule, question, line.outcome, weight, tuple(_why(line)), about=f"{question}. ")


def _why(line: Line) -> Iterator[str]:
    yield f"Evidence {evidence(line.e_value)}, {evidence(line.peak)} at its peak, alarm at {line.threshold:,.0f}."
    yield from map(quiet, sentences(line))
