"""What should have stood where a schema found something else? In a reader's words, not in its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KINDS = {
    "missing": "is needed and not there",
    "extra_forbidden": "is not known here",
    "string_type": "should be a text",
    "string_too_short": "should be a text of length {min_length} or more",
    "string_too_long": "should be a text of length {max_length} or less",
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "int_type": "should be a whole number",
    "int_parsing": "should be a whole number",
    "int_from_float": "should be a whole number",
    "float_type": "should be a number",
    "float_parsing": "should be a number",
    "finite_number": "should be a finite number",
    "list_type": "should be a list",
    "tuple_type": "should be a list",
    "too_short": "should hold at least {min_length}",
    "too_long": "should hold at most {max_length}",
    "dict_type": "should be a table",
    "mapping_type": "should be a table",
    "model_type": "should be a table",
    "model_attributes_type": "should be a table",
    "dataclass_type": "should be a table",
    "dataclass_exact_type": "should be a table",
    "greater_than": "should be more than {gt}",
    "greater_than_equal": "should be at least {ge}",
    "less_than": "should be less than {lt}",
    "less_than_equal": "should be at most {le}",
    "literal_error": "should be one of {expected}",
}
PLAIN = (str, int, float, bool)
BRANCHES = ("list[", "tuple[", "dict[", "literal[", "constrained-", "function-", "is-")
"""How the names of the several kinds that a value may be of begin, which are no part of where it stands."""
NAMED = tuple(kind.__name__ for kind in PLAIN)
"""Such names in full: `intercept` is no whole number."""


def should_be(complaint: Mapping[str, Any]) -> str:
    """What pydantic complains of, to follow the name of the thing; a sentence of auditkit's own is left as it is.

    >>> should_be({"type": "int_parsing", "input": "many", "msg": "Input should be a valid integer, unable to ..."})
    'should be a whole number, and is "many"'
    """
    kind, context, given = str(complaint["type"]), complaint.get("ctx", {}), complaint.get("input")
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", complaint["msg"])).rstrip(".")
    if kind not in KINDS:
        return str(complaint["msg"]).removeprefix("Input ").rstrip(".")
    whole = {name: int(one) if isinstance(one, float) and one.is_integer() else one for name, one in context.items()}
    told = KINDS[kind].format(**whole)
    if kind in ("missing", "extra_forbidden") or not isinstance(given, PLAIN):
        return told
    return f"{told}, and is {_shown(given)}"


def path_of(complaint: Mapping[str, Any]) -> str:
    """Where the thing stands, with a dot between a table and its key.

    >>> path_of({"loc": ("roles", "group", "list[str]")})
    'roles.group'
    """
    loc = [str(part) for part in complaint["loc"]]
    return ".".join(part for k, part in enumerate(loc) if k == 0 or not (part in NAMED or part.startswith(BRANCHES)))


def _shown(value: str | float) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value[:80]}"' if isinstance(value, str) else f"{value}"
