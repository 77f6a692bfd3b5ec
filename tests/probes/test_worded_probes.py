"""Which designs in words make no sense, and what they are told."""

from __future__ import annotations

import pytest

from auditkit.core.errors import InputError
from auditkit.core.probe import MASK
from auditkit.probes import (
    Advice,
    Associations,
    Continuations,
    Counterfactuals,
    Identities,
    Judging,
    Personas,
    Pronouns,
    Question,
    Translations,
    WordSets,
)
from tests.probes.worded import NAMES, SNOW, matches


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda: Pronouns("judge"), "list of different names"),
        (lambda: Pronouns(["judge"], templates=["The {} came."]), "slot"),
        (lambda: Pronouns(["judge"], templates=[f"{MASK} is a {{}}."], verb="generate"), "in this order"),
        (lambda: Pronouns(["judge"], pronouns=("she",)), "two pronouns"),
        (lambda: Pronouns(["judge"], templates=13), "There are 12 templates"),
        (lambda: Pronouns(["judge"], repeats=0), "at least 1"),
        (lambda: Continuations([]), "list of different names"),
        (lambda: Continuations(["a"], verb="decide"), "two different answers"),
        (lambda: Continuations(["a"], verb="sing"), "cannot ask to sing"),
        (lambda: Continuations(["a"], templates=["about {}"], verb="fill_mask"), "once"),
        (lambda: Identities({"we": "We are"}), "two subjects"),
        (lambda: Counterfactuals({"a": ["x"]}), "two groups"),
        (lambda: Counterfactuals({"a": ["x"], "b": ["y", "z"]}), "equally long"),
        (lambda: Counterfactuals({"a": ["x"], "b": ["y"]}), "no placebo"),
        (lambda: Counterfactuals(NAMES, neutral=("Monday", "Tuesday")), "go together"),
        (lambda: Counterfactuals(NAMES, templates=["I met {}."], again={"else": "x"}), "keys are the templates"),
        (lambda: Personas({"a": "an a"}, {"b": "a b"}, ["wants"]), "Spell both alike"),
        (lambda: Personas({"neutral": "an a"}, {"neutral": "a b"}, ["wants"]), "neutral"),
        (lambda: Personas({"a": "an a"}, {"a": "an a"}, ["wants"], ["{candidate} came"]), "one place"),
        (lambda: Advice([]), "needs questions"),
        (lambda: Advice([Question("a?", ("yes", "no"), "maybe")]), "its truth among them"),
        (lambda: Advice(SNOW, templates=["{advice}"]), "{source}"),
        (lambda: Advice(SNOW, templates=2, again=["think"]), "2 templates with advice and 1 without"),
        (lambda: Judging([]), "two texts"),
        (lambda: Judging(matches(1), labels=("AI", "AI")), "two different ones"),
        (lambda: Judging(matches(1), templates=["{first}"]), "{second}"),
        (lambda: Translations({}, ["o {}"]), "needs occupations"),
        (lambda: Translations({"a": "b"}, ["o {x} {}"]), "no words for the place {x}"),
        (lambda: Translations({"a": "b"}, ["o"]), "one place {}"),
        (lambda: Associations(("a", "b"), {"x": ["1"], "y": ["2", "3"]}), "as many of one"),
        (lambda: Associations(("a", "b"), {"x": ["1"], "y": ["A"]}), "is no name"),
        (lambda: WordSets({"X": []}), "list of different words"),
        (lambda: WordSets({"X": ["a"]}, repeats=2), "repeats = 1"),
    ],
)
def test_a_design_that_makes_no_sense_is_refused(made, says: str) -> None:
    with pytest.raises(InputError, match=says.replace("{", r"\{").replace("}", r"\}")):
        made()
