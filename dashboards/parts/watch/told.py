"""Alarms, answers for them, and questions as they stand, each as an item of a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from auditkit import Outcome
from auditkit.lifecycle.monitoring import Line, evidence, sentences
from auditkit.rendering import words
from dashboards.parts.prose import badge, html

SHOWN = 20
"""Alarms, and answers for alarms, that are told one by one."""
WAYS = {"above": "upwards", "below": "downwards"}
UNKNOWN = "When it began is not told: no single lasting change accounts for what came."
BEGAN = "It began between events {} and {} ({}), most likely near {}."


def alarm_item(line: Line) -> Markup:
    """An alarm that nobody has answered for: when it was raised, and when what it is about began."""
    return html(
        '<p class="verdict">{}</p><p class="name">{}: {}</p><p>Raised at event {}, {}. {}</p>',
        badge(Outcome.FAIL),
        words.short(line.rule, 90),
        words.short(line.question, 90),
        words.count(line.alarm_at or 0),
        WAYS.get(line.side or "", "either way"),
        began(None if line.change is None else line.change._asdict()),
    )


def began(change: Mapping[str, Any] | None) -> str:
    """Between which events a change began, and the likeliest."""
    if change is None:
        return UNKNOWN
    after, until, likely = (words.count(change[name]) for name in ("after", "until", "likely"))
    return BEGAN.format(after, until, words.percent(change["level"]), likely)


def answer_item(said: Mapping[str, Any]) -> Markup:
    """An alarm that somebody answered for: who, why, and what had been raised."""
    since = {one["question"]: one for one in said.get("began", ())}
    raised = (
        html(
            "<p class='ak-soft'>{}: raised at event {}. {}</p>",
            words.short(one["question"], 90),
            words.count(one["at"]),
            began(since.get(one["question"])) if "began" in said else "",
        )
        for one in said["alarms"]
    )
    return html(
        '<p class="verdict"><span class="word not_judged">Answered</span></p><p class="name">{}</p>'
        "<p>{} answers for it: “{}”. After event {} a new watch of the rule began.</p>{}",
        words.short(said["rule"], 120),
        words.short(said["owner"], 120),
        words.short(said["reason"], 600),
        words.count(said["after"]),
        Markup("").join(raised),
    )


def question(line: Line) -> Markup:
    """How a question stands, above its charts."""
    return html(
        "<p>{} Evidence {} now, {} at its peak; an alarm at {}.</p>{}",
        badge(line.outcome),
        evidence(line.e_value),
        evidence(line.peak),
        words.count(line.threshold),
        Markup("").join(html("<p>{}</p>", one) for one in sentences(line)),
    )
