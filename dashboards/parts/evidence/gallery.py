"""Pictures side by side: those of a finding, a strip for each of its cells, and those of a run, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup

from auditkit.browsing import Shown
from auditkit.rendering import Sheet, Shot, words
from dashboards.parts.prose import html, said

COARSE = 64
"""Pixels of a side up to which a picture is a drawing whose pixels are to be seen."""


def show_sheet(sheet: Sheet) -> None:
    """The pictures behind a finding."""
    strips = Markup().join(
        html(
            '<section class="ak-ev-strip"><h3>{} <span>{}</span></h3><div class="ak-ev-shots">{}</div></section>',
            words.short(strip.label, 120),
            strip.rows,
            Markup().join(map(_shot, strip.shots)),
        )
        for strip in sheet.strips
    )
    more = f"{words.count(sheet.left_out)} more are in the report file. " if sheet.left_out else ""
    said("{}<p class='ak-ev-note'>Those of the lowest hash in each cell, so nobody picked them. {}</p>", strips, more)


def show_pictures(answers: Iterable[tuple[Shown, tuple[str, str]]]) -> None:
    """Pictures of a run, each with what was asked and read; where there is none to show, why."""
    said('<div class="ak-ev-shots ak-ev-grid">{}</div>', Markup().join(_answer(one, *shot) for one, shot in answers))


def asked(one: Shown) -> str:
    """What was asked, and how it was drawn."""
    return f"{words.short(one.generation.text, 160)} · {drawn(one)}"


def drawn(one: Shown) -> str:
    """With which seed, and which repeat it is."""
    return f"seed {one.generation.seed} · repeat {one.generation.replicate}"


def perceived(readings: Mapping[str, str], most: int = 200) -> str:
    """What was read, in a line."""
    return words.short("; ".join(f"{name}: {level}" for name, level in readings.items()), most)


def void(one: Shown) -> str:
    """Why there is no answer."""
    g = one.generation
    return f"refused: {g.refused}" if g.refused else f"failed: {g.failed}" if g.failed else ""


def _shot(shot: Shot) -> Markup:
    seed = f"seed {shot.seed}" if shot.seed else ""
    picture = f"data:image/png;base64,{shot.picture}"
    return _figure(picture, shot.row, words.short(shot.asked, 120), [seed], max(shot.width, shot.height) <= COARSE)


def _answer(one: Shown, picture: str, why: str) -> Markup:
    question, why = words.short(one.generation.text, 120), void(one) or why
    meta = (perceived(one.readings), drawn(one))
    if why:
        told = html('<div class="ak-ev-void"><span>{}</span></div>', words.short(why, 240))
        return html("<figure>{}{}</figure>", told, _caption(question, *meta))
    return _figure(picture, asked(one), question, meta, small=False)


def _figure(picture: str, alt: str, question: str, meta: Sequence[str], small: bool) -> Markup:
    look = Markup(' class="ak-ev-coarse"') if small else ""
    shown = html('<img src="{}" alt="{}"{}>', Markup(picture), words.short(alt, 300), look)  # base64 that was checked
    return html("<figure>{}{}</figure>", shown, _caption(question, *meta))


def _caption(question: str, *meta: str) -> Markup:
    return html(
        "<figcaption>{}{}</figcaption>", question, Markup().join(html("<small>{}</small>", one) for one in meta if one)
    )
