"""What a schema complains of is told in a reader's words, whatever the kind that was asked for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from auditkit.core.kinds import path_of, should_be


@dataclass
class Point:
    x: float


ASKED: list[tuple[Any, Any, str]] = [
    (str, 3, "should be a text, and is 3"),
    (bool, "maybe", 'should be true or false, and is "maybe"'),
    (int, "many", 'should be a whole number, and is "many"'),
    (int, 1.5, "should be a whole number, and is 1.5"),
    (float, "small", 'should be a number, and is "small"'),
    (float, True, ""),
    (list[str], "a", 'should be a list, and is "a"'),
    (tuple[str, ...], "a", 'should be a list, and is "a"'),
    (dict[str, int], "a", 'should be a table, and is "a"'),
    (Point, "a", 'should be a table, and is "a"'),
    (Annotated[int, Field(ge=20)], 5, "should be at least 20, and is 5"),
    (Annotated[int, Field(gt=20)], 5, "should be more than 20, and is 5"),
    (Annotated[float, Field(le=1)], 2.5, "should be at most 1, and is 2.5"),
    (Annotated[float, Field(lt=1)], 2.5, "should be less than 1, and is 2.5"),
    (Literal["a", "b"], "c", "should be one of 'a' or 'b', and is \"c\""),
    (str, ["a", "b"], "should be a text"),
    (Annotated[str, Field(min_length=1)], "", 'should be a text of length 1 or more, and is ""'),
    (Annotated[str, Field(max_length=2)], "abc", 'should be a text of length 2 or less, and is "abc"'),
    (Annotated[list[int], Field(min_length=1)], [], "should hold at least 1"),
    (Annotated[dict[str, int], Field(max_length=1)], {"a": 1, "b": 2}, "should hold at most 1"),
]


def complained(kind: Any, given: Any) -> Any:
    try:
        TypeAdapter(kind).validate_python(given)
    except ValidationError as error:
        return error.errors()[0]
    return None


@pytest.mark.parametrize(("kind", "given", "said"), ASKED, ids=[f"{kind} {given}" for kind, given, _ in ASKED])
def test_a_wrong_kind_is_told_in_words(kind: Any, given: Any, said: str) -> None:
    first = complained(kind, given)
    assert (first is None) is (said == "")
    if first is not None:
        assert should_be(first) == said
        assert "nput" not in should_be(first)


def test_what_is_missing_says_so_and_where() -> None:
    first = complained(dict[str, Point], {"there": {}})
    assert (path_of(first), should_be(first)) == ("there.x", "is needed and not there")


def test_of_a_choice_of_kinds_the_place_is_told_without_them() -> None:
    assert path_of(complained(dict[str, str | list[str]], {"group": 3})) == "group"


def test_a_long_value_is_cut() -> None:
    assert len(should_be(complained(int, "9" * 10_000 + "x"))) < 200


def test_a_name_that_begins_like_a_kind_is_kept() -> None:
    for name in ("intercept", "strength", "boolean", "floats"):
        assert path_of(complained(dict[str, dict[str, int | list[str]]], {"before": {name: 0.5}})) == f"before.{name}"
