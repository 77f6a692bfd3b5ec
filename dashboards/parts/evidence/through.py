"""A run, looked through: how many answers each cell has, and what they are, a page of them at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from auditkit import AuditkitError
from auditkit.browsing import STATES, Browsed, Column, Shown, State, looked
from auditkit.rendering import words
from dashboards.parts.cells import MISSING, countable, crosstab_rows, headers, lacking
from dashboards.parts.evidence.browsed import shot
from dashboards.parts.evidence.gallery import asked, show_pictures, void
from dashboards.parts.evidence.passages import show_attention, show_texts
from dashboards.parts.prose import label, said
from dashboards.parts.tables import table

PAGE, LARGE = 24, 512
"""Answers of a page, and pixels of the longer side of a picture that is looked at alone."""
EVERY = "every level"


def show_crosstab(found: Browsed) -> tuple[Column, ...]:
    """The table of one or two columns; which they are."""
    st.header("Cells")
    fit, others = countable(found)
    if not fit:
        said("<p>This run has no columns to count by. {}</p>", "; ".join(others))
        return ()
    left, right = st.columns(2)
    down = fit[_choose(left, "Rows", [_called(one) for one in fit], "rows", found)]
    rest = [one for one in fit if one is not down]
    at = _choose(right, "Columns", ["none", *map(_called, rest)], "columns", found, _first_read(rest))
    chosen = (down, *rest[at - 1 : at]) if at else (down,)
    names = [one.name for one in chosen]
    table(crosstab_rows(found, *names), "crosstab", " by ".join(names))
    notes = [f"{one.name} is {one.basis}; of a refusal nothing is read." for one in chosen if one.basis]
    said("<p class='ak-ev-note'>{}</p>", " ".join([*notes, *(f"{one}." for one in others)]))
    return chosen


def show_cell(found: Browsed, columns: tuple[Column, ...]) -> None:
    """The answers of a cell, page by page."""
    st.header("Answers")
    where, state = _cell(found, columns)
    total = found.count(where, state)
    if not total:
        said("<p>This cell is empty.</p>")
        return
    pages = -(-total // PAGE)
    key = f"page {found.folder} {where} {state}"  # another cell begins with its first page
    at = min(st.session_state.get(key, 1), pages)
    start = PAGE * (at - 1)
    answers = found.answers(where, state, start, PAGE)
    said("<p class='ak-ev-note'>{} to {} of {}, in the order of the design.</p>",
         f"{start + 1:,}", f"{start + len(answers):,}", f"{total:,}")  # fmt: skip
    pictures = [one for one in answers if one.generation.kind == "picture"]
    if pictures:
        show_pictures((one, _shot(found, one)) for one in pictures)
    if len(pictures) < len(answers):
        show_texts(one for one in answers if one.generation.kind == "text")
    if pages > 1:
        st.pagination(pages, key=key)
    show_one(found, answers, start)


def show_one(found: Browsed, answers: tuple[Shown, ...], start: int) -> None:
    """One answer, in full."""
    st.header("One of them, in full")
    told = [f"{start + k + 1:,}: {asked(one)}" for k, one in enumerate(answers)]
    at = st.selectbox("Answer", range(len(answers)), format_func=headers(told).__getitem__)
    one = answers[at]
    g = one.generation
    for question, answer in g.turns:
        _words("Asked", question)
        _words("Answered", answer)
    if not g.turns:
        _words("Asked", g.text)
    if why := void(one):
        said("<p class='ak-ev-name'>No answer</p><p>{}</p>", why)
    elif g.kind == "picture":
        picture, why = shot(found.folder, g.output, LARGE)
        said("<p>{}</p>", why) if why else said('<img class="ak-ev-large" src="{}" alt="{}">', picture, asked(one))
    else:
        _words("Answered", g.output)
    if g.attention and st.toggle("Where it looked", key=f"looked {g.key}"):
        try:
            show_attention([looked(found.folder, g.attention)], g.key, g.text)
        except AuditkitError as error:
            said("<p>{}</p>", str(error))
    table(_record(found, one), "record", "answer")


def _record(found: Browsed, one: Shown) -> list[dict[str, str]]:
    """Everything that is known of an answer, a row each."""
    g = one.generation
    own = {"model": g.target, "seed": g.seed, "repeat": g.replicate, "key": g.key, "prompt": g.prompt}
    rows = [("drawn", name, value, "recorded") for name, value in own.items()]
    rows += [("setting", name, value, "recorded") for name, value in g.settings.items()]
    rows += [("factor", name, value, "recorded") for name, value in g.factors.items()]
    rows += [("read", name, value, found.columns[name].basis) for name, value in one.readings.items()]
    rows += [("told", name, value, "by the model") for name, value in g.told.items() if not isinstance(value, list)]
    return [{"what": kind, "name": name, "value": str(value), "by": by} for kind, name, value, by in rows]


def _cell(found: Browsed, columns: tuple[Column, ...]) -> tuple[dict[str, str], State | None]:
    """Which levels, and whether only what was answered, refused or failed."""
    *places, last = st.columns(len(columns) + 1)
    where = {}
    for column, place in zip(columns, places, strict=True):
        levels = [EVERY, *(lacking(column) if one == MISSING else one for one in column.levels)]
        if at := _choose(place, column.name, levels, f"level {column.name}", found):
            where[column.name] = column.levels[at - 1]
    at = _choose(last, "State", ["every state", *STATES], "state", found)
    return where, STATES[at - 1] if at else None


def _choose(place: Any, name: str, shown: Sequence[str], key: str, found: Browsed, at: int = 0) -> int:
    """The place of what is chosen: two names may look alike, their places never do."""
    told = headers(shown).__getitem__
    chosen = place.selectbox(label(name) or "(no name)", range(len(shown)), at, told, f"{key} {found.folder}")
    return int(chosen)


def _first_read(columns: Sequence[Column]) -> int:
    """The place of the first column that was read, else of the first; after none."""
    read = [at for at, column in enumerate(columns, 1) if column.basis]
    return read[0] if read else min(1, len(columns))


def _shot(found: Browsed, one: Shown) -> tuple[str, str]:
    return shot(found.folder, one.generation.output) if one.generation.output else ("", "")


def _called(column: Column) -> str:
    return f"{column.name} ({column.basis})" if column.basis else column.name


def _words(name: str, text: str) -> None:
    said("<p class='ak-ev-name'>{}</p>", name)
    st.code(
        "\n".join(words.plain(line) for line in text[:20_000].splitlines()) or "(nothing)",
        language=None,
        wrap_lines=True,
    )
