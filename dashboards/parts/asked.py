"""A choice that the address remembers: a link shares it, and a wrong one is as none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import streamlit as st

from auditkit.rendering import words


def choose(
    place: str,
    options: Sequence[str],
    name: str,
    told: Callable[[str], str] = str,
    visible: Literal["visible", "hidden", "collapsed"] = "visible",
) -> str:
    """Choose one of several in a list; `name` is what the address calls it, and `told` what a reader does."""
    asked = st.query_params.get(name)
    at = options.index(asked) if asked in options else 0
    chosen = st.selectbox(
        place,
        options,
        at,
        format_func=lambda one: words.short(told(one), 140),
        key=f"choose {name}",
        label_visibility=visible,
    )
    remember(name, chosen)
    return chosen


def remember(name: str, value: Any) -> None:
    """Let the address say what was chosen."""
    if st.query_params.get(name) != str(value):
        st.query_params[name] = str(value)
