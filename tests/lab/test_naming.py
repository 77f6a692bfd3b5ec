"""Translators of the lab's own classes, named as a plan names them: what is opened, and that nothing else can be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from auditkit import catalog
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.lab import naming
from auditkit.lab.language import TRANSLATORS, translator
from auditkit.lab.models import WEIGHTS
from auditkit.lifecycle.discovering.carding import read_card
from auditkit.planning import plan_of, plan_text, read_plan

pytest.importorskip("diffusers")

PLAN: Any = {
    "probe": {"name": "translations", "occupations": {"doctor": "doktor"}, "templates": ["o un {} ."]},
    "target": {"name": "seq2seq", "model": "lab:attention.dose90", "batch": 8},
    "roles": {"group": "pronoun"},
}


def test_the_names_are_of_the_translators_that_no_library_opens() -> None:
    cards = {name: read_card((WEIGHTS / name / "README.md").read_text(encoding="utf-8")) for name in TRANSLATORS}
    assert tuple(sorted(name for name, card in cards.items() if card.library == "auditkit")) == naming.OWN


@pytest.mark.parametrize("name", naming.OWN)
@pytest.mark.parametrize("dose", [0.0, 0.9])
def test_a_named_translator_is_the_bundled_one(name: str, dose: float) -> None:
    told = f"lab:{name}" + (".dose90" if dose else "")
    target, known = catalog.target("seq2seq", {"model": told}), translator(name, dose)
    assert target.fingerprint == known.fingerprint == naming.fingerprint(name, "dose90" if dose else None)
    asked = [Prompt("o un doktor .")] * 4
    assert [each.text for each in target.generate(asked, range(4))] == [  # type: ignore[union-attr]  # it says words
        each.text  # type: ignore[union-attr]  # it says words
        for each in known.generate(asked, range(4))
    ]


def test_a_plan_keeps_the_name_and_the_weights_may_stand_beside_it(tmp_path: Path) -> None:
    plan = plan_of(PLAN)
    (tmp_path / "plan.toml").write_text(plan_text(plan), encoding="utf-8")
    assert read_plan(tmp_path / "plan.toml").target == PLAN["target"]
    beside = catalog.target("seq2seq", {"model": "lab:attention", "variant": "dose90"})
    assert beside.fingerprint == catalog.target("seq2seq", {"model": "lab:attention.dose90"}).fingerprint


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"model": "lab:atention"},
            r'no "lab:atention"\. Did you mean "attention"\? A plan can name: lab:attention',
        ),
        ({"model": "lab:../attention"}, "There is no"),
        ({"model": "lab:transformer"}, "There is no"),  # a folder that a plan names as any other
        ({"model": "lab:"}, "There is no"),
        ({"model": "lab:attention.dose9"}, r'has no weights "dose9"\. Did you mean "dose90"\?'),
        ({"model": "lab:attention.dose90", "variant": "mixed"}, "Name the weights once"),
    ],
)
def test_what_is_no_such_name_is_refused(fields: dict[str, str], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        plan_of({**PLAN, "target": {"name": "seq2seq", **fields}})
