"""A report, a run, a change since the last report: each as an item of a list, with where it leads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from auditkit import AuditkitError
from auditkit.browsing import glance
from auditkit.rendering import words
from dashboards.parts.overview.glimpses import Seen
from dashboards.parts.overview.history import MOST, Since, sentence, verdict
from dashboards.parts.picking import link
from dashboards.parts.prose import badge, html
from dashboards.parts.shelf import Entry
from dashboards.parts.verdicts import listed

NAMELESS = "(no name)"
BEFORE = (
    '<p class="ak-soft">Before a step of a lifecycle. What counts is <a href="{}">the report after it</a>; this one '
    "stands on no map.</p>"
)


def report_item(one: Seen, after: Seen | None = None) -> Markup:
    """A file that is a report, or should be; `after` is the one after the step, where this lies before one."""
    href = link("report", report=one.entry.id)
    if one.told is None:
        line = '<p class="name"><a href="{}">{}</a></p><p>Cannot be shown: {}</p><p class="ak-soft">{}</p>'
        return html(line, href, one.entry.id, one.why, one.when)
    t = one.told
    return html(
        '<p class="verdict">{}</p><p class="name"><a href="{}">{}</a></p><p>{}</p>'
        '<p class="ak-soft">{} · {}, {} · <code>{}</code></p>{}{}',
        badge(t.outcome),
        href,
        words.short(t.subject, 160) or NAMELESS,
        t.headline,
        one.when,
        several(t.rows, "row"),
        several(t.findings, "finding"),
        one.entry.id,
        html("<p class='ak-soft'>{}</p>", t.unused) if t.unused else "",
        html(BEFORE, link("report", report=after.entry.id)) if after else "",
    )


def report_row(one: Seen, after: Seen | None = None) -> dict[str, Any]:
    """The same as a row of a table."""
    told: dict[str, Any] = {"report": one.entry.id, "written": one.when, "before": after.entry.id if after else ""}
    if one.told is None:
        return told | {"verdict": "cannot be shown", "note": one.why}
    t = one.told
    told |= {"verdict": words.outcome_word(t.outcome), "note": t.unused, "subject": t.subject, "headline": t.headline}
    return told | {"rows": t.rows, "findings": t.findings}


def run_item(entry: Entry) -> Markup:
    """A run, or why it cannot be shown."""
    href = link("evidence", run=entry.id)
    try:
        found = glance(entry.path)
    except Exception as error:  # one run that nobody foresaw does not take the list down
        why = str(error) if isinstance(error, (AuditkitError, OSError)) else f"{type(error).__name__}: {error}"
        return html('<p class="name"><a href="{}">{}</a></p><p>Cannot be shown: {}</p>', href, entry.id, why)
    line = '<p class="name"><a href="{}">{}</a></p><p class="ak-soft">{} · <code>{}</code></p>'
    return html(line, href, words.short(found.title, 160), several(found.answers, "answer"), entry.id)


def change_item(new: Seen, old: Seen, told: Since | str) -> Markup:
    """What changed from one report to the next, the details folded."""
    head = html(
        '<h3><a href="{}">{}</a></h3><p class="ak-soft">{}, after {} (<a href="{}">{}</a>)</p>',
        link("report", report=new.entry.id),
        (words.short(new.told.subject, 120) if new.told else new.entry.id) or NAMELESS,
        new.when,
        old.when,
        link("report", report=old.entry.id),
        old.entry.id,
    )
    if isinstance(told, str):
        return html('<div class="ak-since">{}<p>{}</p></div>', head, told)
    return html(
        '<div class="ak-since">{}<p>{} {} <a href="{}">Compare the two</a>.</p>{}{}</div>',
        head,
        verdict(told),
        sentence(told),
        link("compare", report=old.entry.id, **{"with": new.entry.id}),
        listed((html("{}", one) for one in told.lost[:MOST]), "ak-lost") if told.lost else "",
        _folded([*told.moved, *told.notices]),
    )


def several(n: int, what: str) -> str:
    """A number of things.

    >>> several(1, "row"), several(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _folded(every: Sequence[str]) -> Markup:
    if not every:
        return Markup()
    more = html("<p>And {} more; compare the two for all.</p>", f"{len(every) - MOST:,}")
    told = listed(html("{}", one) for one in every[:MOST])
    count = several(len(every), "change")
    return html("<details><summary>{}</summary>{}{}</details>", count, told, more if len(every) > MOST else "")
