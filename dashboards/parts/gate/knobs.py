"""What of a policy can be moved: a slider for each of its numbers, each with what detectors suggest beside it."""

from __future__ import annotations

from typing import Any, Literal

import streamlit as st

from auditkit import Policy, Report
from auditkit.adjusting import Place, Setting, adjusted, settings
from auditkit.rendering import words
from dashboards.parts.prose import label, said

NAMES = {
    ("within", "margin"): "Largest difference",
    ("ratio", "at_least"): "Smallest ratio",
    ("no_worse", "margin"): "Largest change for the worse",
    ("enough", "n_eff"): "Least effective rows",
    ("enough", "clusters"): "Least clusters",
}
OWN = "as suggested"
TOLD = 5
"""Suggestions that are told one by one."""
ORDER: dict[Literal["holm", "none"], str] = {
    "holm": "Holm: all comparisons are allowed for",
    "none": "none: each by itself",
}
UNDECIDED: dict[Literal["fail", "warn"], str] = {"fail": "fail: a pipeline stops", "warn": "warn: a pipeline goes on"}


def turned(policy: Policy, report: Report, key: str) -> Policy:
    """The policy as the sliders have it, which the address keeps; `key` is the policy's: another starts anew."""
    found = settings(policy, report)
    values: dict[Place, float | None] = {}
    for setting in found:
        values[setting.place, setting.field] = _slider(setting, len(found), key)
    many = st.radio(
        "Multiplicity",
        list(ORDER),
        _at(ORDER, policy.multiplicity),
        ORDER.__getitem__,
        key=f"multiplicity.{key}",
        bind="query-params",
    )
    at, name = _at(UNDECIDED, policy.inconclusive), f"inconclusive.{key}"
    open_ = st.radio("Inconclusive", list(UNDECIDED), at, UNDECIDED.__getitem__, key=name, bind="query-params")
    moved = {place: value for place, value in values.items() if value != _was(found, place)}
    return adjusted(policy, moved, many, open_)


def suggested(setting: Setting) -> str:
    """What detectors suggest, or the rule's default, in words; empty where they suggest nothing."""
    told = ", ".join(map(words.exact, setting.suggested[:TOLD]))
    more = f" and {len(setting.suggested) - TOLD} more" if len(setting.suggested) > TOLD else ""
    who = "Detectors suggest" if setting.optional else "The default is"
    return f"{who} {told}{more}." if told else "No detector suggests a margin for what it names."


def looser(setting: Setting, value: float | None) -> str:
    """That a value is looser than what is suggested; empty where it is not."""
    told = ", ".join(map(words.exact, setting.exceeded(value)[:TOLD]))
    who = "the detector suggests" if setting.optional else "the default"
    return f"Looser than {who}: {told}." if told else ""


def name_of(setting: Setting) -> str:
    """What a slider is called: what it moves, and of which findings."""
    patterns = [f"of {text}" for text in (setting.code, setting.estimand) if text != "*"]
    return " ".join([NAMES[setting.rule, setting.field], *patterns])


def _slider(setting: Setting, among: int, key: str) -> float | None:
    stops: list[float | None] = [*([None] if setting.optional else []), *setting.stops]
    chosen: float | None = st.select_slider(
        label(name_of(setting)),
        stops,
        setting.value,
        lambda value: OWN if value is None else words.exact(value),
        key=f"{setting.rule}.{setting.field}.{setting.place + 1}.{key}",
        bind="query-params",
        help=label(f"{setting.rule}.{setting.field}, rule {setting.place + 1}", 200),
    )
    said('<p class="ak-gate-note">{} <b>{}</b></p>', suggested(setting), looser(setting, chosen))
    return chosen


def _at(choices: dict[Any, str], value: str) -> int:
    return list(choices).index(value)


def _was(found: tuple[Setting, ...], place: Place) -> float | None:
    return next(setting.value for setting in found if (setting.place, setting.field) == place)
