"""Things, steps and flaws as rows of tables and as sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from auditkit import Outcome
from auditkit.lifecycle.lineage import Flaw, Known, Lineage
from auditkit.rendering import words
from dashboards.parts.picking import link
from dashboards.parts.prose import badge, html

SHOWN = 12
"""Digits of a hash that are shown, and flaws and reports that are told one by one."""
STATES = {
    0: (Outcome.PASS, "Whole", "Every hash that is told is the hash of what lies here."),
    1: (Outcome.FAIL, "Broken", "The chain is broken: a file is not what a step says it is."),
    3: (Outcome.NOT_ASSESSED, "Not to be followed", "The chain holds where it can be followed, and it cannot all be."),
}


def thing_rows(lineage: Lineage) -> list[dict[str, Any]]:
    """Every thing, with the steps that made it and that took it."""
    made: dict[str, list[str]] = {}
    taken: dict[str, list[str]] = {}
    for deed in lineage.deeds:
        for hash in deed.gave:
            made.setdefault(hash, []).append(f"{deed.phase} ({deed.at})")
        for hash in deed.took:
            taken.setdefault(hash, []).append(f"{deed.phase} ({deed.at})")
    return [
        {
            "what": one.kind,
            "name": one.name,
            "verdict": words.outcome_word(Outcome(one.outcome)) if one.outcome in Outcome.__members__ else "",
            "hash": one.hash,
            "about": one.about,
            "lies at": ", ".join(one.lies),
            "made by": ", ".join(made.get(one.hash, ())),
            "taken by": ", ".join(taken.get(one.hash, ())),
        }
        for one in lineage.things
    ]


def step_rows(lineage: Lineage) -> list[dict[str, Any]]:
    """Every step, what it took and gave, and its settings."""
    by = {one.hash: one for one in lineage.things}
    return [
        {
            "step": deed.phase,
            "at": deed.at,
            "took": _things(deed.took, by),
            "gave": _things(deed.gave, by),
            "settings": ", ".join(f"{name} = {value}" for name, value in (deed.settings or {}).items()),
            "done": " ".join(deed.done),
        }
        for deed in lineage.deeds
    ]


def _things(hashes: Sequence[str], by: Mapping[str, Known]) -> str:
    known = [by[hash] for hash in hashes if hash in by]
    return ", ".join(f"{one.kind} {one.lies[0] if one.lies else one.name} {one.hash[:SHOWN]}" for one in known)


def flaw_item(flaw: Flaw, broken: bool) -> Markup:
    """A flaw in a sentence, with the word for how grave it is."""
    mark = badge(Outcome.FAIL if broken else Outcome.NOT_ASSESSED)
    return html("<li>{} <b>{}</b> {} {}</li>", mark, flaw.kind, words.short(flaw.where, 200), flaw.sentence)


def report_item(one: Known, ids: Sequence[str]) -> Markup:
    """A report that lies here, with the way to its page."""
    places = [where for where in one.lies if where in ids]
    ways = Markup(", ").join(
        html('<a href="{}" target="_self">{}</a>', link("report", report=where), words.short(where, 90))
        for where in places
    )
    return html("<li>{} {}</li>", words.short(one.about or one.name, 120), ways) if places else Markup("")
