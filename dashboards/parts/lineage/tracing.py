"""The lineage of the folder that is open, traced again only where a file of it has changed."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from auditkit import AuditkitError
from auditkit.lifecycle.lineage import Lineage, stamp, trace
from auditkit.lifecycle.turning import read_turn, told_of
from auditkit.rendering import Turned

TURN = "turn.json"


def traced(folder: Path) -> Lineage | None:
    """What was made of what in a folder; `None` where it holds nothing of a lineage."""
    try:
        return _traced(str(folder), stamp(folder))
    except AuditkitError:
        return None


def turns_in(lineage: Lineage, folder: Path) -> list[tuple[str, Turned | str]]:
    """The folder of every step that has a turn, with the turn, or the sentence why it cannot be shown."""
    found: list[tuple[str, Turned | str]] = []
    for deed in lineage.deeds:
        place = (folder / deed.at).parent
        if Path(deed.at).name == "step.json" and (place / TURN).is_file():
            name = place.relative_to(folder).as_posix()
            try:
                found.append((name, _turn(str(place), stamp(place))))
            except AuditkitError as error:
                found.append((name, str(error)))
    return found


@st.cache_resource(max_entries=4, show_spinner="Following hashes …")
def _traced(folder: str, stamp: str) -> Lineage:
    return trace(folder)


@st.cache_resource(max_entries=32, show_spinner="Opening the turn …")
def _turn(folder: str, stamp: str) -> Turned:
    return told_of(read_turn(Path(folder)))
