"""A verdict, large, with its headline and how many there are of each: how a report begins."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from auditkit import Outcome
from auditkit.rendering import words
from dashboards.parts.prose import MARKS, badge, html


def lead(outcome: Outcome, headline: str) -> Markup:
    """The verdict as a headline."""
    return html(
        '<p class="ak-verdict {}"><span aria-hidden="true">{}</span> {}</p><p class="ak-headline">{}</p>',
        outcome.value.lower(),
        MARKS[outcome],
        words.outcome_word(outcome),
        headline,
    )


def tally(counts: Iterable[tuple[Outcome, int]]) -> Markup:
    """How many there are of each verdict."""
    line = "<div{}><dt>{}</dt><dd>{}</dd></div>"
    zero = Markup(' class="zero"')
    told = (html(line, zero if n == 0 else Markup(), badge(outcome), words.count(n)) for outcome, n in counts)
    return html('<dl class="ak-tally">{}</dl>', Markup("").join(told))


def listed(items: Iterable[Markup], kind: str = "ak-items") -> Markup:
    """Sentences as a list, a rule between two."""
    return html('<ul class="{}">{}</ul>', kind, Markup("").join(html("<li>{}</li>", item) for item in items))
