"""What changed in how a report was made: subject, columns, detectors, runs, rows, missing values, what computed it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from auditkit.comparing.naming import named
from auditkit.comparing.tables import changes
from auditkit.core.judgement import Notice
from auditkit.core.report import Recipe


def recipe_changes(new: Recipe, old: Recipe) -> tuple[Notice, ...]:
    """Every change between two recipes, a sentence each."""
    told = [Notice("subject", f"The subject was {old.subject} and is {new.subject}.")]
    told = told if new.subject != old.subject else []
    told += _rows(new, old)
    told += [Notice("columns", sentence) for sentence in _roles(new.roles, old.roles)]
    told += [Notice("detectors", said) for said in changes(old.detectors, new.detectors, "code", "detector")]
    told += [Notice("model", said) for said in changes(old.sources, new.sources, "title", "run")]
    told += [Notice("data", said) for said in _notes(new, old)]
    was, now = (recipe.versions.get("auditkit", "an unknown version") for recipe in (old, new))
    return (*told, *([Notice("versions", f"auditkit was {was} and is {now}.")] if was != now else []))


def _rows(new: Recipe, old: Recipe) -> list[Notice]:
    told = [Notice("rows", f"The report rests on {new.rows:,} rows, and the baseline on {old.rows:,}.")]
    told = told if new.rows != old.rows else []
    for what in sorted({*old.missing, *new.missing}):
        was, now = (recipe.missing.get(what, 0) for recipe in (old, new))
        if was != now:
            shares = f"{now:,} of {new.rows:,} rows have no {what}, and in the baseline {was:,} of {old.rows:,}."
            told.append(Notice("rows", shares))
    return told


def _roles(new: Mapping[str, tuple[str, ...]], old: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Roles that nobody plays any more, that somebody plays now, and those that other columns play."""
    said = []
    for role in sorted({*old, *new}):
        was, now = (tuple(roles.get(role, ())) for roles in (old, new))
        if was and not now:
            said.append(f"No column plays the role {role} any more; it was {named(was)}.")
        elif now and not was:
            said.append(f"The role {role} is new: {named(now)} plays it.")
        elif was != now:
            said.append(f"The role {role} was played by {named(was)} and is played by {named(now)}.")
    return said


def _notes(new: Recipe, old: Recipe) -> list[str]:
    """What the recipes note, numbers aside: crossed groups, weights, units, who perceived a column."""
    was, now = ({re.sub(r"\d[\d,.]*", "#", note): note for note in recipe.notes} for recipe in (old, new))
    said = [f"No longer said of the data: {was[kind]}" for kind in was if kind not in now]
    return said + [f"Now said of the data: {now[kind]}" for kind in now if kind not in was]
