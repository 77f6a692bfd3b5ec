"""A world on the screen: turn its dose, and the picture, the truth and the reading move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from markupsafe import Markup

from auditkit.rendering import holds, row_words, words
from dashboards.parts.asked import choose, remember
from dashboards.parts.charts import chart
from dashboards.parts.kindly import fragment
from dashboards.parts.lab.specimens import Scene, World, bias, worlds
from dashboards.parts.prose import badge, html, label, said
from dashboards.parts.tables import table

INTRO = (
    "<p>Worlds into which a bias was put, so that its size is known and not estimated. Turn the dose from 0, no bias, "
    "to 1, as the story is told: the world changes, the truth with it, and an audit of a draw from it, which does not "
    "know the truth, reads what it can. The people, the islanders and the tables are invented; the last two tables are "
    "published ones, and have no dose.</p>"
)
KEY = (
    '<p class="ak-lab-note">The plain tick is the truth. The sign is the reading: ◆ fails, ○ is inconclusive, '
    "● passes. Its thin line is the 95 % interval, the thick one the 90 % interval; the band is what is tolerated.</p>"
)
READINGS = """<div class="ak-lab-readings">
<div><b>{}</b><p>{}</p><p class="ak-lab-note">{}</p></div>
<div><b>Reading</b><p>{}</p><p class="ak-lab-note">95 % interval {}; {} rows</p></div>
<div><b>Verdict</b><p>{}</p><p class="ak-lab-note">{}</p></div></div>"""
PLANTED = {"portraits": "Planted:", "sentences": "Planted at dose 0.9:", "table": "Planted at dose 1:"}
SPOKEN = (
    '<p class="ak-lab-note">Here the world itself answers, by its own shares and without learning them. What a model '
    'made of it is under <a href="?look=models">Models</a>.</p>'
)
HELD = {
    True: "The interval holds the truth.",
    False: "The interval does not hold the truth, as one in twenty at 95 % does not.",
    None: "",
}


def show() -> None:
    """Choose a world, and turn it."""
    said(INTRO)
    known = worlds()
    name = choose("World", list(known), "world", lambda one: f"{known[one].family.capitalize()}: {known[one].title}")
    _turned(name)


@fragment
def _turned(name: str) -> None:
    """What hangs on the dose."""
    world = worlds()[name]
    st.header(label(world.title, 200), anchor=False)
    said(
        '<p class="ak-lab-tale">{}</p><p class="ak-lab-note"><b>{}.</b> {} {}</p>',
        world.tale,
        bias(world.family),
        PLANTED.get(world.kind, ""),
        world.planted,
    )
    if world.kind == "sentences":
        said(SPOKEN)
    dose = _dial(world)
    scene = world.at(dose)
    seen, read = st.columns([6, 5], gap="large")
    with seen:
        _specimen(world, scene)
    with read:
        _readings(world, scene)
        chart(world.drawn(dose), "world", f"{world.name} along the dose")
        said(KEY)
    with st.expander("Every dose, and what else is true"):
        table(world.table(), "doses", f"{world.name} by dose")
        truths = [{"What is true at this dose": what, "Value": value} for what, value in scene.more["truths"].items()]
        table(truths, "truths", f"{world.name} truths at {dose:g}")


def _dial(world: World) -> float:
    """The dose that was turned to; a published table has none."""
    if len(world.doses) == 1:
        return world.doses[0]
    asked = st.query_params.get("dose")
    at = next((dose for dose in world.doses if f"{dose:g}" == asked), world.doses[-1])
    dose: float = st.select_slider("Dose", world.doses, at, format_func=lambda one: f"{one:g}", key="dose")
    remember("dose", f"{dose:g}")
    return dose


def _readings(world: World, scene: Scene) -> None:
    told = row_words(scene.row, world.scale)
    code = scene.row.key.code
    said(
        READINGS,
        "Truth" if len(world.doses) > 1 else "Published",
        told["Truth"],
        "known, for it was put there" if len(world.doses) > 1 else "from the printed counts",
        told["Reading"],
        told["95 % interval"],
        f"{scene.rows:,}",
        badge(scene.row.outcome),
        scene.verdict or "No rule judges this figure.",
    )
    several = f"Of the {len(world.doses)} intervals, dose by dose, {world.held} do." if len(world.doses) > 1 else ""
    held = HELD[holds(scene.row)]
    said(
        '<p>{}</p><p class="ak-lab-note">{} {}</p><p class="ak-lab-note">Read by <a href="{}">{}</a>, {}.</p>',
        scene.sentence,
        held,
        several,
        f"?look=detectors&detector={code}",
        code,
        scene.row.key.estimand,
    )


def _specimen(world: World, scene: Scene) -> None:
    """What the world looks like at the dose."""
    if "strips" in scene.more:
        said("{}", Markup("").join(_strip(one, scene.dose) for one in scene.more["strips"]))
        said(
            '<p class="ak-lab-note">Every seat keeps its person: only what the dose turns is another. Beside each row '
            "the share of darker skin that this world has.</p>"
        )
    elif "sentences" in scene.more:
        _sentences(scene.more["sentences"], world.scenes[0].more["sentences"])
    else:
        st.subheader("The table that was drawn" if len(world.doses) > 1 else "The table", anchor=False)
        table(scene.more["counts"], "counts", f"{world.name} at {scene.dose:g}")


def _strip(one: Mapping[str, Any], dose: float) -> Markup:
    about = f"{one['of']} portraits of a {one['label']} at dose {dose:g}, {one['darker']} of them of darker skin"
    return html(
        '<figure class="ak-lab-strip"><figcaption><b>{}</b> {}</figcaption>'
        '<img src="data:image/png;base64,{}" width="{}" height="{}" alt="{}"></figure>',
        one["label"],
        words.percent_of(one["share"]),
        one["png"],
        one["width"],
        one["height"],
        about,
    )


def _sentences(now: Sequence[Sequence[str]], fair: Sequence[Sequence[str]]) -> None:
    """The same sentences at every dose: a word that the dose turned is underlined."""
    turned = [here != there for here, there in zip(now, fair, strict=True)]
    lines = [
        html("<li>{} <b{}>{}</b> {}</li>", before, Markup(' class="turned"' if other else ""), word, after)
        for (before, word, after), other in zip(now, turned, strict=True)
    ]
    said('<ul class="ak-lab-said">{}</ul>', Markup("").join(lines))
    said(
        '<p class="ak-lab-note">{} of {} say something else than at dose 0: their word is underlined. The dice were '
        "thrown once, and only the dose is turned.</p>",
        sum(turned),
        len(turned),
    )
