"""A miniature on the screen: what it makes at two doses, what is true of it, what audits read, how it works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st
from markupsafe import Markup

from auditkit.rendering import holds
from dashboards.parts.asked import choose
from dashboards.parts.charts import chart
from dashboards.parts.lab.specimens import Model, Scene, Story, bias, models
from dashboards.parts.prose import html, label, said
from dashboards.parts.tables import table

INTRO = (
    "<p>Models small enough to be bundled, trained twice from scratch: once on a fair world, once on one that leans "
    "nine parts in ten to its stereotypes. What each makes of it is its own, so its truth was measured, not assumed. "
    "Nothing runs here: these are pictures, answers and audits made before.</p>"
)
LARGE = 2
"""Pixels of the screen for each of a picture, where there is room."""
LEARNED = {0.0: "It learned from the fair world"}
TICK = Markup('<p class="ak-lab-note">The plain tick is what is true of the model itself, where that was measured.</p>')
HELD = {True: "The interval holds the truth.", False: "The interval does not hold the truth.", None: ""}


def show() -> None:
    """Choose a miniature, and look at it."""
    said(INTRO)
    known = models()
    model = known[choose("Model", list(known), "model", lambda one: known[one].title.partition(":")[0].capitalize())]
    name, what = _headed(model.title)
    st.header(label(name, 200), anchor=False)
    said('<p class="ak-lab-tale">{}</p>', what)
    for column, picture in zip(st.columns(2, gap="large"), model.shown, strict=True):
        with column:
            dose = picture["dose"]
            st.subheader(LEARNED.get(dose, f"It learned from a world at dose {dose:g}"), anchor=False)
            said("{}", _picture(picture))
    for place, story in enumerate(model.stories):
        _story(story, place)
    st.header("What is true of it", anchor=False)
    said("<p>{}</p>", model.rests)
    table(model.truth, "truth", f"{model.name} truth")
    _how(model)


def _headed(title: str) -> tuple[str, str]:
    """The name of a miniature, and what it is."""
    name, _, what = title.partition(": ")
    return name, what[:1].upper() + what[1:]


def _picture(picture: Mapping[str, Any]) -> Markup:
    return html(
        '<figure class="ak-lab-picture"><img src="data:image/png;base64,{}" width="{}" height="{}" alt="{}">'
        "<figcaption>{}</figcaption></figure>",
        picture["png"],
        LARGE * picture["width"],
        LARGE * picture["height"],
        f"{picture['caption']} Dose {picture['dose']:g}.",
        picture["caption"],
    )


def _story(story: Story, place: int) -> None:
    """What an audit of it read."""
    st.header(label(story.title, 200), anchor=False)
    said(
        '<p class="ak-lab-tale">{}</p><p class="ak-lab-note"><b>{}.</b> Planted: {}</p>',
        story.tale,
        bias(story.family),
        story.planted,
    )
    for number, read in enumerate(story.findings):
        wide, narrow = st.columns([7, 5], gap="large")
        with wide:
            chart(read.drawn(), f"read {place} {number}", f"{story.title} {read.estimand}")
        with narrow:
            said("{}{}", Markup("").join(map(_sentence, read.scenes)), "" if number else TICK)
    if story.answers:
        st.subheader("Some of its answers", anchor=False)
        table(story.answers, f"answers {place}", f"{story.title} answers")


def _sentence(scene: Scene) -> Markup:
    told = '<p class="ak-lab-note"><b>Dose {}.</b> {} {} {}</p>'
    return html(told, f"{scene.dose:g}", scene.sentence, scene.verdict, HELD[holds(scene.row)])


def _how(model: Model) -> None:
    st.header("How it works", anchor=False)
    steps = Markup("").join(html("<li>{}</li>", step) for step in model.steps)
    said('<ol class="ak-lab-steps">{}</ol><p class="ak-lab-tale">{}</p>', steps, model.rest)
    if model.mechanism:
        said('<div class="ak-lab-pictures">{}</div>', Markup("").join(map(_picture, model.mechanism)))
    said('<p class="ak-lab-note">References: {}</p>', model.references)
