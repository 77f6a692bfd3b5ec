"""Steps, turns and lineages are as `reports/schema.json` says, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auditkit.lifecycle.lineage import trace
from auditkit.resources import folder
from tests.lifecycle.chained import story


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One of each as it is written."""
    root = story(tmp_path_factory.mktemp("schema") / "story")
    files = {"step": root / "tuned" / "step.json", "turn": root / "tuned" / "turn.json"}
    return {name: json.loads(file.read_text()) for name, file in files.items()} | {
        "lineage": json.loads(trace(root).to_json()),
        "audit": json.loads((root / "tuned" / "after" / "step.json").read_text()),
    }


def validator(part: str) -> jsonschema.Draft202012Validator:
    schema = json.loads(Path(folder("reports") / "schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema | {"$ref": f"#/$defs/{part}"})


@pytest.mark.parametrize(
    ("name", "part"), [("step", "step"), ("audit", "step"), ("turn", "turn"), ("lineage", "lineage")]
)
def test_what_is_written_is_as_the_schema_says(name: str, part: str, told: dict[str, Any]) -> None:
    data = told[name]
    validator(part).validate(data)
    for key in data:
        with pytest.raises(jsonschema.ValidationError):
            validator(part).validate({k: v for k, v in data.items() if k != key})
    with pytest.raises(jsonschema.ValidationError):
        validator(part).validate({**data, "more": 1})
