"""One finding in words and numbers: everything that the report knows of it, folded until somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from markupsafe import Markup

from auditkit import Finding, Verdict
from auditkit.rendering import Line, held_to, words
from dashboards.parts.picking import FINDING, REPORT, id_of, link
from dashboards.parts.prose import badge, html
from dashboards.parts.verdicts import listed

CHANGE = "no_worse"
"""The rule whose intervals are of a change, and so on a scale of their own."""


def card(line: Line, report: str) -> Markup:
    """A finding in a line, which opens to all of it."""
    f, signed = line.finding, words.is_signed(line.finding)
    return html(
        '<details class="ak-finding"><summary><span class="told">{}</span> <span class="name">{}</span> '
        '<span class="value {}">{}</span> <span class="span">{}</span></summary>{}</details>',
        verdict(line),
        words.comparison(f) or "(no name)",
        line.outcome.value.lower() if line.outcome else "not_judged",
        words.number(f.estimate.value, f.scale, signed),
        words.interval(f.interval(0.95), f.scale, signed),
        body(line, report),
    )


def verdict(line: Line) -> Markup:
    """A finding's verdict, and whether somebody answers for it."""
    return html("{} {}", badge(line.outcome), html("<small>accepted</small>") if line.accepted else "")


def body(line: Line, report: str, linked: bool = True) -> Markup:
    """All that is known of a finding: what was found, what each rule says, what would change it, the numbers."""
    told = Markup("").join(html("<dt>{}</dt><dd>{}</dd>", term, said) for term, said in facts(line))
    return html(
        '<div class="ak-told"><p class="saying">{}</p>{}{}<dl class="ak-facts">{}</dl>{}</div>',
        line.finding.sentence,
        Markup("").join(_ruled(v, len(line.verdicts) > 1) for v in line.verdicts) or _described(),
        _withheld(line.finding),
        told,
        _links(line, report) if linked else "",
    )


def facts(line: Line) -> list[tuple[str, str]]:
    """Every number of a finding, named, as the printed report writes it."""
    return [
        *_measured(line),
        *(pair for v in line.verdicts for pair in _judged(v, line.finding)),
        *_rests(line.finding),
    ]


def _measured(line: Line) -> Iterator[tuple[str, str]]:
    f, signed = line.finding, words.is_signed(line.finding)
    yield "Estimate", words.number(f.estimate.value, f.scale, signed)
    for level in (0.95, 0.90):
        yield f"{words.percent(level)} interval", words.interval(f.interval(level), f.scale, signed)
    yield "Margin", held_to(f, line.verdicts)
    expected = "" if f.null_expectation is None else f", expected there {words.number(f.null_expectation, f.scale)}"
    yield "Without bias", f"{words.exact(f.null)}{expected}"


def _judged(v: Verdict, f: Finding) -> Iterator[tuple[str, str]]:
    """What the verdict rests on: the interval that had to lie inside, and the one that had to lie outside."""
    scale, signed = ("difference", True) if v.rule == CHANGE else (f.scale, words.is_signed(f))
    if v.pass_interval:
        inside = words.interval(v.pass_interval, scale, signed)
        yield f"To pass, {v.rule}", f"90 % {inside} inside the margin {held_to(f, [v])}"
    if v.fail_interval:
        p = "" if v.p is None else f"; p = {v.p:.2g}"
        level, outside = words.percent(v.fail_interval.level), words.interval(v.fail_interval, scale, signed)
        yield f"To fail, {v.rule}", f"{level} {outside} outside it{p}"
    if v.needed:
        yield f"To settle, {v.rule}", f"about {words.count(v.needed)} rows in all"


def _rests(f: Finding) -> Iterator[tuple[str, str]]:
    e = f.estimate
    clusters = "" if e.clusters is None else f", in {words.count(e.clusters)} clusters"
    yield "Rests on", f"n = {words.count(e.n)}, worth {words.count(e.n_eff)} (n_eff){clusters}"
    yield "Method", e.method
    if e.reason:
        yield "Undefined", e.reason
    yield from (("Rate of " + words.short(c.label, 60), words.rate(c)) for c in f.counts)
    yield "Basis", f.basis
    if r := f.reference:
        shares = r.value if isinstance(r.value, Mapping) else {"": r.value}
        told = ", ".join(f"{name} {share:.4g}".strip() for name, share in shares.items())
        yield "Reference", f"{r.why} ({r.source}): {told}" + ("" if r.n is None else f"; n = {words.count(r.n)}")
    yield from (("Note", note) for note in f.notes)


def _ruled(v: Verdict, several: bool) -> Markup:
    """What a rule says, what would change that, what settles it, and who answers for it."""
    rule = html("<b>{}: {}.</b> ", v.rule, words.outcome_word(v.outcome).lower()) if several else ""
    changes = listed((html("{}", one) for one in v.changes), "ak-plain") if v.changes else ""
    return html(
        "<p>{}{} {}</p>{}{}",
        rule,
        v.sentence,
        words.settled_by(v),
        html("<p><b>What would change it</b></p>{}", changes) if changes else "",
        html('<p class="ak-accepted">{}</p>', words.answered(v)) if v.accepted else "",
    )


def _described() -> Markup:
    return html("<p>Described, not judged: no rule of the policy speaks of it. It is neither a pass nor a fail.</p>")


def _withheld(f: Finding) -> Markup:
    """The verdicts that cannot be given, and the evidence that is missing for them."""
    return Markup("").join(html("<p>{} is withheld: {}.</p>", c.withholds.capitalize(), c.because) for c in f.caps)


def _links(line: Line, report: str) -> Markup:
    here = {REPORT: report, FINDING: id_of(line.finding)}
    told = '<p><a href="{}">What lies behind it</a> &nbsp; <a href="{}">A link to this finding</a></p>'
    return html(told, link("evidence", **here), link("report", **here))
