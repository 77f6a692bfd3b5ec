"""One answer, large and alone, and the keys that say what it shows.

Nothing but its pixels or its words is shown: a file's name, its place and whatever it says of itself could give the
question away, and with it what the annotator is likely to have read.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import streamlit as st
from markupsafe import Markup

from auditkit import AuditkitError
from auditkit.browsing import small
from auditkit.labelling import Task
from dashboards.parts.label.sitting import CANNOT_TELL, Sitting
from dashboards.parts.label.standing import keyed
from dashboards.parts.prose import html, label, said

LARGEST, LEAST = 768, 384
"""Pixels of the longer side that is shown at most, and of the width that a small picture is blown up to."""
LONGEST = 20_000
"""Letters of a text that are shown."""


def look(run: Path, task: Task) -> None:
    """Show what is to be labelled."""
    if task.kind == "text":
        _words(task.shown)
        return
    try:
        picture = small(run, task.output, LARGEST)
    except AuditkitError as error:
        said("<p>This picture cannot be shown, so skip it. {}</p>", str(error), role="alert")
        return
    width = int.from_bytes(picture[16:20], "big")  # of the head that every PNG has
    st.image(picture, width=max(width, LEAST), output_format="PNG", alt="The picture to look at")


def _words(text: str) -> None:
    lines = Markup("<br>").join(html("{}", line) for line in text[:LONGEST].splitlines())
    cut = f"<p>Shown are the first {LONGEST:,} letters.</p>" if len(text) > LONGEST else ""
    said(f'<blockquote class="ak-label-text" dir="auto">{{}}</blockquote>{cut}', lines)


def shortcuts(sitting: Sitting, levels: tuple[str, ...]) -> None:
    """A button and a key for whatever can be said, each for what is shown now alone."""
    turn = sitting.turn
    known = tuple(dict.fromkeys([*levels, *sitting.own]))
    with st.container(key="label-levels"):
        for place, (level, key) in enumerate(keyed(known)):
            _button(label(level), f"level {place} {turn}", key, sitting.say, turn, level, wide=True)
        _button("Cannot tell", f"none {turn}", "0", sitting.say, turn, CANNOT_TELL, wide=True)
    _another(sitting)
    with st.container(horizontal=True):
        _button("Undo", f"back {turn}", "U", sitting.back, turn, off=not sitting.behind)
        _button("Skip", f"skip {turn}", "S", sitting.skip, turn)


def _button(
    name: str,
    key: str,
    shortcut: str | None,
    act: Callable[..., None],
    *args: object,
    wide: bool = False,
    off: bool = False,
) -> None:
    width: Literal["stretch", "content"] = "stretch" if wide else "content"
    st.button(name, key=key, shortcut=shortcut, on_click=act, args=args, width=width, disabled=off)


def _another(sitting: Sitting) -> None:
    """A level that no button has, in the rater's own words."""
    turn = sitting.turn
    name = f"other {turn}"
    with st.form(f"another {turn}", border=False):
        field, press = st.columns([3, 1], vertical_alignment="bottom")
        field.text_input("Another level", key=name, max_chars=200)
        press.form_submit_button("Say", on_click=_say_other, args=(sitting, turn, name))


def _say_other(sitting: Sitting, turn: int, name: str) -> None:
    level = str(st.session_state.get(name, "")).strip()
    if level:
        sitting.say(turn, level)
        if not sitting.problem and level not in sitting.own:
            sitting.own.append(level)
