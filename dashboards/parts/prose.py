"""Sentences with text from data in them: whatever it holds, it is shown and does nothing.

Streamlit reads Markdown in titles, labels and sentences, and fetches the pictures that it names. So what is not a word
of ours goes through `said` (HTML, escaped), `label` (Markdown, escaped), or a table.
"""

from __future__ import annotations

import re

import streamlit as st
from markupsafe import Markup

from auditkit import Outcome
from auditkit.rendering import words

MARKS = {
    Outcome.FAIL: "◆",
    Outcome.INCONCLUSIVE: "○",
    Outcome.NOT_ASSESSED: "◌",
    Outcome.PASS: "●",
    None: "+",
}
"""A shape for each verdict, the same as in the pictures, so that nothing hangs on a colour."""


def said(template: str, *values: object, role: str = "") -> None:
    """Show HTML of ours with values in its places `{}`; every value is escaped, unless it is `Markup` itself."""
    attribute = Markup(' role="{}"').format(role) if role else ""
    st.html(Markup('<div class="ak"{}>{}</div>').format(attribute, html(template, *values)))


def html(template: str, *values: object) -> Markup:
    """HTML of ours with values in its places.

    >>> html("<b>{}</b> and {}", "<i>", Markup("<u>x</u>"))
    Markup('<b>&lt;i&gt;</b> and <u>x</u>')
    """
    return Markup(template).format(*(value if isinstance(value, Markup) else words.plain(value) for value in values))


def badge(outcome: Outcome | None) -> Markup:
    """A verdict as its shape and its word.

    >>> badge(Outcome.PASS)
    Markup('<span class="word pass"><span aria-hidden="true">●</span> Pass</span>')
    """
    name = outcome.value.lower() if outcome else "not_judged"
    mark, word = MARKS[outcome], words.outcome_word(outcome)
    return html('<span class="word {}"><span aria-hidden="true">{}</span> {}</span>', name, mark, word)


def label(text: object, most: int = 90) -> str:
    r"""Text for a widget's label, where Streamlit reads Markdown: every sign that could mean something is escaped.

    >>> label("a*b ![x](http://y)")
    'a\\*b \\!\\[x\\]\\(http\\:\\/\\/y\\)'
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", words.short(text, most))
