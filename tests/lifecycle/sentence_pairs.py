"""A recipe that curates the lab's pairs of sentences, for the tests of curate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from auditkit.lifecycle.curating import recipe_of

HALF = {"he": 0.5, "she": 0.5}
SAID = {"why": "the language says nothing of gender", "source": "auditkit.lab"}
AUDIT = {
    "roles": {"group": "pronoun"},
    "detectors": [{"code": "selection.composition", "reference": {"value": HALF, **SAID}}],
    "policy": {"rules": [{"rule": "ratio", "at_least": 0.9}]},
    "costs": {"rows": 0.1, "n_eff": 0.1},
}
DEDUPLICATE = {"name": "deduplicate", "by": "texts", "columns": ["source", "target"]}
STEPS: list[dict[str, Any]] = [
    {**DEDUPLICATE, "similarity": 1.0, "repeats": "keep"},
    {"name": "leakage", "test": "test.csv", "columns": ["source", "target"]},
    {"name": "swap", "texts": "target", "attributes": "pronoun"},
    {"name": "topup", "column": "pronoun", "context": "occupation", "reference": HALF, "half_width": 0.05, **SAID},
]


def asked(table: Path, steps: list[dict[str, Any]] = STEPS, **more: Any) -> Any:
    """The recipe, its steps or more of it changed."""
    return recipe_of({**AUDIT, **more, "steps": steps}, table.parent)
