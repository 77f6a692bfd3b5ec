"""Has something changed since, and when did it begin? What the watches of `auditkit monitor` have seen."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from auditkit.lifecycle.monitoring import Line, Standing, Watched, headline, promise
from auditkit.rendering import Track, track_rows, vega_track, words
from dashboards.parts.asked import remember
from dashboards.parts.charts import is_dark, picture
from dashboards.parts.opened import friendly
from dashboards.parts.prose import html, said
from dashboards.parts.shelf import chosen_folder
from dashboards.parts.tables import offer
from dashboards.parts.verdicts import lead, listed
from dashboards.parts.watch.finding import Entry, gravest_first, opened, watches
from dashboards.parts.watch.told import SHOWN, alarm_item, answer_item, question

WATCH = "watch"
NOTHING = (
    "<h2>Nothing is watched here yet</h2><p>No state of a watch lies in <code>{}</code>, so nothing was assessed.</p>"
    "<p><code>auditkit monitor --example &gt; watch.toml</code> writes rules to start from, and <code>auditkit monitor "
    "SOURCE --watch watch.toml --state FOLDER/state.json</code> looks at a stream by them, as often as cron calls it. "
    "Then load this page again.</p>"
)
THEN = "Nothing was changed here. Restore the file from a copy, or begin another watch with another --state."
PARTS = {
    "Rules": ("gap", "rate", "mean"),
    "Who comes: drift of the groups’ composition": ("composition",),
    "Who reads: drift of annotators": ("agreement",),
    "What is not told": ("missing",),
}
"""The kinds of rules under each heading."""
READ = (
    "<p class='ak-soft'>Evidence is what bettors hold who bet, from 1 on, that the margin was left; where it reaches "
    "the dashed line an alarm is raised, and stays. Beside it stands the mean so far with its 95 % confidence "
    "sequence, on the band that is tolerated. A diamond is an alarm; a shaded stretch, where what it is about began "
    "(95 %).</p>"
)
STAYS = (
    "<p class='ak-soft'>An alarm stays until somebody answers for it: <code>auditkit monitor --watch watch.toml "
    "--state STATE.json --acknowledge RULE --reason TEXT --owner NAME</code> begins a new watch of the rule.</p>"
)
UNSEEN = "<p class='ak-soft'>There is nothing to draw: it has seen nothing since event {}.</p>"
UNKEPT = "<p class='ak-soft'>The evidence before event {} was not kept by the auditkit that read it.</p>"


def show() -> None:
    """The page."""
    st.title("Watch")
    folder = chosen_folder()
    lying = gravest_first(watches(folder))
    if not lying:
        said(NOTHING, folder)
        st.stop()
    entry = _picked(lying)
    with friendly(entry.id, THEN):
        watched = opened(entry)
    _head(entry, watched)
    _alarms(watched.standing)
    said(READ)
    for heading, kinds in PARTS.items():
        lines = list(watched.of(*kinds))
        if lines:
            st.header(heading)
        for at, (line, track) in enumerate(lines):
            _question(line, track, f"{kinds[0]} {at}")


def _picked(lying: list[Entry]) -> Entry:
    """The watch that the address names, else the gravest, and of those the first by name."""
    ids, asked = [entry.id for entry in lying], st.query_params.get(WATCH)
    if asked is not None and asked not in ids:
        said("<p>There is no watch <code>{}</code> in this folder any more; here is another.</p>", asked, role="alert")
    chosen = st.sidebar.selectbox("Watch", ids, ids.index(asked) if asked in ids else 0)
    remember(WATCH, chosen)
    return lying[ids.index(chosen)]


def _head(entry: Entry, watched: Watched) -> None:
    """The verdict, and what is promised of it."""
    stands = watched.standing
    source = words.short(stands.source, 120)
    said("<p class='ak-kicker'>{} · {} events read of {}</p>", entry.id, words.count(stands.events), source)
    said("{}", lead(stands.outcome, headline(stands)))
    said("<p class='ak-soft'>{} No alarm is no proof that nothing changed.</p>", promise(stands))
    notes = Markup("").join(html("<li>{}</li>", words.short(note, 900)) for note in stands.notes)
    if stands.notes:
        said("<ul>{}</ul>", notes)


def _alarms(stands: Standing) -> None:
    """What was raised, and who has answered for it."""
    raised = [line for line in stands.lines if line.alarm_at is not None]
    st.header("Alarms")
    if raised:
        said("{}", listed((alarm_item(line) for line in raised[:SHOWN]), "ak-reports"))
        said(STAYS)
    else:
        said("<p>No alarm stands.</p>")
    if stands.acknowledged:
        latest = stands.acknowledged[::-1]
        said("<h3>Answered for</h3>{}", listed((answer_item(one) for one in latest[:SHOWN]), "ak-reports"))
        if len(latest) > SHOWN:
            said("<p class='ak-soft'>And {} before.</p>", words.count(len(latest) - SHOWN))


def _question(line: Line, track: Track, key: str) -> None:
    """How a question stands, and its way there."""
    said("<h3>{}: {}</h3>{}", words.short(line.rule, 90), words.short(line.question, 90), question(line))
    if not track.points:
        said(UNSEEN, words.count(line.since))
        return
    kept = [one.event for one in track.points if one.log_e is not None]
    if kept[:1] != [track.points[0].event]:
        said(UNKEPT, words.count(kept[0] if kept else track.until))
    left, right = st.columns(2)
    with left:
        st.vega_lite_chart(vega_track(track, "evidence", is_dark()), theme=None, key=f"evidence {key}", width="stretch")
    with right:
        st.vega_lite_chart(vega_track(track, "mean", is_dark()), theme=None, key=f"mean {key}", width="stretch")
    name = f"{line.rule} {line.question}"
    picture(track, key, name)
    offer(track_rows(track), key, name)


if __name__ == "__main__":
    show()
