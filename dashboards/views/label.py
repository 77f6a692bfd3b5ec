"""What does an answer really show? A person looks at a random sample, blind, and the next audit heeds it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from auditkit import browsing
from auditkit.labelling import ENOUGH_CHECKED, attributes, sample
from dashboards.parts.kindly import fragment
from dashboards.parts.label.looking import look, shortcuts
from dashboards.parts.label.sitting import Sitting
from dashboards.parts.label.standing import Standing, levels_of, someone_alike, standing
from dashboards.parts.label.tallied import tallied
from dashboards.parts.opened import friendly
from dashboards.parts.prose import label, said
from dashboards.parts.runs import pick_run

WHY = (
    "<p>An annotator read every answer of this run, and annotators err. You see some of the answers, drawn at random, "
    "as many of each level that it read, and neither what it read nor what was asked: so your eyes judge the answer, "
    "and not the annotator. Say what you see, and “cannot tell” where you cannot; that you could not, or skipped one, "
    "is kept too, for these are the hard ones. The next audit of this run takes your labels to put the annotator "
    "right, reading by reading. They are kept beside the run, whose own records stay as they are.</p>"
)
ATTRIBUTE, WHO, SAT = "attribute", "label who", "sitting"
NOTHING = "<p>No annotator read levels in this run, so there is nothing to hold against it. Elicit with annotators.</p>"
ALIKE = "<p>There are labels of <b>{}</b> already. If that is you, write it the same way: names tell raters apart.</p>"
Who = tuple[str, int, int]


def show() -> None:
    """The page."""
    st.title("Label")
    entry = pick_run()
    with friendly(entry.id):
        moment, names = browsing.digest(entry.path), attributes(entry.path)
        if not names:
            said(NOTHING)
            st.stop()
        attribute = _attribute(names)
        found = _standing(moment, attribute, entry.path)
        who = st.session_state.get(WHO)
        if who is None:
            said(WHY)
            _begin(found)
        else:
            _said_who(who, found)
            keys = st.session_state.setdefault(f"keys {entry.id} {attribute}", levels_of(found.progress))
            _sit(_sitting(entry.path, attribute, who), keys)  # a key that moved would mislabel
            with st.expander("Why at random, and why blind?"):
                said(WHY)
        tallied(entry, attribute, found, apart=who is not None)


def _attribute(names: tuple[str, ...]) -> str:
    asked = st.query_params.get(ATTRIBUTE)
    chosen = st.sidebar.selectbox("Attribute", names, names.index(asked) if asked in names else 0)
    if chosen != asked:
        st.query_params[ATTRIBUTE] = chosen
    return chosen


@st.cache_resource(max_entries=12, show_spinner="Counting the labels …")
def _standing(moment: str, attribute: str, _run: Path) -> Standing:
    return standing(_run, attribute)


def _begin(found: Standing) -> None:
    """Ask who is looking; nobody is guessed."""
    with st.form("who", width=560):
        name = st.text_input("Your name or initials", max_chars=100, placeholder="as you want your labels to be told")
        left, right = st.columns(2)
        per_group = left.number_input("Answers of each level", 1, 100_000, ENOUGH_CHECKED, help=HELP_MANY)
        seed = right.number_input("Seed", 0, 2**31, 0, help=HELP_SEED)
        if st.form_submit_button("Begin", type="primary"):
            if name.strip():
                st.session_state[WHO] = (name.strip(), int(per_group), int(seed))
                st.rerun()
            said("<p>A label is somebody's. Write a name or initials first.</p>", role="alert")


HELP_MANY = "A hundred of each level that was read are enough for a verdict."
HELP_SEED = (
    "Two people with the same seed look at the same answers, in the same order, and their agreement can be told."
)


def _said_who(who: Who, found: Standing) -> None:
    """Say whose labels these are, and let another take over."""
    rater, per_group, seed = who
    with st.container(horizontal=True, vertical_alignment="center"):
        said("<p>You are <b>{}</b>: {} of each level, seed {}.</p>", rater, f"{per_group:,}", seed)
        if st.button("Change", key="somebody else", type="tertiary", help="Somebody else looks, or at more answers"):
            for kept in (WHO, SAT):
                st.session_state.pop(kept, None)
            st.rerun()
    if other := someone_alike(rater, found.progress):
        said(ALIKE, other, role="alert")


def _sitting(run: Path, attribute: str, who: Who) -> Sitting:
    """The sample as far as this person is through; drawn once, and kept while the page is open."""
    asked = (str(run), attribute, *who)
    kept = st.session_state.get(SAT)
    if kept is None or kept[0] != asked:
        rater, per_group, seed = who
        with st.spinner("Drawing the sample …"):
            tasks = sample(run, attribute, per_group, seed=seed, rater=rater)
        kept = st.session_state[SAT] = (asked, Sitting(run, attribute, rater, list(tasks)))
    sitting: Sitting = kept[1]
    return sitting


@fragment
def _sit(sitting: Sitting, levels: tuple[str, ...]) -> None:
    """What is shown now and what can be said of it; redrawn by itself at every key."""
    if sitting.problem:
        said("<p><b>This label was not kept.</b> {}</p>", sitting.problem, role="alert")
    if sitting.task is None:
        _finished(sitting)
        return
    bar = st.empty()
    seen, keys = st.columns([3, 2], gap="large")
    with seen:
        look(sitting.run, sitting.task)
    with keys:
        said('<h2 class="ak-label-ask">{}: what do you see?</h2>', sitting.attribute)
        shortcuts(sitting, levels)
    at = len(sitting.behind)  # told last: by then the picture and its keys are there, in this order
    bar.progress(at / sitting.drawn, text=f"{at:,} of {sitting.drawn:,} in this sitting")
    sitting.drawn_now()


def _finished(sitting: Sitting) -> None:
    skipped = len(sitting.behind) - sitting.done
    if not sitting.drawn:
        said("<h2>There is nothing left to look at</h2><p>{} has labelled this whole sample.</p>", sitting.rater)
        return
    said("<h2>That was the last one</h2><p>{} labelled, {} skipped. Thank you.</p>", sitting.done, skipped)
    with st.container(horizontal=True):
        turn = sitting.turn
        st.button("Undo", key=f"back {turn}", shortcut="U", on_click=sitting.back, args=(turn,))
        if skipped:
            st.button(f"Look at {label(skipped)} again", key=f"again {turn}", on_click=sitting.again)


if __name__ == "__main__":
    show()
