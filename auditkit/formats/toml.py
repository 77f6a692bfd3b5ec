"""What is read from TOML, written as TOML: the standard library reads it and does not write it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from auditkit.rules import Policy


def policy_text(policy: Policy) -> str:
    """A policy as the text of its file; `Policy.parse` of it is the policy again, with the same hash.

    >>> print(policy_text(Policy.read({"rules": [{"rule": "within", "margin": .05}]})).split("\\n\\n")[1])
    [[rules]]
    rule = "within"
    margin = 0.05
    code = "*"
    estimand = "*"
    """
    table = policy.to_dict()
    settings = toml_lines({key: value for key, value in table.items() if key != "rules"})
    rules = [["[[rules]]", *toml_lines(rule)] for rule in table["rules"]]
    return "\n\n".join("\n".join(part) for part in (settings, *rules)) + "\n"


def toml_lines(table: Mapping[str, Any]) -> list[str]:
    """A line for each key of a table; what is `None` was not given, and has none.

    >>> toml_lines({"a": 1, "b c": ["x", True], "d": None})
    ['a = 1', '"b c" = ["x", true]']
    """
    return [f"{_key(key)} = {_value(value)}" for key, value in table.items() if value is not None]


def _key(key: str) -> str:
    plain = key.replace("_", "").replace("-", "")
    return key if plain.isascii() and plain.isalnum() else _quoted(key)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(toml_lines(value))} }}" if value else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, (int, float)) else _quoted(str(value))


def _quoted(text: str) -> str:
    """A JSON string is a TOML string, save for DEL, and for halves of surrogate pairs, which no file can hold."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")
