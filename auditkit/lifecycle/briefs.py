"""What goes with a raw data set of the lab: the plan that audits the model that learned such data, and the recipe that
curates them.

Both are TOML and written beside the data, so that the whole loop of a lifecycle can be walked in a few commands. What
they hold the models and the data to is the world at dose 0: half of the translations with "he", and the shares of the
reference of skin in every occupation.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError, nearest
from auditkit.formats.toml import toml_lines
from auditkit.lab.models import WEIGHTS
from auditkit.lab.portraits import CLIP, references, stereotypes
from auditkit.lab.worlds.applicants import YES
from auditkit.lab.worlds.translations.language import ADJECTIVES, OCCUPATIONS, PRONOUNS, TEMPLATES, VERBS
from auditkit.probes.wording import with_article

PLAN, RECIPE = "plan.toml", "recipe.toml"
Table = Mapping[str, Any]
WHY, WORLD = "the language says nothing of gender", "auditkit.lab.worlds.translations"
PARITY: Table = {"code": "reporting.generator_frequency", "stereotype": PRONOUNS[1], "parity": list(PRONOUNS)}


def briefs(name: str, out: Path) -> dict[str, str]:
    """The texts of plan.toml and recipe.toml for a raw data set, by file; models are named from the folder `out`.

    Of applicants the plan audits the table itself, and there is no recipe.

    Raises `InputError` for a name that is none.

    >>> sorted(briefs("pairs", Path("pairs")))
    ['plan.toml', 'recipe.toml']
    """
    if name not in BRIEFS:
        raise InputError(f'The lab has no data set "{name}".{nearest(name, BRIEFS)} Data sets: {", ".join(BRIEFS)}.')
    plan, recipe = BRIEFS[name]
    texts = {PLAN: _toml(plan(lambda weights: os.path.relpath(weights, out)))}
    return texts if recipe is None else texts | {RECIPE: _toml(recipe())}


def _applicants_plan(named: Callable[[Path], str]) -> Table:
    """The table beside the plan: who is invited, by gender and by race; README shows this very plan."""
    return {
        "data": {"path": "applicants.csv"},
        "roles": {"group": ["gender", "race"], "outcome": "decision"},
        "detectors": [{"code": "disparity.selection_rate", "favourable": YES}],
        "policy": {
            "rules": [{"rule": "within", "margin": 0.05}, {"rule": "ratio", "at_least": 0.8}, {"rule": "assessed"}]
        },
    }


def _pairs_plan(named: Callable[[Path], str]) -> Table:
    """Every occupation in every template, sampled, against as many of either pronoun."""
    return {
        "probe": {
            "name": "translations",
            "occupations": dict(OCCUPATIONS),
            "templates": [re.sub(r"\{job\}", "{}", each.source) for each in TEMPLATES],
            "others": {"adjective": list(ADJECTIVES.values()), "verb": list(VERBS.values())},
            "variants": 4,
            "repeats": 3,
        },
        "target": {"name": "seq2seq", "model": named(WEIGHTS / "transformer"), "variant": "dose90"},
        "roles": {"group": "pronoun", "context": "occupation", "unit": "prompt"},
        "annotators": [
            {"name": "pronoun_gender", "attribute": "pronoun", "pronouns": {one: [one] for one in PRONOUNS}}
        ],
        "detectors": [PARITY],
        "policy": _policy("directed amplification", 0.05),
    }


def _pairs_recipe() -> Table:
    """Copies and leaks go; then pronouns are swapped until each occupation has as many of either."""
    return {
        "text": "target",
        "roles": {"group": "pronoun", "context": "occupation"},
        "detectors": [PARITY],
        "policy": _policy("directed amplification", 0.05),
        "costs": {"rows": 0.2},
        "steps": [
            {"name": "deduplicate", "by": "texts", "columns": ["source", "target"], "repeats": "keep"},
            {"name": "leakage", "test": "test.csv", "by": "rows", "columns": ["source"]},
            {
                "name": "swap",
                "texts": ["target"],
                "attributes": ["pronoun"],
                "how": "change",
                "column": "pronoun",
                "context": ["occupation"],
                "reference": dict.fromkeys(PRONOUNS, 0.5),
                "why": WHY,
                "source": WORLD,
            },
        ],
    }


def _portraits_plan(named: Callable[[Path], str]) -> Table:
    """Twelve occupations in ten wordings, four times each; skin is read, and whether it shows who was asked for."""
    jobs = list(references("skin"))
    asked = {job: f"a portrait of {with_article(job)}" for job in jobs}
    return {
        "probe": {"name": "occupations", "occupations": jobs, "templates": 10, "repeats": 4},
        "target": {
            "name": "diffusion",
            "model": named(WEIGHTS / "text_to_image"),
            "variant": "dose90",
            "steps": 12,
            "guidance": 1.0,
            "batch": 32,
        },
        "elicit": {"seed": 7},
        "roles": {"group": "skin", "context": "occupation", "unit": "prompt"},
        "annotators": [
            {"name": "skin_tone", "region": [0.453125, 0.484375, 0.5625, 0.546875], "skin_only": False},
            {"name": "zero_shot", "model": named(Path(CLIP)), "margin": 0.0, "attributes": {"occupation shown": asked}},
        ],
        "detectors": [
            {
                "code": "reporting.generator_frequency",
                "reference": {job: _reference(one) for job, one in references("skin").items()},
                "stereotype": dict(stereotypes("skin")),
            }
        ],
        "policy": _policy("directed amplification", 0.1),
    }


def _portraits_recipe() -> Table:
    """Copies and leaks go; then people are drawn again with another skin until each occupation has its reference.

    So are length of hair and age: as they are found, they lean as skin does, by the same occupations.
    """
    shares = references("skin")
    return {
        "roles": {"group": "skin", "context": "occupation"},
        "detectors": [
            {
                "code": "reporting.generator_frequency",
                "reference": {job: _reference(one) for job, one in shares.items()},
                "stereotype": dict(stereotypes("skin")),
            }
        ],
        "policy": _policy("directed amplification", 0.05),
        "costs": {"rows": 0.2},
        "steps": [
            {"name": "deduplicate", "by": "pictures"},
            {"name": "leakage", "test": "test.csv", "by": "pictures"},
            *map(_redrawn, ("skin", "length", "age")),
        ],
    }


def _redrawn(attribute: str) -> Table:
    """The step that draws people again until an attribute has its reference in every occupation."""
    shares = references(attribute)
    some = next(iter(shares.values()))
    wanted = {job: _reference(one)["value"] for job, one in shares.items()}
    step = {"name": "redraw", "column": attribute, "how": "change", "context": "occupation", "reference": wanted}
    return {**step, "why": some.why, "source": some.source}


def _policy(estimand: str, margin: float) -> Table:
    return {"rules": [{"rule": "within", "estimand": estimand, "margin": margin}, {"rule": "assessed"}]}


def _reference(one: Any) -> Table:
    return {"value": dict(one.value), "why": one.why, "source": one.source}


def _toml(table: Table) -> str:
    """A plan or a recipe as TOML; tables within arrays of tables stand inline."""
    lines: list[str] = []
    for name, part in table.items():
        if isinstance(part, str):
            lines += toml_lines({name: part})
    for name, part in table.items():
        if name == "policy":
            for rule in part["rules"]:
                lines += ["", "[[policy.rules]]", *toml_lines(rule)]
        elif isinstance(part, list):
            for one in part:
                lines += ["", f"[[{name}]]", *toml_lines(one)]
        elif not isinstance(part, str):
            lines += ["", f"[{name}]", *toml_lines(part)]
    return "\n".join(lines).lstrip("\n") + "\n"


BRIEFS: Mapping[str, tuple[Callable[[Callable[[Path], str]], Table], Callable[[], Table] | None]] = {
    "pairs": (_pairs_plan, _pairs_recipe),
    "portraits": (_portraits_plan, _portraits_recipe),
    "applicants": (_applicants_plan, None),
}
"""The plan and the recipe of each data set, where it has one."""
