"""The worlds of tables: each textbook story drawn at every dose, audited as the demo does, beside its closed form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditkit.core.roles import MISSING
from auditkit.demo import drawn, perform
from auditkit.detectors.automation import Vigilance
from auditkit.lab.stories import STORIES, night_shift
from auditkit.lab.story import Story
from auditkit.lab.tables import TABLES
from dashboards.making.readings import Told, reading

DOSES = (0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1.0)
FEW, MOST, COLUMNS = 5, 12, 3
"""Levels of a column that is counted by, rows that are shown, and columns that are counted by."""


def inverse(ratio: float) -> float:
    """A ratio read from the other side."""
    return 1 / ratio


def above_the_least(lost: float) -> float:
    """What is caught, told less the least that was agreed on, from what is lost of what a fresh watch catches."""
    return night_shift.FRESH + lost - Vigilance().least


TOLD: Mapping[str, Told] = {
    "book_reviews": Told("excess of extreme reviews", "excess of extremes", "1 and 5"),
    "subtle_reviews": Told("errors, faint minus extreme, beyond the control", "excess error gap", "faint"),
    "yellow_bananas": Told("mentions, yellow in ratio to green", "mention rate ratio", "green", turned=inverse),
    "murders_and_blinks": Told("total variation", "total variation", "all classes"),
    "unusual_incidents": Told(
        "written down, unusual in ratio to everyday", "documentation rate ratio within ward", "unusual"
    ),
    "sprockets": Told("recall, model minus inspectors", "recall difference", "model"),
    "dispatch_advice": Told("right decisions given up, aided minus control", "over-reliance difference", "aided"),
    "night_shift": Told(
        "caught, all night minus fresh", "detection beyond the least", "all users", turned=above_the_least
    ),
    "essay_by_ai": Told("points, AI minus student", "effect of the label", "AI"),
    "phone_survey_coverage": Told("representation of competitor", "representation ratio", "competitor"),
    "empty_corner": Told("representation of 60 and over, east", "lowest representation ratio", "any pattern"),
    "phone_survey_refusal": Told("refusal, competitor in ratio to ours", "refusal rate ratio", "ours", turned=inverse),
    "late_answers": Told("late, night minus day", "missing rate difference", "night"),
    "first_200": Told("enthusiasm", "standardised mean difference", "selected", "enthusiasm"),
    "academy_engineers": Told("both", "own minus other group", "all raters"),
    "academy_persona": Told(
        "own minus other, beyond no persona", "own minus other cue, beyond neutral judges", "academy"
    ),
    "outside_the_academy": Told("slope, inside minus outside", "slope difference", "yes"),
    "head_shake": Told("log odds ratio, east minus the rest", "log odds ratio shift", "east"),
    "two_names": Told("invited, Lakisha minus Emily", "favourable rate difference", "Lakisha"),
    "berkeley": Told(
        "standardised gap, men minus women", "selection rate difference standardised within department", "men"
    ),
    "local_law_144": Told("scoring rate, Female in ratio to Male", "selection rate ratio", "Female"),
}
"""Of each story the truth that is shown, and the finding that reads it."""


def worlds() -> Iterator[dict[str, Any]]:
    """Every story, then the published tables, which have no dose."""
    for story in (*STORIES, *TABLES):
        yield world(story)


def world(story: Story) -> dict[str, Any]:
    """A story at every dose."""
    doses = (0.0,) if story in TABLES else DOSES
    scenes = [_scene(story, dose) for dose in doses]
    kind = "published table" if story in TABLES else "table"
    told = {"name": story.name, "title": story.title, "kind": kind, "family": story.family}
    return {**told, "tale": story.tale, "planted": story.planted, "scale": scenes[0].pop("scale"), "doses": scenes}


def _scene(story: Story, dose: float) -> dict[str, Any]:
    report, judgement = perform(story, dose)
    told, truths = TOLD[story.name], story.truth(dose)
    finding = told.found(report)
    read = reading(report, judgement, finding, told.turned(truths[told.truth]))
    return {"scale": finding.scale, "dose": dose, **read, "truths": dict(truths), "counts": counted(story, dose)}


def counted(story: Story, dose: float) -> list[dict[str, Any]]:
    """How many rows of the drawn table are alike in what is compared; its first rows where that has no few levels."""
    table = drawn(story, dose)
    named = [name for role in story.roles.values() for name in ((role,) if isinstance(role, str) else role)]
    few = [name for name in dict.fromkeys(named) if table[name].nunique() <= FEW][:COLUMNS]
    if not few:
        return [{str(k): str(v) for k, v in row.items()} for row in table.head(MOST).to_dict("records")]
    spelled = table[few].astype("object").fillna(MISSING).astype(str)
    alike = spelled.groupby(few, sort=True).size().reset_index(name="rows").head(MOST).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in alike]
