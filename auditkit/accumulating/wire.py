"""The file of a state: canonical JSON with a schema number and a digest against edits by hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditkit.accumulating.histories import History
from auditkit.accumulating.identities import Identity
from auditkit.accumulating.models import Model, Standing
from auditkit.core.errors import InputError
from auditkit.core.finding import Key
from auditkit.core.wire import affordable

SCHEMA = 1
MEND = (
    "Put back an earlier copy, or take another file: without it the evidence of earlier reports is lost, and a FAIL "
    "that stands is forgotten."
)

Parts = tuple[int, Mapping[str, Model], Mapping[str, Standing]]


def state_to_json(reports: int, models: Mapping[str, Model], standing: Mapping[str, Standing]) -> str:
    """The wire format: compact, keys sorted."""
    content: dict[str, Any] = {"schema": SCHEMA, "reports": reports}
    content["models"] = {name: _model_to_dict(model) for name, model in models.items()}
    content["standing"] = {name: [*one[:1], list(one.key), *one[2:]] for name, one in standing.items()}
    return _canonical({**content, "digest": _digest(content)}) + "\n"


def state_from_json(text: str, path: str | Path) -> Parts:
    """Read what `state_to_json` wrote; raises `InputError` for anything else, and never begins again by itself."""
    try:
        affordable(text)
        data = json.loads(text)
        schema = data["schema"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        lacks = "it has no schema" if isinstance(error, (KeyError, TypeError)) else f"it is not JSON ({error})"
        raise InputError(f"{path} is not the state of a gate, or is damaged: {lacks}. {MEND}") from error
    if schema != SCHEMA:
        raise InputError(
            f"The state {path} has schema {schema!r} and this auditkit reads schema {SCHEMA}. "
            "Use the version that wrote it, or take another file."
        )
    if _digest({name: part for name, part in data.items() if name != "digest"}) != data.get("digest"):
        raise InputError(f"The state {path} is damaged or was edited: its digest is not that of its content. {MEND}")
    try:
        models = {name: _model_from_dict(model) for name, model in data["models"].items()}
        rows = data["standing"].items()
        standing = {name: Standing(rule, Key(*key), report, model) for name, (rule, key, report, model) in rows}
        return int(data["reports"]), models, standing
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"The state {path} is damaged: {type(error).__name__}: {error}. {MEND}") from error


def _model_to_dict(model: Model) -> dict[str, Any]:
    return {
        "reports": {str(number): identity.to_dict() for number, identity in model.reports.items()},
        "subject": model.subject,
        "questions": {name: history.to_dict() for name, history in model.histories.items()},
    }


def _model_from_dict(data: Mapping[str, Any]) -> Model:
    return Model(
        {int(number): Identity.from_dict(identity) for number, identity in data["reports"].items()},
        {name: History.from_dict(history) for name, history in data["questions"].items()},
        str(data["subject"]),
    )


def _canonical(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(content).encode()).hexdigest()
