"""Answers in words: what was asked and answered, cell by cell or page by page, and where an answer looked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st
from markupsafe import Markup

from auditkit.browsing import Shown
from auditkit.rendering import Attention, Quoted, attention_rows, words
from dashboards.parts.charts import chart
from dashboards.parts.evidence.gallery import drawn, perceived, void
from dashboards.parts.prose import html, said
from dashboards.parts.tables import table

LONGEST = 600
"""Letters of a text among others."""
INK = "The words made stand down the side, those looked at along the top; the fuller the ink, the more weight."


def show_quoted(quoted: Quoted) -> None:
    """The answers in words behind a finding, and where the first of each cell looked."""
    for at, passage in enumerate(quoted.passages):
        quotes = Markup().join(_quote(q.asked, q.answered, q.because, q.row) for q in passage.quotes)
        head = html("<h3>{} <span>{}</span></h3>", words.short(passage.label, 120), passage.rows)
        said('<section class="ak-ev-passage">{}<ul class="ak-ev-quotes">{}</ul></section>', head, quotes)
        if passage.maps:
            show_attention(passage.maps, f"looked {at}", passage.label)
    notes = [*quoted.unseen, *([INK] if quoted.maps else [])]
    notes += [f"{words.count(quoted.left_out)} more are in the report file."] if quoted.left_out else []
    said("<p class='ak-ev-note'>{}</p>", " ".join(notes))


def show_texts(answers: Iterable[Shown]) -> None:
    """Answers of a run, each with what was asked, said before, and read of it."""
    said('<ul class="ak-ev-quotes ak-ev-page">{}</ul>', Markup().join(map(_text, answers)))


def show_attention(maps: Sequence[Attention], key: str, name: str) -> None:
    """Where answers looked, side by side, and the numbers."""
    with st.container(horizontal=True, gap="large"):
        for at, looked in enumerate(maps):
            with st.container(width="content"):
                chart(looked, f"{key} {at}", f"attention {name}")
    with st.expander("In numbers"):
        for at, looked in enumerate(maps):
            table(attention_rows(looked), f"{key} {at}", f"attention {name}")


def _quote(question: str, answer: str, because: str, row: str) -> Markup:
    told = html("<q>{}</q>", words.short(answer, LONGEST)) if answer else html("<i>no answer: {}</i>", because)
    return html(
        '<li title="{}"><span class="ak-ev-asked">{}</span> {}</li>',
        words.short(row, 600),
        words.short(question, 300),
        told if answer or because else "",
    )


def _text(one: Shown) -> Markup:
    g, why = one.generation, void(one)
    turns = Markup().join(
        html(
            '<span class="ak-ev-asked">{}</span> <q>{}</q><br>',
            words.short(question, 300),
            words.short(answer, LONGEST),
        )
        for question, answer in g.turns
    )
    question = turns + Markup("…") if turns else html('<span class="ak-ev-asked">{}</span>', words.short(g.text, 300))
    told = html("<i>{}</i>", words.short(why, 300)) if why else html("<q>{}</q>", words.short(g.output, LONGEST))
    meta = " · ".join(filter(None, (drawn(one), perceived(one.readings))))
    return html("<li>{} {}<small>{}</small></li>", question, told, meta)
